"""Reuse requests over REST: every asker gets the same bytes, every originator only its own."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.models import Incident
from members.models import Person
from members.roles import Scope
from members.tiers import Tier
from tests.factories import bundle, file, incident, indicator, stix_id
from tests.sharing.carrying import OBJECT, draft, origin, team
from tests.sharing.web import Machine, machine

pytestmark = pytest.mark.django_db
AMBER: dict[str, Any] = {"tlp": "AMBER"}
ORCON = AMBER | {"orcon": True}
TELLING = "What the carrier calls it"


@pytest.fixture
def people() -> dict[str, Person]:
    found = {
        "ua": team("ua", country="UA"),
        "ee": team("ee"),
        "ie": team("ie", tier=Tier.PARTNER, country="IE"),
    }
    origin(found["ua"], ORCON)
    return found


@pytest.fixture
def filed(people: dict[str, Person]) -> Incident:
    return draft(people["ee"], AMBER | {"persons": ["x@ie.example"]}, name=TELLING)


@pytest.fixture
def asker(people: dict[str, Person]) -> Machine:
    return machine(people["ee"])


@pytest.fixture
def originator(people: dict[str, Person]) -> Machine:
    return machine(people["ua"])


def ask(asker: Machine, filed: Incident, object_id: str = OBJECT) -> Any:
    body = {"object_id": object_id, "purpose": "to warn our banks"}
    return asker.ask("POST", f"incidents/{filed.ref}/reuse/", body)


def test_every_asker_gets_the_same_bytes_whatever_stands_behind_the_id(
    people: dict[str, Person], filed: Incident, asker: Machine, originator: Machine
) -> None:
    hidden, own = indicator("hidden", owner="ie"), indicator("own", owner="ee")
    file(people["ie"], bundle(incident("secret", owner="ie"), hidden), marking=ORCON)
    file(people["ee"], bundle(incident("mine", owner="ee"), own), marking=AMBER)
    ids = [OBJECT, hidden["id"], own["id"], stix_id("indicator", "none at all")]
    answers = {key: ask(asker, filed, key) for key in ids}
    assert {answer.status_code for answer in answers.values()} == {202}
    bodies = {answer.content.replace(key.encode(), b"") for key, answer in answers.items()}
    assert len(bodies) == 1

    (waiting,) = originator.get("reuse-requests/")["requests"]
    originator.ask("POST", f"reuse-requests/{waiting['id']}/refuse/", {"note": "not yet"})

    states = {
        r["object_id"]: r["state"] for r in asker.get(f"incidents/{filed.ref}/reuse/")["requests"]
    }
    assert states == dict.fromkeys(ids, "asked") | {OBJECT: "refused"}
    assert ask(asker, filed).content == answers[OBJECT].content


def test_originator_sees_who_asks_why_and_the_marking_and_nothing_of_the_incident(
    filed: Incident, asker: Machine, originator: Machine
) -> None:
    ask(asker, filed)
    answer = originator.ask("GET", "reuse-requests/")
    (shown,) = answer.json()["requests"]
    assert (shown["member"], shown["object_id"], shown["name"], shown["purpose"]) == (
        "ee",
        OBJECT,
        "shared",
        "to warn our banks",
    )
    assert (shown["marking"]["tlp"], shown["persons"]) == ("AMBER", 1)
    for secret in (TELLING, filed.ref, filed.stix_id, "x@ie.example"):
        assert secret not in answer.content.decode()


def test_consent_is_granted_and_withdrawn(
    people: dict[str, Person], filed: Incident, asker: Machine, originator: Machine
) -> None:
    ask(asker, filed)
    key = originator.get("reuse-requests/")["requests"][0]["id"]
    own = f"incidents/{filed.ref}/reuse/"
    for act, state in (("grant", "granted"), ("grant", "granted"), ("withdraw", "ended")):
        answer = originator.ask(
            "POST", f"reuse-requests/{key}/{act}/", {} if act == "grant" else None
        )
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert asker.get(own)["requests"][0]["state"] == state
    assert originator.ask("POST", f"reuse-requests/{key}/grant/", {}).status_code == 409


def test_others_find_nothing(
    people: dict[str, Person], filed: Incident, asker: Machine, originator: Machine
) -> None:
    ask(asker, filed)
    key = originator.get("reuse-requests/")["requests"][0]["id"]
    stranger = machine(people["ie"])
    nobody = "00000000-0000-4000-8000-000000000000"
    for other in (asker, stranger):
        assert other.get("reuse-requests/") == {"requests": []}
        for act in ("grant", "refuse", "withdraw"):
            there = other.ask("POST", f"reuse-requests/{key}/{act}/", {})
            gone = other.ask("POST", f"reuse-requests/{nobody}/{act}/", {})
            assert (there.status_code, there.content) == (
                404,
                gone.content.replace(nobody.encode(), key.encode()),
            )
    assert ask(stranger, filed).status_code == 404
    assert stranger.ask("GET", f"incidents/{filed.ref}/reuse/").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"object_id": "x"}, {"object_id": OBJECT, "marking": {}}, {"object_id": 7}, [],
     {"object_id": OBJECT, "purpose": "x" * 1001}],
)  # fmt: skip
def test_hostile_input_is_refused(filed: Incident, asker: Machine, body: Any) -> None:
    assert asker.ask("POST", f"incidents/{filed.ref}/reuse/", body).status_code == 422


def test_each_act_asks_for_its_scope(
    people: dict[str, Person], filed: Incident, originator: Machine, asker: Machine
) -> None:
    ask(asker, filed)
    key = originator.get("reuse-requests/")["requests"][0]["id"]
    reads = machine(people["ua"], scopes=(Scope.FEED_READ, Scope.INCIDENTS_WRITE))
    assert reads.ask("GET", "reuse-requests/").status_code == 403
    assert reads.ask("POST", f"reuse-requests/{key}/grant/", {}).status_code == 403
    assert ask(machine(people["ee"], scopes=(Scope.FEED_READ,)), filed).status_code == 403
