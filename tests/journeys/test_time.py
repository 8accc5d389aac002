"""Nobody acts: an embargo ends by the clock, a raised tier is felt, by who only polls."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from audit.actors import SYSTEM
from members.models import Member
from members.tiers import Tier
from sharing import standing_changes
from tests.factories import bundle, incident, indicator, stix_id
from tests.journeys.machines import Machine, machine
from tests.processes import Processes

pytestmark = pytest.mark.processes
EMBARGO = timedelta(seconds=3)
WITHIN = 60.0  # seconds, domain §3: what opens by time has its place in the feed


def submission(name: str) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(
        bundle(incident(name, owner="cert-ua", level=2), indicator(name, owner="cert-ua"))
    )
    return sent


def comes(partner: Machine, after: str | None, name: str) -> tuple[str | None, datetime]:
    """Poll with nothing but the last cursor until an incident comes, each of its objects once."""
    wanted = {stix_id("incident", name), stix_id("indicator", name)}
    seen: list[str] = []
    end = time.monotonic() + WITHIN
    while not wanted <= set(seen):
        assert time.monotonic() < end, f"{name} did not come: {seen}"
        objects, after = partner.drain(after)
        seen += [obj["id"] for obj in objects]
        time.sleep(0.2)
    assert sorted(one for one in seen if one in wanted) == sorted(wanted)
    return after, datetime.now(UTC)


def test_embargo_end_and_tier_up_reach_who_only_polls(
    processes: Processes, django_db_blocker: DjangoDbBlocker
) -> None:
    world = processes.demo()
    owner = machine(processes.base_url, world, "cert-ua")
    early = machine(processes.base_url, world, "ncsc-gb")
    partner = machine(processes.base_url, world, "cert-de")
    associate = machine(processes.base_url, world, "cert-ie")
    after = {each.slug: each.drain(None)[1] for each in (early, partner, associate)}

    until = datetime.now(UTC) + EMBARGO
    stamp = until.isoformat().replace("+00:00", "Z")
    marking = {"tlp": "AMBER", "embargo_until": stamp, "early": [["ncsc-gb"]]}
    ref, _ = owner.share({"bundle": submission("embargoed"), "marking": marking})
    comes(early, after["ncsc-gb"], "embargoed")
    if datetime.now(UTC) < until:
        assert partner.call("GET", f"/incidents/{ref}/").status_code == 404
    after["cert-de"], came = comes(partner, after["cert-de"], "embargoed")
    assert came >= until

    owner.share({"bundle": submission("strict"), "marking": {"tlp": "AMBER+STRICT"}})
    comes(partner, after["cert-de"], "strict")
    objects, after["cert-ie"] = associate.drain(after["cert-ie"])
    assert stix_id("incident", "strict") not in {obj["id"] for obj in objects}
    with django_db_blocker.unblock(), processes.database():
        standing_changes.change_tier(
            member=Member.objects.get(slug="cert-ie"),
            tier=Tier.PARTNER,
            actor=SYSTEM,
            now=timezone.now(),
        )
    comes(associate, after["cert-ie"], "strict")
