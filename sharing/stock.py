"""What is in force, grouped by what its markings say: many releases, few different ones."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from incidents.marking import NEUTRAL, Marking, from_json, meet
from incidents.models import IN_FORCE, Incident
from incidents.stix import granular_marking
from sharing.policy.difference import STEADY, Held, Terms


@dataclass(frozen=True, slots=True)
class Lot:
    """The releases of one owner that say the same: their numbers."""

    terms: Terms
    owner_id: int
    release_ids: tuple[int, ...]


def in_force(
    *, owner_id: int | None = None, release_ids: Collection[int] | None = None
) -> list[Lot]:
    """Return the last releases of all incidents in force, or of one owner, or of those named.

    One query. It reads no object's text: those that say more than their marking, by granular
    markings or because another member made them, are known by an index.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOTS,
            {
                "states": [state.value for state in IN_FORCE],
                "steady": list(STEADY),
                "owner": owner_id,
                "releases": None if release_ids is None else list(release_ids),
            },
        )
        return [
            Lot(_terms(marking, held), owner, tuple(ids))
            for marking, held, owner, ids in cursor.fetchall()
        ]


@lru_cache(maxsize=4096)
def _terms(marking: str, held: str) -> Terms:
    found = json.loads(held)
    return Terms(
        marking=from_json(json.loads(marking)),
        held=tuple(Held(_own(own), steady, telling=steady) for own, steady, _ in found),
        close=any(close for *_, close in found),
    )


def closer(lots: Iterable[Lot]) -> dict[int, Terms]:
    """Return what each release of these lots says with its granular markings too, by number.

    Only where another member made an object the terms stay `close`: it has a floor, which is
    another release's to say. One query, which reads the texts of those objects alone.
    """
    of = {pk: lot for lot in lots for pk in lot.release_ids}
    found: defaultdict[int, list[_Object]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_CLOSER, {"releases": list(of)})
        for release_id, *said in cursor.fetchall():
            found[release_id].append(_Object(*said))
    known: dict[tuple[int, frozenset[Held], bool], Terms] = {}
    closer: dict[int, Terms] = {}
    for pk, lot in of.items():
        objects = found[pk]
        cuts = frozenset(_cuts(objects))
        floored = any(each.floored for each in objects)
        key = (id(lot.terms), cuts, floored)
        if key not in known:
            held = (*lot.terms.held, *cuts)
            known[key] = Terms(lot.terms.marking, held, close=floored)
        closer[pk] = known[key]
    return closer


def co_owned(member_ids: Iterable[int]) -> defaultdict[int, frozenset[int]]:
    """Return the numbers of the releases that each member owns beside another. One query."""
    found: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    beside = Incident.objects.filter(co_originators__in=list(member_ids))
    for member, release in beside.values_list("co_originators", "releases__pk"):
        if release is not None:
            found[member] |= {release}
    return found


@dataclass(frozen=True, slots=True)
class _Object:
    """An object that says more than its marking, or a marking definition that one may name."""

    object_id: str
    type: str
    marking: str | None
    text: str
    floored: bool


def _cuts(objects: Sequence[_Object]) -> Iterator[Held]:
    """Yield the markings of the parts that are cut where they refuse.

    The only granular marking of a STEADY object tells: the part, or with it the object, is seen
    to come or go. Of several one may keep the object away whatever the others say.
    """
    bodies = {each.object_id: json.loads(each.text) for each in objects}
    definitions = {
        each.object_id: bodies[each.object_id]
        for each in objects
        if each.type == "marking-definition"
    }
    for each in objects:
        entries = bodies[each.object_id].get("granular_markings")
        parts = entries if isinstance(entries, list) else []
        own = _own(None if each.marking is None else json.loads(each.marking))
        markings = {
            meet(own, granular_marking(part["marking_ref"], definitions))
            for part in parts
            if "marking_ref" in part
        }
        telling = each.type in STEADY and len(markings) == 1 and not each.floored
        yield from (Held(marking, steady=False, telling=telling) for marking in markings)


def _own(stated: object) -> Marking:
    return NEUTRAL if stated is None else from_json(stated, base=NEUTRAL)


# The condition of the index `object_says_more` (incidents 0003); JSON may write any letter of a
# key as an escape.
SAYS_MORE = r"(text LIKE '%granular\_markings%' OR text LIKE '%\\u00%' OR creator_id <> owner_id)"

_CLOSER = rf"""
SELECT l.id, o.stix_id, o.type, p.marking::text, o.text, coalesce(o.creator_id <> o.owner_id, false)
FROM sharing_release l
JOIN incidents_revisionobject p ON p.revision_id = l.revision_id
JOIN incidents_stixobject o ON o.id = p.object_id
WHERE l.id = ANY(%(releases)s) AND (o.type = 'marking-definition' OR o.id IN (
  SELECT id FROM incidents_stixobject WHERE {SAYS_MORE.replace("%", "%%")}))
ORDER BY l.id, p.ordinal"""  # noqa: S608 - our own words

_LOTS = rf"""
WITH forced AS (
  SELECT l.id, l.revision_id, l.marking, i.owner_id
  FROM sharing_release l
  JOIN incidents_incident i ON i.id = l.incident_id AND i.version = l.version
  WHERE i.state = ANY(%(states)s) AND l.ended_at IS NULL
    AND (%(owner)s::bigint IS NULL OR i.owner_id = %(owner)s)
    AND (%(releases)s::bigint[] IS NULL OR l.id = ANY(%(releases)s))
), more AS MATERIALIZED (
  SELECT id FROM incidents_stixobject WHERE {SAYS_MORE.replace("%", "%%")}
), held AS (
  SELECT f.id, p.marking,
    bool_or(o.type = ANY(%(steady)s) AND m.id IS NULL) AS steady,
    bool_or(m.id IS NOT NULL) AS close
  FROM forced f
  JOIN incidents_revisionobject p ON p.revision_id = f.revision_id
  JOIN incidents_stixobject o ON o.id = p.object_id
  LEFT JOIN more m ON m.id = o.id
  GROUP BY f.id, p.marking
), said AS (
  SELECT id, jsonb_agg(jsonb_build_array(marking, steady, close) ORDER BY marking) AS held
  FROM held GROUP BY id
)
SELECT f.marking::text, s.held::text, f.owner_id, array_agg(f.id)
FROM forced f JOIN said s ON s.id = f.id
GROUP BY f.marking, s.held, f.owner_id"""  # noqa: S608 - our own words
