"""Members, circles and tiers as plain values for pages and API, as a viewer may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from members.models import Circle, CircleMembership, Member
from members.models.choices import HEALTH_WORDS, STATUS_WORDS, CircleKind, CircleState, Kind
from members.queries import standings
from members.standing import Standing
from members.tiers import CEILING, Health, Status, Tier
from members.tlp import TLP
from members.visibility import (
    Viewer,
    circles_visible_to,
    members_visible_to,
    shows_members_to,
)


@dataclass(frozen=True, slots=True)
class MemberName:
    """What identifies a member to others."""

    slug: str
    name: str
    country: str | None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why and since when; only for the secretariat and the member itself."""

    cause: str
    reason: str
    at: datetime | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """What lies behind a member's standing; only for the secretariat and the member itself."""

    effective_tier: Tier
    standing: str
    standing_label: str
    probation_until: datetime | None
    agreement_until: datetime | None
    suspension: Suspension | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as a viewer sees it. `status` is empty where it is neither active nor theirs."""

    slug: str
    name: str
    country: str | None
    kind: str
    kind_label: str
    sectors: tuple[str, ...]
    groups: tuple[str, ...]
    tier: Tier
    status: str
    status_label: str
    accreditation: str
    first_member: bool
    stix_identity_id: str
    reasons: Reasons | None

    @property
    def standing(self) -> str:
        """Return the word of the standing, empty where it is not the viewer's to know."""
        return self.reasons.standing_label if self.reasons else ""


@dataclass(frozen=True, slots=True)
class CircleRow:
    """A circle as a viewer sees it; `members` is empty where its owner hides them."""

    slug: str
    name: str
    kind: str
    kind_label: str
    min_tier: Tier
    max_tlp: TLP
    chatham_house: bool
    state: str
    state_label: str
    ends_at: datetime | None
    maker: str | None
    is_in: bool
    members: tuple[MemberName, ...]


def member_rows(
    viewer: Viewer, now: datetime, slugs: Iterable[str] | None = None
) -> list[MemberRow]:
    """Return the members that the viewer may see, or those of them named, by slug. Four queries."""
    members = members_visible_to(viewer)
    if slugs is not None:
        members = members.filter(slug__in=list(slugs))
    rows = list(members)
    standing_of = {s.member: s for s in standings(now, [member.slug for member in rows])}
    return [_member_row(member, standing_of[member.slug], viewer, now) for member in rows]


def circle_rows(viewer: Viewer, slugs: Iterable[str] | None = None) -> list[CircleRow]:
    """Return the circles that the viewer may see, or those of them named. Two queries."""
    circles = circles_visible_to(viewer)
    if slugs is not None:
        circles = circles.filter(slug__in=list(slugs))
    rows = list(circles)
    belonging = _belonging(rows)
    return [_circle_row(circle, belonging[circle.pk], viewer) for circle in rows]


def circles_of(member: Member, viewer: Viewer) -> list[CircleRow]:
    """Return the member's circles that the viewer may see, and may see it in. Three queries."""
    slugs = member.memberships.filter(left_at=None).values_list("circle__slug", flat=True)
    rows = circle_rows(viewer, list(slugs))
    if viewer.own_id == member.pk:
        return rows
    return [row for row in rows if member.slug in {one.slug for one in row.members}]


def tier_counts(viewer: Viewer) -> dict[Tier, int]:
    """Return how many of the members that take part and the viewer may see have each tier."""
    taking_part = members_visible_to(viewer).exclude(
        status__in=[Status.APPLICANT.value, Status.WITHDRAWN.value]
    )
    counted = taking_part.order_by().values_list("tier").annotate(Count("pk"))
    counts = dict(counted)
    return {tier: counts.get(tier.value, 0) for tier in sorted(Tier, reverse=True)}


def ceilings() -> Sequence[tuple[Tier, TLP]]:
    """Return each tier with the highest marking it may hold, the highest first."""
    return [(tier, CEILING[tier]) for tier in sorted(Tier, reverse=True)]


def _member_row(member: Member, standing: Standing, viewer: Viewer, now: datetime) -> MemberRow:
    inside = viewer.sees_reasons_of(member)
    shown = inside or member.status == Status.ACTIVE
    return MemberRow(
        slug=member.slug,
        name=member.name,
        country=member.country,
        kind=member.kind,
        kind_label=str(Kind(member.kind).label),
        sectors=tuple(member.sectors),
        groups=tuple(sorted(standing.places(now) - {member.country or ""})),
        tier=Tier(member.tier),
        status=member.status if shown else "",
        status_label=str(STATUS_WORDS[Status(member.status)]) if shown else "–",
        accreditation=member.accreditation,
        first_member=member.first_member,
        stix_identity_id=member.stix_identity_id,
        reasons=_reasons(member, standing) if inside else None,
    )


def _reasons(member: Member, standing: Standing) -> Reasons:
    suspension = None
    if member.suspension_cause:
        suspension = Suspension(
            cause=member.suspension_cause,
            reason=member.suspension_reason,
            at=member.suspended_at,
            confirmed=member.suspension_confirmed_at is not None,
        )
    return Reasons(
        effective_tier=member.effective_tier,
        standing=member.standing,
        standing_label=str(HEALTH_WORDS[Health(member.standing)]),
        probation_until=member.probation_until,
        agreement_until=standing.agreement_until,
        suspension=suspension,
    )


def _belonging(circles: Sequence[Circle]) -> defaultdict[int, list[Member]]:
    memberships = CircleMembership.objects.filter(
        circle__in=[circle.pk for circle in circles], left_at=None
    )
    found: defaultdict[int, list[Member]] = defaultdict(list)
    for membership in memberships.select_related("member").order_by("member__slug"):
        found[membership.circle_id].append(membership.member)
    return found


def _circle_row(circle: Circle, belonging: Sequence[Member], viewer: Viewer) -> CircleRow:
    shown = [
        member
        for member in belonging
        if shows_members_to(circle, viewer) or member.pk == viewer.own_id
    ]
    return CircleRow(
        slug=circle.slug,
        name=circle.name,
        kind=circle.kind,
        kind_label=str(CircleKind(circle.kind).label),
        min_tier=Tier(circle.min_tier),
        max_tlp=TLP(circle.max_tlp),
        chatham_house=circle.chatham_house,
        state=circle.state,
        state_label=str(CircleState(circle.state).label),
        ends_at=circle.ends_at,
        maker=circle.maker.slug if circle.maker else None,
        is_in=any(member.pk == viewer.own_id for member in belonging),
        members=tuple(MemberName(m.slug, m.name, m.country) for m in shown),
    )
