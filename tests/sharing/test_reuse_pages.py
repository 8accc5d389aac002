"""Asking and answering on pages: from the finding on the release page to the answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from incidents.services import submit
from members.models import Person
from sharing.models import ReuseRequest, ReuseState
from tests.factories import NOW, by, make_person
from tests.sharing.carrying import OBJECT, draft, origin, second, team
from tests.sharing.web import enter

pytestmark = pytest.mark.django_db
TELLING = "What the carrier calls it"


@pytest.fixture
def ua() -> Person:
    return team("ua", country="UA")


@pytest.fixture
def ee(ua: Person) -> Person:
    person = team("ee")
    origin(ua, {"tlp": "AMBER", "orcon": True})
    return person


@pytest.fixture
def filed(ee: Person) -> Incident:
    made = draft(ee, {"tlp": "AMBER"}, name=TELLING)
    return submit(by=by(ee), incident=made, now=NOW)


def codes(page: Any) -> list[str]:
    return [each.code for each in page.context["lint"]["blocks"]]


def test_from_the_finding_to_the_answer_and_back(ua: Person, ee: Person, filed: Incident) -> None:
    carrier, originator = enter(ee), enter(ua)
    release = f"/incidents/{filed.ref}/release"
    shown = carrier.get(release)
    assert codes(shown) == ["ORCON_WITHOUT_CONSENT"]
    link = f"/incidents/{filed.ref}/reuse?object={OBJECT}"
    assert link in shown.content.decode()
    assert OBJECT in carrier.get(link).content.decode()
    assert originator.get("/").context["needs"] == []

    asked = carrier.post(link, {"object_id": OBJECT, "purpose": "to warn our banks"})
    assert asked.status_code == 302
    (need,) = originator.get("/").context["needs"]
    assert need["title"] == "shared"
    answered = originator.get("/reuse/")
    page = answered.content.decode()
    assert "to warn our banks" in page
    assert "EE (test)" in page
    assert TELLING not in page
    assert filed.ref not in page

    request = ReuseRequest.objects.get()
    decide = f"/reuse/{request.key}/decide"
    assert originator.post(decide, {"do": "grant", "note": "gladly"}).status_code == 302
    assert codes(carrier.get(release)) == []
    assert "gladly" in carrier.get(link).content.decode()
    assert originator.post(decide, {"do": "withdraw"}).status_code == 302
    request.refresh_from_db()
    assert request.state == ReuseState.ENDED
    assert codes(carrier.get(release)) == ["ORCON_WITHOUT_CONSENT"]


def test_others_find_no_request(ua: Person, ee: Person, filed: Incident) -> None:
    enter(ee).post(f"/incidents/{filed.ref}/reuse", {"object_id": OBJECT})
    decide = f"/reuse/{ReuseRequest.objects.get().key}/decide"
    analyst = make_person(ua.member, "analyst", "analyst")
    for person in (ee, second(ee), analyst, make_person(None, "staff", "secretariat")):
        assert enter(person).post(decide, {"do": "grant"}).status_code == 404
    assert enter(analyst).get("/reuse/").status_code == 403
    assert enter(ua).post(decide, {"do": "more"}).status_code == 404
    assert enter(ua).get(f"/incidents/{filed.ref}/reuse").status_code == 404
    for note in ("x" * 1001, "a\x00b"):
        assert enter(ua).post(decide, {"do": "grant", "note": note}).status_code == 302
    assert ReuseRequest.objects.get().state == ReuseState.ASKED


@pytest.mark.parametrize("object_id", ["", "x", "indicator--'; --", "a" * 400])
def test_hostile_ids_are_shown_again(ee: Person, filed: Incident, object_id: str) -> None:
    answer = enter(ee).post(f"/incidents/{filed.ref}/reuse", {"object_id": object_id})
    assert (answer.status_code, ReuseRequest.objects.count()) == (422, 0)


def test_number_of_queries_does_not_grow(ua: Person, ee: Person, filed: Incident) -> None:
    browser = enter(ua)
    counted = []
    for number in (1, 20):
        for each in range(number):
            ReuseRequest.objects.create(
                incident=filed,
                object_id=f"indicator--{number}-{each}",
                originator=ua.member,
                marking={"tlp": "AMBER"},
                asked_by=ee,
                asked_at=NOW,
            )
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/reuse/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
