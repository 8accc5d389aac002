"""Which releases must be settled again for one member: those whose outcome for it may differ.

A change of standing leaves most of what is in force as it was. What the markings alone tell is
asked of them for all releases at once; everything else is settled, which is always right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from incidents.marking import Marking, meet
from members.models import Member
from members.queries import standings
from members.standing import Standing
from members.tlp import READER_CLASSES, TLP
from sharing import stock
from sharing.models import Grant, GrantKind, Release
from sharing.policy.clauses import Case, readers_of
from sharing.policy.difference import Terms, admitted

_EVERYTHING = 1 << max(limits.bit for limits in READER_CLASSES)  # the class that reads most


def to_settle(member: Member, now: datetime) -> list[int]:
    """Return the numbers of the releases in force that must be settled for the member, in order.

    A fixed number of queries.
    """
    releases = Release.objects.filter(ended_at=None, fanned_out_at__isnull=False)
    others = releases.exclude(incident__owner=member).order_by("at", "pk")
    settled = _settled(member, now)
    return [pk for pk in others.values_list("pk", flat=True) if pk not in settled]


def _settled(member: Member, now: datetime) -> set[int]:
    """Return the releases of which the member has now what it should have, for certain."""
    [standing] = standings(now, slugs=[member.slug])
    held = _held(member)
    found: set[int] = set()
    asked: dict[int, bool | None] = {}
    maybe: list[int] = []
    for lot in stock.in_force():
        key = id(lot.terms)
        if key not in asked:
            asked[key] = _wanted(lot.terms, standing, now)
        if asked[key] is False:
            found.update(pk for pk in lot.release_ids if pk not in held)
        elif asked[key] is True:
            readers = _readers(lot.terms, now)
            until = standing.agreement_until
            maybe += [
                pk for pk in lot.release_ids if pk in held and held[pk].is_for(readers, until)
            ]
    return (found | _whole(maybe, held)) - stock.co_owned([member.pk])[member.pk]


@dataclass(slots=True)
class _Held:
    """What live grants of one release give a member: to which readers, on what grounds."""

    readers: int = 0
    plain: bool = True
    until: frozenset[datetime | None] = frozenset()
    fullest: int | None = None  # the rendering for the class of readers that reads most

    def is_for(self, readers: int, until: datetime | None) -> bool:
        return self.plain and self.readers == readers and self.until == {until}


def _held(member: Member) -> dict[int, _Held]:
    """Return the member's live grants by release. One query."""
    found: defaultdict[int, _Held] = defaultdict(_Held)
    live = Grant.objects.filter(member=member, withdrawn_at=None, single_ordinal=None, notice=False)
    terms = ("persons", "not_persons", "circles", "groups", "visible_from")
    rows = live.exclude(release=None).values_list(
        "release_id", "rendering_id", "kind", "readers", "visible_until", *terms
    )
    for release_id, rendering_id, kind, readers, until, persons, *limits in rows:
        assert release_id is not None, "asked for"
        held = found[release_id]
        held.readers |= readers
        held.until |= {until}
        if kind != GrantKind.SHARED or persons is not None or any(limits):
            held.plain = False
        if readers & _EVERYTHING:
            held.fullest = rendering_id
    return dict(found)


def _wanted(terms: Terms, standing: Standing, now: datetime) -> bool | None:
    """Say whether the member should have all of it (True) or nothing (False), now and later.

    None: something else, or what only its objects or time can tell.
    """
    markings = [meet(terms.marking, held.marking) for held in terms.held]
    if terms.close or any(_waits(each, standing, now) for each in markings):
        return None
    allowed = admitted(terms, standing, now)
    if not allowed:
        return False
    whole = len(allowed) == len(terms.held) and terms.marking.tlp not in {None, TLP.CLEAR}
    return True if whole and not any(_is_limited(each) for each in markings) else None


def _waits(marking: Marking, standing: Standing, now: datetime) -> bool:
    """Say whether a time ahead may open what is closed now."""
    ahead = [time for time in (marking.release_at, marking.embargo_until) if time and time > now]
    named = marking.not_rel_to.union(*marking.rel_to)
    spans = (span for span in standing.groups if span.name in named)
    dated = any(t and t > now for span in spans for t in (span.starts_at, span.ends_at))
    return bool(ahead) or dated


def _is_limited(marking: Marking) -> bool:
    """Say whether a grant of it rests on more than tier and agreement."""
    lists = marking.circles or marking.rel_to or marking.not_rel_to or marking.early
    rest = marking.orcon or marking.anonymous or marking.expires_at or marking.persons is not None
    return bool(lists or rest)


def _readers(terms: Terms, now: datetime) -> int:
    """Return the mask of the classes of readers that are shown anything."""
    mask = 0
    for held in terms.held:
        mask |= readers_of(Case(meet(terms.marking, held.marking), "released", True, now))
    return mask


_SHOWN = """
SELECT rendering_id, count(*) FROM sharing_renderingobject
WHERE rendering_id = ANY(%s) AND fullness = 1 GROUP BY rendering_id"""

_THERE = """
SELECT l.id, count(*) FROM sharing_release l
JOIN incidents_revisionobject p ON p.revision_id = l.revision_id
WHERE l.id = ANY(%s) GROUP BY l.id"""


def _whole(releases: Iterable[int], held: dict[int, _Held]) -> set[int]:
    """Return those of which the fullest rendering shows every object. Two queries."""
    asked = {pk: held[pk].fullest for pk in releases if held[pk].fullest is not None}
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [list({*asked.values()})])
        shown = dict(cursor.fetchall())
        cursor.execute(_THERE, [list(asked)])
        there = dict(cursor.fetchall())
    return {pk for pk, rendering in asked.items() if shown.get(rendering) == there.get(pk)}
