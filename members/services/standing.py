"""A member's status, tier and standing. Narrowing takes one person, widening two."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.models import Entry
from audit.services import record
from members import actions
from members.authority import Authority, authority_of
from members.behind import people_behind, people_behind_acts
from members.changes import Change, Effect, Matter
from members.errors import Conflict, NotPermitted
from members.models import Member, Proposal
from members.models.choices import ProposalKind, SuspensionCause
from members.roles import Right
from members.services.entry import end_entry, void_passwords
from members.services.locks import lock_member
from members.services.two_people import drop_open, waits_for_second
from members.tiers import Health, Status, Tier

Outcome = Change | Proposal
PROBATION = timedelta(days=90)


@transaction.atomic
def admit_member(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """Take an applicant in, on probation; or the proposal, until a second person asks too.

    Raises:
        Conflict: it is no applicant.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    member = lock_member(member)
    if member.status != Status.APPLICANT:
        raise Conflict(_("Only an applicant can be admitted."))
    waiting = _second(
        ProposalKind.ADMIT, member, {"tier": member.tier}, Right.ADMIT, authority, now
    )
    if waiting:
        return waiting
    member.status = Status.PROBATION.value
    member.probation_until = now + PROBATION
    member.save(update_fields=["status", "probation_until"])
    _record(member, actions.MEMBER_ADMIT, authority, now, {"tier": member.tier})
    return _change(Matter.STATUS, Effect.WIDENED, member)


@transaction.atomic
def confirm_member(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """End a member's probation; or the proposal, until a second person asks too.

    Raises:
        Conflict: it is not on probation.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    member = lock_member(member)
    if member.status != Status.PROBATION:
        raise Conflict(_("Only a member on probation can be confirmed."))
    payload = {"tier": member.tier}
    waiting = _second(ProposalKind.CONFIRM, member, payload, Right.ADMIT, authority, now)
    if waiting:
        return waiting
    member.status = Status.ACTIVE.value
    member.probation_until = None
    member.save(update_fields=["status", "probation_until"])
    _record(member, actions.MEMBER_CONFIRM, authority, now, payload)
    return _change(Matter.STATUS, Effect.WIDENED, member)


@transaction.atomic
def change_tier(*, member: Member, tier: Tier, actor: Actor, now: datetime) -> Outcome:
    """Lower the tier at once; raise it when two people have asked.

    Raises:
        Conflict: it has that tier, has withdrawn, or another raise is waiting.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.TIER)
    member = lock_member(member)
    if member.status == Status.WITHDRAWN:
        raise Conflict(_("The member has withdrawn."))
    if tier == member.tier:
        raise Conflict(_("The member has this tier already."))
    payload = {"from": member.tier, "to": tier.value}
    raising = tier > member.tier
    if raising:
        waiting = _second(ProposalKind.TIER, member, payload, Right.TIER, authority, now)
        if waiting:
            return waiting
    else:
        drop_open(member=member, kinds=_TIER_KINDS, authority=authority, now=now)
    member.tier = tier.value
    member.save(update_fields=["tier"])
    _record(member, actions.MEMBER_TIER, authority, now, payload)
    return _change(Matter.TIER, Effect.WIDENED if raising else Effect.NARROWED, member)


@transaction.atomic
def set_standing(*, member: Member, standing: Health, actor: Actor, now: datetime) -> Outcome:
    """Set how the member keeps its commitments; out of `lapsed` it takes two, as it raises a tier.

    Raises:
        Conflict: it has that standing, has withdrawn, or another such change is waiting.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.TIER)
    member = lock_member(member)
    if member.status == Status.WITHDRAWN:
        raise Conflict(_("The member has withdrawn."))
    if standing == member.standing:
        raise Conflict(_("The member has this standing already."))
    payload = {"from": member.standing, "to": standing.value}
    effect = _standing_effect(Health(member.standing), standing)
    if effect.widens:
        waiting = _second(ProposalKind.STANDING, member, payload, Right.TIER, authority, now)
        if waiting:
            return waiting
    else:
        drop_open(member=member, kinds=_TIER_KINDS, authority=authority, now=now)
    member.standing = standing.value
    member.save(update_fields=["standing"])
    _record(member, actions.MEMBER_STANDING, authority, now, payload)
    return _change(Matter.STANDING, effect, member)


@transaction.atomic
def suspend(
    *, member: Member, cause: SuspensionCause, reason: str, actor: Actor, now: datetime
) -> Change:
    """Suspend the member, by one person, until reinstated.

    STANDING: its people still sign in and see their own items. COMPROMISE: its sessions,
    credentials and passwords end here and now. A member suspended for standing may be suspended
    for compromise, never the other way.

    Raises:
        Conflict: it is suspended for that cause or a graver one, no member yet, or no more.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.SUSPEND)
    member = lock_member(member)
    _may_be_suspended(member, cause)
    if member.status != Status.SUSPENDED:
        member.suspended_from = member.status
    member.status = Status.SUSPENDED.value
    member.suspension_cause = cause.value
    member.suspension_reason = reason
    member.suspended_at = now
    member.suspended_by = authority.person
    member.suspension_confirmed_at = None
    member.suspension_confirmed_by = None
    member.save(update_fields=_SUSPENSION_FIELDS)
    drop_open(member=member, kinds=_ALL_MEMBER_KINDS, authority=authority, now=now)
    if cause == SuspensionCause.COMPROMISE:
        end_entry(member=member, authority=authority, now=now)
        void_passwords(member)
    _record(member, actions.MEMBER_SUSPEND, authority, now, {"cause": cause.value})
    return _change(Matter.STATUS, Effect.NARROWED, member)


@transaction.atomic
def confirm_suspension(*, member: Member, actor: Actor, now: datetime) -> Member:
    """Confirm a suspension as a second person; until then it is shown as unconfirmed.

    Raises:
        Conflict: nothing to confirm.
        NotPermitted: who suspended cannot confirm; or see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.SUSPEND)
    member = lock_member(member)
    if member.status != Status.SUSPENDED or member.suspension_confirmed_at:
        raise Conflict(_("There is no suspension waiting to be confirmed."))
    if authority.person is None or _may_have_suspended(member, actor):
        raise NotPermitted(_("A second person must confirm the suspension."))
    member.suspension_confirmed_at = now
    member.suspension_confirmed_by = authority.person
    member.save(update_fields=["suspension_confirmed_at", "suspension_confirmed_by"])
    _record(member, actions.MEMBER_CONFIRM_SUSPENSION, authority, now, {})
    return member


@transaction.atomic
def reinstate(*, member: Member, actor: Actor, now: datetime) -> Outcome:
    """End a suspension when two people have asked; after a compromise two platform administrators.

    Credentials that a compromise ended stay ended and are issued anew; passwords, also any set
    meanwhile by a mailbox that may be another's, are set anew by mail.

    Raises:
        Conflict: it is not suspended.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.SUSPEND)
    member = lock_member(member)
    if member.status != Status.SUSPENDED:
        raise Conflict(_("The member is not suspended."))
    right = Right.LIFT_COMPROMISE if member.is_compromised else Right.SUSPEND
    authority.require(right)
    payload = {"cause": member.suspension_cause, "to": member.suspended_from}
    waiting = _second(ProposalKind.REINSTATE, member, payload, right, authority, now)
    if waiting:
        return waiting
    if member.is_compromised:
        void_passwords(member)
    member.status = member.suspended_from or Status.PROBATION.value
    _clear_suspension(member)
    member.save(update_fields=_SUSPENSION_FIELDS)
    _record(member, actions.MEMBER_REINSTATE, authority, now, payload)
    return _change(Matter.STATUS, Effect.WIDENED, member)


@transaction.atomic
def withdraw(*, member: Member, actor: Actor, now: datetime) -> Change:
    """End the membership for good; what the member released stays in force until recalled.

    Raises:
        Conflict: it has withdrawn before.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    member = lock_member(member)
    if member.status == Status.WITHDRAWN:
        raise Conflict(_("The member has withdrawn."))
    member.status = Status.WITHDRAWN.value
    member.probation_until = None
    _clear_suspension(member)
    member.save(update_fields=[*_SUSPENSION_FIELDS, "probation_until"])
    drop_open(member=member, kinds=_ALL_MEMBER_KINDS, authority=authority, now=now)
    end_entry(member=member, authority=authority, now=now)
    _record(member, actions.MEMBER_WITHDRAW, authority, now, {})
    return _change(Matter.STATUS, Effect.NARROWED, member)


_TIER_KINDS = (ProposalKind.TIER, ProposalKind.STANDING)
_ALL_MEMBER_KINDS = (
    ProposalKind.ADMIT,
    ProposalKind.CONFIRM,
    ProposalKind.REINSTATE,
    ProposalKind.RED_GRANT,
    *_TIER_KINDS,
)
_SUSPENSION_FIELDS = [
    "status",
    "suspended_from",
    "suspension_cause",
    "suspension_reason",
    "suspended_at",
    "suspended_by",
    "suspension_confirmed_at",
    "suspension_confirmed_by",
]


def _second(
    kind: ProposalKind,
    member: Member,
    payload: dict[str, Any],
    right: Right,
    authority: Authority,
    now: datetime,
) -> Proposal | None:
    return waits_for_second(
        kind=kind, member=member, payload=payload, right=right, authority=authority, now=now
    )


def _standing_effect(before: Health, after: Health) -> Effect:
    """Only `lapsed` counts for the effective tier; `at_risk` is a warning."""
    if after is Health.LAPSED:
        return Effect.NARROWED
    return Effect.WIDENED if before is Health.LAPSED else Effect.NONE


def _may_have_suspended(member: Member, actor: Actor) -> bool:
    """Say whether who suspended the member and the actor may be one person."""
    done = Entry.objects.filter(
        action=actions.MEMBER_SUSPEND.name,
        target_kind="member",
        target_key=member.slug,
    ).order_by("-id")
    suspending = people_behind_acts(done[:1]) | {member.suspended_by_id}
    return not suspending.isdisjoint(people_behind(actor))


def _may_be_suspended(member: Member, cause: SuspensionCause) -> None:
    if member.status in {Status.APPLICANT, Status.WITHDRAWN}:
        raise Conflict(_("Only a member on probation or active can be suspended."))
    graver = cause == SuspensionCause.COMPROMISE and not member.is_compromised
    if member.status == Status.SUSPENDED and not graver:
        raise Conflict(_("The member is suspended already."))


def _clear_suspension(member: Member) -> None:
    member.suspended_from = None
    member.suspension_cause = None
    member.suspension_reason = ""
    member.suspended_at = None
    member.suspended_by = None
    member.suspension_confirmed_at = None
    member.suspension_confirmed_by = None


def _record(
    member: Member, action: Action, authority: Authority, now: datetime, details: dict[str, Any]
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("member", member.slug),
        at=now,
        member_id=member.pk,
        details=details,
    )


def _change(matter: Matter, effect: Effect, member: Member) -> Change:
    return Change(matter, effect, (member.pk,))
