"""What becomes of carried objects when what their carriers rest on changes.

A release that carries another member's object rests on the carrier's own access to it, and for an
ORCON object on the originator's consent. When either ends, the release is settled again in the
same transaction, so that the very next read is without the object; whoever had it through the
carrier gets a recall. When it comes back, a worker gives it again, at new positions.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from incidents.marking import NEUTRAL
from members.models import Member
from sharing import contexts
from sharing.contexts import Loaded
from sharing.models import RecallKind, Release
from sharing.noticing import put_in_feeds
from sharing.noticing import put_in_feeds
from sharing.recalling import lost, recall
from sharing.services.fanout import settle
from sharing.waking import wake

_CARRIED = """
SELECT DISTINCT l.id FROM sharing_release l
JOIN incidents_revisionobject p ON p.revision_id = l.revision_id
JOIN incidents_stixobject o ON o.id = p.object_id
WHERE l.ended_at IS NULL AND l.fanned_out_at IS NOT NULL AND o.creator_id <> o.owner_id"""


def carriers(*, member_ids: Collection[int], object_ids: Collection[str]) -> list[int]:
    """Return the releases in force by which these members carry these objects of others."""
    return _ids(
        _CARRIED + " AND o.owner_id = ANY(%(members)s) AND o.stix_id = ANY(%(objects)s)",
        members=list(member_ids),
        objects=list(object_ids),
    )


def own_carriers(member: Member) -> list[int]:
    """Return the member's releases in force that carry objects of others."""
    return _ids(_CARRIED + " AND o.owner_id = %(member)s", member=member.pk)


def carriers_of(incident_id: int) -> list[int]:
    """Return the releases in force of other incidents that carry what this one ever released."""
    return _ids(
        _CARRIED  # noqa: S608 - our own words
        + """ AND o.stix_id IN (
              SELECT s.stix_id FROM incidents_stixobject s
              JOIN incidents_revisionobject q ON q.object_id = s.id
              JOIN sharing_release r ON r.revision_id = q.revision_id
              WHERE r.incident_id = %(incident)s)
            AND l.incident_id <> %(incident)s""",
        incident=incident_id,
    )


def _ids(sql: str, **values: int | list[int] | list[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql + " ORDER BY 1", values)
        return [pk for (pk,) in cursor.fetchall()]


def resettle_carriers(release_ids: Iterable[int], *, now: datetime) -> int:
    """Settle these releases and all that rest on them at once; return how many lost something.

    Whoever had through them what may be carried no more gets a recall. Call it in the
    transaction of the change, under `standings_change`: nobody is deciding by what has changed.
    """
    waiting = deque(dict.fromkeys(release_ids))
    seen: set[int] = set()
    gone: dict[int, set[str]] = defaultdict(set)
    while waiting:
        release_id = waiting.popleft()
        done = settle(release_id, now=now)
        gone[release_id] |= {held.object_id for each in done.gone for held, _ in each.gone}
        if done.withdrawn or release_id not in seen:
            behind = carriers_of(_incident_of(release_id))
            waiting.extend(pk for pk in behind if pk not in waiting)
        seen.add(release_id)
    for release_id, object_ids in gone.items():
        if object_ids:
            _recall(release_id, object_ids, now)
    return sum(bool(object_ids) for object_ids in gone.values())


def _recall(release_id: int, object_ids: Collection[str], now: datetime) -> None:
    release = Release.objects.select_related("incident__owner", "revision").get(pk=release_id)
    incident = release.incident
    kind = RecallKind.ORIGIN
    found = lost(incident=incident, kind=kind, object_ids=object_ids, now=now)
    made = recall(
        incident=incident, release=release, kind=kind, lost=found, by=None, reason="", now=now
    )
    if made is not None:
        loaded = _as_had(release, object_ids, now)
        put_in_feeds(recall=made, release=release, loaded=loaded, now=now)


def _as_had(release: Release, object_ids: Collection[str], now: datetime) -> Loaded:
    """Return the release as if nothing but its own marking bound what it may carry no more."""
    loaded = contexts.of_release(release, now)
    floors = {**loaded.context.floors} | dict.fromkeys(object_ids, (NEUTRAL,))
    return replace(loaded, context=replace(loaded.context, floors=floors))


def recheck(release_ids: Collection[int], *, now: datetime) -> None:
    """Let a worker settle these releases again: what they may carry again goes out again."""
    if not release_ids:
        return
    Release.objects.filter(pk__in=release_ids, ended_at=None).update(recheck_at=now, attempts=0)
    for pk in sorted(release_ids):
        transaction.on_commit(partial(wake, "sharing.tasks.fan_out", pk), robust=True)


def _incident_of(release_id: int) -> int:
    return Release.objects.values_list("incident_id", flat=True).get(pk=release_id)
