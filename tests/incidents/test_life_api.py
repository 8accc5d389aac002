"""REST: the next version of what is released, and the edges of a release's life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit.models import Entry
from incidents.models import Incident, State, StixObject, Working
from members.models import Person
from members.roles import Scope
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, indicator, make_person, release
from tests.sharing.web import Machine, machine, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def content(name: str = "Wiper", *, modified: str = "", **fields: Any) -> bytes:
    sdo = incident("Wiper", owner="cert-ua", **fields) | {"name": name}
    return bundle(
        sdo | ({"modified": modified} if modified else {}), indicator("address", owner="cert-ua")
    )


LATER = "2026-11-22T13:00:00.000Z"


def released(people: dict[str, Person], **options: Any) -> Incident:
    options = {"marking": {"tlp": "AMBER", "exclude": ["cert-ie"]}} | options
    made = file(people["author"], content(), **options).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def now(made: Incident) -> tuple[str, str, int]:
    made.refresh_from_db()
    assert made.head is not None
    return made.state, made.working, made.head.number


def test_amending_begins_a_working_copy_and_the_released_one_stays(
    people: dict[str, Person],
) -> None:
    made, api = released(people), machine(people["author"])
    answer = api.ask("POST", f"incidents/{made.ref}/amend/")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["working"]) == ("released", "draft")
    assert now(made) == (State.RELEASED, Working.DRAFT, 1)
    again = api.ask("POST", f"incidents/{made.ref}/amend/", {})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "worked on already" in again.json()["detail"]
    partner = machine(people["de"]).get(f"incidents/{made.ref}/")
    assert (partner["working"], len(partner["versions"])) == ("none", 1)


def test_amending_with_a_body_files_it_in_the_same_step(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["author"])
    data = content("Wiper, three sites", modified=LATER)
    answer = api.ask("POST", f"incidents/{made.ref}/amend/", data)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["working"], answer.json()["revision"]) == ("draft", 2)
    assert now(made) == (State.RELEASED, Working.DRAFT, 2)
    assert made.head is not None
    assert made.head.title == "Wiper, three sites"
    versions = StixObject.objects.filter(stix_id=made.stix_id)
    assert versions.count() == 2
    assert StixObject.objects.exclude(stix_id=made.stix_id).count() == 1  # it did not change

    again = api.ask("POST", f"incidents/{made.ref}/amend/", data)
    assert (again.status_code, again.json()["revision"]) == (200, 2)
    other = api.ask("POST", f"incidents/{made.ref}/amend/", content("Other", modified=LATER[:-2]))
    assert other.status_code in (409, 422)
    assert now(made) == (State.RELEASED, Working.DRAFT, 2)


def test_a_body_that_is_refused_begins_nothing(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["author"])
    bad = incident("Wiper", owner="cert-ua") | {"name": "Changed, same version"}
    strange = bundle(incident("Another", owner="cert-ua"))
    loose = bundle(indicator("loose", owner="cert-ua"))
    for data, status in ((bundle(bad), 422), (strange, 409), (loose, 409), (b"{", 400)):
        answer = api.ask("POST", f"incidents/{made.ref}/amend/", data)
        assert answer.status_code == status, answer.content
        assert now(made) == (State.RELEASED, Working.NONE, 1)
    assert Incident.objects.count() == 1
    assert not Entry.objects.filter(action="incidents:incident:amend").exists()


def test_what_an_amendment_leaves_out_stays_as_it_is_in_force(people: dict[str, Person]) -> None:
    shown = indicator("address", owner="cert-ua")
    red = {"tlp": "RED", "named": ["cert-ee"]}
    from incidents.marking import NEUTRAL, from_json

    made = released(people, object_markings={shown["id"]: from_json(red, base=NEUTRAL)})
    api = machine(people["author"])
    api.ask("POST", f"incidents/{made.ref}/amend/", content("Changed", modified=LATER))
    made.refresh_from_db()
    assert made.head is not None
    assert made.head.marking == {"tlp": "AMBER", "exclude": ["cert-ie"], "public": False}
    assert made.head.tlp_confirmed
    (place,) = made.head.places.filter(object__stix_id=shown["id"])
    assert place.marking is not None
    assert (place.marking["tlp"], place.marking["named"]) == ("RED", ["cert-ee"])

    # What is stated counts, wider too: two people then see to it.
    body = {
        "bundle": json.loads(content("Changed again", modified="2026-11-22T14:00:00.000Z")),
        "marking": {"tlp": "GREEN"},
        "object_markings": {shown["id"]: {}},
    }
    assert api.ask("POST", "incidents/", body).status_code == 200
    made.refresh_from_db()
    assert made.head is not None
    assert made.head.marking == {"tlp": "GREEN", "public": False}
    assert made.head.places.get(object__stix_id=shown["id"]).marking is None


def test_filing_the_same_again_undoes_no_marking(people: dict[str, Person]) -> None:
    api, data = machine(people["author"]), content()
    ref = api.ask("POST", "incidents/", data).json()["ref"]
    tight = {"tlp": "AMBER+STRICT", "exclude": ["cert-de"]}
    assert api.ask("PUT", f"incidents/{ref}/marking/", tight).status_code == 200
    again = api.ask("POST", "incidents/", data)
    assert (again.status_code, again.json()["revision"]) == (200, 2)
    assert api.get(f"incidents/{ref}/marking/")["marking"]["exclude"] == ["cert-de"]

    changed = api.ask("POST", "incidents/", content("Changed", modified=LATER))
    assert (changed.status_code, changed.json()["revision"]) == (200, 3)
    assert changed.json()["tlp_confirmed"] is True
    kept = api.get(f"incidents/{ref}/marking/")["marking"]
    assert (kept["tlp"], kept["exclude"]) == ("AMBER+STRICT", ["cert-de"])


def test_filing_a_released_incident_asks_to_amend_it(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["author"])
    answer = api.ask("POST", "incidents/", content("Changed", modified=LATER))
    assert answer.status_code == 409
    assert "amend" in answer.json()["detail"]
    assert now(made) == (State.RELEASED, Working.NONE, 1)


def test_discarding_goes_back_to_what_is_in_force(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["author"])
    path = f"incidents/{made.ref}/"
    assert api.ask("POST", f"{path}discard/").status_code == 409
    api.ask("POST", f"{path}amend/", content("Draft words", modified=LATER))
    assert api.get(path)["title"] == "Draft words"
    answer = api.ask("POST", f"{path}discard/", {})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"ref": made.ref, "state": "released", "working": "none"}
    assert now(made) == (State.RELEASED, Working.NONE, 1)
    assert api.get(path)["title"] == "Wiper"
    assert b"Draft words" not in own_feed(people["author"])
    assert api.ask("POST", f"{path}discard/").status_code == 409

    # The number of what was dropped stays taken, and its words may come back.
    again = api.ask("POST", f"{path}amend/", content("Draft words", modified=LATER))
    assert (again.status_code, again.json()["revision"]) == (200, 3)
    assert b"Draft words" in own_feed(people["author"])
    marked = api.ask("PATCH", f"{path}marking/", {"tlp": "AMBER+STRICT"})
    assert (marked.status_code, marked.json()["revision"]) == (200, 4)


def own_feed(person: Person) -> bytes:
    """Return all that the member's own grants show it now."""
    from sharing.models import Grant, RenderingObject

    grants = Grant.objects.filter(member=person.member, kind=1, withdrawn_at=None)
    shown = RenderingObject.objects.filter(rendering__grants__in=grants)
    return "".join(shown.values_list("body", flat=True)).encode()


STEPS: dict[str, Any] = {
    "amend": None,
    "discard": None,
    "close": None,
    "reopen": None,
    "retract": {"reason": "The report was wrong."},
}
SCOPES = {
    "amend": {Scope.INCIDENTS_WRITE},
    "discard": {Scope.INCIDENTS_WRITE, Scope.INCIDENTS_RELEASE},
    "close": {Scope.INCIDENTS_RELEASE},
    "reopen": {Scope.INCIDENTS_RELEASE},
    "retract": {Scope.INCIDENTS_RELEASE},
}


def act(api: Machine, ref: str, step: str, body: Any = None) -> Any:
    return api.ask("POST", f"incidents/{ref}/{step}/", STEPS[step] if body is None else body)


@pytest.mark.parametrize("scope", [s for s in Scope if s is not Scope.MEMBERS_ADMIN])
def test_each_scope_opens_its_steps_and_no_other(scope: Scope, people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["both"], scopes=(scope,))
    for step, scopes in SCOPES.items():
        answer = act(api, made.ref, step, b"[]")
        assert answer.status_code == (422 if scope in scopes else 403), (step, answer.content)
    assert now(made) == (State.RELEASED, Working.NONE, 1)


@pytest.mark.parametrize("step", STEPS)
def test_nobody_else_learns_that_it_exists(step: str, people: dict[str, Person]) -> None:
    made = released(people)
    excluded = make_person(people["ie"].member, "both", "analyst", "reviewer")
    for caller in (people["ee"], excluded):  # one has it, one does not
        api = machine(caller)
        hidden, unknown = act(api, made.ref, step), act(api, "CF-2026-AAAAAA", step)
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.content == unknown.content
        assert dict(hidden.headers) == dict(unknown.headers)
    assert now(made) == (State.RELEASED, Working.NONE, 1)


BODIES = [
    b"{",
    b"[]",
    b"1",
    b"null",
    b'{"reason":[]}',
    b'{"reason":"\\u0000"}',
    b'{"reason":"\\ud800"}',
    b'{"reason":"a","reason":"b"}',
    b'{"reason":""}',
    b'{"reason":"  "}',
    b'{"reason":"' + b"x" * 2001 + b'"}',
    b'{"reason":"x","force":true}',
    b'{"bundle":{}}',
    b'{"bundle":{"type":"bundle","objects":[1]},"marking":[]}',
    b"[" * 5000,
    b"\xff",
    b" " * 5_000_001,
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", range(len(BODIES)))
def test_hostile_bodies_change_nothing(step: str, number: int, people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["both"])
    answer = act(api, made.ref, step, BODIES[number])
    assert 400 <= answer.status_code < 500, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert now(made) == (State.RELEASED, Working.NONE, 1)


def test_closing_keeps_what_is_in_force_and_stops_new_versions(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["both"])
    assert act(api, made.ref, "reopen").status_code == 409
    answer = act(api, made.ref, "close")
    assert answer.status_code == 200, answer.content
    closed = {"ref": made.ref, "state": "closed", "working": "none", "version": 1}
    assert answer.json() == closed
    again = act(api, made.ref, "close")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "closed" in again.json()["detail"]
    assert act(api, made.ref, "amend").status_code == 409
    assert machine(people["ee"]).get(f"incidents/{made.ref}/")["state"] == "closed"
    assert act(api, made.ref, "reopen").json() == closed | {"state": "updated"}
    assert act(api, made.ref, "amend").status_code == 200


def test_retracting_takes_it_from_everyone_for_good(people: dict[str, Person]) -> None:
    made, api = released(people), machine(people["both"])
    path = f"incidents/{made.ref}/"
    partner = machine(people["ee"])
    assert partner.ask("GET", path).status_code == 200
    answer = act(api, made.ref, "retract")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "ref": made.ref, "state": "retracted", "working": "none", "version": 1,
    }  # fmt: skip
    gone, unknown = partner.ask("GET", path), partner.ask("GET", "incidents/CF-2026-AAAAAA/")
    assert (gone.status_code, gone.content) == (404, unknown.content)
    assert api.get(path)["state"] == "retracted"
    for step in STEPS:
        answer = act(api, made.ref, step)
        assert answer.status_code == 409, (step, answer.content)
        assert "final" in answer.json()["detail"]


def test_what_was_never_released_is_neither_closed_nor_retracted(
    people: dict[str, Person],
) -> None:
    made, api = file(people["author"], content()).incident, machine(people["both"])
    for step in STEPS:
        answer = act(api, made.ref, step)
        assert answer.status_code == 409, (step, answer.content)
        assert answer.json()["detail"]
    assert now(made) == (State.DRAFT, Working.DRAFT, 1)
