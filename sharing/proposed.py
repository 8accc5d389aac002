"""Changes of standing that somebody considers: whom each concerns and what it would make of them.

Each says the same of a standing as the service of that name in `sharing.standing_changes` does to
the member, circle or group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.db.models import QuerySet

from members.models import Circle, Group, GroupEntry, Member
from members.queries import circle_terms, members_of
from members.standing import GroupSpan, Standing
from members.tiers import Health, Status, Tier


class Proposed(Protocol):
    """A change that is not made yet.

    `word` is the circle or group that it is about: releases that do not name it stay as they are.
    """

    @property
    def word(self) -> str | None: ...

    def concerned(self) -> QuerySet[Member]:
        """Return the members whose standing it would change."""

    def felt_at(self, now: datetime) -> datetime:
        """Return the moment from which it would be felt."""

    def after(self, standing: Standing, now: datetime) -> Standing:
        """Return the standing as the change would leave it."""


@dataclass(frozen=True, slots=True)
class _OfMember:
    member: Member

    @property
    def word(self) -> str | None:
        return None

    def concerned(self) -> QuerySet[Member]:
        return Member.objects.filter(pk=self.member.pk)

    def felt_at(self, now: datetime) -> datetime:
        return now


@dataclass(frozen=True, slots=True)
class TierTo(_OfMember):
    """The member gets another tier."""

    tier: Tier

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        return replace(standing, tier=self.tier)


@dataclass(frozen=True, slots=True)
class StandingTo(_OfMember):
    """Another word for how the member keeps its commitments."""

    health: Health

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        return replace(standing, health=self.health)


@dataclass(frozen=True, slots=True)
class StatusTo(_OfMember):
    """The member is admitted, confirmed, suspended, reinstated or withdraws."""

    status: Status

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        return replace(standing, status=self.status)


def reinstated(member: Member) -> StatusTo:
    """Return what reinstating a suspended member would make of it."""
    return StatusTo(member, Status(member.suspended_from or Status.PROBATION))


@dataclass(frozen=True, slots=True)
class AgreementUntil(_OfMember):
    """An agreement that holds until then, None: those that hold are ended."""

    until: datetime | None

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        if self.until is None:
            return replace(standing, agreement_until=None)
        ends = [end for end in (standing.agreement_until, self.until) if end is not None]
        return replace(standing, agreement_until=max(ends))


@dataclass(frozen=True, slots=True)
class _OfCircle:
    circle: Circle

    @property
    def word(self) -> str | None:
        return self.circle.slug

    def concerned(self) -> QuerySet[Member]:
        return members_of(self.circle)

    def felt_at(self, now: datetime) -> datetime:
        return now


@dataclass(frozen=True, slots=True)
class JoinCircle(_OfCircle):
    """The member is taken into the circle."""

    member: Member

    def concerned(self) -> QuerySet[Member]:
        return Member.objects.filter(pk=self.member.pk)

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        others = [each for each in standing.circles if each.slug != self.circle.slug]
        return replace(standing, circles=(*others, circle_terms(self.circle)))


@dataclass(frozen=True, slots=True)
class LeaveCircle(_OfCircle):
    """The member leaves the circle."""

    member: Member

    def concerned(self) -> QuerySet[Member]:
        return Member.objects.filter(pk=self.member.pk)

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        kept = tuple(each for each in standing.circles if each.slug != self.circle.slug)
        return replace(standing, circles=kept)


@dataclass(frozen=True, slots=True)
class ArchiveCircle(_OfCircle):
    """Nothing new is released to the circle; reading goes on."""

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        return standing


@dataclass(frozen=True, slots=True)
class CloseCircle(_OfCircle):
    """Reading through the circle ends."""

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        closed = tuple(
            replace(each, open=False) if each.slug == self.circle.slug else each
            for each in standing.circles
        )
        return replace(standing, circles=closed)


@dataclass(frozen=True, slots=True)
class EnterGroup:
    """A country, or one member, is put on a group's list; felt when its time begins."""

    group: Group
    country: str | None = None
    member: Member | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def word(self) -> str | None:
        return self.group.name

    def concerned(self) -> QuerySet[Member]:
        return _listed(self.country, self.member)

    def felt_at(self, now: datetime) -> datetime:
        return max(now, self.starts_at) if self.starts_at else now

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        span = GroupSpan(self.group.name, self.starts_at, self.ends_at)
        return replace(standing, groups=(*standing.groups, span))


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """An entry of a group's list ends; one that has not begun is removed."""

    entry: GroupEntry

    @property
    def word(self) -> str | None:
        return self.entry.group.name

    def concerned(self) -> QuerySet[Member]:
        return _listed(self.entry.country, self.entry.member)

    def felt_at(self, now: datetime) -> datetime:
        return max(now, self.entry.starts_at) if self.entry.starts_at else now

    def after(self, standing: Standing, now: datetime) -> Standing:  # noqa: ARG002
        entry = self.entry
        span = GroupSpan(entry.group.name, entry.starts_at, entry.ends_at)
        kept = list(standing.groups)
        if span in kept:
            kept.remove(span)
        return replace(standing, groups=tuple(kept))


def _listed(country: str | None, member: Member | None) -> QuerySet[Member]:
    if member is not None:
        return Member.objects.filter(pk=member.pk)
    return Member.objects.filter(country=country).order_by("slug")
