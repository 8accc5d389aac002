"""Taking places out of the feeds, and settling what that uncovers in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import count

from django.db import connection

from members.models import Member
from members.tiers import CEILING, Tier
from members.tlp import TLP
from sharing.live import RECEIVING
from sharing.models import Grant, GrantKind
from sharing.publishing import hold_positions, take_position
from sharing.settling import MICROSECOND, Place, Single, uncovered

Feed = tuple[int, int]  # member, kind


def withdraw(grant_ids: Collection[int], *, now: datetime) -> int:
    """Withdraw grants with the one-object grants that hang on them; return how many of the former.

    Holds the publishing lock until the transaction ends; withdraw in batches, the newest first.
    """
    if not grant_ids:
        return 0
    hold_positions()  # what is seen must not change between the two questions
    leaving = _with_children(grant_ids)
    places = places_of(leaving, now)
    withdrawn = Grant.objects.filter(pk__in=leaving, withdrawn_at=None)
    number = withdrawn.filter(pk__in=grant_ids).count()
    withdrawn.update(withdrawn_at=now)
    settle_places(places, now)
    return number


def uncover(grant_ids: Collection[int], *, now: datetime) -> None:
    """Settle what grants uncovered that a gate closed before (demotion, expiry, leaving a circle).

    Run twice, it shows an object once more, never once less.
    """
    if grant_ids:
        hold_positions()
        settle_places(places_of(_with_children(grant_ids), now), now)


def _with_children(grant_ids: Collection[int]) -> list[int]:
    children = Grant.objects.filter(parent__in=grant_ids).values_list("pk", flat=True)
    return sorted({*grant_ids, *children})


_PLACES = """
WITH reading AS (
  SELECT * FROM unnest(%(members)s::bigint[], %(kinds)s::smallint[], %(tiers)s::smallint[],
    %(ceilings)s::smallint[], %(receiving)s::boolean[]) AS r(member, kind, tier, ceiling, receiving)
), lost AS (
  SELECT DISTINCT g.member_id, g.kind, o.object_id
  FROM sharing_grant g JOIN sharing_renderingobject o ON o.rendering_id = g.rendering_id
    AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
  WHERE g.id = ANY(%(leaving)s) AND g.position IS NOT NULL AND o.shared
)
SELECT g.member_id, g.kind, g.id, o.ordinal, o.object_id, o.version, o.fullness, o.tlp, g.again,
  g.position + o.ordinal * interval '1 microsecond', g.readers, g.id = ANY(%(leaving)s),
  g.withdrawn_at IS NULL AND r.receiving AND g.tlp <= r.ceiling AND g.min_tier <= r.tier
    AND (g.visible_from IS NULL OR g.visible_from <= %(now)s)
    AND (g.visible_until IS NULL OR g.visible_until > %(now)s),
  g.last
FROM lost x
JOIN reading r ON r.member = x.member_id AND r.kind = x.kind
JOIN sharing_renderingobject o ON o.object_id = x.object_id
JOIN sharing_grant g ON g.rendering_id = o.rendering_id AND g.member_id = x.member_id
  AND g.kind = x.kind AND (g.single_ordinal IS NULL OR o.ordinal = g.single_ordinal)
WHERE g.position IS NOT NULL AND g.persons IS NULL
  AND (g.withdrawn_at IS NULL OR g.id = ANY(%(leaving)s))"""


def places_of(leaving: Collection[int], now: datetime) -> Mapping[Feed, list[Place]]:
    """Return every place of the objects that these grants show, by member and feed. Two queries.

    Grants to named persons stand aside: persons read pages and have no cursor.
    """
    feeds = sorted({*Grant.objects.filter(pk__in=leaving).values_list("member_id", "kind")})
    members = Member.objects.in_bulk([member for member, _ in feeds])
    reading = [_reading(members[member], GrantKind(kind)) for member, kind in feeds]
    found: defaultdict[Feed, list[Place]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACES,
            {
                "leaving": list(leaving),
                "now": now,
                "members": [member for member, _ in feeds],
                "kinds": [kind for _, kind in feeds],
                "tiers": [tier for tier, _, _ in reading],
                "ceilings": [ceiling for _, ceiling, _ in reading],
                "receiving": [receiving for _, _, receiving in reading],
            },
        )
        for member, kind, *place in cursor.fetchall():
            found[member, kind].append(Place(*place))
    return found


def _reading(member: Member, kind: GrantKind) -> tuple[int, int, bool]:
    """Return the tier and ceiling that the door compares, and whether it is open at all."""
    if kind is not GrantKind.SHARED:
        return int(Tier.CORE), int(TLP.RED), True
    tier = member.effective_tier
    return int(tier), int(CEILING[tier]), member.status in RECEIVING


def settle_places(places: Mapping[Feed, Iterable[Place]], now: datetime) -> None:
    """Give the one-object grants that make up for what leaves; takes the publishing lock."""
    singles = [single for feed in sorted(places) for single in uncovered(places[feed])]
    if not singles:
        return
    first = take_position(slots=sum(single.slot is None for single in singles), now=now)
    free = count()
    slots = [single.slot or first + next(free) * MICROSECOND for single in singles]
    _insert(singles, slots, now)


def _insert(singles: list[Single], slots: list[datetime], now: datetime) -> None:
    """Insert one-object grants on their carriers' terms."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO sharing_grant (member_id, kind, release_id, rendering_id, position, last,
                 tlp, min_tier, readers, persons, not_persons, code, circles, groups, visible_from,
                 visible_until, granted_at, backfill, notice, single_ordinal, parent_id, again)
               SELECT c.member_id, c.kind, c.release_id, c.rendering_id,
                 s.slot - s.ordinal * interval '1 microsecond', s.last, c.tlp, c.min_tier,
                 s.readers & c.readers, c.persons, c.not_persons, c.code, c.circles, c.groups,
                 c.visible_from, c.visible_until, %(now)s, c.backfill, c.notice, s.ordinal,
                 coalesce(c.parent_id, c.id), s.again
               FROM unnest(%(carriers)s::bigint[], %(ordinals)s::int[], %(slots)s::timestamptz[],
                 %(lasts)s::timestamptz[], %(again)s::smallint[], %(readers)s::int[])
                 AS s(carrier, ordinal, slot, last, again, readers)
               JOIN sharing_grant c ON c.id = s.carrier""",
            {
                "now": now,
                "carriers": [single.carrier for single in singles],
                "ordinals": [single.ordinal for single in singles],
                "slots": slots,
                "lasts": [single.last or slot for single, slot in zip(singles, slots, strict=True)],
                "again": [single.again for single in singles],
                "readers": [single.readers for single in singles],
            },
        )
