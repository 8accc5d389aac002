"""What a change of standing would do, where 10 000 incidents are in force: queries and time.

10 000 incidents of ten objects from twenty owners: two thirds carry a marking on every object, as
most STIX does, one in fifty has a granular marking. Asked are a tier up and down, a suspension, a
circle joined by one and closed for all of its members. Run: `python -m bench.what_if [rounds]`.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
os.environ.setdefault("CYBERFRAME_ENV", "test")

import django

django.setup()

from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from members.models import Circle, CircleMembership, Group, GroupEntry, Member
from members.tiers import Status, Tier
from members.tlp import TLP
from sharing.policy.difference import Effect
from sharing.proposed import CloseCircle, JoinCircle, LeaveGroup, Proposed, StatusTo, TierTo
from sharing.what_if import what_if
from tests.factories import NOW, incident, indicator, make_member, make_person, stix_id
from tests.processes import platform

OWNERS, MEMBERS, INCIDENTS, OBJECTS = 20, 200, 10_000, 10
MARKINGS: list[dict[str, object]] = [
    {"tlp": "GREEN"},
    {"tlp": "AMBER"},
    {"tlp": "AMBER+STRICT"},
    {"tlp": "AMBER", "circles": [["energy"]]},
    {"tlp": "AMBER", "circles": [["energy", "space"]], "rel_to": [["NATO", "UA"]]},
    {"tlp": "AMBER", "rel_to": [["EU", "UA"]]},
    {"tlp": "AMBER+STRICT", "min_tier": "core"},
    {"tlp": "GREEN", "not_rel_to": ["XX"]},
]
GRANULAR_EVERY = 50


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with platform() as processes, processes.database():
        fill()
        member = Member.objects.get(slug="bench-0")
        circle = Circle.objects.get(slug="energy")
        measure("tier up", TierTo(member, Tier.CORE), rounds)
        measure("tier down", TierTo(member, Tier.OBSERVER), rounds)
        measure("suspension", StatusTo(member, Status.SUSPENDED), rounds)
        measure("joining a circle", JoinCircle(circle, member), rounds)
        measure("closing a circle of 100", CloseCircle(circle), rounds)
        measure(
            "a country leaves a group", LeaveGroup(GroupEntry.objects.get(country="EE")), rounds
        )


def fill() -> None:
    """Write members, incidents, releases and objects by COPY, as filing would have."""
    owners = [make_member(f"owner-{number}", country="UA") for number in range(OWNERS)]
    members = [
        make_member(f"bench-{number}", tier=Tier.PARTNER, country="EE" if number % 2 else "PL")
        for number in range(MEMBERS)
    ]
    for slug in ("energy", "space"):
        _circle(slug, [*owners, *members[1 : MEMBERS // 2 + 1]])
    for name in ("NATO", "EU"):
        group = Group.objects.create(name=name)
        if name == "NATO":
            GroupEntry.objects.create(group=group, country="EE")
    person = make_person(owners[0], "bench", "analyst", "reviewer")
    chance = random.Random(1)
    with connection.cursor() as cursor:
        numbers = list(range(1, INCIDENTS + 1))
        columns = "id, ref, stix_id, owner_id, state, working, version, created_at, changed_at"
        with cursor.copy(f"COPY incidents_incident ({columns}) FROM STDIN") as copy:
            for n in numbers:
                own = owners[n % OWNERS].pk
                copy.write_row(
                    (n, f"CF-B-{n}", f"incident--{n}", own, "released", "none", 1, NOW, NOW)
                )
        columns = (
            "id, incident_id, number, created_at, source, digest, salt, marking, tlp_confirmed,"
            " object_markings, title, summary, level, level_stated, sectors, facts,"
            " indicator_count, object_count, narrows_only, problems"
        )
        with cursor.copy(f"COPY incidents_revision ({columns}) FROM STDIN") as copy:
            for n in numbers:
                said = ("{}", "0" * 64, b"0" * 32, "{}", True, "{}", "t", "", 2, True)
                copy.write_row((n, n, 1, NOW, *said, [], "{}", 9, OBJECTS, False, "[]"))
        columns = (
            "id, incident_id, revision_id, version, report_kind, by_id, at, marking, reason,"
            " audience_digest, audience, fanned_out_at, attempts"
        )
        markings = {n: chance.choice(MARKINGS) for n in numbers}
        with cursor.copy(f"COPY sharing_release ({columns}) FROM STDIN") as copy:
            for n in numbers:
                marking = json.dumps(markings[n])
                copy.write_row(
                    (n, n, n, 1, "update", person.pk, NOW, marking, "", "0" * 64, "[]", NOW, 0)
                )
        _objects(cursor, numbers, [owner.pk for owner in owners], markings, chance)
        cursor.execute("ANALYZE")
    assert Incident.objects.count() == INCIDENTS


def _circle(slug: str, belonging: list[Member]) -> None:
    circle = Circle.objects.create(
        slug=slug,
        name=slug,
        kind="multilateral",
        min_tier=Tier.ASSOCIATE.value,
        max_tlp=TLP.AMBER.value,
        created_at=NOW,
    )
    CircleMembership.objects.bulk_create(
        CircleMembership(circle=circle, member=member, joined_at=NOW) for member in belonging
    )


def _objects(
    cursor: object,
    numbers: list[int],
    owners: list[int],
    markings: dict[int, dict[str, object]],
    chance: random.Random,
) -> None:
    columns = "id, owner_id, creator_id, stix_id, type, version, text, digest, stored_at"
    with cursor.copy(f"COPY incidents_stixobject ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for n in numbers:
            owner = owners[n % OWNERS]
            for place in range(OBJECTS):
                kind = "indicator" if place else "incident"
                text = json.dumps(_body(kind, n, place))
                key = n * OBJECTS + place
                copy.write_row(
                    (key, owner, owner, f"{kind}--{key}", kind, NOW, text, "0" * 64, NOW)
                )
    columns = "revision_id, ordinal, object_id, marking"
    with cursor.copy(f"COPY incidents_revisionobject ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for n in numbers:
            marked = chance.random() < 0.67
            own = json.dumps({"tlp": markings[n]["tlp"], "public": True}) if marked else None
            for place in range(OBJECTS):
                strict = place == OBJECTS - 1 and n % 3 == 0
                marking = json.dumps({"tlp": "AMBER+STRICT", "public": True}) if strict else own
                copy.write_row((n, place, n * OBJECTS + place, marking))


def _body(kind: str, number: int, place: int) -> dict[str, object]:
    """Return an object of about the size of a real one."""
    name = f"{number}-{place}"
    make = incident if kind == "incident" else indicator
    body: dict[str, object] = make(name, owner="owner-0") | {
        "id": stix_id(kind, name),
        "description": "x" * 400,
    }
    if place == 1 and number % GRANULAR_EVERY == 0:
        red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
        body["granular_markings"] = [{"marking_ref": red, "selectors": ["description"]}]
    return body


def measure(what: str, change: Proposed, rounds: int) -> None:
    """Print what the change would do, and the median and 95th percentile of asking."""
    with CaptureQueriesContext(connection) as queries:
        found = what_if(change=change, now=NOW)
    counts = ", ".join(
        f"{each.value} {found.total(each)}" for each in Effect if each is not Effect.NONE
    )
    report(f"{what} ({counts}; {len(queries)} queries)", rounds, lambda: ask(change, NOW))


def ask(change: Proposed, now: datetime) -> None:
    what_if(change=change, now=now)


def report(what: str, rounds: int, work: Callable[[], None]) -> None:
    """Print the median and the 95th percentile of some rounds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(f"{what}: p50 {1000 * statistics.median(seconds):.0f} ms, p95 {1000 * p95:.0f} ms")


if __name__ == "__main__":
    main()
