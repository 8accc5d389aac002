"""What becomes visible where something is withdrawn, and where it must stand (pure).

A feed shows one place of each object: the highest `rank`, which is the order that `sharing.feed`
states in SQL. When the place that a class of readers saw is withdrawn, the next one shows. If it
is the same body, readers have it already: it takes over the old slot, so that nobody sees it
twice. Otherwise it is current again: it takes a new slot, so that nobody misses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member finds a version of an object: a grant and an ordinal.

    `readers` are the reader classes that may; `leaving`: the grant is being withdrawn; `is_open`:
    the door lets it through now; `last` is the grant's last slot. A place that leaves without
    being open was closed before, and readers may have moved on meanwhile.
    """

    grant: int
    ordinal: int
    object_id: str
    version: datetime
    fullness: int
    tlp: int
    again: int
    added: datetime
    readers: int
    leaving: bool
    is_open: bool
    last: datetime | None = None

    @property
    def content(self) -> tuple[datetime, int, int]:
        """Return what tells one body of the object from another, in the order of preference."""
        return self.version, self.fullness, self.tlp

    @property
    def rank(self) -> tuple[tuple[datetime, int, int], int, timedelta, int]:
        """Return the order of places: the highest is shown. Of equals it is the earliest."""
        return self.content, self.again, _EPOCH - self.added, -self.grant


@dataclass(frozen=True, slots=True)
class Single:
    """A grant of one object to come: its carrier's grant and ordinal, and its slot.

    `slot` is the old date added, or None for a new one. `last` is then the last slot of the grant
    that it stood in: what remains of that one is ordered with it, not behind it.
    """

    carrier: int
    ordinal: int
    slot: datetime | None
    again: int
    readers: int
    last: datetime | None = None


def uncovered(places: Iterable[Place]) -> list[Single]:
    """Return the one-object grants to give one member for one of its feeds."""
    by_object: defaultdict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_object[place.object_id].append(place)
    found: defaultdict[Single, int] = defaultdict(int)
    for object_places in by_object.values():
        for seen, bit in _views(object_places):
            single = _replacement(seen)
            if single is not None:
                found[single] |= bit
    return [replace(single, readers=readers) for single, readers in found.items()]


def _views(places: Sequence[Place]) -> Iterable[tuple[list[Place], int]]:
    """Return what each class of readers may find, with its bit; once more for whole bodies only."""
    leaving = 0
    for place in places:
        leaving |= place.readers if place.leaving else 0
    for number in range(leaving.bit_length()):
        bit = 1 << number
        if leaving & bit:
            seen = [place for place in places if place.readers & bit]
            yield seen, bit
            whole = [place for place in seen if place.fullness]
            if len(whole) < len(seen):
                yield whole, bit


def _replacement(seen: Sequence[Place]) -> Single | None:
    """Return the grant that makes up for what one kind of reader loses, if any is needed."""
    before = _shown(place for place in seen if place.is_open or place.leaving)
    after = _shown(place for place in seen if place.is_open and not place.leaving)
    if before is None or after is None or not before.leaving:
        return None
    if after.content != before.content:
        return Single(after.grant, after.ordinal, None, after.again + 1, 0)
    if before.is_open:
        return Single(after.grant, after.ordinal, before.added, before.again, 0, before.last)
    # Closed before: whoever passed its slot since would never see what is put there now. The
    # carrier's own slot is later, so that some see the body twice, and nobody misses it.
    return None


def _shown(places: Iterable[Place]) -> Place | None:
    return max(places, key=lambda place: place.rank, default=None)
