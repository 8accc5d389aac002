"""From the click on Release to "in every permitted feed": 50 objects, 1 000 members more.

Real web, worker, beat, PostgreSQL and Valkey. The clock starts before the HTTP request that
releases and stops when every promised member's grant has its place in the feed and is committed.
Also prints how long the preview's request takes. Run: `python -m bench.release [runs]`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
os.environ.setdefault("CYBERFRAME_ENV", "test")

import django

django.setup()

from members.tiers import Tier
from tests.factories import bundle, incident, indicator, make_member
from tests.journeys.machines import machine
from tests.processes import Processes, platform

MEMBERS = 1000
OBJECTS = 50


def main() -> None:
    """Print the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with platform() as processes:
        world = processes.demo()
        with processes.database():
            for number in range(MEMBERS):
                make_member(f"bench-{number}", tier=Tier(number % 4), country="EE")
        processes.start()
        owner = machine(processes.base_url, world, "cert-ua")
        clicks, previews, reached = [], [], 0
        for run in range(runs + 1):
            objects = [
                incident(f"bench-{run}", owner="cert-ua", level=2),
                *(indicator(f"bench-{run}-{n}", owner="cert-ua") for n in range(OBJECTS - 1)),
            ]
            body = {"bundle": json.loads(bundle(*objects)), "marking": {"tlp": "AMBER"}}
            ref = owner.file(body)
            owner.submit(ref)
            started = time.perf_counter()
            promised = owner.audience(ref)
            previewed = time.perf_counter()
            answer = owner.call(
                "POST",
                f"/incidents/{ref}/release/",
                json={"digest": promised["digest"], "report_kind": "notification"},
            )
            assert answer.status_code == 200, answer.text
            wanted = sum(row["outcome"] != "none" for row in promised["rows"])
            wait_until_granted(processes, ref, wanted)
            if run:  # the first one warms the processes up
                previews.append(previewed - started)
                clicks.append(time.perf_counter() - previewed)
                reached = wanted
    report("preview request", previews)
    report(f"click to in {reached} feeds", clicks)


def wait_until_granted(processes: Processes, ref: str, wanted: int) -> None:
    """Return when that many members have the incident in their feed."""
    query = """SELECT count(*) FROM sharing_grant g JOIN sharing_release r ON r.id = g.release_id
               JOIN incidents_incident i ON i.id = r.incident_id
               WHERE i.ref = %s AND g.kind = 0 AND g.position IS NOT NULL"""
    while processes.sql(query, ref)[0][0] < wanted:
        time.sleep(0.005)


def report(what: str, seconds: list[float]) -> None:
    """Print the median and the extremes in milliseconds."""
    low, middle, high = (1000 * f(seconds) for f in (min, statistics.median, max))
    print(f"{what}: p50 {middle:.0f} ms, min {low:.0f}, max {high:.0f}, n {len(seconds)}")


if __name__ == "__main__":
    main()
