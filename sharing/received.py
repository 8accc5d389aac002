"""What a member was given, as one reader of it may know, and what became of it since.

The list stays when the access is gone: what was received is to be known, and deleted if recalled.
It holds references and versions; a title only where the reader may see the incident now. A version
that this reader could never have read is not in it (`sharing.door.had`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core import signing
from django.db import connection

from sharing.door import had, recalled, visible
from sharing.models import Acknowledgement, GrantKind, Outlet, RecallKind, RecallState, Release
from sharing.queries import OWNED
from sharing.viewers import Viewer

MAX_ROWS = 100


class GivenState(StrEnum):
    """What has become of a version that was given."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"  # a later version was given
    WITHDRAWN = "withdrawn"  # it may not be read any more
    RECALLED = "recalled"  # the same, and it is to be deleted


@dataclass(frozen=True, slots=True)
class Collected:
    """The first time that it was fetched: by a person of the member (name), or a credential (id).

    Both are "" where the viewer does not work with drafts: readers learn no ids of credentials.
    """

    at: datetime
    outlet: Outlet
    person: str
    credential: str


@dataclass(frozen=True, slots=True)
class Noted:
    """That the member acknowledged it, and who said so."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """That it was recalled, and what was answered; for the rest there is the recall itself."""

    kind: RecallKind
    state: RecallState


@dataclass(frozen=True, slots=True)
class Given:
    """One version of one incident; `title` is None where the incident is not shared any more."""

    ref: str
    version: int
    title: str | None
    given_at: datetime
    collected: Collected | None
    noted: Noted | None
    state: GivenState
    taken_back: TakenBack | None


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which row a page begins."""

    given_at: datetime
    ref: str
    version: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the latest given first, and the place of the last one where more follow."""

    rows: tuple[Given, ...]
    next: Place | None


def received(*, viewer: Viewer, now: datetime, after: Place | None = None, limit: int = 25) -> Page:
    """Return one page of what the viewer's member was given, as far as the viewer may know.

    One query.
    """
    if not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"limit must be 1 to {MAX_ROWS}")
    values = _parameters(viewer, now) | {
        "limit": limit + 1,
        "at": after and after.given_at,
        "ref": after and after.ref,
        "version": after and after.version,
    }
    found = [_given(row, named=viewer.drafts) for row in _fetch(_RECEIVED, values)]
    rows = tuple(found[:limit])
    if len(found) <= limit:
        return Page(rows, None)
    last = rows[-1]
    return Page(rows, Place(last.given_at, last.ref, last.version))


def latest_release(*, viewer: Viewer, ref: str, now: datetime) -> Release | None:
    """Return the latest version of another's incident that the viewer may see, with its incident.

    None as for an unknown reference. Two queries.
    """
    found = _fetch(_LATEST, _parameters(viewer, now) | {"ref": ref})
    if not found:
        return None
    return Release.objects.select_related("incident").get(pk=found[0]["id"])


def acknowledged(*, member_id: int, release_id: int | None) -> Acknowledgement | None:
    """Return the member's acknowledgement of a version. One query."""
    said = Acknowledgement.objects.filter(member=member_id, release=release_id)
    return said.select_related("by").first()


def write_place(place: Place, *, member_id: int) -> str:
    """Return a place as an opaque word that only this member can use."""
    return _signer(member_id).sign_object([place.given_at.isoformat(), place.ref, place.version])


def read_place(text: str, *, member_id: int) -> Place:
    """Return the place that a word names.

    Raises:
        signing.BadSignature: it was not given to this member, or changed on the way.
    """
    at, ref, version = _signer(member_id).unsign_object(text)
    return Place(datetime.fromisoformat(at), ref, version)


def _signer(member_id: int) -> signing.Signer:
    return signing.Signer(salt=f"sharing.received:{member_id}")


def _parameters(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return viewer.reader.parameters(kind=GrantKind.SHARED, now=now)


def _fetch(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _given(row: dict[str, Any], *, named: bool) -> Given:
    collected = noted = taken_back = None
    if row["fetched_at"] is not None:
        collected = Collected(
            at=row["fetched_at"],
            outlet=Outlet(row["outlet"]),
            person=row["person"] or "",
            credential=(row["credential"] or "") if named else "",
        )
    if row["noted_at"] is not None:
        noted = Noted(row["noted_at"], row["noted_by"])
    if row["kind"] is not None:
        taken_back = TakenBack(RecallKind(row["kind"]), RecallState(row["answer"]))
    return Given(
        ref=row["ref"],
        version=row["version"],
        title=row["title"],
        given_at=row["given_at"],
        collected=collected,
        noted=noted,
        state=_state(row),
        taken_back=taken_back,
    )


def _state(row: dict[str, Any]) -> GivenState:
    if not row["open"] and row["kind"] is not None:
        return GivenState.RECALLED
    if row["later"]:
        return GivenState.SUPERSEDED
    return GivenState.IN_FORCE if row["open"] else GivenState.WITHDRAWN


# A recall is told beside the versions that showed what it is about, as far as the viewer may know
# of it; its state is that of what the viewer may know (as in `sharing.recalls`).
_RECEIVED = f"""
WITH held AS (
  SELECT g.release_id, min(GREATEST(g.granted_at, g.visible_from)) AS given_at
  FROM sharing_grant g
  WHERE {had("g")} AND g.single_ordinal IS NULL AND g.release_id IS NOT NULL
  GROUP BY g.release_id
), picked AS (
  SELECT h.release_id, h.given_at, l.incident_id, l.version, i.ref
  FROM held h
  JOIN sharing_release l ON l.id = h.release_id
  JOIN incidents_incident i ON i.id = l.incident_id
  WHERE NOT {OWNED} AND (%(at)s::timestamptz IS NULL
    OR (h.given_at, i.ref, l.version) < (%(at)s, %(ref)s::text, %(version)s::int))
  ORDER BY h.given_at DESC, i.ref DESC, l.version DESC
  LIMIT %(limit)s
)
SELECT p.ref, p.version, p.given_at, t.title,
  EXISTS (SELECT 1 FROM sharing_grant g WHERE g.release_id = p.release_id AND {visible("g")}
    AND g.single_ordinal IS NULL AND NOT g.notice) AS open,
  EXISTS (SELECT 1 FROM sharing_grant g JOIN sharing_release l ON l.id = g.release_id
    WHERE l.incident_id = p.incident_id AND l.version > p.version AND {had("g")}) AS later,
  f.first_at AS fetched_at, f.outlet, f.person, f.credential,
  a.at AS noted_at, a.by AS noted_by, r.kind, r.answer
FROM picked p
LEFT JOIN LATERAL (
  SELECT s.summary->>'title' AS title
  FROM sharing_grant g
  JOIN sharing_release l ON l.id = g.release_id
  JOIN sharing_rendering s ON s.id = g.rendering_id
  WHERE l.incident_id = p.incident_id AND {visible("g")} AND g.single_ordinal IS NULL
    AND NOT g.notice
  ORDER BY l.version DESC, (s.summary->>'objects')::int DESC, g.id DESC
  LIMIT 1) t ON true
LEFT JOIN LATERAL (
  SELECT f.first_at, f.outlet, w.name AS person, c.public_id AS credential
  FROM sharing_grant g
  JOIN sharing_fetch f ON f.grant_id = g.id
  LEFT JOIN members_person w ON w.id = f.person_id
  LEFT JOIN members_credential c ON c.id = f.credential_id
  WHERE g.release_id = p.release_id AND {had("g")}
  ORDER BY f.first_at, f.id
  LIMIT 1) f ON true
LEFT JOIN LATERAL (
  SELECT a.at, w.name AS by
  FROM sharing_acknowledgement a JOIN members_person w ON w.id = a.by_id
  WHERE a.release_id = p.release_id AND a.member_id = %(member)s) a ON true
LEFT JOIN LATERAL (
  SELECT r.kind, CASE WHEN bool_or(x.id IS NULL) THEN 'open'
      WHEN bool_or(x.state = 'refused') THEN 'refused' ELSE 'confirmed' END AS answer
  FROM sharing_recall r
  JOIN sharing_recallnotice n ON n.recall_id = r.id
  JOIN sharing_recallitem k ON k.notice_id = n.id
  LEFT JOIN sharing_recallanswer x ON x.id = k.answer_id
  WHERE r.incident_id = p.incident_id AND {recalled("n", "k")}
  GROUP BY n.id, r.kind
  HAVING n.at >= p.given_at AND EXISTS (
    SELECT 1 FROM sharing_recallitem k
    JOIN sharing_renderingobject o ON o.object_id = k.object_id AND o.version <= k.version
    JOIN sharing_grant g ON g.rendering_id = o.rendering_id
    WHERE k.notice_id = n.id AND {recalled("n", "k")} AND g.release_id = p.release_id
      AND {had("g")})
  ORDER BY n.id DESC
  LIMIT 1) r ON true
ORDER BY p.given_at DESC, p.ref DESC, p.version DESC"""  # noqa: S608 - of our own pieces

_LATEST = f"""
SELECT l.id
FROM sharing_grant g
JOIN sharing_release l ON l.id = g.release_id
JOIN incidents_incident i ON i.id = l.incident_id
WHERE i.ref = %(ref)s AND {visible("g")} AND g.single_ordinal IS NULL AND NOT g.notice
  AND NOT {OWNED}
ORDER BY l.version DESC
LIMIT 1"""  # noqa: S608 - of our own pieces
