"""Opening grants whose time has come."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from sharing.carried import recheck
from sharing.publishing import open_grants


def open_due(*, now: datetime) -> int:
    """Give feed positions to grants that are visible by now; return how many.

    What opens may have been revoked by another incident meanwhile: its release is settled again,
    so that the notice makes way. First that is noted, and then opened: killed between, it holds.
    """
    with transaction.atomic():  # not under the publishing lock: others hold these rows and wait
        recheck(_revoked_meanwhile(now), now=now)
    with transaction.atomic():
        return open_grants(now)


def _revoked_meanwhile(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_REVOKED, {"now": now})
        return [pk for (pk,) in cursor.fetchall()]


_REVOKED = """
SELECT DISTINCT g.release_id
FROM sharing_grant g JOIN sharing_renderingobject o ON o.rendering_id = g.rendering_id
WHERE g.position IS NULL AND g.withdrawn_at IS NULL AND g.visible_from <= %(now)s
  AND EXISTS (
    SELECT 1 FROM sharing_grant n JOIN sharing_renderingobject x ON x.rendering_id = n.rendering_id
    WHERE n.member_id = g.member_id AND n.notice AND n.withdrawn_at IS NULL
      AND x.object_id = o.object_id)
ORDER BY 1"""
