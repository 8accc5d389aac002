"""Eight writers release at once while a partner polls: nothing missed, nothing twice."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import bundle, incident, indicator, stix_id
from tests.journeys.machines import Machine, machine
from tests.processes import Processes

pytestmark = pytest.mark.processes
WRITERS = ("cert-ua", "csirt-fin-ua", "csirt-nrg-ua", "csirt-pl", "ncsc-gb", "ncsc-lt", "cert-nl",
           "cert-no")  # fmt: skip
RELEASES_EACH = 25


def write(owner: Machine) -> list[str]:
    """Release incidents one after another; return the ids of their objects."""
    sent = []
    for number in range(RELEASES_EACH):
        key = f"{owner.slug}-{number}"
        objects = [
            incident(key, owner=owner.slug, level=2),
            *(indicator(f"{key}-{n}", owner=owner.slug) for n in range(3)),
        ]
        owner.share({"bundle": json.loads(bundle(*objects)), "marking": {"tlp": "GREEN"}})
        sent += [obj["id"] for obj in objects]
    return sent


def test_added_after_alone_misses_nothing_and_repeats_nothing(processes: Processes) -> None:
    world = processes.demo()
    reader = machine(processes.base_url, world, "cert-ee")
    writers = [machine(processes.base_url, world, slug) for slug in WRITERS]
    seen: Counter[tuple[str, str]] = Counter()
    _demo, start = reader.drain(None)
    done = threading.Event()

    def poll() -> None:
        after = start
        while True:
            finished = done.is_set()
            objects, after = reader.drain(after)
            seen.update((obj["id"], obj["modified"]) for obj in objects)
            if finished:
                return
            time.sleep(0.05)

    with ThreadPoolExecutor(max_workers=len(writers) + 1) as pool:
        polling = pool.submit(poll)
        sent = [one for each in pool.map(write, writers) for one in each]
        deadline = time.monotonic() + 60
        waiting = "SELECT count(*) FROM sharing_release WHERE fanned_out_at IS NULL"
        while processes.sql(waiting)[0][0]:
            assert time.monotonic() < deadline, "fan-out did not finish"
            time.sleep(0.2)
        done.set()
        polling.result()

    assert len(sent) == len(WRITERS) * RELEASES_EACH * 4
    assert {one for one, _ in seen} == set(sent)
    assert set(seen.values()) == {1}
    assert stix_id("incident", "cert-ua-0") in sent
