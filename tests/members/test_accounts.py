"""Signing in: who may, and what ends it."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from audit.actors import SYSTEM
from members import services
from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.roles import Role
from members.tiers import Status
from tests.members import world
from tests.members.world import NOW, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uncounted(settings: Settings) -> None:
    """Failures are counted in a cache that all tests share."""
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def member() -> Member:
    return world.member("cert-ee")


@pytest.fixture
def person(member: Member) -> Person:
    return world.person(member, Role.ANALYST, password=PASSWORD)


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    client.post("/sign-in/", {"login": email, "password": password})
    return "_auth_user_id" in client.session


def is_in(client: Client) -> bool:
    return client.get("/tiers/").status_code == 200


def test_address_and_password_sign_in_whatever_the_case(client: Client, person: Person) -> None:
    assert sign_in(client, person.email.upper())
    assert is_in(client)


def test_wrong_password_does_not(client: Client, person: Person) -> None:
    assert not sign_in(client, person.email, "wrong")


def test_closed_account_does_not(client: Client, person: Person) -> None:
    services.deactivate_person(person=person, actor=SYSTEM, now=NOW)
    assert not sign_in(client, person.email)


def test_suspended_for_standing_still_signs_in(
    client: Client, member: Member, person: Person
) -> None:
    suspend(member, SuspensionCause.STANDING)
    assert sign_in(client, person.email)
    assert is_in(client)


def test_compromise_ends_sessions_and_lets_nobody_in(
    client: Client, member: Member, person: Person
) -> None:
    other = world.person(world.member("cert-de", country="DE"), Role.ANALYST)
    other_client = Client()
    other_client.force_login(other)
    assert sign_in(client, person.email)
    ended, kept = client.session.session_key, other_client.session.session_key
    suspend(member, SuspensionCause.COMPROMISE)
    assert set(Session.objects.values_list("session_key", flat=True)) & {ended, kept} == {kept}
    assert not is_in(client)
    assert not sign_in(Client(), person.email)
    assert is_in(other_client)


def test_session_from_before_a_compromise_stays_ended_after_it(
    client: Client, member: Member, person: Person
) -> None:
    client.force_login(person)  # a session that allauth's list does not know
    suspend(member, SuspensionCause.COMPROMISE)
    services.reinstate(member=member, actor=SYSTEM, now=NOW)
    assert not is_in(client)
    assert not sign_in(Client(), person.email)  # what was known is void
    person.refresh_from_db()
    person.set_password(PASSWORD)
    person.save()
    assert sign_in(Client(), person.email)
    assert not is_in(client)


def test_session_written_in_a_race_with_the_suspension_is_refused(
    client: Client, member: Member, person: Person
) -> None:
    suspend(member, SuspensionCause.COMPROMISE)
    person.refresh_from_db()
    client.force_login(person)
    assert not is_in(client)


def test_withdrawal_ends_sessions(client: Client, member: Member, person: Person) -> None:
    client.force_login(person)
    services.withdraw(member=member, actor=SYSTEM, now=NOW)
    assert not is_in(client)
    assert member.status == Status.ACTIVE


def test_sign_out_everywhere_ends_that_person_s_sessions_only(
    client: Client, member: Member, person: Person
) -> None:
    colleague = world.person(member, Role.REVIEWER)
    other = Client()
    client.force_login(person)
    other.force_login(colleague)
    services.end_person_sessions(person=person, actor=person.actor, now=NOW)
    assert not is_in(client)
    assert is_in(other)


def test_nobody_signs_up(client: Client) -> None:
    client.post(
        "/account/signup/", {"email": "x@x.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not Person.objects.filter(email="x@x.example").exists()


def test_nobody_takes_another_address(client: Client, person: Person) -> None:
    """Owners name people by it: whoever took a named one would read what is not theirs."""
    before = person.email
    assert sign_in(client, before)
    wanted = "named@cert-ee.example"
    assert client.get("/account/email/").status_code == 404
    for action in ("action_add", "action_primary"):
        client.post("/account/email/", {action: "", "email": wanted})
    person.refresh_from_db()
    assert person.email == before


def suspend(member: Member, cause: SuspensionCause) -> None:
    services.suspend(member=member, cause=cause, reason="x", actor=SYSTEM, now=NOW)
