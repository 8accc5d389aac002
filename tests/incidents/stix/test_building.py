"""Bundles that we make ourselves: correct STIX, and the same for the same answers."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
import stix2

from incidents.stix import (
    IncidentForm,
    RejectedForm,
    build_incident,
    check,
    incident_facts,
    own_marking,
    read,
    synthetic_incident,
)
from incidents.stix.building import CRITICALITY, sco_id, seeded_ids
from incidents.stix.markings import PAP_IDS, TLP2_IDS
from members.tlp import PAP, TLP

from .samples import LATER, NOW, checked, ref, sample

IDENTITY = ref("identity")
SEED = uuid.UUID("5f0c1c0e-7c0b-4b36-9d7e-0f6a4bb3a0ff")
IDS = seeded_ids(SEED)
LINES = """
192[.]0[.]2[.]7
198.51.100.0/24
2001:db8::7
2001:db8::/32
приклад.укр
hxxp://c2[.]example/a'b
lure[at]mail.example
""" + "\n".join(digit * n for digit, n in (("a", 32), ("b", 40), ("c", 64), ("d", 128)))
FULL = IncidentForm(
    title="Стирач «GhostBoot»",
    description="Two ministries.",
    summary="Short.",
    level=4,
    kind="incident",
    rsit="information-content-security:data-loss",
    determination="confirmed",
    sectors=("public-administration",),
    countries_affected=("UA", "PL"),
    significant=True,
    malicious="yes",
    cross_border="no",
    clock_regime="UA-1533",
    report_kind="early_warning",
    handling="Do not scan.",
    started_at=NOW - timedelta(hours=3),
    detected_at=NOW - timedelta(hours=2),
    aware_at=NOW - timedelta(hours=1, microseconds=7),
    tlp=TLP.AMBER,
    pap=PAP.GREEN,
    indicators=LINES,
)


def built(form: IncidentForm, **changes: Any) -> bytes:
    answers: dict[str, Any] = {"identity_id": IDENTITY, "now": NOW, "ids": IDS} | changes
    return build_incident(form, **answers)


def test_built_bundle_has_no_problem() -> None:
    result = check(read(built(FULL)), NOW)
    assert result.problems == ()
    counts = [obj.type for obj in result.objects]
    assert counts.count("indicator") == 11
    assert counts.count("relationship") == 22
    assert counts.count("incident") == 1
    assert len(counts) == 45


def test_built_objects_are_parsed_by_stix2() -> None:
    for obj in check(read(built(FULL)), NOW).objects:
        parsed = stix2.parse(dict(obj.value), allow_custom=False)
        assert parsed.id == obj.id
        if obj.sco:
            own = {name: value for name, value in obj.value.items() if name != "id"}
            assert stix2.parse(own).id == obj.id  # deterministic by STIX 2.1 §2.9


def test_form_comes_back_as_facts() -> None:
    result = check(read(built(FULL)), NOW)
    facts = incident_facts(result.incidents[0])
    for name in (
        *("title", "description", "summary", "level", "kind", "rsit", "determination"),
        *("sectors", "countries_affected", "significant", "malicious", "cross_border"),
        *("clock_regime", "report_kind", "handling", "started_at", "detected_at", "aware_at"),
        *("contained_at", "resolved_at", "investigation_status"),
    ):
        assert getattr(facts, name) == getattr(FULL, name), name
    marking, doubts = own_marking(result.incidents[0], {})
    assert (marking.tlp, marking.pap, doubts) == (TLP.AMBER, PAP.GREEN, ())


def test_only_the_incident_is_marked() -> None:
    marked = [obj for obj in check(read(built(FULL)), NOW).objects if obj.marking_refs]
    assert [obj.type for obj in marked] == ["incident"]
    assert marked[0].marking_refs == (TLP2_IDS["AMBER"], PAP_IDS["GREEN"])


def test_smallest_form() -> None:
    result = check(read(built(IncidentForm(title="x"))), NOW)
    assert result.problems == ()
    (incident,) = result.objects
    assert incident.marking_refs == ()
    facts = incident_facts(incident)
    assert (facts.title, facts.level, facts.determination) == ("x", None, "suspected")


def test_same_answers_give_the_same_bytes() -> None:
    assert built(FULL) == built(FULL)
    assert built(FULL, ids=seeded_ids(uuid.uuid5(SEED, "other"))) != built(FULL)


def test_an_edit_keeps_ids_and_creation() -> None:
    later = NOW + timedelta(hours=5)
    first = {o["id"]: o for o in json.loads(built(FULL))["objects"]}
    edit = IncidentForm(title="New title", indicators="192.0.2.7\nc3.example")
    second = {o["id"]: o for o in json.loads(built(edit, now=later, created=NOW))["objects"]}
    kept = first.keys() & second.keys()
    assert sorted(id_.partition("--")[0] for id_ in kept) == [
        *("incident", "indicator", "ipv4-addr", "relationship", "relationship")
    ]
    incident = second[IDS("incident", "incident")]
    assert (incident["created"], incident["modified"]) == (
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T17:00:00.000Z",
    )


def test_rejected_lines_are_named() -> None:
    with pytest.raises(RejectedForm) as caught:
        built(IncidentForm(title="x", indicators="192.0.2.7\nsetup.py\nwhat"))
    assert [(item.line, item.code) for item in caught.value.problems] == [
        (2, "file_name"),
        (3, "not_recognised"),
    ]


def test_relationships_say_where_indicators_come_from() -> None:
    objects = json.loads(built(IncidentForm(title="x", indicators="c2.example")))["objects"]
    by_type = {o["type"]: o for o in objects}
    links = {
        (o["relationship_type"], o["source_ref"], o["target_ref"])
        for o in objects
        if o["type"] == "relationship"
    }
    indicator = by_type["indicator"]["id"]
    assert links == {
        ("based-on", indicator, by_type["domain-name"]["id"]),
        ("related-to", indicator, by_type["incident"]["id"]),
    }


def test_sco_id_of_the_standard() -> None:
    # An ipv4-addr whose id stix2 computes from {"value": "198.51.100.3"}.
    assert sco_id("ipv4-addr", {"value": "198.51.100.3"}) == (
        "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
    )


def test_criticality_rises_with_the_level() -> None:
    assert list(CRITICALITY) == sorted(set(CRITICALITY))
    assert len(CRITICALITY) == 6


# A bundle without an incident ---------------------------------------------------------------


def made(*values: Any, title: str = "") -> tuple[Any, Any]:
    return synthetic_incident(
        objects=checked(*values).objects,
        title=title,
        identity_id=IDENTITY,
        now=NOW,
        seed=SEED,
    )


def test_incident_and_report_are_made() -> None:
    values = [sample("indicator", modified=LATER), sample("malware"), sample("mutex")]
    incident, report = made(*values, title=" Wiper ")
    assert (incident.type, report.type) == ("incident", "report")
    assert incident.value["name"] == "Wiper"
    assert incident.creator_ref == report.creator_ref == IDENTITY
    assert report.value["object_refs"] == [incident.id, *(value["id"] for value in values)]
    assert report.refs == tuple(report.value["object_refs"])
    assert [incident.number, report.number] == [4, 5]
    assert incident.modified == LATER
    result = checked(*values, incident.value, report.value)
    assert result.problems == ()
    again = {obj.id: obj for obj in result.objects}
    for obj in (incident, report):
        assert again[obj.id].version == obj.version
        assert json.loads(obj.text) == obj.value


@pytest.mark.parametrize(
    ("types", "name"),
    [
        (["malware", "campaign", "grouping", "report"], "Weekly"),
        (["malware", "campaign"], "Winter storm"),
        (["tool", "malware"], "GhostBoot"),
        (["mutex"], "Incident of 2026-03-01"),
        (["indicator"], "Incident of 2026-02-20"),
    ],
)
def test_name_of_the_incident(types: list[str], name: str) -> None:
    assert made(*map(sample, types))[0].value["name"] == name


def test_grouping_gives_its_name() -> None:
    assert made(sample("campaign"), sample("grouping", name="Case 7"))[0].value["name"] == "Case 7"


def test_same_bundle_makes_the_same_incident() -> None:
    values = [sample("indicator"), sample("mutex")]
    objects = checked(*values).objects
    first, second = (
        synthetic_incident(objects=objects, title="x", identity_id=IDENTITY, now=now, seed=SEED)
        for now in (NOW, NOW + timedelta(days=3))
    )
    assert first == second
