"""The exposure report's edges: page, CSV, JSON, REST; who opens them, and what they never hold."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Member, Person
from members.roles import Scope
from members.tlp import Channel
from members.views.exposure import _plain
from sharing.models import Fetch, Grant, GrantKind, Outlet
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, indicator, make_person, release
from tests.members import world as members_world
from tests.members.calling import Api
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
ADDRESSES = ("exposure/", "exposure.csv", "exposure.json")


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    found = world()
    ee = found["ee"].member
    assert ee is not None
    return found | {
        "ee admin": make_person(ee, "admin", "member_admin"),
        "platform": make_person(None, "platform", "platform_admin"),
        "auditor": make_person(None, "auditor", "auditor"),
    }


def share(people: dict[str, Person], name: str = "Wiper in Chornobyl") -> str:
    """Return the reference of an incident that was shared and fetched."""
    data = bundle(incident(name, owner="cert-ua"), indicator(f"{name} i", owner="cert-ua"))
    made = file(people["author"], data, marking={"tlp": "AMBER"}).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    grant = Grant.objects.get(release=done, member__slug="cert-ee", kind=GrantKind.SHARED)
    at = NOW + timedelta(minutes=1)
    Fetch.objects.create(
        grant=grant, person=people["ee"], outlet=Outlet.WEB, first_at=at, last_at=at
    )
    return str(made.ref)


def body(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    data = answer.getvalue() if answer.streaming else answer.content
    return str(data.decode())


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_the_admin_of_the_member_and_the_secretariat_find_it(
    people: dict[str, Person], address: str
) -> None:
    share(people)
    opened = {
        name
        for name, person in people.items()
        if enter(person).get(f"/members/cert-ee/{address}").status_code == 200
    }
    assert opened == {"ee admin", "staff"}
    for person in (people["ee"], people["platform"]):
        hidden = enter(person).get(f"/members/cert-ee/{address}")
        unknown = enter(person).get(f"/members/cert-zz/{address}")
        assert hidden.status_code == unknown.status_code == 404


def test_the_admin_reads_references_and_the_office_does_not(people: dict[str, Person]) -> None:
    ref = share(people)
    for address in ADDRESSES:
        own = body(enter(people["ee admin"]).get(f"/members/cert-ee/{address}"))
        office = body(enter(people["staff"]).get(f"/members/cert-ee/{address}"))
        assert ref in own
        assert "Analyst" in own
        for text in (own, office):
            assert "Chornobyl" not in text
            assert "cert-ua" not in text.lower()
        assert ref not in office
        assert "Analyst" not in office
        assert NOW.isoformat()[:16] not in office


def test_csv_has_a_line_a_version_and_no_formula(people: dict[str, Person]) -> None:
    share(people)
    Person.objects.filter(pk=people["ee"].pk).update(name="=HYPERLINK(A1)")
    text = body(enter(people["ee admin"]).get("/members/cert-ee/exposure.csv"))
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["fetched_by"] == "'=HYPERLINK(A1)"
    assert (row["version"], row["objects"], row["tlp_then"], row["state"]) == (
        "1",
        "2",
        "AMBER",
        "in_force",
    )


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "|x", "%x", "\t=1", " =1", "\r=1"])
def test_no_cell_starts_a_formula(cell: str) -> None:
    assert _plain(cell) == f"'{cell}"


def test_json_holds_the_numbers_and_every_line(people: dict[str, Person]) -> None:
    refs = {share(people, name) for name in ("one", "two", "three")}
    found = json.loads(body(enter(people["ee admin"]).get("/members/cert-ee/exposure.json")))
    assert {line["ref"] for line in found["lines"]} == refs
    assert found["counts"]["versions"] == 3
    assert found["counts"]["states"]["in_force"] == 3


def test_rest_pages_by_number(people: dict[str, Person]) -> None:
    for name in ("one", "two", "three"):
        share(people, name)
    admin = Api(person=people["ee admin"])
    first = admin.get("members/cert-ee/exposure/?limit=2").json()
    last = admin.get(f"members/cert-ee/exposure/?limit=2&after={first['next']}").json()
    assert [len(first["lines"]), len(last["lines"]), last["next"]] == [2, 1, None]
    assert first["counts"] == last["counts"]
    assert admin.get("members/cert-ee/exposure/?after=zz").status_code == 422
    assert admin.get("members/cert-ee/exposure/?limit=0").status_code == 422
    staff = Api(person=people["staff"]).get("members/cert-ee/exposure/").json()
    assert {line["ref"] for line in staff["lines"]} == {""}
    for name in ("ee", "platform", "auditor", "de"):
        answer = Api(person=people[name]).get("members/cert-ee/exposure/")
        unknown = Api(person=people[name]).get("members/cert-zz/exposure/")
        assert answer.status_code == unknown.status_code == 404


def test_a_credential_must_be_internal_and_may_administer(
    people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_world, "NOW", timezone.now())
    ee = Member.objects.get(slug="cert-ee")
    answers = {}
    for scope, channel in (
        (Scope.MEMBERS_ADMIN, Channel.INTERNAL),
        (Scope.FEED_READ, Channel.INTERNAL),
        (Scope.FEED_READ, Channel.DOWNSTREAM),
    ):
        issued = members_world.credential(ee, people["ee admin"], scope, channel=channel)
        answer = Api(secret=issued.secret).get("members/cert-ee/exposure/")
        answers[scope.value, channel.value] = answer.status_code
    assert answers == {
        ("members:admin", "internal"): 200,
        ("feed:read", "internal"): 404,
        ("feed:read", "downstream"): 403,
    }


@pytest.mark.parametrize("items", [1, 8])
def test_the_page_takes_as_many_queries_for_one_as_for_eight(
    people: dict[str, Person], items: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(items):
        share(people, f"i{number}")
    client = enter(people["ee admin"])
    client.get("/members/cert-ee/exposure/")
    with django_assert_num_queries(6):
        page = client.get("/members/cert-ee/exposure/")
    assert len(page.context["rows"]) == items
