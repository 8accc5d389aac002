"""An incident's steps between filing and release, each one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from incidents import lifecycle
from incidents.marking import Marking, from_json, meet, to_json
from incidents.models import Incident, Note, Revision, RevisionObject
from incidents.queries import next_number
from members.errors import Conflict, NotPermitted
from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.roles import Role
from members.tiers import Status

SUBMITTED = Action("incidents:incident:submit")
RETURNED = Action("incidents:incident:return")
REMARKED = Action("incidents:incident:mark")
AMENDED = Action("incidents:incident:amend")
DISCARDED = Action("incidents:incident:discard")


@dataclass(frozen=True, slots=True)
class By:
    """Who acts on an incident: the audited actor and the person who answers for it.

    `scoped` says that a credential's scope was checked in place of the person's role.
    """

    actor: Actor
    person: Person
    scoped: bool = False


def require(by: By, incident: Incident, role: Role) -> None:
    """Refuse unless the person is of the owner and has the role.

    Raises:
        NotPermitted: with who can do it.
    """
    require_acting(incident.owner)
    _require_role(by, incident, role)


def require_own(by: By, incident: Incident, role: Role) -> None:
    """Refuse as `require` does, but let a member that is suspended for its standing do it too.

    Raises:
        NotPermitted
    """
    owner = incident.owner
    suspended = owner.status == Status.SUSPENDED.value
    if not (suspended and owner.suspension_cause == SuspensionCause.STANDING):
        require_acting(owner)
    _require_role(by, incident, role)


def _require_role(by: By, incident: Incident, role: Role) -> None:
    if by.person.member_id != incident.owner_id:
        raise NotPermitted(_("Only the originator of an incident can do this."))
    if not by.scoped and role.value not in by.person.roles:
        raise NotPermitted(
            _("Only an analyst of your team can do this.")
            if role is Role.ANALYST
            else _("Only a reviewer of your team can do this.")
        )


def require_acting(member: Member) -> None:
    """Refuse unless the member takes part: a suspended one sees its own items, nothing else.

    Raises:
        NotPermitted
    """
    if member.status not in (Status.ACTIVE.value, Status.PROBATION.value):
        raise NotPermitted(_("Your team's membership does not allow this at present."))


def locked(incident: Incident) -> Incident:
    """Return the incident's row as it is now, locked until the transaction ends."""
    return (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related("owner", "head")
        .get(pk=incident.pk)
    )


def require_hand(by: By, incident: Incident) -> None:
    """Refuse unless the person works on incidents of the owner, as analyst or as reviewer.

    Raises:
        NotPermitted
    """
    reviews = Role.REVIEWER.value in by.person.roles
    require(by, incident, Role.REVIEWER if reviews else Role.ANALYST)


@transaction.atomic
def amend(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Begin the next version; the released one stays in force until that is released.

    Raises:
        NotPermitted, Conflict
    """
    incident = locked(incident)
    require_hand(by, incident)
    step(incident, lifecycle.Action.AMEND)
    return _stepped(by, incident, AMENDED, now)


@transaction.atomic
def discard(*, by: By, incident: Incident, released: Revision, now: datetime) -> Incident:
    """Drop the next version; `released` is the revision in force, which is the head again.

    Raises:
        NotPermitted, Conflict
    """
    incident = locked(incident)
    require_hand(by, incident)
    step(incident, lifecycle.Action.DISCARD)
    incident.head = released
    incident.save(update_fields=["head"])
    return _stepped(by, incident, DISCARDED, now)


@transaction.atomic
def submit(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Hand a draft to the reviewers.

    Raises:
        NotPermitted, Conflict
    """
    incident = locked(incident)
    if incident.version:  # a reviewer tightens what is released without an analyst
        require_hand(by, incident)
    else:
        require(by, incident, Role.ANALYST)
    step(incident, lifecycle.Action.SUBMIT)
    return _stepped(by, incident, SUBMITTED, now)


@transaction.atomic
def return_to_draft(*, by: By, incident: Incident, note: str, now: datetime) -> Incident:
    """Send a version in review back to its author, with a note.

    Raises:
        NotPermitted, Conflict
    """
    incident = locked(incident)
    require(by, incident, Role.REVIEWER)
    step(incident, lifecycle.Action.RETURN)
    if note.strip():
        Note.objects.create(incident=incident, author=by.person, at=now, text=note.strip())
    return _stepped(by, incident, RETURNED, now)


@transaction.atomic
def mark(*, by: By, incident: Incident, marking: Marking, now: datetime) -> Revision:
    """State the marking of the version being worked on, as a new revision of the same content.

    A person has thereby confirmed the TLP. Who widens it becomes an author (two people); who only
    narrows it does not.

    Raises:
        NotPermitted: neither analyst nor reviewer of the owner.
        Conflict: nothing is being worked on.
    """
    incident = locked(incident)
    require_hand(by, incident)
    head = incident.head
    if head is None or incident.working == lifecycle.Working.NONE:
        raise Conflict(_("This version is released; amend it to change its marking."))
    stated = to_json(marking)
    if stated == head.marking and head.tlp_confirmed:
        return head
    revision = _copy(head, by.person, now)
    revision.narrows_only = meet(from_json(head.marking), marking) == marking
    revision.marking = stated
    revision.tlp_confirmed = marking.tlp is not None
    revision.save()
    RevisionObject.objects.bulk_create(
        [
            RevisionObject(
                revision=revision, ordinal=p.ordinal, object_id=p.object_id, marking=p.marking
            )
            for p in head.places.all()
        ]
    )
    incident.head = revision
    incident.changed_at = now
    incident.save(update_fields=["head", "changed_at"])
    record(
        actor=by.actor,
        action=REMARKED,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={"revision": revision.number, "tlp": stated.get("tlp", "")},
    )
    return revision


def step(incident: Incident, action: lifecycle.Action) -> None:
    """Move the incident by one action of the state machine, unsaved.

    Raises:
        Conflict: its state does not allow it.
    """
    try:
        state, working = lifecycle.after(
            action,
            state=lifecycle.State(incident.state),
            working=lifecycle.Working(incident.working),
        )
    except lifecycle.Refused as refused:
        raise Conflict(str(refused)) from None
    incident.state, incident.working = state.value, working.value


def _stepped(by: By, incident: Incident, action: Action, now: datetime) -> Incident:
    incident.changed_at = now
    incident.save(update_fields=["state", "working", "changed_at"])
    record(
        actor=by.actor,
        action=action,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={"revision": incident.head.number if incident.head else 0},
    )
    return incident


def _copy(head: Revision, person: Person, now: datetime) -> Revision:
    """Return the same content as a new, unsaved revision."""
    copy = Revision.objects.get(pk=head.pk)
    copy.pk = None
    copy._state.adding = True
    copy.number = next_number(head.incident)
    copy.created_at, copy.created_by = now, person
    copy.salt = secrets.token_bytes(16)
    return copy
