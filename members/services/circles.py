"""Circles: made by reviewers of partner and core members, run by their maker."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from members import actions
from members.authority import Authority, authority_of
from members.changes import Change, Effect, Matter
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.models import Circle, CircleMembership, Member
from members.models.choices import CircleKind, CircleState
from members.roles import Right
from members.services.locks import lock_circle, lock_member
from members.tiers import Status, Tier
from members.tlp import TLP

_LONGEST: Final = 55  # of what a member chooses of a short name
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCircle:
    """The terms of a circle."""

    slug: str
    name: str
    kind: CircleKind
    min_tier: Tier
    max_tlp: TLP
    chatham_house: bool = False
    members_hidden: bool = False
    ends_at: datetime | None = None


@transaction.atomic
def create_circle(
    *, new: NewCircle, actor: Actor, now: datetime, run_by: Member | None = None
) -> Circle:
    """Make a circle. A member that makes one belongs to it and its reviewers run it.

    Its short name gets an ending at random: that another circle has the name already would tell a
    member that there is one which it does not see. Who runs any circle chooses the name whole,
    and may make the circle for a member that then runs it (`run_by`).

    Raises:
        Invalid: a value is wrong; its field is named.
        Conflict: the slug is taken.
        NotPermitted: not a reviewer of a partner or core member, nor a platform administrator.
    """
    authority = authority_of(actor)
    maker = run_by if authority.has(Right.ANY_CIRCLE) else _maker(authority)
    chooses = authority.has(Right.ANY_CIRCLE)
    slug = new.slug if chooses else f"{new.slug[:_LONGEST]}-{_ending()}"
    if Circle.objects.filter(slug=slug).exists():
        raise Conflict(_("There is a circle with this short name already."), code="slug_taken")
    if new.ends_at and new.ends_at <= now:
        raise Invalid(_("The end must lie ahead."), field="ends_at")
    circle = Circle(
        slug=slug,
        name=new.name,
        kind=new.kind,
        min_tier=new.min_tier.value,
        max_tlp=new.max_tlp.value,
        chatham_house=new.chatham_house,
        members_hidden=new.members_hidden,
        ends_at=new.ends_at,
        maker=maker,
        created_at=now,
    )
    try:
        circle.full_clean(validate_unique=False)
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(messages), field=name) from None
    circle.save(force_insert=True)
    _record(circle, actions.CIRCLE_CREATE, authority, now)
    if maker:
        _enter(circle, maker, authority, now)
    return circle


def _ending() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


@transaction.atomic
def join_circle(*, circle: Circle, member: Member, actor: Actor, now: datetime) -> Change:
    """Take a member into an active circle; by who runs it.

    Raises:
        Conflict: it belongs to it already, or the circle is not active.
        NotFound: the circle is none of the actor's business.
        NotPermitted: the actor does not run it, or the member may not join circles.
    """
    authority = authority_of(actor)
    member = lock_member(member)
    circle = lock_circle(circle)
    _require_runs(authority, circle)
    if circle.state != CircleState.ACTIVE or (circle.ends_at and circle.ends_at <= now):
        raise Conflict(_("The circle is not active."))
    if member.status in {Status.APPLICANT, Status.WITHDRAWN}:
        raise Conflict(_("Only a member on probation or active can join."))
    if circle.memberships.filter(member=member, left_at=None).exists():
        raise Conflict(_("The member belongs to the circle already."))
    _enter(circle, member, authority, now)
    return _change(circle, Effect.WIDENED, member.pk)


@transaction.atomic
def leave_circle(*, circle: Circle, member: Member, actor: Actor, now: datetime) -> Change:
    """Take a member out of a circle; by who runs it, or by the member itself.

    Raises:
        Conflict: it does not belong to it.
        NotFound: the circle is none of the actor's business.
        NotPermitted: the actor may take out neither this member nor any.
    """
    authority = authority_of(actor)
    member = lock_member(member)
    circle = lock_circle(circle)
    if not authority.has_own(Right.LEAVE_CIRCLE, member):
        _require_runs(authority, circle)
    left = circle.memberships.filter(member=member, left_at=None).update(left_at=now)
    if not left:
        raise Conflict(_("The member does not belong to the circle."))
    _record(circle, actions.CIRCLE_LEAVE, authority, now, member=member)
    return _change(circle, Effect.NARROWED, member.pk)


@transaction.atomic
def archive_circle(*, circle: Circle, actor: Actor, now: datetime) -> Change:
    """Make an active circle read only: nothing new is released to it, reading goes on.

    Raises:
        Conflict: it is not active.
        NotFound, NotPermitted: the actor does not run it.
    """
    return _end(circle, CircleState.ARCHIVED, actions.CIRCLE_ARCHIVE, actor, now)


@transaction.atomic
def close_circle(*, circle: Circle, actor: Actor, now: datetime) -> Change:
    """Close a circle: reading through it ends.

    Raises:
        Conflict: it is closed already.
        NotFound, NotPermitted: the actor does not run it.
    """
    return _end(circle, CircleState.CLOSED, actions.CIRCLE_CLOSE, actor, now)


def _end(circle: Circle, state: CircleState, action: Action, actor: Actor, now: datetime) -> Change:
    authority = authority_of(actor)
    circle = lock_circle(circle)
    _require_runs(authority, circle)
    before = CircleState(circle.state)
    if before in {CircleState.CLOSED, state}:
        raise Conflict(_("The circle is archived or closed already."))
    circle.state = state.value
    circle.save(update_fields=["state"])
    _record(circle, action, authority, now, details={"from": before.value})
    effect = Effect.NARROWED if state == CircleState.CLOSED else Effect.NONE
    return _change(circle, effect, *_member_ids(circle))


def _maker(authority: Authority) -> Member:
    """Return the member whose reviewer makes the circle."""
    authority.require(Right.CREATE_CIRCLE)
    member = authority.person.member if authority.person else None
    standing_ok = member is not None and member.status in {Status.PROBATION, Status.ACTIVE}
    if member is None or not standing_ok or member.effective_tier < Tier.PARTNER:
        raise NotPermitted(_("Circles are made by partner and core members."))
    return member


def _require_runs(authority: Authority, circle: Circle) -> None:
    """Return if the actor runs the circle; a circle one does not belong to does not exist."""
    if authority.has(Right.ANY_CIRCLE):
        return
    own = authority.person.member_id if authority.person else None
    if own is None or not (
        circle.maker_id == own or circle.memberships.filter(member=own, left_at=None).exists()
    ):
        raise NotFound(_("There is no such circle."))
    if circle.maker_id != own or not authority.has(Right.RUN_OWN_CIRCLES):
        raise NotPermitted(_("Only the reviewers of the member that made the circle can do this."))
    if circle.maker and circle.maker.status not in {Status.PROBATION, Status.ACTIVE}:
        raise NotPermitted(_("Your membership does not allow this at present."))


def _enter(circle: Circle, member: Member, authority: Authority, now: datetime) -> None:
    CircleMembership.objects.create(circle=circle, member=member, joined_at=now)
    _record(circle, actions.CIRCLE_JOIN, authority, now, member=member)


def _member_ids(circle: Circle) -> list[int]:
    belonging = circle.memberships.filter(left_at=None)
    return list(belonging.order_by("member").values_list("member", flat=True))


def _change(circle: Circle, effect: Effect, *member_ids: int) -> Change:
    return Change(Matter.CIRCLE, effect, member_ids, circle=circle.slug)


def _record(
    circle: Circle,
    action: Action,
    authority: Authority,
    now: datetime,
    *,
    member: Member | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    about = {"member": member.slug} if member else {}
    record(
        actor=authority.actor,
        action=action,
        target=Target("circle", circle.slug),
        at=now,
        member_id=member.pk if member else None,
        details={**about, **(details or {})},
    )
