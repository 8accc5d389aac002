"""People: a member's by its administrators, staff by two platform administrators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from members import actions
from members.authority import Authority, authority_of
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.models import Credential, Member, Person, Proposal
from members.models.choices import ProposalKind
from members.roles import COALITION_ROLES, MEMBER_ROLES, Right, Role, Scope, scopes_lost
from members.services.entry import end_sessions, revoke
from members.services.locks import lock_member, lock_person
from members.services.two_people import waits_for_second
from members.tiers import Status
from members.tlp import TLP


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who is invited. `member` is None for the coalition's staff, whose roles come afterwards."""

    email: str
    name: str = ""
    member: Member | None = None
    roles: frozenset[Role] = field(default=frozenset())
    language: str = ""


@transaction.atomic
def invite_person(
    *, invitation: Invitation, password: str | None = None, actor: Actor, now: datetime
) -> Person:
    """Open an account. Without a password it has none until its owner sets one by mail.

    A member's administrator invites to the own member, a platform administrator the first
    administrator of a member, and staff, who start without a role (`set_roles` takes two people).

    Raises:
        Invalid: not an address, a weak password, or roles that do not fit.
        Conflict: the address has an account.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    _may_invite(authority, invitation)
    email = _checked_email(invitation.email)
    _check_roles_fit(invitation.roles, invitation.member)
    person = Person(
        email=email,
        name=invitation.name,
        member=invitation.member,
        roles=_stored(invitation.roles),
        language=invitation.language,
        invited_at=now,
    )
    _set_password(person, password)
    person.save(force_insert=True)
    details = {"roles": _stored(invitation.roles)}
    _record(person, actions.PERSON_INVITE, authority, now, details)
    return person


@transaction.atomic
def set_roles(
    *, person: Person, roles: Iterable[Role], actor: Actor, now: datetime
) -> Person | Proposal:
    """Give the person exactly these roles. Nobody changes their own.

    New roles of staff wait for a second platform administrator; taking roles away never waits.

    Raises:
        Conflict: another such change is waiting.
        Invalid: staff roles for a member's person or the other way round.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    person = lock_person(person)
    wanted = frozenset(roles)
    _check_roles_fit(wanted, person.member)
    _may_manage(authority, person, narrowing=wanted <= person.role_set)
    if authority.person and authority.person.pk == person.pk:
        raise NotPermitted(_("Nobody changes their own roles. Ask another administrator."))
    before = _stored(person.role_set)
    payload = {"from": before, "to": _stored(wanted)}
    if person.member is None and not wanted <= person.role_set:
        waiting = waits_for_second(
            kind=ProposalKind.STAFF_ROLES,
            member=None,
            person=person,
            payload=payload,
            right=Right.STAFF,
            authority=authority,
            now=now,
        )
        if waiting:
            return waiting
    _take_scopes(person, wanted)
    person.roles = payload["to"]
    person.save(update_fields=["roles"])
    _record(person, actions.PERSON_ROLES, authority, now, payload)
    return person


def _take_scopes(person: Person, wanted: frozenset[Role]) -> None:
    """Take from the credentials that the person answers for what it may no longer do itself."""
    live = Credential.objects.filter(accountable_person=person, revoked_at=None)
    for credential in live.select_for_update():
        held = frozenset(Scope(scope) for scope in credential.scopes)
        lost = scopes_lost(held, before=person.role_set, after=wanted)
        if lost:
            credential.scopes = sorted(scope.value for scope in held - lost)
            credential.save(update_fields=["scopes"])


@transaction.atomic
def grant_red(*, person: Person, actor: Actor, now: datetime) -> Person | Proposal:
    """Let the person read TLP:RED that names its member; takes two administrators of the member.

    Raises:
        Conflict: it has the grant.
        Invalid: staff read no content.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    person = lock_person(person)
    if person.member is None:
        raise Invalid(_("Staff accounts read no content."), field="person")
    authority.require_own(Right.OWN_PEOPLE, person.member)
    if person.max_tlp == TLP.RED:
        raise Conflict(_("The person has this grant already."))
    waiting = waits_for_second(
        kind=ProposalKind.RED_GRANT,
        member=person.member,
        person=person,
        payload={"from": person.max_tlp, "to": TLP.RED.value},
        right=Right.OWN_PEOPLE,
        authority=authority,
        now=now,
    )
    if waiting:
        return waiting
    person.max_tlp = TLP.RED.value
    person.save(update_fields=["max_tlp"])
    _record(person, actions.PERSON_RED_GRANT, authority, now)
    return person


@transaction.atomic
def revoke_red(*, person: Person, actor: Actor, now: datetime) -> Person:
    """Take the RED grant back, with the RED credentials the person is accountable for.

    Raises:
        Conflict: there is no grant.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    person = lock_person(person)
    _may_manage(authority, person, narrowing=True)
    if person.max_tlp != TLP.RED:
        raise Conflict(_("The person has no such grant."))
    person.max_tlp = TLP.AMBER_STRICT.value
    person.save(update_fields=["max_tlp"])
    for credential in Credential.objects.filter(
        accountable_person=person, max_tlp=TLP.RED.value, revoked_at=None
    ).select_for_update(no_key=True):
        revoke(credential, authority=authority, now=now)
    _record(person, actions.PERSON_RED_REVOKE, authority, now)
    return person


@transaction.atomic
def deactivate_person(*, person: Person, actor: Actor, now: datetime) -> list[Credential]:
    """Close the account and end its sessions; return the credentials it is accountable for.

    Those are refused from now on until `reassign_credential` names another person.

    Raises:
        Conflict: it is closed.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    person = lock_person(person)
    _may_manage(authority, person, narrowing=True)
    if not person.is_active:
        raise Conflict(_("The account is closed already."))
    person.is_active = False
    person.deactivated_at = now
    person.save(update_fields=["is_active", "deactivated_at"])
    end_sessions(Person.objects.filter(pk=person.pk))
    _record(person, actions.PERSON_DEACTIVATE, authority, now)
    return list(Credential.objects.filter(accountable_person=person, revoked_at=None))


@transaction.atomic
def end_person_sessions(*, person: Person, actor: Actor, now: datetime) -> None:
    """Sign the person out everywhere; also by the person itself.

    Raises:
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    if authority.person is None or authority.person.pk != person.pk:
        _may_manage(authority, person, narrowing=True)
    end_sessions(Person.objects.filter(pk=person.pk))
    _record(person, actions.PERSON_SESSIONS_END, authority, now)


def _may_invite(authority: Authority, invitation: Invitation) -> None:
    member = invitation.member
    if member is None:
        authority.require(Right.STAFF)
        if invitation.roles and not authority.actor.is_system:
            raise NotPermitted(_("Staff roles are given afterwards, by two administrators."))
        return
    member = lock_member(member)
    if member.status == Status.WITHDRAWN:
        raise Conflict(_("The member has withdrawn."))
    first_admin = invitation.roles == {Role.MEMBER_ADMIN} and not _has_admin(member)
    if not (first_admin and authority.has(Right.STAFF)):
        authority.require_own(Right.OWN_PEOPLE, member)


def _has_admin(member: Member) -> bool:
    """Say whether the member runs its own accounts: staff then opens none that could read."""
    return member.people.filter(is_active=True, roles__contains=[Role.MEMBER_ADMIN.value]).exists()


def _may_manage(authority: Authority, person: Person, *, narrowing: bool = False) -> None:
    """A member's administrator manages its people; a platform one staff, and closes any."""
    if authority.has(Right.STAFF) and (person.member is None or narrowing):
        return
    if person.member is None:
        raise NotFound(_("There is no such thing."))
    authority.require_own(Right.OWN_PEOPLE, person.member, narrowing=narrowing)


def _check_roles_fit(roles: frozenset[Role], member: Member | None) -> None:
    allowed = COALITION_ROLES if member is None else MEMBER_ROLES
    if not roles <= allowed:
        raise Invalid(
            _("Staff roles are for the coalition's staff, the others for members' people."),
            field="roles",
        )


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(_("This is not an e-mail address."), field="email") from None
    if Person.objects.filter(email=email).exists():
        raise Conflict(_("This address has an account already."), code="email_taken")
    return email


def _set_password(person: Person, password: str | None) -> None:
    if password is None:
        person.set_unusable_password()
        return
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from None
    person.set_password(password)


def _stored(roles: Iterable[Role]) -> list[str]:
    return sorted(role.value for role in roles)


def _record(
    person: Person,
    action: Action,
    authority: Authority,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("person", str(person.pk)),
        at=now,
        member_id=person.member_id,
        details=details,
    )
