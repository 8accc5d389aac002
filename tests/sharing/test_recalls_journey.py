"""From a retraction to the last answer: what machines, pages and the owner see of it."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from members.models import Person
from members.roles import Scope
from members.tiers import Tier
from members.tlp import TLP
from sharing.models import RecallNotice
from sharing.services.fanout import settle
from sharing.services.life import retract_incident
from sharing.tasks import sweep
from tests.factories import (
    NOW,
    bundle,
    by,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
    tlp,
)
from tests.sharing.recalling import hours
from tests.sharing.web import Machine, enter, machine, world

pytestmark = pytest.mark.django_db
HOST = {
    "type": "ipv4-addr",
    "spec_version": "2.1",
    "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd",
    "value": "198.51.100.3",
}
NAMED = {"tlp": "RED", "named": ["cert-ee"]}
READ = (Scope.FEED_READ, Scope.RECALLS_WRITE)


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


@pytest.fixture
def retracted(people: dict[str, Person]) -> Incident:
    """An incident of four objects, one of them RED for cert-ee, released and taken back."""
    facts = incident("Wiper", owner="cert-ua")
    address = indicator("address", owner="cert-ua")
    secret = indicator("secret", owner="cert-ua", **tlp("RED"))
    filed = file(
        people["author"],
        bundle(facts, address, secret, HOST),
        marking={"tlp": "AMBER"},
        object_markings={secret["id"]: from_json(NAMED, base=NEUTRAL)},
    )
    done = release(filed.incident, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made = Incident.objects.get(pk=filed.incident.pk)
    retract_incident(by=by(people["both"]), incident=made, reason="our mistake", now=hours(1))
    return made


def recalled(program: Machine) -> dict[str, Any]:
    (found,) = program.get("recalls/")["recalls"]
    return dict(found)


def types(found: dict[str, Any]) -> list[str]:
    return sorted(item["type"] for item in found["items"])


def test_each_is_told_what_it_had(people: dict[str, Person], retracted: Incident) -> None:
    de = recalled(machine(people["de"], scopes=READ))
    assert (de["kind"], de["incident"]) == ("retracted", retracted.ref)
    assert types(de) == ["incident", "indicator", "ipv4-addr"]
    modified = {item["type"]: item["modified"] for item in de["items"]}
    assert modified == {
        "incident": "2026-11-22T12:00:00.000Z",
        "indicator": "2026-11-22T12:00:00.000Z",
        "ipv4-addr": None,
    }
    assert (de["at"], de["due_at"]) == ("2026-11-22T13:00:00Z", "2026-11-25T13:00:00Z")

    plain = recalled(machine(people["ee"], scopes=READ, max_tlp=TLP.AMBER_STRICT))
    assert types(plain) == types(de)
    assert plain["due_at"] == de["due_at"]
    full = recalled(machine(people["ee"], max_tlp=TLP.RED))
    assert types(full) == ["incident", "indicator", "indicator", "ipv4-addr"]
    assert full["due_at"] == "2026-11-23T13:00:00Z"


def test_who_never_had_it_learns_nothing(people: dict[str, Person]) -> None:
    observer = make_person(make_member("nato-cyber", tier=Tier.OBSERVER), "analyst", "analyst")
    program = machine(observer, scopes=READ)
    before = program.ask("GET", "recalls/").content
    facts = incident("Wiper", owner="cert-ua")
    made = file(people["author"], bundle(facts), marking={"tlp": "AMBER"}).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    retract_incident(by=by(people["both"]), incident=made, reason="our mistake", now=hours(1))
    assert RecallNotice.objects.count() == 3
    assert program.ask("GET", "recalls/").content == before


def test_from_reminder_to_the_last_answer(people: dict[str, Person], retracted: Incident) -> None:
    RecallNotice.objects.update(at=hours(-24 * 365), due_at=hours(-24 * 300))
    sweep()
    sweep()
    assert set(RecallNotice.objects.values_list("reminders", flat=True)) == {1}

    board = f"/recalls/ours/?incident={retracted.ref}"
    owner = enter(people["reviewer"])
    (block,) = owner.get(board).context["blocks"]
    assert (block["reason"], block["by"]) == ("our mistake", str(people["both"]))
    assert (block["tally"].asked, block["tally"].overdue, block["objects"]) == (3, 3, 4)

    for name in ("de", "ie"):
        Person.objects.filter(pk=people[name].pk).update(roles=["reviewer"])
        program = machine(people[name], scopes=READ)
        path = f"recalls/{recalled(program)['id']}/confirm/"
        assert program.ask("POST", path).status_code == 200
    robot = machine(people["ee"], max_tlp=TLP.GREEN)
    assert robot.get("recalls/")["recalls"] == []
    plain = machine(people["ee"], scopes=READ)
    assert plain.ask("POST", f"recalls/{recalled(plain)['id']}/confirm/").status_code == 200
    (block,) = owner.get(board).context["blocks"]
    assert (block["tally"].confirmed, block["tally"].open) == (2, 1)  # RED has no answer yet

    Person.objects.filter(pk=people["ee"].pk).update(max_tlp=TLP.RED)
    notice = RecallNotice.objects.get(member=people["ee"].member)
    enter(people["ee"]).post(f"/recalls/{notice.key}/answer", {"answer": "confirm"})
    (block,) = owner.get(board).context["blocks"]
    assert (block["tally"].confirmed, block["tally"].open) == (3, 0)
    assert "3 of 3 confirmed" in owner.get(f"/incidents/{retracted.ref}/").content.decode()
