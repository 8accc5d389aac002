"""Changes of standing as access feels them: the service and the closing of grants, together.

Every edge (pages, admin, API, commands) changes standings through here and nowhere else: the same
transaction that changes a member, circle or group closes what must close.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from django.db import transaction

from audit.actors import Actor
from members import services
from members.changes import Change, Effect
from members.models import Circle, Group, GroupEntry, Member, Person, Proposal
from members.models.choices import SuspensionCause
from members.services import Outcome
from members.tiers import Health, Tier
from sharing.carried import own_carriers
from sharing.locks import standings_change
from sharing.services import standing
from sharing.services.carrying import resettle_carriers

T = TypeVar("T")


def admit_member(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """Admit an applicant; see `members.services.admit_member`."""
    return _felt(lambda: services.admit_member(member=member, actor=actor, now=now), now)


def confirm_member(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """End a probation; see `members.services.confirm_member`."""
    return _felt(lambda: services.confirm_member(member=member, actor=actor, now=now), now)


def change_tier(*, member: Member, tier: Tier, actor: Actor, now: datetime) -> Outcome:
    """Change the tier; see `members.services.change_tier`."""
    return _felt(lambda: services.change_tier(member=member, tier=tier, actor=actor, now=now), now)


def set_standing(*, member: Member, health: Health, actor: Actor, now: datetime) -> Outcome:
    """Set the standing; see `members.services.set_standing`."""
    return _felt(
        lambda: services.set_standing(member=member, standing=health, actor=actor, now=now), now
    )


def suspend_member(
    *, member: Member, cause: SuspensionCause, reason: str, actor: Actor, now: datetime
) -> Change:
    """Suspend; see `members.services.suspend`."""
    return _felt(
        lambda: services.suspend(member=member, cause=cause, reason=reason, actor=actor, now=now),
        now,
    )


def reinstate_member(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """Reinstate; see `members.services.reinstate`."""
    return _felt(lambda: services.reinstate(member=member, actor=actor, now=now), now)


def withdraw_member(*, member: Member, actor: Actor, now: datetime) -> Change:
    """End the membership; see `members.services.withdraw`."""
    return _felt(lambda: services.withdraw(member=member, actor=actor, now=now), now)


def sign_agreement(
    *,
    member: Member,
    version: str,
    signed_on: date,
    valid_until: datetime,
    actor: Actor,
    now: datetime,
) -> Change:
    """Enter an agreement; see `members.services.sign_agreement`."""
    return _felt(
        lambda: services.sign_agreement(
            member=member,
            version=version,
            signed_on=signed_on,
            valid_until=valid_until,
            actor=actor,
            now=now,
        ),
        now,
    )


def end_agreement(*, member: Member, actor: Actor, now: datetime) -> Change:
    """End the agreements; see `members.services.end_agreement`."""
    return _felt(lambda: services.end_agreement(member=member, actor=actor, now=now), now)


def join_circle(*, circle: Circle, member: Member, actor: Actor, now: datetime) -> Change:
    """Take a member into a circle; see `members.services.join_circle`."""
    return _felt(
        lambda: services.join_circle(circle=circle, member=member, actor=actor, now=now), now
    )


def leave_circle(*, circle: Circle, member: Member, actor: Actor, now: datetime) -> Change:
    """Take a member out of a circle; see `members.services.leave_circle`."""
    return _felt(
        lambda: services.leave_circle(circle=circle, member=member, actor=actor, now=now), now
    )


def archive_circle(*, circle: Circle, actor: Actor, now: datetime) -> Change:
    """Archive a circle; see `members.services.archive_circle`."""
    return _felt(lambda: services.archive_circle(circle=circle, actor=actor, now=now), now)


def close_circle(*, circle: Circle, actor: Actor, now: datetime) -> Change:
    """Close a circle; see `members.services.close_circle`."""
    return _felt(lambda: services.close_circle(circle=circle, actor=actor, now=now), now)


def enter_group(
    *,
    group: Group,
    country: str | None = None,
    member: Member | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Change:
    """Put a country or member on a group's list; see `members.services.enter_group`."""
    return _felt(
        lambda: services.enter_group(
            group=group,
            country=country,
            member=member,
            starts_at=starts_at,
            ends_at=ends_at,
            actor=actor,
            now=now,
        ),
        now,
    )


def leave_group(*, entry: GroupEntry, actor: Actor, now: datetime) -> Change:
    """End an entry of a group's list; see `members.services.leave_group`."""
    return _felt(lambda: services.leave_group(entry=entry, actor=actor, now=now), now)


def approve(*, proposal: Proposal, actor: Actor, now: datetime) -> Change | Person:
    """Perform what another person proposed; see `members.services.approve`."""
    return _felt(lambda: services.approve(proposal=proposal, actor=actor, now=now), now)


def _felt(act: Callable[[], T], now: datetime) -> T:
    """Act, and let access feel it in the same transaction.

    Nobody decides by standings meanwhile: a release decided just before is committed first, so
    that its grants are closed here too.
    """
    with transaction.atomic():
        standings_change()
        outcome = act()
        if isinstance(outcome, Change):
            if outcome.effect.narrows:
                standing.close(outcome, now)
                resettle_carriers(own_carriers(outcome.member_ids), now=now)
            if outcome.effect is not Effect.NONE:
                standing.ask(outcome, now)
    return outcome
