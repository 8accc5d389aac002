"""The parameters of a request for objects (§3.4, §3.5), read once; what is malformed is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from django.http import QueryDict

from feeds.taxii.cursors import BadCursor, Holder, read_cursor
from feeds.taxii.errors import malformed
from feeds.taxii.negotiation import VERSION
from incidents.stix.identifiers import LONGEST_TYPE, object_type_of
from incidents.stix.times import instant
from sharing.feed import MAX_PAGE, Filters, Versions

OBJECT_FIELDS: Final = frozenset({"match[version]", "match[spec_version]"})
ALL_FIELDS: Final = OBJECT_FIELDS | {"match[id]", "match[type]"}
VERSIONS_FIELDS: Final = frozenset({"match[spec_version]"})

T = TypeVar("T")
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,16}")
_LARGEST: Final = 2**53 - 1
_TYPE: Final = re.compile(r"[a-z0-9-]+")
_SPEC_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+")
_ONE_TIME: Final = "Give one RFC 3339 timestamp in UTC, such as 2026-01-31T08:00:00.000000Z."


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `nothing`: no object here has the spec version that was asked for."""

    after: datetime | None
    limit: int
    filters: Filters
    nothing: bool

    @property
    def narrows(self) -> bool:
        """Say whether it may leave out every version of an object that is there."""
        return self.after is not None or self.nothing or bool(self.filters.at)


def read_query(given: QueryDict, fields: Collection[str], holder: Holder) -> Query:
    """Return what a request asks for; of the match fields only those that its endpoint has.

    `next` and `added_after` may come together: both bind, so that clients that mix them repeat
    nothing. Unknown parameters are ignored, as §3.4 allows.

    Raises:
        TaxiiError: 400, naming the parameter.
    """
    places = [
        _one(given, "added_after", _time),
        _one(given, "next", lambda text: _cursor(text, holder)),
    ]
    after = max((place for place in places if place is not None), default=None)
    limit = _one(given, "limit", _limit) or MAX_PAGE
    versions, at = frozenset({Versions.LAST}), tuple[datetime, ...]()
    if "match[version]" in fields and (asked := _several(given, "match[version]")):
        versions, at = _versions(asked)
    filters = Filters(
        ids=_checked(given, "match[id]", fields, _is_identifier),
        types=_checked(given, "match[type]", fields, _is_type),
        versions=versions,
        at=at,
    )
    specs = _checked(given, "match[spec_version]", fields, _is_spec_version)
    return Query(after, min(limit, MAX_PAGE), filters, nothing=bool(specs) and VERSION not in specs)


def _single(given: QueryDict, name: str) -> str | None:
    """Return the text of a parameter; each may be given once in a request."""
    values = given.getlist(name)
    if len(values) > 1:
        raise malformed(name, "Give it once; separate several values by commas.")
    return values[0] if values else None


def _one(given: QueryDict, name: str, read: Callable[[str], T]) -> T | None:
    text = _single(given, name)
    return None if text is None else read(text)


def _several(given: QueryDict, name: str) -> tuple[str, ...]:
    text = _single(given, name)
    if text is None:
        return ()
    values = tuple(text.split(","))
    if not all(values):
        raise malformed(name, "A value is empty.")
    return values


def _checked(
    given: QueryDict, name: str, fields: Collection[str], fits: Callable[[str], bool]
) -> tuple[str, ...]:
    values = _several(given, name) if name in fields else ()
    if not all(fits(value) for value in values):
        raise malformed(name, "Separate the values by commas, without spaces.")
    return values


def _time(text: str) -> datetime:
    moment = instant(text)
    if moment is None:
        raise malformed("added_after", _ONE_TIME)
    return moment


def _cursor(text: str, holder: Holder) -> datetime:
    try:
        return read_cursor(text, holder)
    except BadCursor:
        description = (
            "It is no cursor that this credential was given for this collection. Start again with "
            "added_after and the X-TAXII-Date-Added-Last of the last page."
        )
        raise malformed("next", description) from None


def _limit(text: str) -> int:
    number = int(text) if _WHOLE_NUMBER.fullmatch(text) else 0
    if not 1 <= number <= _LARGEST:
        raise malformed("limit", "Give a whole number, 1 or more.")
    return number


def _versions(asked: tuple[str, ...]) -> tuple[frozenset[Versions], tuple[datetime, ...]]:
    """Return the words and the exact versions; `all` stands alone (§3.4.4)."""
    name = "match[version]"
    words = frozenset(Versions(value) for value in asked if value in set(Versions))
    at = tuple(_version(value) for value in asked if value not in set(Versions))
    if Versions.ALL in words and len(asked) > 1:
        raise malformed(name, "Nothing can be added to all.")
    if len(words) + len(set(at)) < len(asked):
        raise malformed(name, "A value is given twice.")
    return words, at


def _version(text: str) -> datetime:
    moment = instant(text)
    if moment is None:
        raise malformed("match[version]", "Give first, last, all, or RFC 3339 timestamps in UTC.")
    return moment


def _is_identifier(text: str) -> bool:
    return object_type_of(text) is not None


def _is_type(text: str) -> bool:
    return len(text) <= LONGEST_TYPE and _TYPE.fullmatch(text) is not None


def _is_spec_version(text: str) -> bool:
    return _SPEC_VERSION.fullmatch(text) is not None
