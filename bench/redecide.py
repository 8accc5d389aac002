"""Deciding again about one member over 1 000, 10 000 and 100 000 releases: time and growth.

Releases of three objects, as publishing leaves them: four in five are the member's already, one in
ten is for a higher tier and one in ten for another member. Asked is how long it takes to find which
must be settled again, and how it grows; beside it what settling one costs, and so what settling
them all would. Run: `python -m bench.redecide [rounds]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
os.environ.setdefault("CYBERFRAME_ENV", "test")

import django

django.setup()

from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from members.models import Member
from members.tiers import Tier
from members.tlp import TLP
from sharing.models import Grant, Release
from sharing.redeciding import to_settle
from sharing.services.fanout import settle
from tests.factories import (
    NOW,
    bundle,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
)
from tests.processes import platform

SIZES = (1_000, 10_000, 100_000)
OWN, STRICTER, CIRCLES = 8, 1, 1  # of ten


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    medians = []
    with platform() as processes, processes.database():
        member = make_member("bench", tier=Tier.PARTNER, country="EE")
        models = patterns(member)
        for size in SIZES:
            grow(models, size)
            medians.append(measure(member, rounds))
        once = settling(member, models, rounds)
    for size, before, after in zip(SIZES[1:], medians[:-1], medians[1:], strict=True):
        print(f"{size} against {size // 10}: {after / before:.1f} times")
    share = SIZES[-1] // 100
    print(
        f"settling all {SIZES[-1]}: {once * SIZES[-1]:.0f} s; {share} of them: {once * share:.0f} s"
    )


def patterns(member: Member) -> list[int]:
    """Return three real releases, fanned out, of which all others are copies."""
    owner, top = make_member("owner", country="UA"), make_member("top", country="FI")
    people = [make_person(owner, name, "analyst", "reviewer") for name in ("a", "b")]
    assert top.tier == Tier.CORE
    found = []
    for key, marking in (
        ("held", {"tlp": TLP.AMBER.word}),
        ("core", {"tlp": TLP.AMBER.word, "min_tier": "core"}),
        ("named", {"tlp": TLP.AMBER.word, "named": ["top"]}),
    ):
        objects = [indicator(f"{key}-{n}", owner="owner") for n in range(2)]
        data = bundle(incident(key, owner="owner", level=1), *objects)
        filed = file(people[0], data, marking=marking)
        out = release(filed.incident, author=people[0], reviewer=people[1])
        settle(out.pk, now=NOW)
        found.append(out.pk)
    assert Grant.objects.filter(member=member).values("release").distinct().count() == 1
    return found


def grow(models: list[int], size: int) -> None:
    """Copy the three releases in SQL until there are `size`, with all that hangs on them."""
    held, stricter, named = models
    have = Release.objects.count()
    for number, (model, share) in enumerate(((held, OWN), (stricter, STRICTER), (named, CIRCLES))):
        count = (size - have) * share // (OWN + STRICTER + CIRCLES)
        with connection.cursor() as cursor:
            cursor.execute(_COPY, {"model": model, "count": count, "tag": f"{size}-{number}"})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(member: Member, rounds: int) -> float:
    """Print how long it takes to find what may differ; return the median in seconds."""
    with CaptureQueriesContext(connection) as queries:
        found = len(to_settle(member, NOW))
    median = timed(rounds, lambda: to_settle(member, NOW))
    there = Release.objects.count()
    print(
        f"{there} releases: {found} to settle, found in p50 {1000 * median:.0f} ms,"
        f" {len(queries)} queries; {1e6 * median / there:.0f} µs a release"
    )
    assert Incident.objects.count() == there
    return median


def settling(member: Member, models: list[int], rounds: int) -> float:
    """Print how long settling one release for one member takes; return the median in seconds."""
    seconds = [
        timed(1, lambda pk=pk: settle(pk, now=NOW, members=[member.slug], backfill=True))  # type: ignore[misc]
        for pk in models * max(rounds, 5)
    ]
    once = statistics.median(seconds)
    print(f"settling one release for one member: p50 {1000 * once:.1f} ms")
    return once


def timed(rounds: int, work: Callable[[], object]) -> float:
    """Return the median of some rounds, in seconds."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


# The copies share the model's objects; incident, revision, places, release, rendering and grants
# are their own.
_COPY = """
WITH model AS (SELECT * FROM sharing_release WHERE id = %(model)s),
made AS (SELECT n, %(tag)s || '-' || n AS tag FROM generate_series(1, %(count)s) AS n),
incidents AS (
  INSERT INTO incidents_incident
    (ref, stix_id, owner_id, state, working, version, created_at, changed_at)
  SELECT left(md5(made.tag), 16), 'incident--' || made.tag, i.owner_id, i.state, i.working,
    i.version, i.created_at, i.changed_at
  FROM made, model JOIN incidents_incident i ON i.id = model.incident_id
  RETURNING id
), revisions AS (
  INSERT INTO incidents_revision (incident_id, number, created_at, source, digest, salt, marking,
    tlp_confirmed, object_markings, title, summary, level, level_stated, sectors, facts,
    indicator_count, object_count, narrows_only, problems)
  SELECT x.id, 1, v.created_at, v.source, v.digest, v.salt, v.marking, v.tlp_confirmed,
    v.object_markings, v.title, v.summary, v.level, v.level_stated, v.sectors, v.facts,
    v.indicator_count, v.object_count, v.narrows_only, v.problems
  FROM incidents x, model JOIN incidents_revision v ON v.id = model.revision_id
  RETURNING id, incident_id
), places AS (
  INSERT INTO incidents_revisionobject (revision_id, ordinal, object_id, marking)
  SELECT v.id, p.ordinal, p.object_id, p.marking
  FROM revisions v, model JOIN incidents_revisionobject p ON p.revision_id = model.revision_id
), releases AS (
  INSERT INTO sharing_release (incident_id, revision_id, version, report_kind, by_id, at, marking,
    reason, audience_digest, audience, fanned_out_at, attempts)
  SELECT v.incident_id, v.id, m.version, m.report_kind, m.by_id, m.at, m.marking, m.reason,
    m.audience_digest, m.audience, m.fanned_out_at, 0
  FROM revisions v, model m
  RETURNING id, revision_id
), renderings AS (
  INSERT INTO sharing_rendering (revision_id, release_id, key, summary, redacted)
  SELECT l.revision_id, l.id, r.key, r.summary, r.redacted
  FROM releases l, sharing_rendering r WHERE r.release_id = %(model)s
  RETURNING id, release_id, key
), shown AS (
  INSERT INTO sharing_renderingobject
    (rendering_id, ordinal, object_id, type, version, fullness, tlp, shared, newer, body)
  SELECT n.id, o.ordinal, o.object_id, o.type, o.version, o.fullness, o.tlp, o.shared, o.newer,
    o.body
  FROM renderings n JOIN sharing_rendering r ON r.release_id = %(model)s AND r.key = n.key
    JOIN sharing_renderingobject o ON o.rendering_id = r.id
)
INSERT INTO sharing_grant (member_id, kind, release_id, rendering_id, position, last, tlp,
  min_tier, readers, persons, not_persons, code, circles, groups, visible_from, visible_until,
  granted_at, backfill, notice, again)
SELECT g.member_id, g.kind, n.release_id, n.id, g.position, g.last, g.tlp, g.min_tier, g.readers,
  g.persons, g.not_persons, g.code, g.circles, g.groups, g.visible_from, g.visible_until,
  g.granted_at, g.backfill, g.notice, g.again
FROM renderings n JOIN sharing_rendering r ON r.release_id = %(model)s AND r.key = n.key
  JOIN sharing_grant g ON g.rendering_id = r.id"""


if __name__ == "__main__":
    main()
