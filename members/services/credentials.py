"""Service credentials: issued once, rotated with two live keys, revoked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from members import actions, secrets
from members.authority import Authority, authority_of
from members.errors import Conflict, Invalid, NotFound
from members.models import Credential, Member, Person
from members.roles import COALITION_ROLES, Right, Scope
from members.services import entry
from members.services.locks import lock_credential, lock_member, lock_person
from members.tiers import Status
from members.tlp import TLP, Channel

LONGEST_LIFE = timedelta(days=400)
OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """What a credential may do, for its life. `member` None: of the staff, administering only."""

    member: Member | None
    accountable_person: Person
    scopes: frozenset[Scope]
    channel: Channel = Channel.INTERNAL
    max_tlp: TLP = TLP.AMBER_STRICT
    own_instance: bool = False
    withhold: bool = False
    name: str = ""
    lifetime: timedelta = field(default=timedelta(days=365))


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential and its secret, which is shown this once and kept nowhere."""

    credential: Credential
    secret: str

    def __repr__(self) -> str:
        return f"Issued({self.credential.public_id}, secret=…)"


@transaction.atomic
def issue_credential(
    *,
    new: NewCredential,
    actor: Actor,
    now: datetime,
    public_id: str | None = None,
    secret: str | None = None,
) -> Issued:
    """Issue a credential; `public_id` and `secret` are given only where they must be repeatable.

    RED needs an accountable person who holds the RED grant, which two administrators gave.

    Raises:
        Conflict: the member has withdrawn, is an applicant, or all its entry is ended.
        Invalid: a value is wrong; its field is named.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    member = lock_member(new.member) if new.member else None
    _may_issue(authority, member)
    person = lock_person(new.accountable_person)
    _check(new, member, person)
    secret = secret or secrets.new_secret()
    credential = Credential.objects.create(
        public_id=public_id or secrets.new_public_id(),
        name=new.name,
        member=member,
        accountable_person=person,
        secret_sha256=secrets.digest(secret),
        channel=new.channel.value,
        max_tlp=new.max_tlp.value,
        own_instance=new.own_instance,
        withhold=new.withhold,
        scopes=sorted(scope.value for scope in new.scopes),
        issued_at=now,
        expires_at=now + new.lifetime,
    )
    _record(credential, actions.CREDENTIAL_ISSUE, authority, now, _terms(credential))
    return Issued(credential, secret)


@transaction.atomic
def rotate_credential(
    *, credential: Credential, actor: Actor, now: datetime, overlap: timedelta = OVERLAP
) -> Issued:
    """Give the credential a new secret; the present one stays good for `overlap`, any older dies.

    Raises:
        Conflict: it is revoked or expired.
        Invalid: `overlap` is negative or longer than `OVERLAP`.
        NotFound, NotPermitted: see `members.roles`.
    """
    if not timedelta(0) <= overlap <= OVERLAP:
        raise Invalid(_("At most 7 days."), field="overlap")
    authority, credential = _managed(credential, actor, narrowing=True)
    _require_live(credential, now)
    secret = secrets.new_secret()
    keeps = bool(overlap)
    credential.previous_sha256 = credential.secret_sha256 if keeps else None
    credential.previous_until = now + overlap if keeps else None
    credential.secret_sha256 = secrets.digest(secret)
    credential.save(update_fields=["secret_sha256", "previous_sha256", "previous_until"])
    _record(credential, actions.CREDENTIAL_ROTATE, authority, now)
    return Issued(credential, secret)


@transaction.atomic
def revoke_credential(*, credential: Credential, actor: Actor, now: datetime) -> Credential:
    """End the credential at its next use.

    Raises:
        Conflict: it is revoked already.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority, credential = _managed(credential, actor, narrowing=True, by_platform=True)
    if credential.revoked_at:
        raise Conflict(_("The credential is revoked already."))
    entry.revoke(credential, authority=authority, now=now)
    return credential


@transaction.atomic
def reassign_credential(
    *, credential: Credential, person: Person, actor: Actor, now: datetime
) -> Credential:
    """Make another person of the same member accountable for the credential.

    Raises:
        Conflict: it is revoked or expired.
        Invalid: that person cannot be.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority, credential = _managed(credential, actor, narrowing=False)
    _require_live(credential, now)
    person = lock_person(person)
    _check_accountable(person, credential.member, TLP(credential.max_tlp))
    credential.accountable_person = person
    credential.save(update_fields=["accountable_person"])
    _record(credential, actions.CREDENTIAL_REASSIGN, authority, now, {"person": person.pk})
    return credential


def _managed(
    credential: Credential, actor: Actor, *, narrowing: bool, by_platform: bool = False
) -> tuple[Authority, Credential]:
    """Return the authority over the credential, and the credential locked.

    `by_platform`: platform administrators may, too. Never where a secret is shown: whoever holds a
    member's secret reads its content, and staff read none.
    """
    authority = authority_of(actor)
    credential = lock_credential(credential)
    if credential.member is None:
        if not authority.has(Right.STAFF):
            raise NotFound(_("There is no such thing."))
    elif not (by_platform and authority.has(Right.STAFF)):
        authority.require_own(Right.OWN_CREDENTIALS, credential.member, narrowing=narrowing)
    return authority, credential


def _may_issue(authority: Authority, member: Member | None) -> None:
    if member is None:
        authority.require(Right.STAFF)
        return
    authority.require_own(Right.OWN_CREDENTIALS, member)
    if member.status in {Status.APPLICANT, Status.WITHDRAWN} or member.is_compromised:
        raise Conflict(_("The member cannot have credentials at present."))


def _check(new: NewCredential, member: Member | None, person: Person) -> None:
    if not new.scopes:
        raise Invalid(_("At least one scope is needed."), field="scopes")
    if member is None and (new.scopes != {Scope.MEMBERS_ADMIN} or new.channel != Channel.INTERNAL):
        raise Invalid(_("A staff credential administers and nothing else."), field="scopes")
    if new.channel != Channel.INTERNAL and new.scopes != {Scope.FEED_READ}:
        raise Invalid(_("Only an internal credential may do more than read."), field="scopes")
    if new.own_instance and new.channel != Channel.PEER:
        raise Invalid(_("Only a peer can be the member's own platform."), field="own_instance")
    if not timedelta(0) < new.lifetime <= LONGEST_LIFE:
        raise Invalid(_("At most 400 days."), field="lifetime")
    _check_accountable(person, member, new.max_tlp)


def _check_accountable(person: Person, member: Member | None, max_tlp: TLP) -> None:
    fits = person.is_active and person.member_id == (member.pk if member else None)
    if not fits or (member is None and person.role_set.isdisjoint(COALITION_ROLES)):
        raise Invalid(
            _("The accountable person must be an active person of the same member."),
            field="accountable_person",
        )
    if max_tlp > TLP.AMBER_STRICT and person.max_tlp < max_tlp:
        raise Invalid(_("TLP:RED needs an accountable person with the RED grant."), field="max_tlp")


def _require_live(credential: Credential, now: datetime) -> None:
    if credential.revoked_at or credential.expires_at <= now:
        raise Conflict(_("The credential is revoked or expired. Issue a new one."))


def _terms(credential: Credential) -> dict[str, Any]:
    return {
        "channel": credential.channel,
        "max_tlp": credential.max_tlp,
        "scopes": credential.scopes,
        "person": credential.accountable_person_id,
        "expires_at": credential.expires_at.isoformat(),
    }


def _record(
    credential: Credential,
    action: Action,
    authority: Authority,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("credential", credential.public_id),
        at=now,
        member_id=credential.member_id,
        details=details,
    )
