"""Counts for those who read no content: exact in sum, with small cells put together (domain §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from members.tlp import TLP
from sharing.policy.difference import Effect
from sharing.what_if import MemberEffect, WhatIf

SMALLEST: Final = 3
EFFECTS: Final = (Effect.GAINED, Effect.LOST, Effect.WIDENED, Effect.NARROWED)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many incidents have a marking; None: several markings, each with fewer than SMALLEST."""

    tlp: TLP | None
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One effect on a member: the number of incidents, by marking, and of how many owners.

    `owners` is None where they are fewer than SMALLEST.
    """

    effect: Effect
    total: int
    cells: tuple[Cell, ...]
    owners: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a change does to one member."""

    member: str
    lines: tuple[Line, ...]

    def total(self, effect: Effect) -> int:
        """Return how many incidents the effect is felt in."""
        return next((line.total for line in self.lines if line.effect is effect), 0)

    @property
    def gained(self) -> int:
        return self.total(Effect.GAINED)

    @property
    def lost(self) -> int:
        return self.total(Effect.LOST)

    @property
    def widened(self) -> int:
        return self.total(Effect.WIDENED)

    @property
    def narrowed(self) -> int:
        return self.total(Effect.NARROWED)


def told(found: WhatIf) -> tuple[Told, ...]:
    """Return what is told of a change to who may know counts and no content, by member."""
    return tuple(Told(each.member, _lines(each)) for each in found.members)


def _lines(each: MemberEffect) -> tuple[Line, ...]:
    return tuple(
        Line(
            effect=effect,
            total=tally.total,
            cells=_cells(dict(tally.by_tlp)),
            owners=len(tally.owners) if len(tally.owners) >= SMALLEST else None,
        )
        for effect in EFFECTS
        if (tally := each[effect]).total
    )


def _cells(by_tlp: dict[TLP, int]) -> tuple[Cell, ...]:
    """Return the counts by marking, the strictest first, the small ones as one at the end."""
    large = [Cell(tlp, n) for tlp, n in sorted(by_tlp.items(), reverse=True) if n >= SMALLEST]
    rest = sum(n for n in by_tlp.values() if n < SMALLEST)
    return (*large, Cell(None, rest)) if rest else tuple(large)
