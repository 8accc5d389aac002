"""Ending every way in: sessions and credentials."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet

from audit.actions import Target
from audit.services import record
from members import actions
from members.authority import Authority
from members.models import Credential, Member, Person


def end_entry(*, member: Member, authority: Authority, now: datetime) -> None:
    """End all sessions and revoke all credentials of a member, in the caller's transaction."""
    end_sessions(Person.objects.filter(member=member))
    live = Credential.objects.filter(member=member, revoked_at=None)
    for credential in live.select_for_update(no_key=True):
        revoke(credential, authority=authority, now=now)


def end_sessions(people: QuerySet[Person]) -> None:
    """End every session of the people.

    The epoch is what counts: every session holds a hash over it, whatever store it lies in, and
    those held by rows known to allauth are deleted as well.
    """
    ids = list(people.values_list("pk", flat=True))
    Person.objects.filter(pk__in=ids).update(session_epoch=F("session_epoch") + 1)
    known = UserSession.objects.filter(user_id__in=ids)
    Session.objects.filter(session_key__in=known.values("session_key")).delete()
    known.delete()


def void_passwords(member: Member) -> None:
    """Make every password of the member's people unusable, and every link to set one void.

    Each sets a new one by mail, as after an invitation. Their sessions end: they hold a hash over
    the password.
    """
    for person in Person.objects.filter(member=member).select_for_update(no_key=True):
        person.set_unusable_password()
        person.save(update_fields=["password"])


def revoke(credential: Credential, *, authority: Authority, now: datetime) -> None:
    """Revoke one live credential, in the caller's transaction."""
    credential.revoked_at = now
    credential.save(update_fields=["revoked_at"])
    record(
        actor=authority.actor,
        action=actions.CREDENTIAL_REVOKE,
        target=Target("credential", credential.public_id),
        at=now,
        member_id=credential.member_id,
    )
