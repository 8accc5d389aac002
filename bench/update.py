"""What replacing a version costs: the release request of an update, 50 objects, 1 000 members more.

The effect is complete with the answer: no worker takes part. Four kinds of update, each on an
incident of its own: one object more, one object less, one member excluded, the TLP tightened (which
marks every object anew and recalls from all below the tier). Run: `python -m bench.update [runs]`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
os.environ.setdefault("CYBERFRAME_ENV", "test")

import django

django.setup()

from members.tiers import Tier
from tests.factories import bundle, incident, indicator, make_member
from tests.journeys.machines import Machine, machine
from tests.processes import Processes, platform

MEMBERS = 1000
OBJECTS = 50
KINDS = ("one more", "one less", "one excluded", "tightened")


def main() -> None:
    """Print the figures."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with platform() as processes:
        world = processes.demo()
        with processes.database():
            for number in range(MEMBERS):
                make_member(f"bench-{number}", tier=Tier(number % 4), country="EE")
        processes.start()
        owner = machine(processes.base_url, world, "cert-ua")
        reviewer = owner  # level 2, and nothing is widened: one person may do both
        taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for run in range(runs + 1):
            for kind in KINDS:
                seconds = update(processes, owner, reviewer, kind, f"{kind}-{run}")
                if run:  # the first warms up
                    taken[kind].append(seconds)
    for kind in KINDS:
        found = [1000 * each for each in taken[kind]]
        print(f"{kind:>13}: p50 {statistics.median(found):.0f} ms, at most {max(found):.0f} ms")


def update(processes: Processes, owner: Machine, reviewer: Machine, kind: str, name: str) -> float:
    """Release an incident, then its update; return how long the second request took."""
    objects = [
        incident(name, owner="cert-ua", level=2),
        *(indicator(f"{name}-{n}", owner="cert-ua") for n in range(OBJECTS - 1)),
    ]
    marking: dict[str, Any] = {"tlp": "GREEN"}
    ref, _ = owner.share({"bundle": json.loads(bundle(*objects)), "marking": marking})
    while processes.sql("SELECT count(*) FROM sharing_release WHERE fanned_out_at IS NULL")[0][0]:
        time.sleep(0.1)
    if kind == "one more":
        objects.append(indicator(f"{name}-more", owner="cert-ua"))
    elif kind == "one less":
        objects.pop()
    elif kind == "one excluded":
        marking = {"tlp": "GREEN", "exclude": ["bench-7"]}
    else:
        marking = {"tlp": "AMBER+STRICT"}
    body = {"bundle": json.loads(bundle(*objects)), "marking": marking}
    answer = owner.call("POST", f"/incidents/{ref}/amend/", json=body)
    assert answer.status_code == 200, answer.text
    owner.submit(ref)
    promised = reviewer.audience(ref)
    started = time.perf_counter()
    answer = reviewer.call(
        "POST",
        f"/incidents/{ref}/release/",
        json={"digest": promised["digest"], "report_kind": "update", "reason": "bench"},
    )
    seconds = time.perf_counter() - started
    assert answer.status_code == 200, answer.text
    return seconds


if __name__ == "__main__":
    main()
