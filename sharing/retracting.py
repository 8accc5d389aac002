"""What a retraction would do, for the page that asks before it: who had it, and what each gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from incidents.models import Incident
from members.models import Member
from members.tlp import TLP
from sharing.deadlines import TERMS
from sharing.holders import in_force
from sharing.models import Grant, GrantKind
from sharing.policy.types import Reach
from sharing.updating import had


@dataclass(frozen=True, slots=True)
class Holder:
    """A member that had it; `revoked`: its feeds get revoked versions beside the recall."""

    member: Member
    revoked: bool


@dataclass(frozen=True, slots=True)
class Retraction:
    """Who had any version, by name; `hours` to confirm, by the strictest marking, or None."""

    holders: tuple[Holder, ...]
    hours: int | None

    @property
    def revoked(self) -> int:
        return sum(holder.revoked for holder in self.holders)

    @property
    def told(self) -> int:
        """Return how many find the entry in their recalls alone."""
        return len(self.holders) - self.revoked


def retraction_of(incident: Incident, *, now: datetime) -> Retraction:
    """Return whom retracting now would reach. A fixed number of queries; nothing is stored."""
    slugs = had(incident, now=now)
    held = in_force(incident, now)
    present = {row.member for row in held.rows if row.outcome is not Reach.NONE} if held else set()
    members = Member.objects.filter(slug__in=slugs).order_by("name")
    return Retraction(
        holders=tuple(Holder(member, member.slug in present) for member in members),
        hours=_hours(incident),
    )


def _hours(incident: Incident) -> int | None:
    grants = Grant.objects.filter(release__incident=incident, kind=GrantKind.SHARED, notice=False)
    strictest = grants.aggregate(tlp=Max("rendering__shown__tlp"))["tlp"]
    term = None if strictest is None else TERMS.get(TLP(strictest))
    return None if term is None else int(term.total_seconds() // 3600)
