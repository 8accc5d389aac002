"""What the release page promises is what each partner collects, to the byte."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from pytest_django import DjangoDbBlocker

from incidents.stix.markings import TLP2_IDS
from members.identity import identity_id
from tests.factories import bundle, incident, indicator, sdo, stix_id, tlp
from tests.journeys.coalition import found
from tests.journeys.machines import Machine
from tests.processes import Processes

pytestmark = pytest.mark.processes
PARTNERS = ("cert-ee", "cert-de", "cert-ie", "eu-cert")


def eventually(check: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.2)


def submission() -> dict[str, Any]:
    """Return an incident whose objects differ in marking, text and extensions."""
    me = "cert-ua"
    report = sdo(
        "report",
        "all",
        owner=me,
        name="Звіт: усе разом",
        published="2026-11-20T10:00:00Z",
        report_types=["threat-report"],
        object_refs=[
            stix_id("incident", "case"),
            stix_id("indicator", "open"),
            stix_id("indicator", "strict"),
        ],
    )
    objects = [
        incident("case", owner=me),
        indicator("open", owner=me, x_demo_score=0.10, labels=["перша"]),
        indicator("strict", owner=me, address="198.51.100.7", **tlp("AMBER+STRICT")),
        {
            "type": "ipv4-addr",
            "spec_version": "2.1",
            "id": stix_id("ipv4-addr", "a"),
            "value": "192.0.2.7",
        },
        report,
    ]
    sent: dict[str, Any] = json.loads(bundle(*objects))
    return sent


def canonical(obj: dict[str, Any]) -> bytes:
    """Return the object's RFC 8785 form without its marking references."""
    return rfc8785.dumps({k: v for k, v in obj.items() if k != "object_marking_refs"})


def test_partners_collect_exactly_what_was_promised(
    anywhere: Processes, django_db_blocker: DjangoDbBlocker
) -> None:
    """On the embedded servers, and on production's: Debian's, behind TLS."""
    with django_db_blocker.unblock():
        machines = found(anywhere)
    owner = machines["cert-ua"]
    partners = {slug: machines[slug] for slug in PARTNERS}
    sent = submission()
    submitted = {obj["id"]: obj for obj in sent["objects"]}
    before = {slug: ids(partner) for slug, partner in partners.items()}

    _ref, promised = owner.share({"bundle": sent, "marking": {"tlp": "AMBER"}})
    row = {each["member"]: each for each in promised["rows"]}
    assert {slug: row[slug]["outcome"] for slug in PARTNERS} == {
        "cert-ee": "full",
        "cert-de": "full",
        "cert-ie": "redacted",
        "eu-cert": "none",
    }
    eventually(lambda: len(ids(partners["cert-ee"]) - before["cert-ee"]) == len(submitted))

    for slug, partner in partners.items():
        got = {o["id"]: o for o in partner.pull() if (o["id"]) in submitted}
        hidden = {cut["id"] for cut in row[slug]["redactions"] if not cut["path"]}
        expected = set() if row[slug]["outcome"] == "none" else submitted.keys() - hidden
        assert got.keys() == expected, slug
        cut = {each["id"] for each in row[slug]["redactions"] if each["path"]}
        for object_id in got.keys() - cut:
            assert canonical(got[object_id]) == canonical(submitted[object_id])
    strict = stix_id("indicator", "strict")
    seen = {slug: {o["id"]: o for o in p.pull()} for slug, p in partners.items()}
    assert seen["cert-ee"][strict]["object_marking_refs"] == [TLP2_IDS["AMBER+STRICT"]]
    assert seen["cert-ee"][stix_id("report", "all")]["object_marking_refs"] == [TLP2_IDS["AMBER"]]
    assert strict not in seen["cert-ie"][stix_id("report", "all")]["object_refs"]
    assert identity_id("cert-ua") == seen["cert-ie"][stix_id("report", "all")]["created_by_ref"]


def ids(partner: Machine) -> set[str]:
    return {obj["id"] for obj in partner.pull()}
