"""One version takes another's place: in the feeds at once, and told to who loses something."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from incidents.marking import from_json, meet
from members.models import Person
from sharing import contexts
from sharing.carried import carriers_of
from sharing.contexts import Loaded
from sharing.models import RecallKind, Release
from sharing.noticing import put_in_feeds
from sharing.own import leave_out_dropped
from sharing.recalling import Lost, lost, recall
from sharing.resting import would_have
from sharing.services.carrying import resettle_carriers
from sharing.services.fanout import settle


def replace_in_force(*, before: Release, release: Release, by: Person, now: datetime) -> None:
    """Settle a release that replaces another, and recall what it takes from anybody.

    In the transaction of the release: what the new version permits no more is gone with it,
    whatever the workers are doing.
    """
    done = settle(release.pk, now=now)
    leave_out_dropped(release.incident, now=now)
    old, new = _objects(before), _objects(release)
    gone = {held.object_id for each in done.gone for held, _ in each.gone}
    dropped = _lost(RecallKind.DROPPED, old - new, release, now)
    _recall(RecallKind.DROPPED, dropped, before, release, by, now)
    _recall(
        RecallKind.TIGHTENED, _tightened(gone & new, new, release, now), before, release, by, now
    )
    resettle_carriers(carriers_of(release.incident_id), now=now)


def _objects(release: Release) -> set[str]:
    return set(release.revision.places.values_list("object__stix_id", flat=True))


def _lost(
    kind: RecallKind, object_ids: Collection[str], release: Release, now: datetime
) -> list[Lost]:
    if not object_ids:
        return []
    return lost(incident=release.incident, kind=kind, object_ids=object_ids, now=now)


def _tightened(gone: set[str], new: set[str], release: Release, now: datetime) -> list[Lost]:
    """Return what the version takes from members; from suspended ones as if they took part."""
    resting = would_have(release, now=now)
    beyond = {key for has in resting.values() for key in new if key not in has}
    return [
        each
        for each in _lost(RecallKind.TIGHTENED, beyond.union(gone), release, now)
        if each.object_id not in resting.get(each.member_id, new - gone)
    ]


def _recall(
    kind: RecallKind,
    found: Sequence[Lost],
    before: Release,
    release: Release,
    by: Person,
    now: datetime,
) -> None:
    made = recall(
        incident=release.incident,
        release=release,
        kind=kind,
        lost=found,
        by=by,
        reason=release.reason,
        now=now,
    )
    if made is not None:
        put_in_feeds(recall=made, release=release, loaded=_as_had(before, release, now), now=now)


def _as_had(before: Release, release: Release, now: datetime) -> Loaded:
    """Return the version that was had, under the stricter of its terms and of those now."""
    loaded = contexts.of_release(before, now)
    marking = meet(from_json(before.marking), from_json(release.marking))
    return replace(loaded, context=replace(loaded.context, marking=marking))
