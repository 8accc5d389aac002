"""The one query that a member's feed is read by (TAXII 2.1 §5.3, §5.4, §5.6, §5.8).

An object's date added is its grant's position plus its ordinal in microseconds. A feed answers
each object version once, where it stood first, and by default only the latest version that the
reader may see: nothing is stored for this, the query leaves places out. In its words:
  S  a visible place: a grant the door lets through, and an object in its rendering;
  B  a better place of the same version: fuller, else given again later, else earlier;
  L  a place of a later version.
The default is S and not B and not L; B and L are tried only for objects flagged as recurring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from sharing.door import Reader, visible
from sharing.models import GrantKind

MAX_PAGE = 1000
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_SLOT = "interval '1 microsecond'"


class Versions(StrEnum):
    """Which versions of an object are asked for (`match[version]`, §3.4.4)."""

    LAST = "last"
    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a feed; empty means no limit. `at` names exact versions."""

    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: frozenset[Versions] = frozenset({Versions.LAST})
    at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One object version in a feed; `body` is its JSON, or "" where bodies were not asked for."""

    added: datetime
    object_id: str
    version: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Page:
    """Entries by ascending date added, and whether more follow."""

    entries: tuple[Entry, ...]
    more: bool


def page(
    *,
    reader: Reader,
    kind: GrantKind,
    now: datetime,
    after: datetime | None = None,
    limit: int = 100,
    filters: Filters = Filters(),
    bodies: bool = True,
) -> Page:
    """Return the reader's next entries after `after`, oldest first; `limit` is 1 to MAX_PAGE.

    One query.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"limit must be 1 to {MAX_PAGE}")
    sql = _sql(filters=filters, bodies=bodies)
    parameters = reader.parameters(kind=kind, now=now) | {
        "after": after or _BEGINNING,
        "limit": limit + 1,
        "ids": list(filters.ids),
        "types": list(filters.types),
        "at": list(filters.at),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    entries = tuple(Entry(*row) for row in rows[:limit])
    return Page(entries=entries, more=len(rows) > limit)


def _sql(*, filters: Filters, bodies: bool) -> str:
    body = "o.body" if bodies else "''"
    return f"""
SELECT o.added, o.object_id, o.version, {body}
FROM sharing_grant g CROSS JOIN LATERAL (
  SELECT o.ordinal, o.object_id, o.version, o.body, {_added("g", "o")} AS added
  FROM sharing_renderingobject o
  WHERE o.rendering_id = g.rendering_id
    AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
    AND {_added("g", "o")} > %(after)s
    {_matching(filters)}
    AND (NOT o.shared OR (NOT {_better()}{_version_clause(filters)}))
  ORDER BY o.ordinal
  LIMIT %(limit)s) o
WHERE {visible("g")} AND g.position IS NOT NULL AND g.last > %(after)s
ORDER BY g.last, o.ordinal
LIMIT %(limit)s"""


def _added(grant: str, place: str) -> str:
    return f"({grant}.position + {place}.ordinal * {_SLOT})"


def _matching(filters: Filters) -> str:
    clauses = []
    if filters.ids:
        clauses.append("AND o.object_id = ANY(%(ids)s)")
    if filters.types:
        clauses.append("AND o.type = ANY(%(types)s)")
    if filters.at and not filters.versions:
        clauses.append("AND o.version = ANY(%(at)s)")
    return "\n    ".join(clauses)


def _other(condition: str) -> str:
    """Return that another visible place g2/o2 of the same object fulfils `condition`."""
    return f"""EXISTS (
      SELECT 1 FROM sharing_renderingobject o2
      JOIN sharing_grant g2 ON g2.rendering_id = o2.rendering_id
      WHERE o2.object_id = o.object_id AND {condition}
        AND {visible("g2")} AND g2.position IS NOT NULL
        AND (g2.single_ordinal IS NULL OR o2.ordinal = g2.single_ordinal))"""


def _better() -> str:
    return _other(
        f"""o2.version = o.version AND (o2.fullness > o.fullness
        OR o2.fullness = o.fullness AND (g2.again > g.again
          OR g2.again = g.again AND {_added("g2", "o2")} < {_added("g", "o")}))"""
    )


def _version_clause(filters: Filters) -> str:
    """Return the condition on versions, as a union of those asked for."""
    if Versions.ALL in filters.versions or (filters.at and not filters.versions):
        return ""
    wanted = []
    if Versions.LAST in filters.versions:
        wanted.append(f"NOT o.newer OR NOT {_other('o2.version > o.version')}")
    if Versions.FIRST in filters.versions:
        wanted.append(f"NOT {_other('o2.version < o.version')}")
    if filters.at:
        wanted.append("o.version = ANY(%(at)s)")
    return " AND (" + " OR ".join(f"({each})" for each in wanted) + ")"
