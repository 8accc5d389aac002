"""Reading the incident's facts out of its extensions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from incidents.stix import check, incident_facts, read
from incidents.stix.facts import Attribution
from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID

from .samples import NOW, checked, sample

WIPER = Path(__file__).parent / "documents" / "wiper.json"


def test_facts_of_a_full_incident() -> None:
    facts = incident_facts(check(read(WIPER.read_bytes()), NOW).incidents[0])
    assert facts.title == "Стирач завантажувального запису"
    assert facts.description == "Two ministries lost their domain controllers."
    assert (facts.level, facts.criticality, facts.kind) == (4, 80, "incident")
    assert (facts.determination, facts.investigation_status) == ("confirmed", "open")
    assert facts.rsit == "information-content-security:data-loss"
    assert (facts.significant, facts.malicious, facts.cross_border) == (True, "yes", "no")
    assert facts.sectors == ("public-administration",)
    assert facts.countries_affected == ("UA",)
    assert facts.impacts == ({"kind": "availability", "degree": "severe", "people": 12000},)
    assert facts.attribution == Attribution("Example cluster", 15, None)
    assert (facts.clock_regime, facts.report_kind) == ("UA-1533", "notification")
    assert facts.aware_at == datetime(2026, 2, 20, 6, 20, tzinfo=UTC)
    assert facts.resolved_at is None


def test_facts_become_json() -> None:
    facts = incident_facts(check(read(WIPER.read_bytes()), NOW).incidents[0])
    value = json.loads(json.dumps(facts.to_json()))
    assert value["aware_at"] == "2026-02-20T06:20:00.000Z"
    assert value["attribution"]["statement"] == "Example cluster"
    assert value["sectors"] == ["public-administration"]
    assert value["level"] == 4


def test_facts_of_a_bare_incident() -> None:
    facts = incident_facts(checked(sample("incident", extensions=...)).objects[0])
    assert facts.title == "Wiper on a ministry"
    assert facts.level is None
    assert facts.determination is None
    assert (facts.malicious, facts.cross_border, facts.significant) == ("unknown", "unknown", None)
    assert facts.sectors == ()


def test_wrong_values_give_no_facts() -> None:
    bad = sample(
        "incident",
        name=7,
        extensions={
            INCIDENT_CORE_ID: [],
            CYBERFRAME_INCIDENT_EXT: {
                "criticality_level": True,
                "sectors": "energy",
                "significant": "yes",
                "attribution": {"statement": 1},
                "impacts": [1],
                "aware_at": "yesterday",
            },
        },
    )
    facts = incident_facts(checked(bad).objects[0])
    assert facts.title == ""
    assert facts.level is None
    assert facts.sectors == ()
    assert facts.significant is None
    assert facts.attribution is None
    assert facts.impacts == ()
    assert facts.aware_at is None
