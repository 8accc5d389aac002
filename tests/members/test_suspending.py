"""Suspending from the member's page: one person at once, its name typed; another confirms."""

from __future__ import annotations

import pytest
from django.test import Client

from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.roles import Role
from members.tiers import Status, Tier
from tests.members import world

pytestmark = pytest.mark.django_db
GIVEN = {"cause": "compromise", "reason": "its keys are for sale", "typed": "cert-ee"}


def enter(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def confirmed(member: Member) -> bool:
    member.refresh_from_db()
    return member.suspension_confirmed_at is not None


@pytest.fixture
def member() -> Member:
    return world.member("cert-ee", Tier.CORE, "EE")


def test_one_person_suspends_and_another_confirms(member: Member) -> None:
    first = enter(world.person(None, Role.PLATFORM_ADMIN))
    second = enter(world.person(None, Role.SECRETARIAT))
    assert b"/members/cert-ee/suspend" in first.get("/members/cert-ee/").content
    assert first.post("/members/cert-ee/suspend", GIVEN).status_code == 302
    member.refresh_from_db()
    assert (member.status, member.suspension_cause) == (
        Status.SUSPENDED,
        SuspensionCause.COMPROMISE,
    )
    assert b"/members/cert-ee/suspend" not in first.get("/members/cert-ee/").content
    assert b"CERT-EE" not in first.get("/").content
    assert b"CERT-EE" in second.get("/").content  # waits on the other one

    confirm = "/members/cert-ee/confirm-suspension"
    first.post(confirm)
    assert not confirmed(member)
    assert confirm.encode() in second.get("/members/cert-ee/").content
    second.post(confirm)
    assert confirmed(member)
    assert confirm.encode() not in second.get("/members/cert-ee/").content


@pytest.mark.parametrize(
    "wrong", [{"typed": "cert-de"}, {"typed": ""}, {"reason": " "}, {"cause": "whim"}]
)
def test_nothing_happens_where_something_is_wrong(member: Member, wrong: dict[str, str]) -> None:
    client = enter(world.person(None, Role.SECRETARIAT))
    answer = client.post("/members/cert-ee/suspend", GIVEN | wrong)
    assert answer.status_code == 422
    assert answer.context["form"]["reason"].value() == (GIVEN | wrong)["reason"]
    member.refresh_from_db()
    assert member.status == Status.ACTIVE


def test_graver_follows_lighter_and_never_the_other_way(member: Member) -> None:
    client = enter(world.person(None, Role.SECRETARIAT))
    for cause, status in (("standing", 302), ("compromise", 302), ("standing", 409)):
        answer = client.post("/members/cert-ee/suspend", GIVEN | {"cause": cause})
        assert answer.status_code == status
    member.refresh_from_db()
    assert member.suspension_cause == SuspensionCause.COMPROMISE


@pytest.mark.parametrize("role", [Role.MEMBER_ADMIN, Role.REVIEWER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["suspend", "confirm-suspension"])
def test_there_is_no_such_page_for_others(member: Member, role: Role, page: str) -> None:
    of = None if role is Role.AUDITOR else member
    client = enter(world.person(of, role))
    assert client.post(f"/members/cert-ee/{page}", GIVEN).status_code == 404
    member.refresh_from_db()
    assert member.status == Status.ACTIVE


def test_a_suspended_team_is_told_so(member: Member) -> None:
    analyst = enter(world.person(member, Role.ANALYST))
    assert b"suspended" not in analyst.get("/").content
    office = enter(world.person(None, Role.SECRETARIAT))
    office.post("/members/cert-ee/suspend", GIVEN | {"cause": "standing"})
    assert b'href="/members/cert-ee/"' in analyst.get("/").content
