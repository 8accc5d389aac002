"""Who may have an object: the marking, the stricter of two, and its JSON (domain §3, pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from members.tiers import Tier
from members.tlp import PAP, TLP

Sets = tuple[frozenset[str], ...]
T = TypeVar("T")


def _canonical(sets: Iterable[frozenset[str]]) -> Sets:
    """Return an AND-list of any-of sets without repeats, in one order for equal lists."""
    return tuple(sorted(set(sets), key=sorted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Limits on who may have an object; every field only narrows.

    Members and circles are slugs, persons e-mail addresses in lower case, countries
    ISO alpha-2, groups their name. `rel_to`, `circles` and `early` are AND-lists of any-of
    sets; in `early` a tier's word means that effective tier or higher. None means no limit, an
    empty set nobody. Lists are kept in one order, so equal markings compare equal.

    `public` is False unless said: nothing is published by leaving a field out. `NEUTRAL`, the
    marking of an object that states nothing, has it True; build own markings of objects on it.
    """

    tlp: TLP | None = None
    pap: PAP = PAP.CLEAR
    min_tier: Tier = Tier.OBSERVER
    rel_to: Sets = ()
    not_rel_to: frozenset[str] = frozenset()
    circles: Sets = ()
    named: frozenset[str] | None = None
    persons: frozenset[str] | None = None
    exclude: frozenset[str] = frozenset()
    release_at: datetime | None = None
    embargo_until: datetime | None = None
    early: Sets = ()
    expires_at: datetime | None = None
    orcon: bool = False
    anonymous: bool = False
    public: bool = False

    def __post_init__(self) -> None:
        early: Iterable[frozenset[str]] = ()
        if self.embargo_until is not None:
            # An embargo without early recipients admits nobody, also once it meets another.
            early = self.early or (frozenset(),)
        object.__setattr__(self, "rel_to", _canonical(self.rel_to))
        object.__setattr__(self, "circles", _canonical(self.circles))
        object.__setattr__(self, "early", _canonical(early))

    @property
    def limits_audience(self) -> bool:
        """Say whether anything but TLP, PAP and time limits who may have it."""
        lists = self.rel_to or self.not_rel_to or self.circles or self.exclude
        people = self.named is not None or self.persons is not None
        return bool(lists) or people or self.min_tier > Tier.OBSERVER


NEUTRAL: Final = Marking(public=True)
NOBODY: Final = Marking(tlp=TLP.RED, named=frozenset())  # what an unknown marking means


def meet(a: Marking, b: Marking) -> Marking:
    """Return the stricter of both in every field (commutative, associative, idempotent)."""
    return Marking(
        tlp=_most(max, a.tlp, b.tlp),
        pap=max(a.pap, b.pap),
        min_tier=max(a.min_tier, b.min_tier),
        rel_to=a.rel_to + b.rel_to,
        not_rel_to=a.not_rel_to | b.not_rel_to,
        circles=a.circles + b.circles,
        named=_both(a.named, b.named),
        persons=_both(a.persons, b.persons),
        exclude=a.exclude | b.exclude,
        release_at=_most(max, a.release_at, b.release_at),
        embargo_until=_most(max, a.embargo_until, b.embargo_until),
        early=a.early + b.early,
        expires_at=_most(min, a.expires_at, b.expires_at),
        orcon=a.orcon or b.orcon,
        anonymous=a.anonymous or b.anonymous,
        public=a.public and b.public,
    )


def _most(choose: Callable[[T, T], T], a: T | None, b: T | None) -> T | None:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)


def _both(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


@dataclass(frozen=True, slots=True)
class MarkingProblem:
    """One thing wrong with a marking's JSON, and how to mend it."""

    path: str
    message: str
    fix: str


class MarkingError(ValueError):
    """The JSON is no marking; `problems` names every fault in it."""

    def __init__(self, problems: tuple[MarkingProblem, ...]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in problems))
        self.problems = problems


def to_json(marking: Marking) -> dict[str, Any]:
    """Return the marking as JSON values: what it states, and always `public`.

    Lists are sorted, so equal markings give equal JSON; `from_json` reads it back.
    """
    found = ((field.name, getattr(marking, field.name)) for field in fields(Marking))
    stated = {name: value for name, value in found if value != getattr(NEUTRAL, name)}
    return {name: _plain(value) for name, value in stated.items()} | {"public": marking.public}


def _plain(value: Any) -> Any:
    match value:
        case TLP() | PAP() | Tier():
            return value.word
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case frozenset():
            return sorted(value)
        case tuple():
            return [sorted(tokens) for tokens in value]
        case _:
            return value


def from_json(value: object, where: str = "marking", *, base: Marking | None = None) -> Marking:
    """Return the marking that `value` states; what it does not state is as in `base`.

    `base` is by default the unstated incident marking (not public); give NEUTRAL for the own
    marking of an object. A flat list in `rel_to`, `circles` or `early` is one set. `where`
    leads the paths of problems.

    Raises:
        MarkingError: unknown keys or malformed values, all of them named.
    """
    if not isinstance(value, Mapping):
        fix = 'Give an object, for example {"tlp": "AMBER"}.'
        raise MarkingError((MarkingProblem(where, "is not an object", fix),))
    read: dict[str, Any] = {}
    problems: list[MarkingProblem] = []
    for key, given in value.items():
        reader = _READERS.get(key)
        if reader is None:
            fix = f"Remove it; the fields are {', '.join(_READERS)}."
            problems.append(MarkingProblem(f"{where}.{key}", "is not a field of a marking", fix))
            continue
        try:
            read[key] = reader(given)
        except _Fault as fault:
            path = f"{where}.{key}{fault.path}"
            problems.append(MarkingProblem(path, fault.message, fault.fix))
    if problems:
        raise MarkingError(tuple(problems))
    stated = {field.name: getattr(base or Marking(), field.name) for field in fields(Marking)}
    return Marking(**stated | read)


class _Fault(Exception):
    """A value does not fit its field."""

    def __init__(self, message: str, fix: str, path: str = "") -> None:
        super().__init__(message)
        self.message, self.fix, self.path = message, fix, path


def _word(parse: Callable[[str], T], words: str) -> Callable[[object], T]:
    def read(value: object) -> T:
        fault = _Fault(f"must be one of {words}", f"Write one of {words}.")
        if not isinstance(value, str):
            raise fault
        try:
            return parse(value)
        except ValueError:
            raise fault from None

    return read


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    fault = _Fault("is not a UTC time", "Write it as 2026-03-01T12:00:00Z.")
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise fault
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise fault from None


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Fault("must be true or false", "Write true or false, without quotes.")
    return value


@dataclass(frozen=True, slots=True)
class _Token:
    """A kind of word in a list: its shape, and how to say it."""

    shape: re.Pattern[str]
    message: str
    fix: str

    def read(self, value: object, path: str) -> str:
        if not isinstance(value, str) or not self.shape.fullmatch(value):
            raise _Fault(self.message, self.fix, path)
        return value


_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_MEMBER = _Token(_SLUG, "is not a member's slug", "Write the slug, for example cert-ua.")
_CIRCLE = _Token(_SLUG, "is not a circle's slug", "Write the slug, for example c-energy.")
_EARLY = _Token(_SLUG, "is neither a member nor a tier", "Write a slug or a tier: cert-ua, core.")
_PLACE = _Token(
    re.compile(r"[A-Z][A-Za-z0-9 +._-]{1,63}", re.ASCII),
    "is neither a country nor a group",
    "Write ISO 3166-1 alpha-2 in capitals or a group: UA, NATO.",
)
_PERSON = _Token(
    re.compile(r"[^@\s]+@[^@\s]+"),
    "is not an e-mail address",
    "Write the person's e-mail address.",
)


def _list(token: _Token, value: object, path: str = "") -> frozenset[str]:
    if not isinstance(value, list):
        raise _Fault("must be a list", "Put the words in [ ].", path)
    return frozenset(token.read(item, f"{path}[{i}]") for i, item in enumerate(value))


def _set_of(token: _Token) -> Callable[[object], frozenset[str]]:
    return lambda value: _list(token, value)


def _limit_of(token: _Token) -> Callable[[object], frozenset[str] | None]:
    return lambda value: None if value is None else _list(token, value)


def _sets_of(token: _Token) -> Callable[[object], Sets]:
    def read(value: object) -> Sets:
        if isinstance(value, list) and any(isinstance(item, list) for item in value):
            return tuple(_list(token, item, f"[{i}]") for i, item in enumerate(value))
        flat = _list(token, value)
        return (flat,) if flat else ()

    return read


def _persons(value: object) -> frozenset[str] | None:
    found = _limit_of(_PERSON)(value)
    return found if found is None else frozenset(person.lower() for person in found)


def _tlp(value: object) -> TLP | None:
    words = ", ".join(tlp.word for tlp in TLP)
    return None if value is None else _word(TLP.parse, words)(value)


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "tlp": _tlp,
    "pap": _word(PAP.parse, ", ".join(pap.word for pap in PAP)),
    "min_tier": _word(Tier.parse, ", ".join(tier.word for tier in Tier)),
    "rel_to": _sets_of(_PLACE),
    "not_rel_to": _set_of(_PLACE),
    "circles": _sets_of(_CIRCLE),
    "named": _limit_of(_MEMBER),
    "persons": _persons,
    "exclude": _set_of(_MEMBER),
    "release_at": _time,
    "embargo_until": _time,
    "early": _sets_of(_EARLY),
    "expires_at": _time,
    "orcon": _flag,
    "anonymous": _flag,
    "public": _flag,
}
