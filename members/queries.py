"""Doors to the rows of this room. Visibility of one member to another lives in `visibility`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from members.errors import NotFound
from members.models import Agreement, Circle, CircleMembership, GroupEntry, Member, Person
from members.models.choices import CircleState
from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import Health, Status, Tier
from members.tlp import TLP


def agreement_until(now: datetime, member: str = "pk") -> Subquery:
    """Return the SQL for the end of a member's agreement signed by `now`; null if none.

    `member` is the outer query's column of the member's number.
    """
    ends = Agreement.objects.filter(member=OuterRef(member), signed_on__lte=now.date())
    latest = (
        ends.order_by()
        .values("member")
        .annotate(until=Max(Least(F("valid_until"), Coalesce(F("ended_at"), F("valid_until")))))
    )
    return Subquery(latest.values("until"))


def standings(now: datetime, slugs: Collection[str] | None = None) -> list[Standing]:
    """Return the standing at `now` of every member, or of those named, by slug. Three queries.

    Members of every status, applicants and withdrawn ones too: who counts is policy's to say.
    """
    members = Member.objects.order_by("slug").annotate(until=agreement_until(now))
    if slugs is not None:
        members = members.filter(slug__in=slugs)
    rows = list(members)
    circles = _circles_of(rows)
    groups_by_country, groups_by_member = _groups_of(rows)
    return [
        Standing(
            member=row.slug,
            status=Status(row.status),
            tier=Tier(row.tier),
            health=Health(row.standing),
            agreement_until=row.until,
            country=row.country,
            groups=(*groups_by_member[row.pk], *groups_by_country[row.country or ""]),
            circles=tuple(circles[row.pk]),
            probation_until=row.probation_until,
        )
        for row in rows
    ]


def _circles_of(members: Iterable[Member]) -> defaultdict[int, list[CircleTerms]]:
    memberships = (
        CircleMembership.objects.filter(left_at=None, member__in=[m.pk for m in members])
        .select_related("circle")
        .order_by("circle__slug")
    )
    found: defaultdict[int, list[CircleTerms]] = defaultdict(list)
    terms: dict[int, CircleTerms] = {}
    for membership in memberships:
        circle = membership.circle
        if circle.pk not in terms:
            terms[circle.pk] = circle_terms(circle)
        found[membership.member_id].append(terms[circle.pk])
    return found


def circle_terms(circle: Circle) -> CircleTerms:
    """Return the circle as policy sees it; an archived circle is still open for reading."""
    return CircleTerms(
        slug=circle.slug,
        min_tier=Tier(circle.min_tier),
        max_tlp=TLP(circle.max_tlp),
        open=circle.state != CircleState.CLOSED,
        ends_at=circle.ends_at,
    )


def _groups_of(
    members: Iterable[Member],
) -> tuple[defaultdict[str, list[GroupSpan]], defaultdict[int, list[GroupSpan]]]:
    """Return the group spans by country and by member. One query."""
    by_country: defaultdict[str, list[GroupSpan]] = defaultdict(list)
    by_member: defaultdict[int, list[GroupSpan]] = defaultdict(list)
    countries = {member.country for member in members if member.country}
    entries = GroupEntry.objects.filter(
        Q(country__in=countries) | Q(member__in=[m.pk for m in members])
    ).order_by("group__name", F("starts_at").asc(nulls_first=True), "pk")
    for name, country, member, starts_at, ends_at in entries.values_list(
        "group__name", "country", "member", "starts_at", "ends_at"
    ):
        span = GroupSpan(name, starts_at, ends_at)
        if country is None:
            by_member[member].append(span)
        else:
            by_country[country].append(span)
    return by_country, by_member


def member_by_slug(slug: str) -> Member:
    """Return the member.

    Raises:
        NotFound: nobody has that slug.
    """
    member = Member.objects.filter(slug=slug).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def circle_by_slug(slug: str) -> Circle:
    """Return the circle.

    Raises:
        NotFound: no circle has that slug.
    """
    circle = Circle.objects.select_related("maker").filter(slug=slug).first()
    if circle is None:
        raise NotFound("There is no such circle.")
    return circle


def chatham_circles(member: Member) -> frozenset[str]:
    """Return the member's own circles that meet under the Chatham House rule.

    Of a circle that it does not belong to it learns nothing.
    """
    own = Circle.objects.filter(
        memberships__member=member, memberships__left_at=None, chatham_house=True
    )
    return frozenset(own.values_list("slug", flat=True))


def people_of(member: Member) -> QuerySet[Person]:
    """Return the member's people, the active ones first."""
    return Person.objects.filter(member=member).order_by("-is_active", "email")


def person_by_email(email: str) -> Person | None:
    """Return the person with that address, in any case."""
    return Person.objects.select_related("member").filter(email=email.strip().lower()).first()


def members_of(circle: Circle) -> QuerySet[Member]:
    """Return the members that belong to the circle now."""
    return Member.objects.filter(memberships__circle=circle, memberships__left_at=None).order_by(
        "slug"
    )
