"""Who of a member may know of a recall, and answers for what."""

from __future__ import annotations

from typing import Any

import pytest

from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.roles import Scope
from members.tlp import TLP, Channel
from tests.factories import NOW, make_member, make_person
from tests.sharing.feeding import Press
from tests.sharing.recalling import Lost, make_recall, notice_of
from tests.sharing.web import Machine, machine

pytestmark = pytest.mark.django_db
GREEN, AMBER, STRICT, RED = TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED


@pytest.fixture
def press() -> Press:
    return Press("cert-ua")


@pytest.fixture
def ee() -> Member:
    return make_member("cert-ee")


@pytest.fixture
def reviewer(ee: Member) -> Person:
    return make_person(ee, "reviewer", "reviewer")


@pytest.fixture
def program(reviewer: Person) -> Machine:
    return machine(reviewer, scopes=(Scope.FEED_READ, Scope.RECALLS_WRITE))


def ids(answer: dict[str, Any]) -> list[list[str]]:
    return [[item["id"] for item in each["items"]] for each in answer["recalls"]]


def test_a_ceiling_hides_items_and_whole_notices(press: Press, ee: Member) -> None:
    person = make_person(ee, "reviewer", "reviewer", max_tlp=RED.value)
    low = machine(person, max_tlp=GREEN)
    high = machine(person, max_tlp=RED, scopes=(Scope.FEED_READ, Scope.RECALLS_WRITE))
    secret = make_recall(press.incident, {ee: [Lost("red", tlp=RED)]})
    both = make_recall(press.incident, {ee: [Lost("red", tlp=RED), Lost("green", tlp=GREEN)]})
    red, green = Lost("red").object_id, Lost("green").object_id
    assert ids(low.get("recalls/")) == [[green]]
    assert ids(high.get("recalls/")) == [[red], sorted([red, green])]
    assert low.get("recalls/")["recalls"][0]["due_at"] is None  # RED alone has the term
    assert high.get("recalls/")["recalls"][1]["due_at"] == "2026-11-23T12:00:00Z"
    for name in ("confirm", "refuse"):
        path = f"recalls/{notice_of(secret, ee).key}/{name}/"
        assert low.ask("POST", path, {"note": "no"}).status_code == 404
    assert notice_of(secret, ee).state == "open"
    assert low.ask("POST", f"recalls/{notice_of(both, ee).key}/confirm/").status_code == 200


def test_whoever_sees_part_answers_for_that_part(press: Press, ee: Member) -> None:
    person = make_person(ee, "reviewer", "reviewer", max_tlp=RED.value)
    low = machine(person, max_tlp=GREEN)
    high = machine(person, max_tlp=RED, scopes=(Scope.FEED_READ, Scope.RECALLS_WRITE))
    made = make_recall(press.incident, {ee: [Lost("red", tlp=RED), Lost("green", tlp=GREEN)]})
    path = f"recalls/{notice_of(made, ee).key}"
    first = low.ask("POST", f"{path}/confirm/", {"note": "by program"}).json()
    assert (first["state"], first["note"]) == ("confirmed", "by program")
    assert notice_of(made, ee).state == "open"
    assert high.get("recalls/")["recalls"][0]["state"] == "open"

    later = high.ask("POST", f"{path}/refuse/", {"note": "evidence in court"}).json()
    assert (later["state"], later["note"]) == ("refused", "evidence in court")
    again = low.get("recalls/")["recalls"][0]
    assert (again["state"], again["note"]) == ("confirmed", "by program")
    stored = notice_of(made, ee)
    assert (stored.state, stored.note) == ("refused", "evidence in court")

    done = high.ask("POST", f"{path}/confirm/", {"note": "gone now"}).json()
    assert done["state"] == "confirmed"
    assert notice_of(made, ee).state == "confirmed"


def test_words_about_hidden_items_stay_hidden(press: Press, ee: Member) -> None:
    person = make_person(ee, "reviewer", "reviewer", max_tlp=RED.value)
    low = machine(person, max_tlp=GREEN)
    high = machine(person, max_tlp=RED, scopes=(Scope.FEED_READ, Scope.RECALLS_WRITE))
    made = make_recall(press.incident, {ee: [Lost("red", tlp=RED), Lost("green", tlp=GREEN)]})
    high.ask("POST", f"recalls/{notice_of(made, ee).key}/confirm/", {"note": "the red one too"})
    seen = low.get("recalls/")["recalls"][0]
    assert (seen["state"], seen["note"]) == ("confirmed", "")
    assert high.get("recalls/")["recalls"][0]["note"] == "the red one too"


def test_items_for_named_people_are_no_programs(press: Press, ee: Member, program: Machine) -> None:
    named = ("someone@cert-ee.example",)
    made = make_recall(press.incident, {ee: [Lost("one", persons=named)]})
    assert program.get("recalls/")["recalls"] == []
    path = f"recalls/{notice_of(made, ee).key}/confirm/"
    assert program.ask("POST", path).status_code == 404


def test_other_channels_are_told_what_they_could_read(
    press: Press, ee: Member, reviewer: Person
) -> None:
    clients = machine(reviewer, channel=Channel.DOWNSTREAM)
    make_recall(press.incident, {ee: [Lost("own", tlp=STRICT), Lost("passed on", tlp=AMBER)]})
    assert ids(clients.get("recalls/")) == [[Lost("passed on").object_id]]


@pytest.mark.parametrize(
    ("cause", "status"), [(SuspensionCause.STANDING, 200), (SuspensionCause.COMPROMISE, 401)]
)
def test_a_suspended_member_still_answers(
    press: Press, ee: Member, program: Machine, cause: SuspensionCause, status: int
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one", tlp=RED, readers=(1 << 20) - 1)]})
    Member.objects.filter(pk=ee.pk).update(
        status="suspended",
        suspension_cause=cause,
        suspended_from="active",
        suspended_at=NOW,
        tier=0,
    )
    assert program.ask("GET", "recalls/").status_code == status
    path = f"recalls/{notice_of(made, ee).key}/confirm/"
    assert program.ask("POST", path).status_code == status
    assert notice_of(made, ee).state == ("confirmed" if status == 200 else "open")
