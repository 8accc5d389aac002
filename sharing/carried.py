"""Which releases carry other members' objects, and letting a worker look at them again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from sharing.models import Release
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


def own_carriers(member_ids: Collection[int]) -> list[int]:
    """Return the members' releases in force that carry objects of others."""
    return _ids(_CARRIED + " AND o.owner_id = ANY(%(members)s)", members=list(member_ids))


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


def recheck(release_ids: Collection[int], *, now: datetime) -> None:
    """Let a worker settle these releases again: what they may carry again goes out again."""
    if not release_ids:
        return
    Release.objects.filter(pk__in=release_ids, ended_at=None).update(recheck_at=now, attempts=0)
    for pk in sorted(release_ids):
        transaction.on_commit(partial(wake, "sharing.tasks.fan_out", pk), robust=True)
