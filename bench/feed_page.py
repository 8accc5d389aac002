"""A page of 100 objects from a feed of 100 000: queries and time.

On PostgreSQL and a web process of its own: 2 000 releases of 50 objects to 20 members, a third of
the objects repeats or other versions of each other. Measures the query alone, as Django sends it,
and the whole request over a socket. Run: `python -m bench.feed_page [rounds]`.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
os.environ.setdefault("CYBERFRAME_ENV", "test")

import django

django.setup()

from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from sharing.feed import Filters, page
from sharing.models import GrantKind
from tests.factories import make_member
from tests.feeds.machines import ALL, Machine, make_machine
from tests.processes import Processes, platform
from tests.sharing.feeding import Press, reader

MEMBERS, RELEASES, OBJECTS = 20, 2_000, 50
FEED = RELEASES * OBJECTS
REPEATED = 0.33
TEXT = "x" * 600  # with its properties, an object of about the size of an indicator
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
RECURRING = Filters(ids=("indicator--00000001-0000-4000-8000-000000000007",))
COLUMNS = (
    "rendering_id, ordinal, object_id, type, version, fullness, tlp, shared, newer, body",
    "member_id, kind, release_id, rendering_id, position, last, tlp, min_tier, readers, "
    "not_persons, code, circles, groups, granted_at, backfill, again",
)


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with platform() as processes:
        with processes.database():
            fill()
            member = Member.objects.get(slug="bench-0")
            machine = make_machine(member)
            measure_queries(member, rounds)
            count_queries(machine)
        processes.start("web")
        measure_requests(processes, machine, rounds)


def fill() -> None:
    """Write releases, renderings and grants by COPY, as publishing would have."""
    press = Press()
    members = [make_member(f"bench-{number}").pk for number in range(MEMBERS)]
    releases = [press.release().pk for _ in range(RELEASES)]
    chance = random.Random(1)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO sharing_rendering (revision_id, release_id, key, summary, redacted)
               SELECT %s, r, r::text, '{}', false FROM unnest(%s::bigint[]) AS r
               RETURNING id""",
            [press.revision.pk, releases],
        )
        renderings = [row[0] for row in cursor.fetchall()]
        objects, grants = COLUMNS
        with cursor.copy(f"COPY sharing_renderingobject ({objects}) FROM STDIN") as copy:
            for number, rendering in enumerate(renderings):
                for ordinal in range(OBJECTS):
                    copy.write_row((rendering, ordinal, *shown(chance, number, ordinal)))
        with cursor.copy(f"COPY sharing_grant ({grants}) FROM STDIN") as copy:
            for number, (release, rendering) in enumerate(zip(releases, renderings, strict=True)):
                for member in members:
                    copy.write_row((member, 0, release, rendering, *placed(number)))
        cursor.execute("ANALYZE")


def shown(chance: random.Random, number: int, ordinal: int) -> tuple[object, ...]:
    """Return an object of its own, or a version of one that returns in other releases."""
    repeated = chance.random() < REPEATED
    name = chance.randrange(FEED // 12) if repeated else number * OBJECTS + ordinal
    object_id = f"indicator--{int(repeated):08d}-0000-4000-8000-{name:012d}"
    version = BEGAN + timedelta(days=chance.randrange(3) if repeated else 0)
    value = {"type": "indicator", "spec_version": "2.1", "id": object_id, "x_text": TEXT}
    newer = repeated and version < BEGAN + timedelta(days=2)
    return object_id, "indicator", version, 1, 1, repeated, newer, json.dumps(value)


def placed(number: int) -> tuple[object, ...]:
    """Return a grant's place and terms: everyone may read it."""
    at = BEGAN + timedelta(seconds=number)
    last = at + timedelta(microseconds=OBJECTS - 1)
    return at, last, 1, 0, (1 << 20) - 1, [], "PERMIT_COMMUNITY", [], [], at, False, 0


def measure_queries(member: Member, rounds: int) -> None:
    """Print how long the query takes, from all over the feed."""
    chance = random.Random(2)

    def ask(limit: int, after: datetime | None, filters: Filters) -> None:
        page(
            reader=reader(member, readers=1 << 15),
            kind=GrantKind.SHARED,
            now=datetime.now(UTC),
            after=after,
            limit=limit,
            filters=filters,
        )

    every = Filters()
    report("query, page of 100", rounds, lambda: ask(100, somewhere(chance), every))
    report("query, page of 1 000", rounds // 4, lambda: ask(1_000, somewhere(chance), every))
    report("query, nothing new", rounds, lambda: ask(100, datetime.now(UTC), every))
    report("query, one object", rounds, lambda: ask(100, None, RECURRING))


def somewhere(chance: random.Random) -> datetime:
    return BEGAN + timedelta(seconds=chance.randrange(RELEASES - 60))


def count_queries(machine: Machine) -> None:
    """Print how many queries a request makes."""
    with CaptureQueriesContext(connection) as queries:
        assert machine.get(f"{ALL}objects/", {"limit": 100}).json()["more"]
    print(f"a request for 100 of {FEED} objects: {len(queries)} queries")


def measure_requests(processes: Processes, machine: Machine, rounds: int) -> None:
    """Print how long a request takes over one kept connection."""
    web = http.client.HTTPConnection("127.0.0.1", processes.port)
    chance = random.Random(3)

    def get(limit: int, after: datetime) -> None:
        stamp = after.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        path = f"{ALL}objects/?limit={limit}&added_after={stamp}"
        web.request("GET", path, headers={"Authorization": machine.basic})
        answer = web.getresponse()
        text = answer.read()
        assert answer.status == 200, text

    report("request, page of 100", rounds, lambda: get(100, somewhere(chance)))
    report("request, page of 1 000", rounds // 4, lambda: get(1_000, somewhere(chance)))
    report("request, nothing new", rounds, lambda: get(100, datetime.now(UTC)))


def report(what: str, rounds: int, work: Callable[[], None]) -> None:
    """Print the median and the 95th percentile of some rounds, after a few to warm up."""
    for _ in range(5):
        work()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(f"{what}: p50 {1000 * statistics.median(seconds):.1f} ms, p95 {1000 * p95:.1f} ms")


if __name__ == "__main__":
    main()
