"""Lawful erasure of what was filed: content makes way for a marker; ids, times and counts stay."""

from __future__ import annotations

from django.db import connection

from incidents.models import Incident, Note


def marker_of(reason: str) -> str:
    """Return what stands where content stood."""
    return f"[erased: {reason}]"


def erase_filed(*, incident: Incident, reason: str) -> int:
    """Replace the content of all revisions, objects and notes; return how many objects that took.

    An object that another incident of the owner carries still stays until that one is erased too.
    Digests become salted ones and the salts go, so that nobody can try what the content was; a
    revision's is then the one that its audit entry holds. Inside `cyberframe.erasure` only: the
    database refuses it otherwise.
    """
    marker = marker_of(reason)
    values: dict[str, int | str] = {
        "incident": incident.pk,
        "reason": reason,
        "marker": marker,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OBJECTS, values)
        erased: int = cursor.rowcount
        cursor.execute(_PLACES, values)
        cursor.execute(_REVISIONS, values)
    Note.objects.filter(incident=incident).update(text=marker)
    return erased


_OBJECTS = """
UPDATE incidents_stixobject o SET
  text = json_build_object('type', o.type, 'spec_version', '2.1', 'id', o.stix_id,
    'erased', %(reason)s::text)::text,
  digest = encode(sha256(convert_to(o.digest || gen_random_uuid(), 'UTF8')), 'hex')
WHERE o.id IN (
    SELECT p.object_id FROM incidents_revisionobject p
    JOIN incidents_revision v ON v.id = p.revision_id WHERE v.incident_id = %(incident)s)
  AND NOT EXISTS (
    SELECT 1 FROM incidents_revisionobject p JOIN incidents_revision v ON v.id = p.revision_id
    WHERE p.object_id = o.id AND v.incident_id <> %(incident)s AND v.salt <> '')"""

_PLACES = """
UPDATE incidents_revisionobject p SET marking = NULL
FROM incidents_revision v WHERE v.id = p.revision_id AND v.incident_id = %(incident)s"""

# A salt is empty where the content is gone, and only there.
_REVISIONS = """
UPDATE incidents_revision SET source = %(marker)s, title = %(marker)s, summary = '',
  facts = '{}', sectors = '{}', object_markings = '{}', problems = '[]', salt = '',
  digest = encode(sha256(salt || convert_to(digest, 'UTF8')), 'hex')
WHERE incident_id = %(incident)s AND salt <> ''"""
