"""Editing makes new versions of what changed, and of nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from incidents.models import Incident
from incidents.services import amend
from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from members.models import Person
from tests.factories import NOW, bundle, by, file, incident, indicator, release, sdo, stix_id
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
STRANGE: dict[str, Any] = {"x_vendor": {"n": 1.50, "big": 9007199254740991}, "labels": ["b", "a"]}


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


@pytest.fixture
def amended(people: dict[str, Person]) -> Incident:
    """A next version of what a vendor's tool filed: several objects, unusual spelling."""
    made = incident("Wiper", owner="cert-ua")
    made["extensions"][CYBERFRAME_INCIDENT_EXT] |= {"sectors": ["energy"], "handling": "Call us."}
    malware = sdo("malware", "m", owner="cert-ua", name="GhostBoot", is_family=False, **STRANGE)
    found = indicator("address", owner="cert-ua")
    link = sdo("relationship", "r", owner="cert-ua", relationship_type="indicates",
               source_ref=found["id"], target_ref=malware["id"])  # fmt: skip
    address = {"type": "ipv4-addr", "spec_version": "2.1", "value": "192.0.2.7",
               "id": "ipv4-addr--f8b5d1a7-5b51-5a5b-9c0c-0d6f0b1f4c11"}  # fmt: skip
    data = bundle(made, malware, found, link, address)
    filed = file(people["author"], data, marking={"tlp": "AMBER", "exclude": ["cert-ie"]}).incident
    release(filed, author=people["author"], reviewer=people["reviewer"])
    filed.refresh_from_db()
    return amend(by=by(people["author"]), incident=filed, now=NOW)


def texts(made: Incident) -> dict[str, str]:
    made.refresh_from_db()
    assert made.head is not None
    return {p.object.stix_id: p.object.text for p in made.head.places.order_by("ordinal")}


def open_form(client: Client, made: Incident, how: str = "") -> tuple[str, dict[str, Any]]:
    path = f"/incidents/{made.ref}/edit{how}"
    shown = client.get(path)
    assert shown.status_code == 200
    values = {b.name: b.value() for b in shown.context["form"] if b.value() not in (None, "", [])}
    return path, {k: f"{v:%Y-%m-%dT%H:%M}" if hasattr(v, "year") else v for k, v in values.items()}


def test_the_form_changes_the_incident_object_alone(
    people: dict[str, Person], amended: Incident
) -> None:
    client, before = enter(people["author"]), texts(amended)
    path, values = open_form(client, amended)
    assert "indicators" not in values
    assert b"4 further objects stay as they are" in client.get(path).content
    assert client.post(path, values).status_code == 302
    assert amended.revisions.count() == 1  # nothing was changed

    answer = client.post(path, values | {"title": "Wiper, two sites", "level": "4", "rsit": ""})
    assert answer.status_code == 302, answer.context["form"].errors
    after = texts(amended)
    assert list(after) == list(before)
    assert {key for key in after if after[key] != before[key]} == {amended.stix_id}
    old, new = (json.loads(each[amended.stix_id]) for each in (before, after))
    ours, core = (new["extensions"][k] for k in (CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID))
    assert (new["name"], ours["criticality_level"], core["criticality"]) == (
        "Wiper, two sites",
        4,
        80,
    )
    assert (ours["handling"], ours["sectors"]) == ("Call us.", ["energy"])
    assert (new["id"], new["created"]) == (old["id"], old["created"])
    assert new["modified"] > old["modified"]
    head = amended.head
    assert head is not None
    assert (head.title, head.level) == ("Wiper, two sites", 4)
    assert head.marking["exclude"] == ["cert-ie"]


def test_answers_are_taken_out_where_they_were(
    people: dict[str, Person], amended: Incident
) -> None:
    client = enter(people["author"])
    path, values = open_form(client, amended)
    for name in ("description", "aware_at", "sectors"):
        values.pop(name)
    assert client.post(path, values).status_code == 302
    new = json.loads(texts(amended)[amended.stix_id])
    assert "description" not in new
    ours = new["extensions"][CYBERFRAME_INCIDENT_EXT]
    assert set(ours) == {"extension_type", "criticality_level", "handling"}


def test_an_object_changed_as_text_gets_a_new_version_by_itself(
    people: dict[str, Person], amended: Incident
) -> None:
    client, before = enter(people["author"]), texts(amended)
    path, values = open_form(client, amended, "?how=text")
    text = values["bundle"].replace('"name": "GhostBoot"', '"name": "GhostBoot 2"')
    assert text != values["bundle"]
    assert client.post(path, values | {"bundle": text}).status_code == 302
    after, malware = texts(amended), stix_id("malware", "m")
    assert {key for key in after if after[key] != before[key]} == {malware}
    new = json.loads(after[malware])
    assert new["name"] == "GhostBoot 2"
    assert new["x_vendor"] == STRANGE["x_vendor"]
    assert new["modified"] > json.loads(before[malware])["modified"]


def test_a_version_that_lies_ahead_is_followed_by_a_later_one(people: dict[str, Person]) -> None:
    from django.utils import timezone

    ahead = timezone.now() + timedelta(minutes=3)
    stamp = ahead.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    early = incident("Early", owner="cert-ua") | {"modified": stamp}
    made = file(people["author"], bundle(early, indicator("x", owner="cert-ua"))).incident
    client = enter(people["author"])
    path, values = open_form(client, made)
    assert client.post(path, values | {"title": "Later"}).status_code == 302
    assert json.loads(texts(made)[made.stix_id])["modified"] > stamp


def test_text_that_is_no_bundle_is_shown_again(
    people: dict[str, Person], amended: Incident
) -> None:
    client = enter(people["author"])
    path, values = open_form(client, amended, "?how=text")
    twice = values["bundle"].replace('"type": "malware"', '"type": "malware", "type": "malware"')
    for text in ("{", "[]", "x" * 100, '{"type":"bundle","objects":[1]}', twice):
        answer = client.post(path, values | {"bundle": text})
        assert answer.status_code in (409, 422)
        assert text[:60] in answer.context["form"]["bundle"].value()
    assert amended.revisions.count() == 1


def test_a_released_version_offers_to_begin_a_new_one(people: dict[str, Person]) -> None:
    data = bundle(incident("Wiper", owner="cert-ua"), indicator("x", owner="cert-ua"))
    made = file(people["author"], data, marking={"tlp": "AMBER"}).incident
    release(made, author=people["author"], reviewer=people["reviewer"])
    client = enter(people["author"])
    shown = client.get(f"/incidents/{made.ref}/edit", follow=True)
    assert b"Begin a new version to change it." in shown.content
    labels = [action["label"] for action in shown.context["actions"]]
    assert labels == ["New version"]
    begun = client.post(f"/incidents/{made.ref}/amend")
    assert begun["Location"] == f"/incidents/{made.ref}/edit"
    assert client.get(begun["Location"]).status_code == 200
