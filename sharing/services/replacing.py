"""One version takes another's place: in the feeds at once, and told to who loses something."""

from __future__ import annotations

from collections.abc import Collection
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
from sharing.recalling import lost, recall
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
    _recall(RecallKind.DROPPED, old - new, before, release, by, now)
    _recall(RecallKind.TIGHTENED, gone & new, before, release, by, now)
    resettle_carriers(carriers_of(release.incident_id), now=now)


def _objects(release: Release) -> set[str]:
    return set(release.revision.places.values_list("object__stix_id", flat=True))


def _recall(
    kind: RecallKind,
    object_ids: Collection[str],
    before: Release,
    release: Release,
    by: Person,
    now: datetime,
) -> None:
    if not object_ids:
        return
    incident = release.incident
    found = lost(incident=incident, kind=kind, object_ids=object_ids, now=now)
    made = recall(
        incident=incident,
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
