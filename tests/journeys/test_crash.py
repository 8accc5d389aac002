"""Killed in the middle of a fan-out, and the broker emptied: every grant is there once."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from tests.factories import bundle, incident, indicator
from tests.journeys.machines import Machine, machine
from tests.processes import Processes

pytestmark = pytest.mark.processes
RELEASES = 12


def share(owner: Machine, name: str) -> dict[str, set[str]]:
    """Release a batch; return who was promised each reference."""
    promised = {}
    for number in range(RELEASES):
        key = f"{name}-{number}"
        objects = [
            incident(key, owner=owner.slug, level=2),
            *(indicator(f"{key}-{n}", owner=owner.slug) for n in range(20)),
        ]
        ref, rows = owner.share(
            {"bundle": json.loads(bundle(*objects)), "marking": {"tlp": "AMBER"}}
        )
        promised[ref] = {r["member"] for r in rows["rows"] if r["outcome"] != "none"}
    return promised


def granted(processes: Processes) -> Counter[tuple[str, str]]:
    """Return how many live grants each (reference, member) has."""
    rows = processes.sql(
        """SELECT i.ref, m.slug, count(*) FROM sharing_grant g
           JOIN sharing_release r ON r.id = g.release_id
           JOIN incidents_incident i ON i.id = r.incident_id
           JOIN members_member m ON m.id = g.member_id
           WHERE g.kind = 0 AND g.withdrawn_at IS NULL GROUP BY 1, 2"""
    )
    return Counter({(ref, slug): count for ref, slug, count in rows})


def settled(processes: Processes, promised: dict[str, set[str]], seconds: float = 60) -> None:
    """Wait for the workers, then compare grants with promises, each exactly once."""
    deadline = time.monotonic() + seconds
    waiting = "SELECT count(*) FROM sharing_release WHERE fanned_out_at IS NULL"
    while processes.sql(waiting)[0][0]:
        assert time.monotonic() < deadline, processes.log("worker-fanout")[-2000:]
        time.sleep(0.2)
    wanted = Counter({(ref, slug): 1 for ref, slugs in promised.items() for slug in slugs})
    found = granted(processes)
    assert Counter({key: found[key] for key in found if key[0] in promised}) == wanted


def test_nothing_is_lost_or_doubled(processes: Processes) -> None:
    processes.kill("worker-fanout")
    owner = machine(processes.base_url, processes.demo(), "cert-ua")

    # The releases wait; a worker starts on them and is killed at whatever line it is.
    promised = share(owner, "worker")
    for _ in range(3):
        processes.start("worker-fanout")
        time.sleep(0.4)
        processes.kill("worker-fanout")
    processes.start("worker-fanout")
    settled(processes, promised)

    # The broker dies with what it holds, and comes back empty.
    processes.kill("worker-fanout")
    promised = share(owner, "broker")
    processes.kill("valkey")
    processes.start("valkey")
    empty(processes)
    processes.start("worker-fanout")
    settled(processes, promised)

    # Everything dies at once while the web is releasing.
    processes.kill("worker-fanout")
    promised = share(owner, "all")
    processes.kill("web", "beat", "valkey", "postgresql")
    processes.start("postgresql", "valkey", "web", "beat", "worker-fanout")
    settled(processes, promised)


def empty(processes: Processes) -> None:
    """Throw away every message and key of the broker."""
    import redis

    url = processes.redis_url.replace("redis+socket://", "unix://").split("?")[0]
    with redis.Redis.from_url(url) as client:
        client.flushall()
