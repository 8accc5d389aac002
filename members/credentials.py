"""Who enters with a service credential. One query; the door of every machine route.

`authenticate` is for routes that serve a member's machines. Staff credentials read nothing and are
let in by `authenticate_administrator` only.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from django.db import connection
from django.db.models import Q

from audit.actors import Actor
from members import secrets
from members.models import Credential
from members.queries import agreement_until
from members.roles import Scope
from members.tiers import CEILING, Health, Status, Tier
from members.tlp import TLP, Channel, ReaderClass

CHALLENGE = 'Basic realm="cyberframe", charset="UTF-8", Bearer realm="cyberframe"'
_USE_NOTED_EVERY = timedelta(minutes=1)
_LONGEST_HEADER = 512


@dataclass(frozen=True, slots=True)
class CredentialPrincipal:
    """A member's credential at one moment, with all that a read asks about it and its member.

    `ceiling` is the tier's, which the gate compares with a grant's TLP; `max_tlp` and `reader` are
    the credential's own and never change.
    """

    credential_id: int
    public_id: str
    member_id: int
    member: str
    status: Status
    tier: Tier
    effective_tier: Tier
    health: Health
    agreement_until: datetime | None
    ceiling: TLP
    max_tlp: TLP
    channel: Channel
    own_instance: bool
    reader: ReaderClass
    withhold: bool
    scopes: frozenset[Scope]
    person_id: int

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def actor(self) -> Actor:
        """Return the credential as audited services take it: acting as its accountable person."""
        return Actor(
            person_id=self.person_id,
            credential_id=self.credential_id,
            member_id=self.member_id,
            member=self.member,
            label=self.public_id,
        )


@dataclass(frozen=True, slots=True)
class StaffPrincipal:
    """A credential of the coalition's staff: it administers and reads no content."""

    credential_id: int
    public_id: str
    scopes: frozenset[Scope]
    person_id: int

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def actor(self) -> Actor:
        """Return the credential as audited services take it."""
        return Actor(
            person_id=self.person_id, credential_id=self.credential_id, label=self.public_id
        )


def authenticate(headers: Mapping[str, str], now: datetime) -> CredentialPrincipal | None:
    """Return the member's credential that the `Authorization` header names, if it is good now.

    Basic (id, secret), Bearer or Token (secret). One query, and at most once a minute a second
    that notes the use. None says nothing about why: unknown, wrong, expired, revoked, of a member
    that is withdrawn or compromised, or of a person whose account is closed.
    """
    principal = authenticate_administrator(headers, now)
    return principal if isinstance(principal, CredentialPrincipal) else None


def authenticate_administrator(
    headers: Mapping[str, str], now: datetime
) -> CredentialPrincipal | StaffPrincipal | None:
    """Return the member's or the staff's credential of the header, if it is good now."""
    named = _named(headers.get("Authorization", ""))
    credential = _find(named, now) if named else None
    if credential is None or not _is_good(credential, now):
        return None
    _note_use(credential, now)
    return _principal(credential)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a header says: the secret's hash, and for Basic the id that goes with it."""

    digest: bytes
    public_id: str | None


def _named(header: str) -> _Named | None:
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if not value or len(header) > _LONGEST_HEADER:
        return None
    match scheme.lower():
        case "bearer" | "token":
            return _Named(secrets.digest(value), None)
        case "basic":
            return _basic(value)
    return None


def _basic(value: str) -> _Named | None:
    try:
        public_id, colon, secret = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    if not colon or "\x00" in public_id:
        return None
    return _Named(secrets.digest(secret), public_id)


def _find(named: _Named, now: datetime) -> Credential | None:
    """Return the credential with that secret. One query."""
    rows = (
        Credential.objects.select_related("member", "accountable_person")
        .defer("member__stix_identity", "member__constituency", "member__suspension_reason")
        .annotate(agreement_until=agreement_until(now, "member_id"))
    )
    if named.public_id is not None:
        rows = rows.filter(public_id=named.public_id)
    else:
        rows = rows.filter(Q(secret_sha256=named.digest) | Q(previous_sha256=named.digest))
    credential = rows.first()
    return credential if credential and _fits(credential, named.digest, now) else None


def _fits(credential: Credential, digest: bytes, now: datetime) -> bool:
    """Compare with the present secret and, while it lives on after a rotation, the former one."""
    if compare_digest(bytes(credential.secret_sha256), digest):
        return True
    former, until = credential.previous_sha256, credential.previous_until
    return (
        former is not None
        and until is not None
        and now < until
        and compare_digest(bytes(former), digest)
    )


def _is_good(credential: Credential, now: datetime) -> bool:
    member = credential.member
    return (
        credential.revoked_at is None
        and now < credential.expires_at
        and credential.accountable_person.is_active
        and (member is None or member.may_sign_in)
    )


def _note_use(credential: Credential, now: datetime) -> None:
    """Note the use at most once a minute, and never wait for whoever is changing the row."""
    last = credential.last_used_at
    if last and now - last < _USE_NOTED_EVERY:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_credential SET last_used_at = %s WHERE id IN"
            " (SELECT id FROM members_credential WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)",
            [now, credential.pk],
        )


def _principal(credential: Credential) -> CredentialPrincipal | StaffPrincipal:
    scopes = frozenset(Scope(scope) for scope in credential.scopes)
    member = credential.member
    if member is None:
        return StaffPrincipal(
            credential_id=credential.pk,
            public_id=credential.public_id,
            scopes=scopes,
            person_id=credential.accountable_person_id,
        )
    effective = member.effective_tier
    return CredentialPrincipal(
        credential_id=credential.pk,
        public_id=credential.public_id,
        member_id=member.pk,
        member=member.slug,
        status=Status(member.status),
        tier=Tier(member.tier),
        effective_tier=effective,
        health=Health(member.standing),
        agreement_until=getattr(credential, "agreement_until", None),
        ceiling=CEILING[effective],
        max_tlp=TLP(credential.max_tlp),
        channel=Channel(credential.channel),
        own_instance=credential.own_instance,
        reader=credential.reader,
        withhold=credential.withhold,
        scopes=scopes,
        person_id=credential.accountable_person_id,
    )
