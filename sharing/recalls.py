"""Recalls as the member they are addressed to sees them, through `sharing.door`.

A notice is what the reader may know of its items: with none of them it does not exist, and its
state, note and term are made from those the reader sees alone.

The list for machines is in the order of the notices' ids. They are inserted under the publishing
lock, which is held until the commit, so that a later id is never seen before an earlier one: the
place of the last notice read is an exact cursor. Times would be none, they are taken before.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from members.tlp import TLP
from sharing.deadlines import TERMLESS, TERMS
from sharing.door import Reader, had, recalled
from sharing.models import GrantKind, RecallItem, RecallKind, RecallNotice, RecallState

MOST_ROWS: Final = 100
MOST_ITEMS: Final = 10_000  # in one answer, but that one notice always fits


@dataclass(frozen=True, slots=True)
class Recalled:
    """One object version to delete; `modified` is None where the object has no times (SCOs)."""

    object_id: str
    type: str
    modified: datetime | None
    state: RecallState


@dataclass(frozen=True, slots=True)
class Notice:
    """A recall as one reader may know of it. `ref` is None where it never had the incident.

    `total` counts the items, of which `items` may hold the first only.
    """

    pk: int
    key: uuid.UUID
    kind: RecallKind
    ref: str | None
    tlp: TLP
    at: datetime
    due_at: datetime | None
    seen_at: datetime | None
    state: RecallState
    note: str
    total: int
    items: tuple[Recalled, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Notices in the order asked for, and whether more follow."""

    rows: tuple[Notice, ...]
    more: bool


def since(
    *,
    reader: Reader,
    now: datetime,
    after: int = 0,
    state: RecallState | None = None,
    limit: int = MOST_ROWS,
) -> Page:
    """Return the reader's notices behind a place, in the order in which they were made.

    Fewer than `limit` come where their items would be more than MOST_ITEMS. Two queries.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise ValueError(f"limit must be 1 to {MOST_ROWS}")
    values = {"after": after, "limit": limit + 1, "offset": 0}
    found = _notices(_BY_PLACE, reader, now, state, values)
    fit, items = 0, 0
    for notice in found[:limit]:
        items += notice.total
        if fit and items > MOST_ITEMS:
            break
        fit += 1
    rows = _with_items(found[:fit], reader, now, most=None)
    return Page(rows, more=len(found) > fit)


def by_deadline(
    *,
    reader: Reader,
    now: datetime,
    state: RecallState | None = None,
    offset: int = 0,
    limit: int = MOST_ROWS,
    items: int = 0,
) -> Page:
    """Return the reader's notices, what is to be answered first, each with its first `items`.

    One query, and one more for the items.
    """
    values = {"after": 0, "limit": limit + 1, "offset": offset}
    found = _notices(_BY_DEADLINE, reader, now, state, values)
    rows = tuple(found[:limit])
    shown = _with_items(rows, reader, now, most=items) if items else rows
    return Page(shown, more=len(found) > limit)


def one(*, reader: Reader, key: uuid.UUID, now: datetime) -> Notice | None:
    """Return one notice with all its items, or None as for an unknown key. Two queries."""
    values = {"after": 0, "limit": 1, "offset": 0, "key": key}
    found = _notices(_BY_PLACE, reader, now, None, values)
    return next(iter(_with_items(found, reader, now, most=None)), None)


def place_of(key: uuid.UUID, *, member_id: int) -> int | None:
    """Return the place of the member's notice with this key, None if there is none. One query."""
    found = RecallNotice.objects.filter(key=key, member_id=member_id)
    return found.values_list("pk", flat=True).first()


def open_count(*, reader: Reader, now: datetime) -> int:
    """Return how many notices the reader may know of are not wholly answered. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, _parameters(reader, now))
        (count,) = cursor.fetchone()
    return int(count)


def items_of(notice: RecallNotice, *, reader: Reader, now: datetime) -> list[RecallItem]:
    """Return the items of a notice that the reader may know of, with their answers. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEM_IDS, _parameters(reader, now) | {"notice": notice.pk})
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(RecallItem.objects.filter(pk__in=ids).select_related("answer").order_by("pk"))


def _parameters(reader: Reader, now: datetime) -> dict[str, Any]:
    return reader.parameters(kind=GrantKind.SHARED, now=now)


def _notices(
    order: str,
    reader: Reader,
    now: datetime,
    state: RecallState | None,
    values: dict[str, Any],
) -> list[Notice]:
    terms: list[timedelta | None] = [TERMS.get(tlp) for tlp in TLP]
    asked = {
        "key": None,
        "state": state and state.value,
        "terms": terms,
        "termless": [kind.value for kind in TERMLESS],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTICES + order, _parameters(reader, now) | asked | values)
        return [_notice(row) for row in cursor.fetchall()]


def _notice(row: tuple[Any, ...]) -> Notice:
    pk, key, kind, ref, tlp, at, due_at, seen_at, state, note, total = row
    return Notice(
        pk=pk,
        key=key,
        kind=RecallKind(kind),
        ref=ref,
        tlp=TLP(tlp),
        at=at,
        due_at=due_at,
        seen_at=seen_at,
        state=RecallState(state),
        note=note,
        total=total,
    )


def _with_items(
    notices: Iterable[Notice], reader: Reader, now: datetime, *, most: int | None
) -> tuple[Notice, ...]:
    notices = tuple(notices)
    wanted = {"notices": [each.pk for each in notices], "most": most}
    found: dict[int, list[Recalled]] = defaultdict(list)
    if notices:
        with connection.cursor() as cursor:
            cursor.execute(_ITEMS, _parameters(reader, now) | wanted)
            for pk, object_id, type_, modified, said in cursor.fetchall():
                found[pk].append(Recalled(object_id, type_, modified, RecallState(said)))
    return tuple(replace(each, items=tuple(found[each.pk])) for each in notices)


# The state of several items: open while one is, then refused if one is.
_STATE = """CASE WHEN bool_or(a.id IS NULL) THEN 'open'
              WHEN bool_or(a.state = 'refused') THEN 'refused' ELSE 'confirmed' END"""

# Notices with what the reader may know of each: v. The words of an answer are shown to those who
# see everything that it answered for.
_NOTICES = f"""
WITH mine AS (
  SELECT n.id, n.key, r.kind, n.at, n.seen_at, i.id AS incident_id, i.ref,
         i.stix_id, v.tlp, v.state, v.answer, v.total, v.incident,
         CASE WHEN NOT r.kind = ANY(%(termless)s)
           THEN n.at + (%(terms)s::interval[])[v.tlp + 1] END AS due_at
  FROM sharing_recallnotice n
  JOIN sharing_recall r ON r.id = n.recall_id
  JOIN incidents_incident i ON i.id = r.incident_id
  CROSS JOIN LATERAL (
    SELECT count(DISTINCT (t.object_id, t.version)) AS total, max(t.tlp) AS tlp,
           {_STATE} AS state, max(a.id) AS answer, bool_or(t.object_id = i.stix_id) AS incident
    FROM sharing_recallitem t LEFT JOIN sharing_recallanswer a ON a.id = t.answer_id
    WHERE t.notice_id = n.id AND {recalled("n", "t")}) v
  WHERE n.member_id = %(member)s AND n.id > %(after)s AND v.total > 0
    AND (%(key)s::uuid IS NULL OR n.key = %(key)s)
    AND (%(state)s::text IS DISTINCT FROM 'open' OR n.state = 'open')
)
SELECT m.id, m.key, m.kind,
       CASE WHEN m.incident OR EXISTS (
         SELECT 1 FROM sharing_release l
         JOIN sharing_rendering d ON d.release_id = l.id
         JOIN sharing_renderingobject o ON o.rendering_id = d.id AND o.object_id = m.stix_id
         JOIN sharing_grant g ON g.rendering_id = d.id
         WHERE l.incident_id = m.incident_id AND {had("g")}
           AND (g.single_ordinal IS NULL OR g.single_ordinal = o.ordinal)) THEN m.ref END,
       m.tlp, m.at, m.due_at, m.seen_at, m.state,
       COALESCE((SELECT a.note FROM sharing_recallanswer a WHERE a.id = m.answer AND NOT EXISTS (
         SELECT 1 FROM sharing_recallitem t JOIN sharing_recallnotice n ON n.id = t.notice_id
         WHERE t.answer_id = a.id AND NOT COALESCE({recalled("n", "t")}, false))), ''),
       m.total
FROM mine m
WHERE %(state)s::text IS NULL OR m.state = %(state)s"""  # noqa: S608 - of our own pieces

_BY_PLACE = " ORDER BY m.id LIMIT %(limit)s"

_BY_DEADLINE = """
ORDER BY (m.state <> 'open'), m.due_at NULLS LAST, m.id DESC
LIMIT %(limit)s OFFSET %(offset)s"""

_ITEMS = f"""
SELECT n.id, x.object_id, x.type, x.modified, x.state
FROM sharing_recallnotice n
JOIN sharing_recall r ON r.id = n.recall_id
JOIN incidents_incident i ON i.id = r.incident_id
CROSS JOIN LATERAL (
  SELECT t.object_id, t.type, {_STATE} AS state,
         CASE WHEN s.id IS NULL OR s.creator_id IS NOT NULL THEN t.version END AS modified
  FROM sharing_recallitem t
  LEFT JOIN sharing_recallanswer a ON a.id = t.answer_id
  LEFT JOIN incidents_stixobject s
    ON s.owner_id = i.owner_id AND s.stix_id = t.object_id AND s.version = t.version
  WHERE t.notice_id = n.id AND {recalled("n", "t")}
  GROUP BY t.object_id, t.type, t.version, s.id, s.creator_id
  ORDER BY t.object_id, t.version
  LIMIT %(most)s) x
WHERE n.id = ANY(%(notices)s)
ORDER BY n.id, x.object_id, x.modified"""  # noqa: S608 - of our own pieces

_ITEM_IDS = f"""
SELECT t.id FROM sharing_recallitem t JOIN sharing_recallnotice n ON n.id = t.notice_id
WHERE n.id = %(notice)s AND {recalled("n", "t")}"""  # noqa: S608 - of our own pieces

_OPEN = f"""
SELECT count(*) FROM sharing_recallnotice n
WHERE n.member_id = %(member)s AND n.state = 'open' AND EXISTS (
  SELECT 1 FROM sharing_recallitem t
  WHERE t.notice_id = n.id AND t.answer_id IS NULL AND {recalled("n", "t")})"""  # noqa: S608
