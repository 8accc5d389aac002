"""What a service changed about standings, for whoever must close or open access. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Matter(StrEnum):
    """What was changed."""

    STATUS = "status"
    TIER = "tier"
    STANDING = "standing"
    AGREEMENT = "agreement"
    CIRCLE = "circle"
    GROUP = "group"


class Effect(StrEnum):
    """Which way access may go: NARROWED closes now, WIDENED may open later."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    BOTH = "both"
    NONE = "none"

    @property
    def narrows(self) -> bool:
        return self in {Effect.NARROWED, Effect.BOTH}

    @property
    def widens(self) -> bool:
        return self in {Effect.WIDENED, Effect.BOTH}


@dataclass(frozen=True, slots=True)
class Change:
    """A performed change: what, which way, for which members; of a circle or group, which.

    `circle` and `group` are the slug and the name that markings use.
    """

    matter: Matter
    effect: Effect
    member_ids: tuple[int, ...]
    circle: str | None = None
    group: str | None = None
