"""The releases that a person is shown: over these alone it is told counts of what a change does."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from members.models import Person
from sharing.door import visible
from sharing.models import GrantKind
from sharing.viewers import viewer_of_person

_SEEN = f"""
SELECT DISTINCT g.release_id FROM sharing_grant g
WHERE {visible("g")} AND g.release_id IS NOT NULL AND NOT g.notice"""  # noqa: S608 - our own words


def releases_seen_by(person: Person, now: datetime) -> list[int]:
    """Return the numbers of others' releases that the person may read now. One query."""
    viewer = viewer_of_person(person)
    if viewer is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, viewer.reader.parameters(kind=GrantKind.SHARED, now=now))
        return [row[0] for row in cursor.fetchall()]
