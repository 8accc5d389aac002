"""Taking out of the feeds what is permitted no more, and leaving the rest where it stands.

What remains of a grant is a grant of its own at the very same positions: who polls gets nothing
twice. The old grant is withdrawn and stays as the record of what the member had.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from members.tlp import TLP
from sharing.comparing import Comparison, Leaving, Part
from sharing.models import Grant, Rendering, RenderingObject
from sharing.publishing import Body, Terms, hold_positions, store_rendering
from sharing.settling import Place
from sharing.withdrawing import Feed, places_of, settle_places

_Kept = Mapping[tuple[int, int], Sequence[tuple[Part, int]]]  # (grant, ordinal) → part, successor


def narrow(found: Comparison, *, incident_id: int | None, now: datetime) -> int:
    """Take out what a comparison says of an incident; return how many grants were withdrawn.

    What is uncovered thereby, in this or another incident, is settled with it; without an
    incident all that shows the objects is asked for it. Holds the publishing lock until the
    transaction ends.
    """
    leaving = found.leaving
    if not leaving:
        return 0
    hold_positions()  # what is seen must not change between the two questions
    uncovering = leaving if incident_id is None else _uncovering(found, incident_id)
    ids = [each.grant.pk for each in leaving]
    children = _children(ids)
    concerned = {each.grant.pk for each in uncovering}
    concerned |= {child.pk for child in children if child.parent_id in concerned}
    places = places_of(concerned, now) if concerned else {}
    Grant.objects.filter(pk__in=[*ids, *(c.pk for c in children)], withdrawn_at=None).update(
        withdrawn_at=now
    )
    kept = _succeed(leaving, children)
    settle_places(
        {
            feed: [part for place in at for part in _split(place, kept)]
            for feed, at in places.items()
        },
        now,
    )
    return len(ids)


def _uncovering(found: Comparison, incident_id: int) -> list[Leaving]:
    """Return the grants of which some object may show from elsewhere once they have left."""
    removed = {object_id for each in found.leaving for object_id in each.removed}
    others = carried_elsewhere(removed, incident_id)
    renderings = {grant.rendering_id for grant in found.staying}
    shown = _objects_of(renderings) if removed else {}
    staying: dict[Feed, set[str]] = defaultdict(set)
    for grant in found.staying:
        staying[grant.member_id, grant.kind] |= shown.get(grant.rendering_id, frozenset())
    for each in found.leaving:
        staying[each.grant.member_id, each.grant.kind] |= each.kept
    return [
        each
        for each in found.leaving
        if each.removed & (others | staying[each.grant.member_id, each.grant.kind])
    ]


def carried_elsewhere(object_ids: Collection[str], incident_id: int) -> set[str]:
    """Return which of these objects a release of another incident shows to anybody. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT o.object_id FROM sharing_renderingobject o
               JOIN sharing_rendering r ON r.id = o.rendering_id
               JOIN sharing_release l ON l.id = r.release_id
               WHERE o.object_id = ANY(%s) AND l.incident_id <> %s""",
            [list(object_ids), incident_id],
        )
        return {object_id for (object_id,) in cursor.fetchall()}


def _objects_of(rendering_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = RenderingObject.objects.filter(rendering__in=rendering_ids)
    for rendering_id, object_id in rows.values_list("rendering_id", "object_id"):
        found[rendering_id].add(object_id)
    return found


def _children(grant_ids: Sequence[int]) -> list[Grant]:
    return list(Grant.objects.filter(parent__in=grant_ids, withdrawn_at=None).order_by("pk"))


def _succeed(leaving: Sequence[Leaving], children: Sequence[Grant]) -> _Kept:
    """Store what remains; return by place which parts of it show there, and by which grant."""
    renderings: dict[tuple[int, frozenset[int]], int] = {}
    wanted: list[_Successor] = []
    for each in leaving:
        for part in each.parts:
            key = (each.grant.rendering_id, part.ordinals)
            if key not in renderings:
                renderings[key] = narrowed(*key, whole=len(part.ordinals) == len(each.content))
            wanted.append(_Successor(each.grant, part, renderings[key]))
    made = _insert(wanted)
    kept: dict[tuple[int, int], list[tuple[Part, int]]] = defaultdict(list)
    parents: dict[int, list[tuple[Part, int]]] = defaultdict(list)
    for one in wanted:
        pk = made[one.grant.pk, one.part.readers]
        parents[one.grant.pk].append((one.part, pk))
        for ordinal in one.part.ordinals:
            kept[one.grant.pk, ordinal].append((one.part, pk))
    smaller = [one for child in children for one in _of_child(child, parents)]
    made = _insert(smaller)
    for one in smaller:
        place = one.grant.pk, one.grant.single_ordinal or 0
        kept[place].append((one.part, made[one.grant.pk, one.part.readers]))
    return kept


@dataclass(frozen=True, slots=True)
class _Successor:
    """What remains of a grant on the terms of a part, to be shown by a rendering."""

    grant: Grant
    part: Part
    rendering_id: int
    parent: int | None = None


def _of_child(
    child: Grant, parents: Mapping[int, Sequence[tuple[Part, int]]]
) -> Iterator[_Successor]:
    """Yield what remains of a one-object grant that hangs on what was withdrawn."""
    for part, parent in parents.get(child.parent_id or 0, ()):
        readers = child.readers & part.readers
        if readers and child.single_ordinal in part.ordinals:
            yield _Successor(child, replace(part, readers=readers), child.rendering_id, parent)


def _insert(wanted: Sequence[_Successor]) -> dict[tuple[int, int], int]:
    """Insert successors; return their ids by (grant, readers), which no two of them share.

    One statement for all on the same terms.
    """
    groups: dict[tuple[Terms, int, int], list[_Successor]] = defaultdict(list)
    for one in wanted:
        groups[one.part.terms, one.part.readers, one.rendering_id].append(one)
    made: dict[tuple[int, int], int] = {}
    with connection.cursor() as cursor:
        for (terms, readers, rendering_id), ones in groups.items():
            cursor.execute(
                _SUCCEED,
                {
                    "grants": [one.grant.pk for one in ones],
                    "parents": [one.parent for one in ones],
                    "rendering": rendering_id,
                    "readers": readers,
                    "tlp": terms.tlp,
                    "min_tier": terms.min_tier,
                    "not_persons": list(terms.not_persons),
                    "code": terms.code,
                    "circles": list(terms.circles),
                    "groups": list(terms.groups),
                    "visible_until": terms.visible_until,
                },
            )
            made |= {(grant, readers): pk for pk, grant in cursor.fetchall()}
    return made


_SUCCEED = """
INSERT INTO sharing_grant (member_id, kind, release_id, rendering_id, position, last, tlp, min_tier,
  readers, persons, not_persons, code, circles, groups, visible_from, visible_until, granted_at,
  backfill, notice, single_ordinal, parent_id, again, succeeds_id)
SELECT g.member_id, g.kind, g.release_id, %(rendering)s, g.position, g.last, %(tlp)s, %(min_tier)s,
  %(readers)s, g.persons, %(not_persons)s::varchar[], %(code)s, %(circles)s::varchar[],
  %(groups)s::varchar[], g.visible_from, %(visible_until)s::timestamptz, g.granted_at, g.backfill,
  g.notice, g.single_ordinal, s.parent, g.again, g.id
FROM unnest(%(grants)s::bigint[], %(parents)s::bigint[]) AS s(id, parent)
JOIN sharing_grant g ON g.id = s.id
RETURNING id, succeeds_id"""


def narrowed(rendering_id: int, ordinals: Collection[int], *, whole: bool) -> int:
    """Return the id of a rendering with only these places of another, storing it if it is new."""
    if whole:
        return rendering_id
    rendering = Rendering.objects.select_related("revision__incident").get(pk=rendering_id)
    shown = list(rendering.shown.filter(ordinal__in=ordinals).order_by("ordinal"))
    told = " ".join(str(each.ordinal) for each in shown)
    new = store_rendering(
        revision_id=rendering.revision_id,
        release_id=rendering.release_id,
        key=hashlib.sha256(f"{rendering.key} {told}".encode()).hexdigest(),
        summary=_summary(rendering, shown),
        bodies=[
            Body(
                ordinal=each.ordinal,
                object_id=each.object_id,
                type=each.type,
                version=each.version,
                body=each.body,
                whole=bool(each.fullness),
                tlp=each.tlp,
            )
            for each in shown
        ],
    )
    # A copy of places recurs by its nature, and where the original has a later version it has too.
    copies = RenderingObject.objects.filter(rendering=new)
    copies.update(shared=True)
    later = [each.ordinal for each in shown if each.newer]
    copies.filter(ordinal__in=later).update(newer=True)
    return new


def _summary(rendering: Rendering, shown: Sequence[RenderingObject]) -> dict[str, Any]:
    """Return what lists show: of an incident whose own object has left, nothing but counts."""
    stored: dict[str, Any] = rendering.summary
    told = stored | {
        "indicators": sum(each.type == "indicator" for each in shown),
        "objects": len(shown),
    }
    incident = rendering.revision.incident.stix_id
    if any(each.object_id == incident for each in shown):
        return told
    tlp = max((each.tlp for each in shown), default=int(TLP.RED))
    return told | {
        "title": "",
        "level": None,
        "sectors": [],
        "incident": False,
        "anonymous": True,
        "tlp": tlp,
    }


def _split(place: Place, kept: _Kept) -> list[Place]:
    """Return a place as what remains of it, at its successors, and what leaves."""
    if not place.leaving:
        return [place]
    parts = kept.get((place.grant, place.ordinal), ())
    staying = [
        replace(place, grant=grant, readers=place.readers & part.readers, leaving=False)
        for part, grant in parts
        if place.readers & part.readers
    ]
    left = place.readers
    for each in staying:
        left &= ~each.readers
    return [*staying, replace(place, readers=left)] if left else staying
