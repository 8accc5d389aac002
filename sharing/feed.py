"""The one query that a member's feed is read by (TAXII 2.1 §5.3, §5.4, §5.6, §5.8).

An object's date added is its grant's position plus its ordinal in microseconds. A feed answers
each object version once, where it stood first, and by default only the latest version that the
reader may see: nothing is stored for this, the query leaves places out. In its words:
  S  a visible place: a grant the door lets through, and an object in its rendering;
  B  a better place of the same version: fuller, else of stricter TLP (domain §3, Several
     incidents), else given again later, else earlier;
  L  a place of a later version.
The default is S and not B and not L; B and L are tried only for objects flagged as recurring.
`sharing.settling` says in Python which place wins; change both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from sharing.door import Reader, visible
from sharing.models import GrantKind

MAX_PAGE = 1000
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
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

    @property
    def every_version(self) -> bool:
        return Versions.ALL in self.versions

    def parameters(self) -> dict[str, Any]:
        """Return the SQL parameters that the conditions below use."""
        return {"ids": list(self.ids), "types": list(self.types), "at": list(self.at)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One object version in a feed; `body` is its JSON, or "" where bodies were not asked for.

    `grant` is the id of the grant that shows it, for its receipt; reference data has none.
    """

    added: datetime
    object_id: str
    version: datetime
    body: str
    grant: int | None = field(default=None, compare=False)


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
    parameters = reader.parameters(kind=kind, now=now) | {"whole": reader.whole_only}
    sql = _by_object(filters, bodies) if filters.ids else _by_grant(filters, bodies)
    return fetch(sql, parameters, filters=filters, after=after, limit=limit)


def fetch(
    sql: str,
    parameters: dict[str, Any],
    *,
    filters: Filters,
    after: datetime | None,
    limit: int,
) -> Page:
    """Return the page that a query of (added, object_id, version, body, grant) answers."""
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"limit must be 1 to {MAX_PAGE}")
    bounds = {"after": after or BEGINNING, "limit": limit + 1}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters | filters.parameters() | bounds)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return Page(tuple(Entry(*row) for row in rows[:limit]), more=len(rows) > limit)


def _by_grant(filters: Filters, bodies: bool) -> str:
    """Return the query that walks the member's grants in the order of their positions.

    The lateral form is needed: a plain join reads the whole feed for every page. Ranges of
    positions do not overlap for one reader but where a one-object grant took over a place inside
    what remains of another grant, and has its `last`: so `last` orders grants, dates the rest.
    """
    return f"""
SELECT o.added, o.object_id, o.version, {"o.body" if bodies else "''"}, g.id
FROM sharing_grant g CROSS JOIN LATERAL (
  SELECT o.ordinal, o.object_id, o.version, o.body, {_added("g", "o")} AS added
  FROM sharing_renderingobject o
  WHERE o.rendering_id = g.rendering_id AND {_in_view(filters)}
  ORDER BY o.ordinal
  LIMIT %(limit)s) o
WHERE {visible("g")} AND g.position IS NOT NULL AND g.last > %(after)s
ORDER BY g.last, o.added
LIMIT %(limit)s"""  # noqa: S608 - of our own pieces


def _by_object(filters: Filters, bodies: bool) -> str:
    """Return the same query for a few known ids, starting from the objects."""
    return f"""
SELECT {_added("g", "o")} AS added, o.object_id, o.version, {"o.body" if bodies else "''"}, g.id
FROM sharing_renderingobject o JOIN sharing_grant g ON g.rendering_id = o.rendering_id
WHERE o.object_id = ANY(%(ids)s) AND {visible("g")} AND g.position IS NOT NULL
  AND {_in_view(filters)}
ORDER BY added
LIMIT %(limit)s"""  # noqa: S608 - of our own pieces


def _in_view(filters: Filters) -> str:
    """Return the condition that a place o of the grant g is what the filters show."""
    return f"""{_place("g", "o")}
    AND {_added("g", "o")} > %(after)s{matching(filters, "o")}
    AND (NOT o.shared OR (NOT {_better()}{_version_clause(filters)}))"""


def _added(grant: str, place: str) -> str:
    return f"({grant}.position + {place}.ordinal * {_SLOT})"


def _place(grant: str, place: str) -> str:
    """Return the condition that the grant shows this object of its rendering to the reader."""
    return (
        f"({grant}.single_ordinal IS NULL OR {place}.ordinal = {grant}.single_ordinal)"
        f" AND (NOT %(whole)s OR {place}.fullness = 1)"
    )


def matching(filters: Filters, row: str) -> str:
    """Return the conditions that need no other row, each behind an AND."""
    clauses = []
    if filters.types:
        clauses.append(f"{row}.type = ANY(%(types)s)")
    if filters.at and not filters.versions:
        clauses.append(f"{row}.version = ANY(%(at)s)")
    return "".join(f"\n    AND {clause}" for clause in clauses)


def versions_wanted(filters: Filters, *, row: str, later: str, earlier: str) -> str:
    """Return the condition on versions, behind an AND, as a union of those asked for.

    `later` and `earlier` say that a visible place of such a version exists.
    """
    if filters.every_version or (filters.at and not filters.versions):
        return ""
    wanted = []
    if Versions.LAST in filters.versions:
        wanted.append(f"NOT {later}")
    if Versions.FIRST in filters.versions:
        wanted.append(f"NOT {earlier}")
    if filters.at:
        wanted.append(f"{row}.version = ANY(%(at)s)")
    return " AND (" + " OR ".join(wanted) + ")"


def _version_clause(filters: Filters) -> str:
    return versions_wanted(
        filters,
        row="o",
        later=f"(o.newer AND {_other('o2.version > o.version')})",
        earlier=_other("o2.version < o.version"),
    )


def _other(condition: str) -> str:
    """Return that another visible place g2/o2 of the same object fulfils `condition`."""
    return f"""EXISTS (
      SELECT 1 FROM sharing_renderingobject o2
      JOIN sharing_grant g2 ON g2.rendering_id = o2.rendering_id
      WHERE o2.object_id = o.object_id AND {condition}
        AND {visible("g2")} AND g2.position IS NOT NULL AND {_place("g2", "o2")})"""  # noqa: S608 - of our own pieces


def _better() -> str:
    return _other(
        f"""o2.version = o.version
        AND (o2.fullness, o2.tlp, g2.again) >= (o.fullness, o.tlp, g.again)
        AND ((o2.fullness, o2.tlp, g2.again) > (o.fullness, o.tlp, g.again)
          OR ({_added("g2", "o2")}, g2.id) < ({_added("g", "o")}, g.id))"""
    )
