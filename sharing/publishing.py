"""Giving places in the feeds: renderings, grants, and positions in commit order.

The row of `FeedClock` is the publishing lock: positions are given and grants inserted while its
update is uncommitted, so whoever reads a position later than its own cursor has missed nothing
that commits behind it. Everything expensive happens before `publish` is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from sharing.models import Grant, GrantKind, Rendering, RenderingObject

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Body:
    """One object of a rendering, final; `ordinal` is its number in the release."""

    ordinal: int
    object_id: str
    type: str
    version: datetime
    body: str
    whole: bool = True
    tlp: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything of a grant but whose it is and where it stands."""

    kind: GrantKind
    rendering_id: int
    release_id: int | None
    tlp: int
    min_tier: int
    readers: int
    code: str
    persons: tuple[str, ...] | None = None
    not_persons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    notice: bool = False

    def opened(self, now: datetime) -> bool:
        """Say whether the grant may take its position now."""
        return self.visible_from is None or self.visible_from <= now


def store_rendering(
    *,
    revision_id: int,
    release_id: int | None,
    key: str,
    summary: dict[str, Any],
    bodies: Sequence[Body],
) -> int:
    """Return the id of the rendering with this key, storing it if it is new.

    An owner's own renderings are flagged as recurring throughout: its drafts repeat themselves.
    """
    rendering, created = Rendering.objects.get_or_create(  # type: ignore[misc]  # null: own
        revision_id=revision_id,
        release_id=release_id,
        key=key,
        defaults={"summary": summary, "redacted": not all(body.whole for body in bodies)},
    )
    if created:
        own = release_id is None
        RenderingObject.objects.bulk_create(
            [
                RenderingObject(
                    rendering=rendering,
                    ordinal=body.ordinal,
                    object_id=body.object_id,
                    type=body.type,
                    version=body.version,
                    fullness=int(body.whole),
                    tlp=body.tlp,
                    shared=own,
                    newer=own,
                    body=body.body,
                )
                for body in bodies
            ]
        )
    return rendering.pk


def publish(
    *,
    grants: Iterable[tuple[int, Terms]],
    slots: int,
    now: datetime,
    repeated: bool = False,
    backfill: bool = False,
) -> int:
    """Insert grants, (member id, terms), at one new position; return how many.

    `slots` is the number of objects of the release. `repeated` says that other renderings of the
    same release may show its objects to the same readers; what other releases show is found out
    here. Holds the publishing lock until the transaction ends.
    """
    members: dict[Terms, list[int]] = defaultdict(list)
    for member_id, terms in grants:
        members[terms].append(member_id)
    if not members:
        return 0
    position = take_position(slots=slots, now=now)
    renderings = {terms.rendering_id for terms in members}
    recurring = objects_of(renderings) if repeated else occurring_elsewhere(renderings)
    if recurring:
        flag_recurring(recurring)
    return sum(
        _insert(terms, ids, position=position, slots=slots, now=now, backfill=backfill)
        for terms, ids in members.items()
    )


def take_position(*, slots: int, now: datetime) -> datetime:
    """Return the first of `slots` positions, later than all given before; take the lock.

    The clock's row comes back by itself if it is gone, as after a restore of only some tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sharing_feedclock AS clock (id, last) VALUES (1, %(first_end)s)"
            " ON CONFLICT (id) DO UPDATE SET last ="
            " GREATEST(clock.last + %(slots)s * interval '1 microsecond', %(first_end)s)"
            " RETURNING last",
            {"slots": max(slots, 1), "first_end": now + (max(slots, 1) - 1) * MICROSECOND},
        )
        (last,) = cursor.fetchone()
    first: datetime = last - (max(slots, 1) - 1) * MICROSECOND
    return first


def hold_positions() -> None:
    """Take the publishing lock and give no position: nothing in any feed changes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sharing_feedclock AS clock (id, last) VALUES (1, '1970-01-01T00:00:00Z')"
            " ON CONFLICT (id) DO UPDATE SET last = clock.last"
        )


def open_grants(now: datetime) -> int:
    """Give positions to the grants whose time has come; return how many.

    One position a rendering's release, so that a member's objects keep distinct dates.
    """
    due = Grant.objects.filter(position=None, withdrawn_at=None, visible_from__lte=now)
    if not due.exists():
        return 0
    hold_positions()  # before any row, as whoever withdraws does: else the two wait on each other
    waiting = due.select_for_update(skip_locked=True).order_by("pk")
    by_rendering: dict[int, list[int]] = defaultdict(list)
    for pk, rendering_id in waiting.values_list("pk", "rendering_id"):
        by_rendering[rendering_id].append(pk)
    for rendering_id, ids in by_rendering.items():
        slots = slots_of(rendering_id)
        position = take_position(slots=slots, now=now)
        Grant.objects.filter(pk__in=ids).update(
            position=position, last=position + (slots - 1) * MICROSECOND
        )
    return sum(len(ids) for ids in by_rendering.values())


def slots_of(rendering_id: int) -> int:
    """Return how many positions a rendering takes: its highest ordinal and one."""
    highest = (
        RenderingObject.objects.filter(rendering_id=rendering_id)
        .order_by("-ordinal")
        .values_list("ordinal", flat=True)
        .first()
    )
    return 1 if highest is None else highest + 1


def objects_of(rendering_ids: Collection[int]) -> list[str]:
    """Return the ids of all objects that these renderings show."""
    shown = RenderingObject.objects.filter(rendering__in=rendering_ids)
    return list(shown.values_list("object_id", flat=True).distinct())


def occurring_elsewhere(rendering_ids: Collection[int]) -> list[str]:
    """Return which objects of these renderings some other release shows too.

    Under the publishing lock only: of two releases of one object that are published at once, the
    second must find the first committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT o.object_id FROM sharing_renderingobject o
               JOIN sharing_rendering r ON r.id = o.rendering_id
               WHERE r.id = ANY(%s) AND r.release_id IS NOT NULL AND EXISTS (
                 SELECT 1 FROM sharing_renderingobject o2
                 JOIN sharing_rendering r2 ON r2.id = o2.rendering_id
                 WHERE o2.object_id = o.object_id AND r2.release_id <> r.release_id)""",
            [list(rendering_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def flag_recurring(object_ids: Sequence[str]) -> None:
    """Flag every place of these objects, and those of which a later version is released.

    Under the publishing lock only, as above.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sharing_renderingobject SET shared = true"
            " WHERE object_id = ANY(%s) AND NOT shared",
            [list(object_ids)],
        )
        cursor.execute(
            """UPDATE sharing_renderingobject o SET newer = true
               WHERE o.object_id = ANY(%s) AND NOT o.newer AND EXISTS (
                 SELECT 1 FROM sharing_renderingobject l
                 WHERE l.object_id = o.object_id AND l.version > o.version)""",
            [list(object_ids)],
        )


_COLUMNS = (
    "kind", "release_id", "rendering_id", "position", "last", "tlp", "min_tier", "readers",
    "persons", "not_persons", "code", "circles", "groups", "visible_from", "visible_until",
    "granted_at", "backfill", "notice", "again",
)  # fmt: skip


def _insert(
    terms: Terms,
    member_ids: list[int],
    *,
    position: datetime,
    slots: int,
    now: datetime,
    backfill: bool,
) -> int:
    """Insert the same grant for many members in one statement."""
    placed = position if terms.opened(now) else None
    values = {
        "kind": int(terms.kind),
        "release_id": terms.release_id,
        "rendering_id": terms.rendering_id,
        "position": placed,
        "last": placed and placed + (slots - 1) * MICROSECOND,
        "tlp": terms.tlp,
        "min_tier": terms.min_tier,
        "readers": terms.readers,
        "persons": None if terms.persons is None else list(terms.persons),
        "not_persons": list(terms.not_persons),
        "code": terms.code,
        "circles": list(terms.circles),
        "groups": list(terms.groups),
        "visible_from": terms.visible_from,
        "visible_until": terms.visible_until,
        "granted_at": now,
        "backfill": backfill,
        "notice": terms.notice,
        "again": 0,
    }
    types = {
        "position": "timestamptz", "last": "timestamptz", "persons": "varchar[]",
        "not_persons": "varchar[]", "circles": "varchar[]", "groups": "varchar[]",
        "visible_from": "timestamptz", "visible_until": "timestamptz", "release_id": "bigint",
    }  # fmt: skip
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    marks = ", ".join(
        f"%({name})s::{types[name]}" if name in types else f"%({name})s" for name in _COLUMNS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO sharing_grant (member_id, {columns})"  # noqa: S608 - our own names
            f" SELECT m, {marks} FROM unnest(%(members)s::bigint[]) AS m",
            values | {"members": member_ids},
        )
        inserted: int = cursor.rowcount
    return inserted
