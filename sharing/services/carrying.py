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

from incidents.marking import NEUTRAL
from sharing import contexts
from sharing.carried import carriers_of
from sharing.contexts import Loaded
from sharing.models import RecallKind, Release
from sharing.noticing import put_in_feeds
from sharing.recalling import lost, recall
from sharing.services.fanout import settle


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


def _incident_of(release_id: int) -> int:
    return Release.objects.values_list("incident_id", flat=True).get(pk=release_id)
