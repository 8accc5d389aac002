"""Who has which version of an incident, for its owner: granted, fetched, acknowledged, recalled.

One row per member and version. The owner reads by which kind of reader something was first
fetched, never which: names of people and ids of credentials are the recipient's own. Why a member
no longer has access is not said either: standing, probation and agreement are no business of an
owner (docs/trust.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from incidents.models import Incident
from sharing.models import GrantKind, Outlet, RecallKind, RecallState
from sharing.queries import Owner

MAX_MEMBERS = 1_000
PERSON: Final = "person"


class ReceiptState(StrEnum):
    """Where a version stands with a member."""

    LATER = "later"  # it opens later
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"  # it was given a later version
    WITHDRAWN = "withdrawn"  # it may not read it any more
    RECALLED = "recalled"  # the same, and it was asked to delete it


class View(StrEnum):
    """Which receipts are asked for."""

    ALL = "all"
    WAITING = "waiting"  # open to the member, its latest, and not fetched
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class First:
    """The first time that it was fetched; `by` is `person` or the credential's channel."""

    at: datetime
    outlet: Outlet
    by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The latest recall that touches the version, and what the member answered."""

    kind: RecallKind
    state: RecallState
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one version at one member.

    `whole` says that nothing of the release is kept from it; `opens_at` is the next time at which
    it gets something more; `withdrawn_at` is when the last of it was withdrawn.
    """

    member: Owner
    version: int
    whole: bool
    granted_at: datetime
    backfill: bool
    opens_at: datetime | None
    first: First | None
    acknowledged_at: datetime | None
    state: ReceiptState
    withdrawn_at: datetime | None
    recall: Asked | None


@dataclass(frozen=True, slots=True)
class Page:
    """Receipts by member and version, the latest first; `next` is the slug to go on after."""

    rows: tuple[Receipt, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many members were given it, and how many of them did what with their latest version.

    `later` waits for its time. `views` counts receipts, by how they may be asked for.
    """

    members: int
    fetched: int
    acknowledged: int
    later: int
    views: Mapping[View, int]


def receipts(
    *,
    incident: Incident,
    now: datetime,
    view: View = View.ALL,
    version: int | None = None,
    after: str = "",
    limit: int = 50,
) -> Page:
    """Return the receipts of the next members by slug; `limit` counts members. One query."""
    if not 1 <= limit <= MAX_MEMBERS:
        raise ValueError(f"limit must be 1 to {MAX_MEMBERS}")
    values = {"view": view.value, "version": version, "after": after, "limit": limit + 1}
    found = _fetch(_RECEIPTS + _PAGE, _parameters(incident, now) | values)
    rows = tuple(_receipt(row) for row in found if row["place"] <= limit)
    more = len(rows) < len(found)
    return Page(rows, rows[-1].member.slug if more else None)


def tally(*, incident: Incident, now: datetime) -> Tally:
    """Return the counts over all members and versions. One query."""
    (found,) = _fetch(_RECEIPTS + _TALLY, _parameters(incident, now))
    views = {view: found.pop(f"view_{view.value}") for view in View}
    return Tally(**found, views=views)


def _parameters(incident: Incident, now: datetime) -> dict[str, Any]:
    return {"incident": incident.pk, "now": now, "shared": int(GrantKind.SHARED)}


def _fetch(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _receipt(row: dict[str, Any]) -> Receipt:
    first = recall = None
    if row["fetched_at"] is not None:
        first = First(row["fetched_at"], Outlet(row["outlet"]), row["channel"] or PERSON)
    if row["kind"] is not None:
        recall = Asked(RecallKind(row["kind"]), RecallState(row["answer"]), row["due_at"])
    return Receipt(
        member=Owner(row["slug"], row["name"], row["country"]),
        version=row["version"],
        whole=row["whole"],
        granted_at=row["granted_at"],
        backfill=row["backfill"],
        opens_at=row["opens_at"],
        first=first,
        acknowledged_at=row["acknowledged_at"],
        state=ReceiptState(row["state"]),
        withdrawn_at=row["withdrawn_at"],
        recall=recall,
    )


# What was withdrawn before it opened was never given. A rendering is whole if it shows every item
# of the revision (their ordinals come first, then statements made for it) and cuts none. How many
# rows the first steps give cannot be foreseen by the planner: each step is therefore worked out
# once, and what is looked up for a row is looked up by an index.
_RECEIPTS = """
WITH released AS MATERIALIZED (
  SELECT l.id, l.version, l.revision_id, (SELECT count(*) FROM incidents_revisionobject v
    WHERE v.revision_id = l.revision_id) AS items
  FROM sharing_release l WHERE l.incident_id = %(incident)s
), rendered AS MATERIALIZED (
  SELECT r.id, l.version, NOT r.redacted AND l.items = (
      SELECT count(*) FROM sharing_renderingobject o
      WHERE o.rendering_id = r.id AND o.ordinal < l.items) AS whole
  FROM sharing_rendering r JOIN released l ON l.id = r.release_id
), held AS MATERIALIZED (
  SELECT g.id, g.member_id, g.release_id, r.version, r.whole, g.granted_at, g.backfill,
    g.visible_from, g.visible_until, g.withdrawn_at,
    g.visible_from IS NULL OR g.visible_from <= %(now)s AS opened,
    f.first_at, f.outlet, f.channel
  FROM rendered r JOIN sharing_grant g ON g.rendering_id = r.id
  LEFT JOIN LATERAL (
    SELECT f.first_at, f.outlet, c.channel
    FROM sharing_fetch f LEFT JOIN members_credential c ON c.id = f.credential_id
    WHERE f.grant_id = g.id
    ORDER BY f.first_at, f.id
    LIMIT 1) f ON true
  WHERE g.kind = %(shared)s AND NOT g.notice AND (g.withdrawn_at IS NULL
    OR g.visible_from IS NULL OR g.withdrawn_at > g.visible_from)
), given AS MATERIALIZED (
  SELECT h.member_id, h.release_id, h.version,
    COALESCE(bool_or(h.whole) FILTER (WHERE h.withdrawn_at IS NULL), bool_or(h.whole)) AS whole,
    min(h.granted_at) AS granted_at,
    (array_agg(h.backfill ORDER BY h.granted_at, h.id))[1] AS backfill,
    min(h.visible_from) FILTER (WHERE NOT h.opened AND h.withdrawn_at IS NULL) AS opens_at,
    bool_or(h.opened) AS opened,
    bool_or(h.opened AND h.withdrawn_at IS NULL
      AND (h.visible_until IS NULL OR h.visible_until > %(now)s)) AS open,
    CASE WHEN bool_and(h.withdrawn_at IS NOT NULL) THEN max(h.withdrawn_at) END AS withdrawn_at,
    min(h.first_at) AS fetched_at,
    (array_agg(h.outlet ORDER BY h.first_at, h.id) FILTER (WHERE h.first_at IS NOT NULL))[1]
      AS outlet,
    (array_agg(h.channel ORDER BY h.first_at, h.id) FILTER (WHERE h.first_at IS NOT NULL))[1]
      AS channel
  FROM held h
  GROUP BY h.member_id, h.release_id, h.version
), ranked AS MATERIALIZED (
  SELECT v.*, v.version = max(v.version) FILTER (WHERE v.opened) OVER w AS is_last,
    v.version < max(v.version) FILTER (WHERE v.opened) OVER w AS later
  FROM given v WINDOW w AS (PARTITION BY v.member_id)
), receipts AS MATERIALIZED (
  SELECT v.*, a.at AS acknowledged_at, r.kind, r.answer, r.due_at,
    CASE WHEN NOT v.opened THEN 'later' WHEN NOT v.open AND r.kind IS NOT NULL THEN 'recalled'
      WHEN v.later THEN 'superseded' WHEN v.open THEN 'in_force' ELSE 'withdrawn' END AS state
  FROM ranked v
  LEFT JOIN LATERAL (
    SELECT r.kind, n.state AS answer, n.due_at
    FROM sharing_recall r
    JOIN sharing_recallnotice n ON n.recall_id = r.id AND n.member_id = v.member_id
    LEFT JOIN released l ON l.id = r.release_id
    WHERE r.incident_id = %(incident)s AND n.at >= v.granted_at
      AND (l.id IS NULL OR l.version > v.version)
    ORDER BY n.id DESC
    LIMIT 1) r ON true
  LEFT JOIN sharing_acknowledgement a
    ON a.member_id = v.member_id AND a.release_id = v.release_id
)"""

_WAITING = "(r.state = 'in_force' AND r.fetched_at IS NULL)"

_PAGE = f"""
SELECT * FROM (
  SELECT r.*, m.slug, m.name, m.country, dense_rank() OVER (ORDER BY m.slug) AS place
  FROM receipts r JOIN members_member m ON m.id = r.member_id
  WHERE m.slug > %(after)s AND (%(version)s::int IS NULL OR r.version = %(version)s)
    AND CASE %(view)s WHEN 'waiting' THEN {_WAITING}
      WHEN 'recalled' THEN r.kind IS NOT NULL ELSE true END) r
WHERE r.place <= %(limit)s
ORDER BY r.slug, r.version DESC"""  # noqa: S608 - of our own pieces

_TALLY = f"""
SELECT count(DISTINCT r.member_id) FILTER (WHERE r.opened) AS members,
  count(*) FILTER (WHERE r.is_last AND r.fetched_at IS NOT NULL) AS fetched,
  count(*) FILTER (WHERE r.is_last AND r.acknowledged_at IS NOT NULL)
    AS acknowledged,
  count(*) FILTER (WHERE r.state = 'later') AS later,
  count(*) AS view_all, count(*) FILTER (WHERE {_WAITING}) AS view_waiting,
  count(*) FILTER (WHERE r.kind IS NOT NULL) AS view_recalled
FROM receipts r"""  # noqa: S608 - of our own pieces
