"""Does the log still say what it said? Everything is computed anew from the entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from audit.merkle import Frontier
from audit.models import Entry, TreeHead

_CHUNK = 2_000


class Fault(StrEnum):
    """What can be wrong with the log."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first fault: where in the tree, which entry stands there now (None: none does)."""

    fault: Fault
    index: int
    entry_id: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were checked and the first fault, if any."""

    size: int
    unsealed: int
    root: bytes
    finding: Finding | None

    @property
    def sound(self) -> bool:
        return self.finding is None


def verify(*, known: tuple[int, bytes] | None = None) -> Verdict:
    """Return the verdict over the whole log, recomputed leaf by leaf and head by head.

    `known` is a (size, root) kept elsewhere: whoever can rewrite the whole database can rewrite
    entries, leaves and heads alike, and only a head kept outside shows it.

    Run inside a repeatable-read transaction, or while nothing is sealed, for an exact count.
    """
    heads = {head.size: bytes(head.root) for head in TreeHead.objects.iterator()}
    if known:
        if known[0] in heads and heads[known[0]] != known[1]:
            return _verdict(Frontier(), _head_finding(known[0], "differs from the known head"))
        heads[known[0]] = known[1]
    frontier, batch = Frontier(), []
    for entry in _sealed():
        finding = _leaf_finding(entry, frontier.size)
        if finding:
            return _verdict(frontier, finding)
        frontier = frontier.append(bytes(entry.leaf_hash or b""))
        batch.append((frontier.size - 1, entry.pk))
        if frontier.size in heads:
            if frontier.root() != heads[frontier.size]:
                return _verdict(frontier, _batch_finding(batch))
            batch.clear()
    return _verdict(frontier, _end_finding(frontier, heads, batch))


def _sealed() -> Iterator[Entry]:
    entries = Entry.objects.filter(leaf_index__isnull=False).order_by("leaf_index")
    return entries.iterator(chunk_size=_CHUNK)


def _verdict(frontier: Frontier, finding: Finding | None) -> Verdict:
    unsealed = Entry.objects.filter(leaf_index__isnull=True).count()
    return Verdict(frontier.size, unsealed, frontier.root(), finding)


def _leaf_finding(entry: Entry, index: int) -> Finding | None:
    if entry.leaf_index != index:
        return Finding(
            Fault.MISSING, index, None, f"The entry at place {index} of the log is missing."
        )
    stored = bytes(entry.leaf_hash or b"")
    if entry.leaf(index).hash() == stored:
        return None
    if _stood_elsewhere(entry, stored):
        return Finding(
            Fault.REORDERED,
            index,
            entry.pk,
            f"Entry {entry.pk} stands at place {index} but was sealed at another place.",
        )
    return Finding(
        Fault.CHANGED,
        index,
        entry.pk,
        f"Entry {entry.pk} at place {index} was changed after it was sealed.",
    )


def _stood_elsewhere(entry: Entry, stored: bytes) -> bool:
    """Return whether the entry's own leaf, at any place of the log, is the stored hash.

    Tried for the first fault only, so the cost of one hash per place is paid once.
    """
    size = Entry.objects.filter(leaf_index__isnull=False).count()
    return any(entry.leaf(place).hash() == stored for place in range(size + 1))


def _batch_finding(batch: list[tuple[int, int]]) -> Finding:
    first, entry_id = batch[0]
    last = batch[-1][0]
    return Finding(
        Fault.CHANGED,
        first,
        entry_id,
        f"Entries at places {first} to {last} do not give the head sealed over them: "
        "an entry and its leaf hash, or the head, were rewritten together.",
    )


def _head_finding(size: int, what: str) -> Finding:
    return Finding(Fault.HEAD, size, None, f"The stored head of size {size} {what}.")


def _end_finding(
    frontier: Frontier, heads: dict[int, bytes], batch: list[tuple[int, int]]
) -> Finding | None:
    largest = max(heads, default=0)
    if largest > frontier.size:
        place = frontier.size
        return Finding(
            Fault.MISSING, place, None, f"The entry at place {place} of the log is missing."
        )
    if batch:
        return _head_finding(frontier.size, "is missing")
    return None
