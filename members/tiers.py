"""Tiers: rights against duties, and the effective tier (domain §2, pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final

from members.tlp import TLP


class Tier(IntEnum):
    """A member's tier, lowest first."""

    OBSERVER = 0
    ASSOCIATE = 1
    PARTNER = 2
    CORE = 3

    @property
    def word(self) -> str:
        """Return the tier's word, for example `core`."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Tier:
        """Return the tier that `text` names, in any case.

        Raises:
            ValueError: `text` names no tier.
        """
        try:
            return cls[text.strip().upper()]
        except KeyError:
            raise ValueError(f"not a tier: {text!r}") from None


class Status(StrEnum):
    """Where a member stands between applying and leaving."""

    APPLICANT = "applicant"
    PROBATION = "probation"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Health(StrEnum):
    """How a member keeps its commitments."""

    GOOD = "good"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"


CEILING: Final[Mapping[Tier, TLP]] = {
    Tier.OBSERVER: TLP.GREEN,
    Tier.ASSOCIATE: TLP.AMBER,
    Tier.PARTNER: TLP.AMBER_STRICT,
    Tier.CORE: TLP.RED,
}

TIER_WORDS: Final[Mapping[str, Tier]] = {tier.word: tier for tier in Tier}


def effective_tier(*, tier: Tier, on_probation: bool, lapsed: bool) -> Tier:
    """Return the tier that counts: probation caps at associate, then lapsed lowers by one."""
    if on_probation:
        tier = min(tier, Tier.ASSOCIATE)
    if lapsed:
        tier = Tier(max(tier - 1, Tier.OBSERVER))
    return tier
