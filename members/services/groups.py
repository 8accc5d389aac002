"""The dated lists of country groups."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from members import actions
from members.authority import Authority, authority_of
from members.changes import Change, Effect, Matter
from members.errors import Conflict, Invalid
from members.models import Group, GroupEntry, Member
from members.roles import Right
from members.services.locks import lock_group


@transaction.atomic
def create_group(*, name: str, actor: Actor, now: datetime) -> Group:
    """Make an empty country group.

    Raises:
        Invalid: not a name, or a country's code.
        Conflict: the name is taken.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.GROUPS)
    if Group.objects.filter(name=name).exists():
        raise Conflict(_("There is a group of this name already."))
    taken = Member.objects.filter(country=name).exists()
    if taken or GroupEntry.objects.filter(country=name).exists():
        raise Invalid(_("This is a country's code."), field="name")
    group = Group(name=name)
    try:
        group.full_clean(validate_unique=False)
    except ValidationError:
        raise Invalid(_("Capital letters, digits and hyphens only."), field="name") from None
    group.save(force_insert=True)
    _record(group, actions.GROUP_CREATE, authority, now, {})
    return group


@transaction.atomic
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
    """Put a country, or one member, on the group's list for a time (no start, no end: null).

    Joining a group may open releases to it and close those that leave it out.

    Raises:
        Invalid: neither or both given, or the times are the wrong way round.
        Conflict: it is on the list for part of that time already.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.GROUPS)
    group = lock_group(group)
    entry = GroupEntry(
        group=group, country=country, member=member, starts_at=starts_at, ends_at=ends_at
    )
    try:
        entry.full_clean(validate_unique=False, validate_constraints=False)
        entry.validate_constraints()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="entry") from None
    if _overlapping(entry).exists():
        raise Conflict(_("It is on the list for part of that time already."))
    entry.save(force_insert=True)
    _record(group, actions.GROUP_ENTER, authority, now, _details(entry))
    return _change(entry)


@transaction.atomic
def leave_group(*, entry: GroupEntry, actor: Actor, now: datetime) -> Change:
    """End an entry of a group's list now; one that has not begun is removed.

    Raises:
        Conflict: it has ended already.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.GROUPS)
    group = lock_group(entry.group)
    entry = GroupEntry.objects.select_related("group", "member").get(pk=entry.pk)
    if entry.ends_at and entry.ends_at <= now:
        raise Conflict(_("It has left the list already."))
    _record(group, actions.GROUP_LEAVE, authority, now, _details(entry))
    if entry.starts_at and entry.starts_at >= now:
        entry.delete()
    else:
        entry.ends_at = now
        entry.save(update_fields=["ends_at"])
    return _change(entry)


def _overlapping(entry: GroupEntry) -> QuerySet[GroupEntry]:
    same = GroupEntry.objects.filter(group=entry.group, country=entry.country, member=entry.member)
    if entry.ends_at:
        same = same.filter(Q(starts_at=None) | Q(starts_at__lt=entry.ends_at))
    if entry.starts_at:
        same = same.filter(Q(ends_at=None) | Q(ends_at__gt=entry.starts_at))
    return same


def _change(entry: GroupEntry) -> Change:
    """NOT REL TO makes any change of a list both a narrowing and a widening one."""
    if entry.member_id:
        ids = [entry.member_id]
    else:
        ids = list(Member.objects.filter(country=entry.country).values_list("pk", flat=True))
    return Change(Matter.GROUP, Effect.BOTH, tuple(ids), group=entry.group.name)


def _details(entry: GroupEntry) -> dict[str, object]:
    return {
        "country": entry.country,
        "member": entry.member.slug if entry.member else None,
        "starts_at": entry.starts_at.isoformat() if entry.starts_at else None,
        "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
    }


def _record(
    group: Group, action: Action, authority: Authority, now: datetime, details: dict[str, object]
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("group", group.name),
        at=now,
        details=details,
    )
