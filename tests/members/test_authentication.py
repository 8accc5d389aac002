"""Service credentials: who gets in, in one query, and everyone else alike."""

from __future__ import annotations

import threading
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.actors import SYSTEM
from members import credentials, services
from members.credentials import CredentialPrincipal, StaffPrincipal, authenticate
from members.models import Credential, Member, Person
from members.models.choices import SuspensionCause
from members.roles import Role, Scope
from members.services import Issued
from members.tiers import Health, Status, Tier
from members.tlp import PAP, TLP, Channel, ReaderClass
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return world.member("cert-ee", Tier.PARTNER)


@pytest.fixture
def analyst(member: Member) -> Person:
    return world.person(member, Role.ANALYST)


@pytest.fixture
def issued(member: Member, analyst: Person) -> Issued:
    return world.credential(member, analyst, Scope.FEED_READ, Scope.INCIDENTS_WRITE)


def basic(public_id: str, secret: str) -> dict[str, str]:
    encoded = b64encode(f"{public_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def bearer(secret: str, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {secret}"}


def test_principal_carries_everything_a_read_asks(
    member: Member, analyst: Person, issued: Issued
) -> None:
    principal = authenticate(bearer(issued.secret), NOW)
    assert principal == CredentialPrincipal(
        credential_id=issued.credential.pk,
        public_id=issued.credential.public_id,
        member_id=member.pk,
        member="cert-ee",
        status=Status.ACTIVE,
        tier=Tier.PARTNER,
        effective_tier=Tier.PARTNER,
        health=Health.GOOD,
        agreement_until=NOW + timedelta(days=300),
        ceiling=TLP.AMBER_STRICT,
        max_tlp=TLP.AMBER_STRICT,
        channel=Channel.INTERNAL,
        own_instance=False,
        reader=ReaderClass(TLP.AMBER_STRICT, PAP.RED, orcon=True),
        withhold=False,
        scopes=frozenset({Scope.FEED_READ, Scope.INCIDENTS_WRITE}),
        person_id=analyst.pk,
    )
    assert principal.actor.kind == "credential"


def test_principal_has_the_effective_tier() -> None:
    lapsed = world.member("sat-isac", Tier.PARTNER, standing=Health.LAPSED)
    person = world.person(lapsed, Role.ANALYST)
    principal = authenticate(bearer(world.credential(lapsed, person).secret), NOW)
    assert principal is not None
    assert (principal.tier, principal.effective_tier, principal.ceiling) == (
        Tier.PARTNER,
        Tier.ASSOCIATE,
        TLP.AMBER,
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", "token"])
def test_secret_alone_is_enough(issued: Issued, scheme: str) -> None:
    assert authenticate(bearer(issued.secret, scheme), NOW)


def test_basic_needs_id_and_secret_of_the_same_credential(
    member: Member, analyst: Person, issued: Issued
) -> None:
    other = world.credential(member, analyst)
    assert authenticate(basic(issued.credential.public_id, issued.secret), NOW)
    assert authenticate(basic(other.credential.public_id, issued.secret), NOW) is None
    assert authenticate(basic("", issued.secret), NOW) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer cfs_" + "A" * 43,
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"no-colon").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"a\x00b:x").decode(),
        "Digest abc",
        "Bearer " + "x" * 600,
    ],
)
@pytest.mark.usefixtures("issued")
def test_what_is_no_credential_is_refused(header: str) -> None:
    assert authenticate({"Authorization": header}, NOW) is None
    assert authenticate({}, NOW) is None


def test_expired_and_revoked_are_refused(issued: Issued) -> None:
    expiry = issued.credential.expires_at
    assert authenticate(bearer(issued.secret), expiry - timedelta(seconds=1))
    assert authenticate(bearer(issued.secret), expiry) is None
    services.revoke_credential(credential=issued.credential, actor=SYSTEM, now=NOW)
    assert authenticate(bearer(issued.secret), NOW) is None


def test_rotation_keeps_two_keys_for_a_while(issued: Issued) -> None:
    rotated = services.rotate_credential(
        credential=issued.credential, actor=SYSTEM, now=NOW, overlap=timedelta(days=2)
    )
    later = NOW + timedelta(days=2)
    for secret in (issued.secret, rotated.secret):
        assert authenticate(bearer(secret), later - timedelta(seconds=1))
    assert authenticate(bearer(issued.secret), later) is None
    assert authenticate(basic(issued.credential.public_id, issued.secret), later) is None
    assert authenticate(bearer(rotated.secret), later)


def test_second_rotation_ends_the_oldest_key(issued: Issued) -> None:
    second = services.rotate_credential(credential=issued.credential, actor=SYSTEM, now=NOW)
    third = services.rotate_credential(credential=issued.credential, actor=SYSTEM, now=NOW)
    good = [
        bool(authenticate(bearer(s), NOW)) for s in (issued.secret, second.secret, third.secret)
    ]
    assert good == [False, True, True]


def test_rotation_without_overlap_ends_the_old_key_at_once(issued: Issued) -> None:
    services.rotate_credential(
        credential=issued.credential, actor=SYSTEM, now=NOW, overlap=timedelta(0)
    )
    assert authenticate(bearer(issued.secret), NOW) is None


def test_standing_suspension_lets_in_and_says_so(member: Member, issued: Issued) -> None:
    suspend(member, SuspensionCause.STANDING)
    principal = authenticate(bearer(issued.secret), NOW)
    assert principal is not None
    assert principal.status is Status.SUSPENDED


def test_compromise_ends_credentials_for_good(member: Member, issued: Issued) -> None:
    suspend(member, SuspensionCause.COMPROMISE)
    assert authenticate(bearer(issued.secret), NOW) is None
    services.reinstate(member=member, actor=SYSTEM, now=NOW)
    assert authenticate(bearer(issued.secret), NOW) is None


def test_compromise_refuses_a_credential_even_if_it_was_not_revoked(
    member: Member, issued: Issued
) -> None:
    """A credential issued in a race with the suspension is refused by the status alone."""
    Member.objects.filter(pk=member.pk).update(
        status="suspended",
        suspension_cause="compromise",
        suspended_from="active",
        suspended_at=NOW,
    )
    assert authenticate(bearer(issued.secret), NOW) is None


def test_withdrawal_ends_credentials(member: Member, issued: Issued) -> None:
    services.withdraw(member=member, actor=SYSTEM, now=NOW)
    assert authenticate(bearer(issued.secret), NOW) is None


def test_closed_account_stops_its_credentials_until_reassigned(
    member: Member, analyst: Person, issued: Issued
) -> None:
    left = services.deactivate_person(person=analyst, actor=SYSTEM, now=NOW)
    assert left == [issued.credential]
    assert authenticate(bearer(issued.secret), NOW) is None
    other = world.person(member, Role.REVIEWER)
    services.reassign_credential(credential=issued.credential, person=other, actor=SYSTEM, now=NOW)
    principal = authenticate(bearer(issued.secret), NOW)
    assert principal is not None
    assert principal.person_id == other.pk


def suspend(member: Member, cause: SuspensionCause) -> None:
    services.suspend(member=member, cause=cause, reason="x", actor=SYSTEM, now=NOW)


def test_one_query_and_one_more_each_minute_to_note_the_use(
    issued: Issued, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    headers = bearer(issued.secret)
    for seconds, queries in ((0, 2), (30, 1), (59, 1), (61, 2), (62, 1)):
        with django_assert_num_queries(queries):
            authenticate(headers, NOW + timedelta(seconds=seconds))
    issued.credential.refresh_from_db()
    assert issued.credential.last_used_at == NOW + timedelta(seconds=61)


@pytest.mark.parametrize("header", ["Bearer cfs_unknown", "Basic " + b64encode(b"a:b").decode()])
def test_unknown_credential_costs_one_query(
    header: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        authenticate({"Authorization": header}, NOW)


@pytest.mark.django_db(transaction=True)
def test_noting_the_use_never_waits_for_whoever_holds_the_row(issued: Issued) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Credential.objects.select_for_update().get(pk=issued.credential.pk)
            held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    try:
        assert authenticate(bearer(issued.secret), NOW)
    finally:
        done.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def test_staff_credential_administers_and_reads_nothing() -> None:
    admin = world.person(None, Role.PLATFORM_ADMIN)
    issued = world.credential(None, admin, Scope.MEMBERS_ADMIN)
    headers = bearer(issued.secret)
    assert authenticate(headers, NOW) is None
    assert credentials.authenticate_administrator(headers, NOW) == StaffPrincipal(
        credential_id=issued.credential.pk,
        public_id=issued.credential.public_id,
        scopes=frozenset({Scope.MEMBERS_ADMIN}),
        person_id=admin.pk,
    )


def test_secret_is_kept_nowhere(issued: Issued) -> None:
    row = Credential.objects.filter(pk=issued.credential.pk).values().get()
    assert issued.secret.startswith("cfs_")
    assert len(issued.secret) == 47
    assert issued.secret not in repr(row)
    assert issued.secret not in repr(issued)


@pytest.mark.parametrize("headers", [{}, bearer("cfs_wrong"), {"Authorization": "Basic x"}])
def test_refusals_look_alike(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/api/v1/members/", headers=headers)
    body: dict[str, Any] = answer.json()
    body.pop("instance")
    assert (answer.status_code, body) == (401, {"title": "Unauthorized", "status": 401})
    assert answer["WWW-Authenticate"] == credentials.CHALLENGE
    assert answer["Content-Type"] == "application/problem+json"


def test_one_refusal_for_every_reason(client: Client, member: Member, issued: Issued) -> None:
    """A wrong secret and one of a compromised member get the same bytes."""
    suspend(member, SuspensionCause.COMPROMISE)
    answers = [
        client.get("/api/v1/members/", headers=bearer(s)).json()
        for s in (issued.secret, "cfs_unknown")
    ]
    for answer in answers:
        answer.pop("instance")
    assert answers[0] == answers[1]


ALL_SCOPES = frozenset(Scope) - {Scope.MEMBERS_ADMIN}


@pytest.mark.parametrize(
    ("roles", "held"),
    [
        ((), set()),
        ((Role.MEMBER_ADMIN,), set()),
        ((Role.READER,), {Scope.FEED_READ}),
        ((Role.REVIEWER,), {Scope.FEED_READ, Scope.INCIDENTS_RELEASE, Scope.RECALLS_WRITE}),
        (
            (Role.ANALYST,),
            {
                Scope.FEED_READ,
                Scope.INCIDENTS_WRITE,
                Scope.INCIDENTS_SUBMIT,
                Scope.SIGHTINGS_WRITE,
            },
        ),
        ((Role.ANALYST, Role.REVIEWER), ALL_SCOPES),
    ],
)
def test_scopes_live_no_longer_than_the_roles_behind_them(
    member: Member, roles: tuple[Role, ...], held: set[Scope]
) -> None:
    person = world.person(member, Role.ANALYST, Role.REVIEWER)
    issued = world.credential(member, person, *ALL_SCOPES)
    services.set_roles(person=person, roles=roles, actor=SYSTEM, now=NOW)
    principal = authenticate(bearer(issued.secret), NOW)
    assert principal is not None
    assert principal.scopes == held


def test_a_scope_beyond_the_persons_roles_stays(member: Member) -> None:
    person = world.person(member, Role.ANALYST)
    issued = world.credential(member, person, Scope.FEED_READ, Scope.INCIDENTS_RELEASE)
    services.set_roles(person=person, roles=(Role.READER,), actor=SYSTEM, now=NOW)
    principal = authenticate(bearer(issued.secret), NOW)
    assert principal is not None
    assert principal.scopes == {Scope.FEED_READ, Scope.INCIDENTS_RELEASE}


@pytest.mark.usefixtures("fast_passwords")
def test_after_a_compromise_nobody_signs_in_by_a_password_that_was_known(
    member: Member,
) -> None:
    person = world.person(member, Role.ANALYST, password=world.PASSWORD)
    other = world.person(world.member("cert-de"), Role.ANALYST, password=world.PASSWORD)
    services.suspend(
        member=member, cause=SuspensionCause.COMPROMISE, reason="leak", actor=SYSTEM, now=NOW
    )
    person.refresh_from_db()
    assert not person.has_usable_password()
    person.set_password("set by whoever reads the mail")
    person.save()
    services.reinstate(member=member, actor=SYSTEM, now=NOW)
    person.refresh_from_db()
    other.refresh_from_db()
    assert not person.has_usable_password()
    assert other.check_password(world.PASSWORD)
