"""A context made ready for deciding: its distinct effective markings, and what holds what.

decide runs once per distinct effective marking and standing, not per object and member, so
the plan numbers the markings and its parts refer to them by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from incidents.marking import Marking, meet
from sharing.policy.clauses import Case, tlp_of
from sharing.policy.paths import Path, references, resolve
from sharing.policy.required import breaks
from sharing.policy.types import Context, Item, Obligations

DEFINITIONS: Final = frozenset({"marking-definition", "extension-definition"})
TIES: Final = frozenset({"relationship", "sighting"})
ENDS: Final = frozenset({("source_ref",), ("target_ref",), ("sighting_of_ref",)})
CONTAINERS: Final = frozenset({"report", "grouping", "note", "opinion", "observed-data"})


@dataclass(frozen=True, slots=True)
class Cut:
    """What one granular marking cuts where its meet with the effective marking refuses.

    `paths` is None where a selector names nothing: then nothing less than the object goes.
    """

    marking: int
    paths: frozenset[Path] | None


@dataclass(frozen=True, slots=True)
class Way:
    """One effective marking of an object, by number: a floor has several alternatives."""

    effective: int
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A reference inside an object: where it stands, its target, what a hidden one cuts."""

    path: Path
    target: str
    cuts: Path


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One object of the plan.

    `ways` are the markings under which it may be seen; none: nobody but its creator.
    `namers` are the objects of the release that a definition is marked or extended by.
    `anonymous_cuts` and `tells_owner` are what an anonymous marking hides of it.
    """

    item: Item
    ways: tuple[Way, ...]
    references: tuple[Reference, ...]
    namers: tuple[str, ...]
    anonymous_cuts: frozenset[Path]
    tells_owner: bool


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A context, its parts in order, and its distinct markings."""

    context: Context
    parts: Mapping[str, Part]
    markings: tuple[Marking, ...]
    _broken: dict[tuple[str, frozenset[Path]], bool] = field(default_factory=dict)

    def case(self, number: int, now: datetime) -> Case:
        """Return the case of one marking of this context."""
        return Case(self.markings[number], self.context.state, self.stated, now)

    @property
    def stated(self) -> bool:
        """Say whether the incident has a TLP."""
        return self.context.marking.tlp is not None

    def obligations(self, numbers: Iterable[int]) -> Obligations:
        """Return the strictest of what several markings bind a recipient to."""
        found = [self.markings[number] for number in numbers]
        return Obligations(
            tlp=max(tlp_of(m, stated=self.stated) for m in found),
            pap=max(m.pap for m in found),
            orcon=any(m.orcon for m in found),
            delete_by=min((m.expires_at for m in found if m.expires_at), default=None),
        )

    def breaks(self, part: Part, paths: frozenset[Path]) -> bool:
        """Say whether an object cannot be without what stands at `paths` (remembered)."""
        key = (part.item.id, paths)
        if key not in self._broken:
            self._broken[key] = breaks(part.item.body, paths)
        return self._broken[key]


def plan_of(context: Context) -> Plan:
    """Return the plan of a context."""
    numbers: dict[Marking, int] = {}

    def number(marking: Marking) -> int:
        return numbers.setdefault(marking, len(numbers))

    namers = _namers(context)
    parts = {
        item.id: Part(
            item=item,
            ways=tuple(
                Way(
                    number(effective),
                    tuple(
                        Cut(number(meet(effective, entry.marking)), _paths(item, entry.selectors))
                        for entry in item.granular
                    ),
                )
                for effective in effective_markings(item, context)
            ),
            references=tuple(_references(item)),
            namers=namers.get(item.id, ()) if item.type in DEFINITIONS else (),
            anonymous_cuts=frozenset(_telling(item, context)),
            tells_owner=_tells_owner(item, context),
        )
        for item in context.items.values()
    }
    number(context.marking)
    return Plan(context, parts, tuple(numbers))


def effective_markings(item: Item, context: Context) -> tuple[Marking, ...]:
    """Return the effective markings of an object: one, or one for each alternative floor.

    A floor applies if the creator does not own the incident. SCOs have no creator, and a
    definition is visible with what names it: neither has a floor. No floor for an object that
    needs one means that the carrier has lost its access.
    """
    marking = meet(context.marking, item.own)
    if item.sco or item.type in DEFINITIONS or item.reference or item.creator in context.owners:
        return (marking,)
    return tuple(dict.fromkeys(meet(marking, f) for f in context.floors.get(item.id, ())))


def _paths(item: Item, selectors: Iterable[str]) -> frozenset[Path] | None:
    found = [resolve(item.body, selector) for selector in selectors]
    return None if None in found else frozenset(path for path in found if path is not None)


def _references(item: Item) -> Iterator[Reference]:
    for path, target in references(item.body):
        yield Reference(path, target, _with_its_entry(path))


def _with_its_entry(path: Path) -> Path:
    """Return what to cut for a reference: in a list of dictionaries the whole entry.

    An entry of `events`, `changed_objects` or `granular_markings` is about its reference.
    """
    if isinstance(path[-1], int):
        return path
    places = [place for place, step in enumerate(path) if isinstance(step, int)]
    return path[: places[-1] + 1] if places else path


def _namers(context: Context) -> dict[str, tuple[str, ...]]:
    """Return, for each definition in the release, the other objects that name it."""
    found: dict[str, list[str]] = {}
    for item in context.items.values():
        for name in _names(item.body) - {item.id}:
            found.setdefault(name, []).append(item.id)
    return {name: tuple(sorted(ids)) for name, ids in found.items()}


def _names(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the definitions that an object is marked or extended by."""
    marked = [body.get("object_marking_refs"), *_entries(body, "granular_markings", "marking_ref")]
    extended = body.get("extensions")
    names = {name for refs in marked if isinstance(refs, list) for name in refs if _is_text(name)}
    names |= {name for name in marked if _is_text(name)}
    return frozenset(names | extended.keys() if isinstance(extended, Mapping) else names)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _entries(body: Mapping[str, Any], name: str, key: str) -> list[Any]:
    entries = body.get(name)
    found = entries if isinstance(entries, list) else []
    return [entry.get(key) if isinstance(entry, Mapping) else None for entry in found]


def _telling(item: Item, context: Context) -> Iterator[Path]:
    """Yield what an anonymous marking cuts apart from references to the owner."""
    if "created_by_ref" in item.body:
        yield ("created_by_ref",)
    for place, source in enumerate(_entries(item.body, "external_references", "source_name")):
        if _names_owner(source, context):
            yield ("external_references", place)


def _tells_owner(item: Item, context: Context) -> bool:
    """Say whether the object is the owner's identity or a marking that names the owner."""
    if item.type != "marking-definition":
        return item.id in context.owner_identities
    said = {key: value for key, value in item.body.items() if key != "created_by_ref"}
    return _names_owner(said, context)


def _names_owner(value: Any, context: Context) -> bool:
    if isinstance(value, Mapping):
        return any(_names_owner(inner, context) for inner in value.values())
    if isinstance(value, list):
        return any(_names_owner(inner, context) for inner in value)
    if not isinstance(value, str):
        return False
    said = value.casefold()
    telling = context.owner_names | context.owner_identities
    return any(name.casefold() in said for name in telling)
