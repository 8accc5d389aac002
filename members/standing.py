"""One member at one moment: all that the distribution policy asks about it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from members.tiers import Health, Status, Tier, effective_tier
from members.tlp import TLP


@dataclass(frozen=True, slots=True)
class CircleTerms:
    """A circle a member belongs to, whatever the circle's state.

    `open` is False once the circle is closed; an archived circle is still open for reading.
    """

    slug: str
    min_tier: Tier
    max_tlp: TLP
    open: bool = True
    ends_at: datetime | None = None

    def runs(self, now: datetime) -> bool:
        """Say whether the circle is neither closed nor ended."""
        return self.open and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class GroupSpan:
    """A time in which a member is on a country group's list; None is without end."""

    name: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def covers(self, now: datetime) -> bool:
        """Say whether the span has begun and not ended."""
        begun = self.starts_at is None or self.starts_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member as the policy sees it.

    `country` is ISO alpha-2, None for a body. `circles` are those it belongs to now,
    `groups` the spans of any time. `agreement_until` is None where none was signed.
    """

    member: str
    status: Status
    tier: Tier
    health: Health = Health.GOOD
    agreement_until: datetime | None = None
    country: str | None = None
    groups: tuple[GroupSpan, ...] = ()
    circles: tuple[CircleTerms, ...] = ()
    probation_until: datetime | None = None

    @property
    def effective_tier(self) -> Tier:
        """Return the tier that counts for every right (domain §2)."""
        return effective_tier(
            tier=self.tier,
            on_probation=self.status is Status.PROBATION,
            lapsed=self.health is Health.LAPSED,
        )

    def has_agreement(self, now: datetime) -> bool:
        """Say whether a signed agreement is valid."""
        return self.agreement_until is not None and now < self.agreement_until

    def places(self, now: datetime) -> frozenset[str]:
        """Return the country and the groups that the member counts as now."""
        groups = {span.name for span in self.groups if span.covers(now)}
        return frozenset(groups | {self.country} if self.country else groups)
