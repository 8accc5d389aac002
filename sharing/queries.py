"""Reading doors for pages and REST: incidents as one viewer sees them, through `sharing.door`.

Own incidents and those shared with the viewer's member stand in one list, each once. Nothing is
counted, filtered or paged but what the viewer may see, with the title, level and TLP that it
sees. What a viewer may not see and what does not exist are the same here: None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from members.tlp import TLP
from sharing.door import visible
from sharing.models import GrantKind
from sharing.viewers import Viewer

MAX_ROWS = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """The member that an incident comes from."""

    slug: str
    name: str
    country: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One incident in a viewer's list; `owner` is None where it is anonymous.

    `working` is the next version of an own incident, "none" for others'. `arrived_at` is when
    an own one changed last, or a shared one opened to the member.
    """

    ref: str
    title: str
    level: int
    sectors: tuple[str, ...]
    tlp: TLP | None
    owner: Owner | None
    indicators: int
    state: str
    working: str
    is_own: bool
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind this row, or with `newer` before it."""

    arrived_at: datetime
    ref: str
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What narrows the list; an empty field does not. `source` is the owner's slug."""

    text: str = ""
    level: int | None = None
    sector: str = ""
    state: str = ""
    tlp: TLP | None = None
    source: str = ""
    view: str = ""  # own, shared, drafts or review


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and whether there are newer and older ones."""

    rows: tuple[Row, ...]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many incidents the viewer may see, and what to filter them by."""

    total: int = 0
    own: int = 0
    shared: int = 0
    drafts: int = 0
    review: int = 0
    fresh: int = 0
    sectors: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


def incidents(
    *,
    viewer: Viewer,
    now: datetime,
    narrow: Narrow = Narrow(),
    place: Place | None = None,
    limit: int = 25,
) -> Page:
    """Return one page of what the viewer may see. One query."""
    if not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"limit must be 1 to {MAX_ROWS}")
    backwards = place is not None and place.newer
    sql = _PAGE % {
        "behind": _BEHIND[None if place is None else backwards],
        "order": "ASC" if backwards else "DESC",
    }
    values = _parameters(viewer, now) | {
        "text": f"%{_like(narrow.text)}%" if narrow.text else None,
        "level": narrow.level,
        "sector": narrow.sector or None,
        "state": narrow.state or None,
        "marked": None if narrow.tlp is None else narrow.tlp.word,
        "source": narrow.source or None,
        "view": narrow.view or None,
        "at": place.arrived_at if place else None,
        "ref": place.ref if place else None,
        "limit": limit + 1,
    }
    found = [_row(each) for each in _fetch(_VISIBLE + sql, values)]
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
        return Page(tuple(found), newer=more, older=True)
    return Page(tuple(found), newer=place is not None, older=more)


def counts(*, viewer: Viewer, now: datetime, since: datetime) -> Counts:
    """Return the counts over all that the viewer may see; `fresh` arrived after `since`.

    One query. What is back-filled after a change of standing is no news: it alarms nobody.
    """
    values = _parameters(viewer, now) | {"since": since}
    (found,) = _fetch(_VISIBLE + _COUNTS, values)
    sources = sorted(
        {(slug, name) for slug, name in found.pop("sources") or []}, key=lambda s: s[1]
    )
    sectors = sorted(set(found.pop("sectors") or []))
    return Counts(**found, sectors=tuple(sectors), sources=tuple(sources))


@dataclass(frozen=True, slots=True)
class Shown:
    """One object as the viewer may see it; `body` is its JSON."""

    object_id: str
    type: str
    body: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """Another member's incident as the viewer may see it.

    `summary` is the rendering's (`sharing.rendering`); `others` is how many further members have
    it; `versions` are those that the member received, (number, kind, time), newest first.
    `unconfirmed`: an early warning by its author alone, which nobody has confirmed. `release_id`
    and `grants` are what it was read from: whoever hands it out notes them in a receipt.
    """

    ref: str
    stix_id: str
    state: str
    owner: Owner | None
    summary: Mapping[str, Any]
    objects: tuple[Shown, ...]
    released_at: datetime
    versions: tuple[tuple[int, str, datetime], ...]
    others: int
    unconfirmed: bool
    release_id: int | None = None
    grants: tuple[int, ...] = ()


def shared_incident(
    *, viewer: Viewer, ref: str, now: datetime, version: int | None = None
) -> Shared | None:
    """Return another member's incident, or None as for an unknown reference. Three queries.

    That is its latest version that the viewer may see, or the one asked for, if it may see that.
    """
    grants = _fetch(_GRANTS, _parameters(viewer, now) | {"ref": ref})
    latest = next((g for g in grants if version in (None, g["version"])), None)
    if latest is None:
        return None
    read = [g for g in grants if g["version"] == latest["version"]]
    renderings = [g["rendering_id"] for g in read]
    (others,) = _fetch(_OTHERS, {"release": latest["release_id"], "now": now} | _me(viewer))
    owner = Owner(latest["slug"], latest["name"], latest["country"])
    versions = {(g["version"], g["report_kind"], g["at"]): None for g in grants}
    return Shared(
        ref=latest["ref"],
        stix_id=latest["stix_id"],
        state=latest["state"],
        # Earlier versions keep the silence that the one in force asks for.
        owner=None if latest["anonymous"] or grants[0]["anonymous"] else owner,
        summary=msgspec.json.decode(latest["summary"]),
        objects=_objects(renderings, whole_only=viewer.reader.whole_only),
        released_at=latest["at"],
        versions=tuple(versions),
        others=others["n"],
        unconfirmed=latest["unconfirmed"],
        release_id=latest["release_id"],
        grants=tuple(g["grant_id"] for g in read),
    )


def _objects(renderings: list[int], *, whole_only: bool) -> tuple[Shown, ...]:
    """Return the objects of renderings of one release, each once and as full as it is shown."""
    return tuple(
        Shown(row["object_id"], row["type"], row["body"], whole=row["fullness"] > 0)
        for row in _fetch(_OBJECTS, {"renderings": renderings})
        if row["fullness"] > 0 or not whole_only
    )


def _me(viewer: Viewer) -> dict[str, int]:
    return {"member": viewer.member_id}


def _parameters(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return viewer.reader.parameters(kind=GrantKind.SHARED, now=now) | {
        "own_states": list(viewer.own_states),
        "drafts": viewer.drafts,
    }


def _fetch(sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _row(found: Mapping[str, Any]) -> Row:
    owner = None
    if found["owner_slug"] is not None:
        owner = Owner(found["owner_slug"], found["owner_name"], found["owner_country"])
    return Row(
        ref=found["ref"],
        title=found["title"],
        level=found["level"],
        sectors=tuple(found["sectors"]),
        tlp=TLP.parse(found["tlp"]) if found["tlp"] else None,
        owner=owner,
        indicators=found["indicators"],
        state=found["state"],
        working=found["working"],
        is_own=found["is_own"],
        arrived_at=found["arrived_at"],
    )


def _like(text: str) -> str:
    """Return the text with LIKE's own characters made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


OWNED = """(i.owner_id = %(member)s OR EXISTS (
      SELECT 1 FROM incidents_incident_co_originators c
      WHERE c.incident_id = i.id AND c.member_id = %(member)s))"""
_TLP_WORDS = "(ARRAY['CLEAR','GREEN','AMBER','AMBER+STRICT','RED'])"

# Own incidents from the version being worked on, or the one in force; others' as they are shown
# by the latest grant that the door lets through. An anonymous owner is no column at all.
_VISIBLE = f"""
WITH seen AS (
  SELECT i.ref, v.title, v.level::int, v.sectors::text[] AS sectors,
         v.marking->>'tlp' AS tlp, i.owner_id, v.indicator_count::int AS indicators, i.state,
         CASE WHEN %(drafts)s THEN i.working ELSE 'none' END AS working,
         true AS is_own, CASE WHEN %(drafts)s THEN i.changed_at ELSE last.at END AS arrived_at,
         false AS backfill
  FROM incidents_incident i
  LEFT JOIN LATERAL (
    SELECT l.revision_id, l.at FROM sharing_release l
    WHERE l.incident_id = i.id ORDER BY l.version DESC LIMIT 1) last ON true
  JOIN incidents_revision v ON v.id = CASE WHEN %(drafts)s THEN i.head_id
    ELSE last.revision_id END
  WHERE {OWNED} AND i.state = ANY(%(own_states)s)
  UNION ALL
  SELECT * FROM (
    SELECT DISTINCT ON (i.id) i.ref, r.summary->>'title', COALESCE((r.summary->>'level')::int, 2),
           ARRAY(SELECT jsonb_array_elements_text(r.summary->'sectors')),
           {_TLP_WORDS}[(r.summary->>'tlp')::int + 1],
           CASE WHEN (r.summary->>'anonymous')::boolean THEN NULL ELSE i.owner_id END,
           (r.summary->>'indicators')::int, i.state, 'none', false,
           GREATEST(g.granted_at, g.visible_from), g.backfill
    FROM sharing_grant g
    JOIN sharing_release l ON l.id = g.release_id
    JOIN incidents_incident i ON i.id = l.incident_id
    JOIN sharing_rendering r ON r.id = g.rendering_id
    WHERE {visible("g")} AND g.single_ordinal IS NULL AND NOT g.notice AND NOT {OWNED}
    ORDER BY i.id, l.version DESC, (r.summary->>'objects')::int DESC, g.id DESC) shared
)"""  # noqa: S608 - our own names

_PAGE = """
SELECT s.*, m.slug AS owner_slug, m.name AS owner_name, m.country AS owner_country
FROM seen s LEFT JOIN members_member m ON m.id = s.owner_id
WHERE (%%(text)s::text IS NULL OR s.title ILIKE %%(text)s OR s.ref ILIKE %%(text)s)
  AND (%%(level)s::int IS NULL OR s.level = %%(level)s)
  AND (%%(sector)s::text IS NULL OR %%(sector)s = ANY(s.sectors))
  AND (%%(state)s::text IS NULL OR s.state = %%(state)s)
  AND (%%(marked)s::text IS NULL OR s.tlp = %%(marked)s)
  AND (%%(source)s::text IS NULL OR m.slug = %%(source)s)
  AND (%%(view)s::text IS NULL OR CASE %%(view)s
    WHEN 'own' THEN s.is_own WHEN 'shared' THEN NOT s.is_own
    ELSE s.working = CASE %%(view)s WHEN 'drafts' THEN 'draft' ELSE %%(view)s END END)
  %(behind)s
ORDER BY s.arrived_at %(order)s, s.ref %(order)s
LIMIT %%(limit)s"""

_BEHIND = {
    None: "",
    False: "AND (s.arrived_at, s.ref) < (%(at)s, %(ref)s)",
    True: "AND (s.arrived_at, s.ref) > (%(at)s, %(ref)s)",
}

_COUNTS = """
SELECT count(*) AS total, count(*) FILTER (WHERE s.is_own) AS own,
       count(*) FILTER (WHERE NOT s.is_own) AS shared,
       count(*) FILTER (WHERE s.working = 'draft') AS drafts,
       count(*) FILTER (WHERE s.working = 'review') AS review,
       count(*) FILTER (WHERE NOT (s.is_own OR s.backfill) AND s.arrived_at > %(since)s) AS fresh,
       (SELECT array_agg(DISTINCT sector) FROM seen, unnest(seen.sectors) sector) AS sectors,
       array_agg(DISTINCT ARRAY[m.slug, m.name]::text[]) FILTER (WHERE m.slug IS NOT NULL)
         AS sources
FROM seen s LEFT JOIN members_member m ON m.id = s.owner_id"""

_GRANTS = f"""
SELECT i.ref, i.stix_id, i.state, l.id AS release_id, l.version, l.report_kind, l.at,
       l.confirm_by_at IS NOT NULL AND l.confirmed_at IS NULL AS unconfirmed,
       g.id AS grant_id, g.rendering_id, r.summary, (r.summary->>'anonymous')::boolean AS anonymous,
       m.slug, m.name, m.country
FROM sharing_grant g
JOIN sharing_release l ON l.id = g.release_id
JOIN incidents_incident i ON i.id = l.incident_id
JOIN members_member m ON m.id = i.owner_id
JOIN sharing_rendering r ON r.id = g.rendering_id
WHERE i.ref = %(ref)s AND {visible("g")} AND g.single_ordinal IS NULL AND NOT g.notice
  AND NOT {OWNED}
ORDER BY l.version DESC, (r.summary->>'objects')::int DESC, g.id DESC"""  # noqa: S608

_OBJECTS = """
SELECT o.object_id, o.type, o.body, o.fullness FROM (
  SELECT DISTINCT ON (object_id) object_id, type, body, fullness, ordinal
  FROM sharing_renderingobject WHERE rendering_id = ANY(%(renderings)s)
  ORDER BY object_id, version DESC, fullness DESC) o
ORDER BY o.ordinal"""

_OTHERS = """
SELECT count(DISTINCT g.member_id) AS n
FROM sharing_grant g JOIN members_member m ON m.id = g.member_id
WHERE g.release_id = %(release)s AND g.kind = 0 AND g.withdrawn_at IS NULL AND NOT g.notice
  AND g.member_id <> %(member)s AND m.status IN ('active', 'probation')
  AND (g.visible_from IS NULL OR g.visible_from <= %(now)s)
  AND (g.visible_until IS NULL OR g.visible_until > %(now)s)"""
