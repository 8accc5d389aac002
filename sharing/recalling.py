"""Taking back: who had something and has it no more is told, on the page and in its feed.

Whoever never had it learns nothing. Under the publishing lock, so that recalls stand in the order
in which they were committed, like all feeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from audit.actions import Action, Target
from audit.actors import SYSTEM
from audit.services import record
from incidents.models import Incident
from members.models import Credential, Person
from members.tlp import INTERNAL_READERS, TLP, Channel, reader_class
from sharing.deadlines import due_at
from sharing.models import Recall, RecallItem, RecallKind, RecallNotice, Release
from sharing.publishing import hold_positions

RECALLED = Action("sharing:recall:create")
_AGAIN = frozenset({RecallKind.RETRACTED, RecallKind.ERASURE})  # said also of what was recalled


@dataclass(frozen=True, slots=True)
class Lost:
    """An object that a member had and has no more: its last version there, and who could read it.

    `tlp` is the effective one then; `readers` and `persons` are those of the grants.
    """

    member_id: int
    object_id: str
    type: str
    version: datetime
    tlp: int
    readers: int
    persons: tuple[str, ...] | None = None


def lost(
    *,
    incident: Incident,
    kind: RecallKind,
    object_ids: Collection[str],
    members: Collection[int] | None = None,
    now: datetime,
) -> list[Lost]:
    """Return what members had of these objects by the incident and have by none now. Four queries.

    Who has an object still, also by another incident, has lost nothing; who lost it only for its
    clients or its block list has. What was recalled and not given again since is not recalled
    again, unless it was wrong. `members` limits it to these.
    """
    had = _ever_had(incident, object_ids, members, now)
    holders = {each.member_id for each, _ in had}
    still, by_name = _still_has(holders, object_ids, now)
    outlets = _outlets(holders, now)
    told = {} if kind in _AGAIN else _recalled(incident, object_ids, had)
    found = []
    for each, _ in had:
        key = (each.member_id, each.object_id)
        untold = each.readers & ~told.get((*key, each.persons), 0)
        if each.persons is not None:
            if untold and not still[key] and not set(each.persons) <= by_name[key]:
                found.append(each)
            continue
        left = untold & ~still[key]
        gone = left & INTERNAL_READERS and not still[key] & INTERNAL_READERS
        if gone or left & outlets[each.member_id]:
            found.append(replace(each, readers=left if gone else left & outlets[each.member_id]))
    return found


def recall(
    *,
    incident: Incident,
    release: Release | None,
    kind: RecallKind,
    lost: Sequence[Lost],
    by: Person | None,
    reason: str,
    now: datetime,
) -> Recall | None:
    """Write a recall with a notice to each member that lost something; None if nobody did.

    Holds the publishing lock until the transaction ends.
    """
    if not lost:
        return None
    hold_positions()
    made = Recall.objects.create(
        incident=incident, release=release, kind=kind, reason=reason, by=by, at=now
    )
    by_member: dict[int, list[Lost]] = defaultdict(list)
    for each in lost:
        by_member[each.member_id].append(each)
    notices = RecallNotice.objects.bulk_create(
        [
            RecallNotice(
                recall=made,
                member_id=member_id,
                at=now,
                due_at=due_at(kind=kind, tlp=TLP(max(each.tlp for each in items)), now=now),
            )
            for member_id, items in sorted(by_member.items())
        ]
    )
    _insert_items([(notice.pk, each) for notice in notices for each in by_member[notice.member_id]])
    record(
        actor=by.actor if by else SYSTEM,
        action=RECALLED,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={"kind": kind.value, "members": len(notices), "recall": made.pk},
    )
    return made


def _insert_items(items: Sequence[tuple[int, Lost]]) -> None:
    """Insert what each notice is about: there may be members times objects of them.

    One statement where nobody is named, and one for each group of named persons.
    """
    groups: dict[tuple[str, ...] | None, list[tuple[int, Lost]]] = defaultdict(list)
    for notice_id, each in items:
        groups[each.persons].append((notice_id, each))
    with connection.cursor() as cursor:
        for persons, rows in groups.items():
            cursor.execute(
                _ITEMS,
                {
                    "notices": [notice_id for notice_id, _ in rows],
                    "objects": [each.object_id for _, each in rows],
                    "types": [each.type for _, each in rows],
                    "versions": [each.version for _, each in rows],
                    "tlps": [each.tlp for _, each in rows],
                    "readers": [each.readers for _, each in rows],
                    "persons": None if persons is None else list(persons),
                },
            )


_ITEMS = """
INSERT INTO sharing_recallitem (notice_id, object_id, type, version, tlp, readers, persons)
SELECT i.*, %(persons)s::varchar[] FROM unnest(%(notices)s::bigint[], %(objects)s::text[],
  %(types)s::text[], %(versions)s::timestamptz[], %(tlps)s::smallint[], %(readers)s::int[]) AS i"""

_EVER = """
SELECT g.member_id, o.object_id, o.type, max(o.version), max(o.tlp), bit_or(g.readers), g.persons,
  array_agg(g.readers), array_agg(GREATEST(g.granted_at, g.visible_from))
FROM sharing_grant g
JOIN sharing_release l ON l.id = g.release_id
JOIN sharing_renderingobject o ON o.rendering_id = g.rendering_id
  AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
WHERE l.incident_id = %(incident)s AND o.object_id = ANY(%(objects)s) AND g.kind = 0
  AND NOT g.notice AND (g.position IS NOT NULL OR g.persons IS NOT NULL)
  AND (g.visible_from IS NULL OR g.visible_from <= coalesce(g.withdrawn_at, %(now)s))
  AND o.type <> ALL(%(definitions)s)
  AND (%(members)s::bigint[] IS NULL OR g.member_id = ANY(%(members)s::bigint[]))
GROUP BY g.member_id, o.object_id, o.type, g.persons
ORDER BY g.member_id, o.object_id"""

_Held = tuple[int, str, tuple[str, ...] | None]  # member, object, persons
_Given = tuple[tuple[int, datetime], ...]  # classes of readers, and since when they had it
_DEFINITIONS = ["marking-definition", "extension-definition"]  # nobody deletes those


def _ever_had(
    incident: Incident, object_ids: Collection[str], members: Collection[int] | None, now: datetime
) -> list[tuple[Lost, _Given]]:
    """Return what members had, whoever of them has it still, and when which readers got it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EVER,
            {
                "incident": incident.pk,
                "objects": list(object_ids),
                "members": None if members is None else list(members),
                "now": now,
                "definitions": _DEFINITIONS,
            },
        )
        return [
            (
                Lost(member_id, object_id, type_, version, tlp, readers, _names(names)),
                tuple(zip(masks, times, strict=True)),
            )
            for member_id, object_id, type_, version, tlp, readers, names, masks, times in cursor
        ]


_Pair = tuple[int, str]


def _still_has(
    members: Iterable[int], object_ids: Collection[str], now: datetime
) -> tuple[Mapping[_Pair, int], Mapping[_Pair, set[str]]]:
    """Return who has which of the objects by any incident: classes of readers, named persons.

    By their grants alone: who is suspended or demoted has them closed already, and what only
    waits for its time is not had.
    """
    readers: dict[_Pair, int] = defaultdict(int)
    named: dict[_Pair, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT g.member_id, o.object_id, g.readers, g.persons
               FROM sharing_grant g
               JOIN sharing_renderingobject o ON o.rendering_id = g.rendering_id
                 AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
               WHERE g.member_id = ANY(%(members)s) AND o.object_id = ANY(%(objects)s)
                 AND g.kind = 0 AND NOT g.notice AND g.withdrawn_at IS NULL
                 AND (g.visible_from IS NULL OR g.visible_from <= %(now)s)
                 AND (g.visible_until IS NULL OR g.visible_until > %(now)s)""",
            {"members": list(members), "objects": list(object_ids), "now": now},
        )
        for member_id, object_id, mask, persons in cursor.fetchall():
            if persons is None:
                readers[member_id, object_id] |= mask
            else:
                named[member_id, object_id] |= set(persons)
    return readers, named


def _outlets(members: Iterable[int], now: datetime) -> Mapping[int, int]:
    """Return the classes by which members pass things on: their credentials but the internal."""
    found: dict[int, int] = defaultdict(int)
    live = Credential.objects.filter(
        member__in=list(members), revoked_at=None, expires_at__gt=now
    ).exclude(channel=Channel.INTERNAL.value)
    for each in live:
        limits = reader_class(
            channel=Channel(each.channel),
            max_tlp=TLP(each.max_tlp),
            own_instance=each.own_instance,
        )
        found[each.member_id or 0] |= 1 << limits.bit
    return found


def _recalled(
    incident: Incident, object_ids: Collection[str], had: Iterable[tuple[Lost, _Given]]
) -> Mapping[_Held, int]:
    """Return for which readers of what was had it was recalled, and not given again since."""
    items = RecallItem.objects.filter(
        notice__recall__incident=incident, object_id__in=object_ids
    ).values_list("notice__member_id", "object_id", "persons", "readers", "notice__at")
    said: dict[_Held, list[tuple[int, datetime]]] = defaultdict(list)
    for member_id, object_id, persons, readers, at in items:
        said[member_id, object_id, _names(persons)].append((readers, at))
    told: dict[_Held, int] = defaultdict(int)
    for each, given in had:
        key = (each.member_id, each.object_id, each.persons)
        for readers, at in said.get(key, ()):
            told[key] |= readers & ~_since(given, at)
    return told


def _since(given: _Given, at: datetime) -> int:
    """Return the classes of readers that were given something after a time."""
    found = 0
    for readers, since in given:
        found |= readers if since > at else 0
    return found


def _names(persons: list[str] | None) -> tuple[str, ...] | None:
    return None if persons is None else tuple(persons)
