"""/api/v1/people/ and /credentials/: a member's administrators run their own, staff theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from members.credentials import authenticate
from members.models import Credential, Member, Person
from members.roles import Role, Scope
from members.tlp import TLP
from tests.members import world
from tests.members.calling import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "NOW", timezone.now())


@pytest.fixture
def member() -> Member:
    return world.member("cert-ee")


@pytest.fixture
def analyst(member: Member) -> Person:
    return world.person(member, Role.ANALYST)


def administrator(member: Member | None, name: str = "") -> Api:
    role = Role.MEMBER_ADMIN if member else Role.PLATFORM_ADMIN
    return Api(person=world.person(member, role, name=name))


def enters(secret: str) -> bool:
    return authenticate({"Authorization": f"Bearer {secret}"}, timezone.now()) is not None


def new(person: Person, **more: Any) -> dict[str, Any]:
    return {"accountable_person": person.email, "scopes": ["feed:read"], **more}


def test_each_sees_exactly_its_own(member: Member, analyst: Person) -> None:
    other = world.member("cert-de", country="DE")
    theirs = world.person(other, Role.ANALYST)
    world.credential(member, analyst)
    world.credential(other, theirs)
    readers = {
        "own": administrator(member),
        "other": administrator(other),
        "platform": administrator(None),
        "analyst": Api(person=analyst),
        "secretariat": Api(person=world.person(None, Role.SECRETARIAT)),
    }
    people = {
        name: {row["email"].split("@")[1] for row in api.get("people/").json()}
        for name, api in readers.items()
    }
    assert people == {
        "own": {"cert-ee.example"},
        "other": {"cert-de.example"},
        "platform": {"coalition.example"},
        "analyst": set(),
        "secretariat": set(),
    }
    credentials = {
        name: {row["accountable_person"] for row in api.get("credentials/").json()}
        for name, api in readers.items()
    }
    assert credentials == {
        "own": {analyst.email},
        "other": {theirs.email},
        "platform": set(),
        "analyst": set(),
        "secretariat": set(),
    }


def test_credential_is_issued_rotated_reassigned_and_revoked(
    member: Member, analyst: Person
) -> None:
    api = administrator(member)
    made = api.post("credentials/", new(analyst, channel="downstream", max_tlp="GREEN"))
    assert made.status_code == 201
    first, number = made.json()["secret"], made.json()["credential"]["id"]
    assert enters(first)
    assert first not in api.get("credentials/").content.decode()
    rotated = api.post(f"credentials/{number}/rotate/", {"overlap_days": 1}).json()["secret"]
    assert enters(first)
    assert enters(rotated)
    colleague = world.person(member, Role.REVIEWER)
    body = {"accountable_person": colleague.email}
    assert api.post(f"credentials/{number}/reassign/", body).status_code == 200
    assert api.post(f"credentials/{number}/revoke/").status_code == 200
    assert not enters(rotated)
    assert api.post(f"credentials/{number}/revoke/").status_code == 409
    assert api.post(f"credentials/{number}/rotate/").status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"channel": "downstream", "scopes": ["feed:read", "incidents:write"]},
        {"channel": "internal", "own_instance": True},
        {"max_tlp": "RED"},
        {"max_tlp": "PURPLE"},
        {"days": 0},
        {"days": 401},
        {"accountable_person": "other@cert-de.example"},
        {"accountable_person": "nobody@cert-ee.example"},
        {"member": "cert-de"},
    ],
)
def test_what_does_not_fit_is_refused(
    member: Member, analyst: Person, wrong: dict[str, Any]
) -> None:
    world.person(world.member("cert-de", country="DE"), Role.ANALYST, name="other")
    answer = administrator(member).post("credentials/", new(analyst) | wrong)
    assert answer.status_code == 422
    assert answer.json()["problems"]
    assert not Credential.objects.exists()


def test_other_members_rows_do_not_exist(member: Member, analyst: Person) -> None:
    api = administrator(world.member("cert-de", country="DE"))
    theirs = world.credential(member, analyst).credential.public_id
    for hidden, unknown in (
        (f"credentials/{theirs}/revoke/", "credentials/cfc_0/revoke/"),
        (f"credentials/{theirs}/rotate/", "credentials/cfc_0/rotate/"),
        (f"people/{analyst.pk}/deactivate/", "people/0/deactivate/"),
        (f"people/{analyst.pk}/red/", "people/0/red/"),
    ):
        answers = [api.post(path) for path in (hidden, unknown)]
        bodies = [answer.json() for answer in answers]
        for body in bodies:
            body.pop("instance")
        assert [answer.status_code for answer in answers] == [404, 404]
        assert bodies[0] == bodies[1]


def test_person_is_invited_given_roles_and_red_and_closed(member: Member) -> None:
    one, two = administrator(member, "one"), administrator(member, "two")
    made = one.post("people/", {"email": "New@cert-ee.example", "roles": ["analyst"]})
    assert (made.status_code, made.json()["email"]) == (201, "new@cert-ee.example")
    number = made.json()["id"]
    roles = one.post(f"people/{number}/roles/", {"roles": ["reviewer"]})
    assert roles.json()["roles"] == ["reviewer"]
    assert one.post(f"people/{number}/red/").status_code == 202
    assert one.post(f"people/{number}/red/").status_code == 202
    assert [row["kind"] for row in two.get("proposals/").json()] == ["red_grant"]
    assert two.post(f"people/{number}/red/").json()["max_tlp"] == "RED"
    assert one.send("delete", f"people/{number}/red/").json()["max_tlp"] == "AMBER+STRICT"
    person = Person.objects.get(pk=number)
    left = world.credential(member, person).credential
    closed = one.post(f"people/{number}/deactivate/")
    assert [row["id"] for row in closed.json()] == [left.public_id]
    assert Person.objects.get(pk=number).max_tlp == TLP.AMBER_STRICT


def test_staff_administer_staff_through_a_machine() -> None:
    admin = world.person(None, Role.PLATFORM_ADMIN)
    api = Api(secret=world.credential(None, admin, Scope.MEMBERS_ADMIN).secret)
    made = api.post("people/", {"email": "new@coalition.example"})
    assert made.status_code == 201
    answer = api.post(f"people/{made.json()['id']}/roles/", {"roles": ["auditor"]})
    assert answer.status_code == 202
    assert Person.objects.get(email="new@coalition.example").roles == []
