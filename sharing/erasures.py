"""Erasures as the people who ask for and decide on them see them: references and numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from incidents.models import Incident
from members.authority import Authority
from members.roles import Right
from sharing.door import Reader, visible
from sharing.models import Erasure, Grant, GrantKind

MOST_CARRIERS = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """What an erasure is about, in numbers: `members` were given something of it."""

    revisions: int
    versions: int
    objects: int
    members: int


def erasures_for(authority: Authority) -> QuerySet[Erasure] | None:
    """Return the erasures that someone may see, the latest first; None: such pages do not exist.

    A platform administrator's all, a member's administrator's own ones.
    """
    person = authority.person
    found = Erasure.objects.select_related("incident__owner", "asked_by", "decided_by")
    found = found.order_by("-asked_at", "-pk")
    if person is None:
        return None
    if Right.STAFF in authority.rights:
        return found
    if Right.OWN_PEOPLE in authority.rights and person.member_id is not None:
        return found.filter(incident__owner=person.member_id)
    return None


def erasable(authority: Authority, ref: str) -> Incident | None:
    """Return an incident of the administrator's own member, or None as for an unknown one."""
    person = authority.person
    if person is None or person.member_id is None or Right.OWN_PEOPLE not in authority.rights:
        return None
    own = Incident.objects.filter(owner=person.member_id, ref=ref)
    return own.select_related("owner", "head").first()


def extent_of(incident: Incident, now: datetime) -> Extent:
    """Return what an incident amounts to. Three queries."""
    given = Grant.objects.filter(
        release__incident=incident, kind=GrantKind.SHARED, notice=False, visible_from=None
    ) | Grant.objects.filter(
        release__incident=incident, kind=GrantKind.SHARED, notice=False, visible_from__lte=now
    )
    return Extent(
        revisions=incident.revisions.count(),
        versions=incident.version,
        objects=incident.revisions.values("places__object").distinct().count(),
        members=given.values("member").distinct().count(),
    )


def carried_on(incident: Incident, *, reader: Reader, now: datetime) -> tuple[str, ...]:
    """Return others' incidents, as far as the reader may see them, that carry its objects.

    What it may not see it is not told of either: neither a reference nor a number. One query.
    """
    values = reader.parameters(kind=GrantKind.SHARED, now=now) | {
        "incident": incident.pk,
        "owner": incident.owner_id,
        "most": MOST_CARRIERS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CARRIED, values)
        return tuple(ref for (ref,) in cursor.fetchall())


# From the few objects outwards, whatever the planner knows of the tables: the other way round it
# would look at all that the reader was ever given.
_CARRIED = f"""
WITH mine AS MATERIALIZED (
  SELECT DISTINCT s.stix_id FROM incidents_revision v
  JOIN incidents_revisionobject p ON p.revision_id = v.id
  JOIN incidents_stixobject s ON s.id = p.object_id
  WHERE v.incident_id = %(incident)s AND s.creator_id = %(owner)s
), shown AS MATERIALIZED (
  SELECT o.rendering_id, o.ordinal FROM mine
  JOIN sharing_renderingobject o ON o.object_id = mine.stix_id
)
SELECT DISTINCT i.ref FROM shown o
JOIN sharing_grant g ON g.rendering_id = o.rendering_id
  AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
JOIN sharing_release l ON l.id = g.release_id
JOIN incidents_incident i ON i.id = l.incident_id
WHERE {visible("g")} AND NOT g.notice AND i.owner_id <> %(owner)s
ORDER BY i.ref LIMIT %(most)s"""  # noqa: S608 - our own names
