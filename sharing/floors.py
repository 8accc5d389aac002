"""Under which markings a member holds others' objects now: the floors of what carries them.

An access rests on the creator's own release, or on the release of another carrier, which holds the
object by an access itself. Carriers may carry from each other: the floors are the least solution,
so that accesses that rest only on one another are none. Whatever is cut short here only denies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q

from incidents.marking import NEUTRAL, Marking, from_json, meet
from incidents.models import Incident, RevisionObject
from members.models import Member
from sharing.live import live_grants
from sharing.models import GrantKind, Release, ReuseRequest, ReuseState

MOST_ROUNDS: Final = 20  # carriers in a row
MOST_FLOORS: Final = 16  # alternatives of one object

_Node = tuple[int, str]  # member, object id
_Markings = frozenset[Marking]


@dataclass(frozen=True, slots=True)
class Held:
    """How a member holds another's object, and what it may do with it in one incident.

    `received` are the markings under which it has it (alternatives), `floors` those under which
    the incident may carry it: an ORCON access is one only with the originator's consent to this
    incident, which `consented` is the marking of.
    """

    originator: int
    received: tuple[Marking, ...]
    floors: tuple[Marking, ...]
    consented: Marking | None = None

    @property
    def needs_consent(self) -> bool:
        """Say whether nothing but the originator's consent is missing."""
        return bool(self.received) and not self.floors


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member holds of some objects; `until` is when time alone ends an access to them."""

    of: Mapping[str, Held]
    until: datetime | None = None

    @property
    def floors(self) -> dict[str, tuple[Marking, ...]]:
        """Return the floors by object, as `sharing.policy` takes them."""
        return {key: held.floors for key, held in self.of.items() if held.floors}


NOTHING: Final = Holding({})


@dataclass(frozen=True, slots=True)
class _Access:
    """An object as a release shows it to a member: by its creator, or by another carrier."""

    incident_id: int
    carrier_id: int
    creator_id: int
    marking: Marking
    by_creator: bool


@dataclass(slots=True)
class _World:
    """All accesses that some others rest on."""

    accesses: dict[_Node, list[_Access]] = field(default_factory=lambda: defaultdict(list))
    consents: dict[tuple[int, str, int], Marking] = field(default_factory=dict)
    until: datetime | None = None


def holding(
    *, owner: Member, object_ids: Collection[str], now: datetime, incident: Incident | None = None
) -> Holding:
    """Return how the owner holds others' objects now; with consent as far as it is to `incident`.

    What it does not receive is not in it. Three queries where every object comes from its
    creator; three more for each further carrier.
    """
    if not object_ids:
        return NOTHING
    world = _explore(owner, object_ids, now)
    if incident is not None:
        _add_consents(world, {incident.pk}, object_ids)
    markings = _solve(world)
    return Holding(
        {
            node[1]: _held(node[1], found, world, incident)
            for node, found in markings.items()
            if node[0] == owner.pk and found
        },
        world.until,
    )


def _held(object_id: str, received: _Markings, world: _World, incident: Incident | None) -> Held:
    originator = next(
        access.creator_id
        for (_member, key), accesses in world.accesses.items()
        if key == object_id
        for access in accesses
    )
    incident_id = incident.pk if incident else 0
    usable = _usable(received, world.consents.get((incident_id, object_id, originator)))
    return Held(
        originator=originator,
        received=_ordered(received),
        floors=_ordered(usable),
        consented=world.consents.get((incident_id, object_id, originator)),
    )


def _ordered(markings: Iterable[Marking]) -> tuple[Marking, ...]:
    return tuple(sorted(markings, key=repr))


def _usable(received: _Markings, consent: Marking | None) -> _Markings:
    """Return under what a holder may pass the object on: ORCON asks for consent, and stays."""
    free = {marking for marking in received if not marking.orcon}
    bound = {meet(marking, consent) for marking in received if marking.orcon and consent}
    return frozenset(free | bound)


def _solve(world: _World) -> dict[_Node, _Markings]:
    """Return the markings of each node: the least solution, from nothing upwards."""
    found: dict[_Node, _Markings] = dict.fromkeys(world.accesses, frozenset())
    for _round in range(MOST_ROUNDS):
        more = {
            node: _most_open(_through(node[1], accesses, found, world))
            for node, accesses in world.accesses.items()
        }
        if more == found:
            break
        found = more
    return found


def _through(
    object_id: str, accesses: Sequence[_Access], found: Mapping[_Node, _Markings], world: _World
) -> _Markings:
    markings: set[Marking] = set()
    for access in accesses:
        if access.by_creator:
            markings.add(access.marking)
            continue
        consent = world.consents.get((access.incident_id, object_id, access.creator_id))
        floors = _usable(found.get((access.carrier_id, object_id), frozenset()), consent)
        markings |= {meet(access.marking, floor) for floor in floors}
    return frozenset(markings)


def _most_open(markings: _Markings) -> _Markings:
    """Return the markings, of very many only those that none is wider than."""
    if len(markings) <= MOST_FLOORS:
        return markings
    widest = [m for m in markings if not any(n != m and meet(n, m) == m for n in markings)]
    return frozenset(sorted(widest, key=repr)[:MOST_FLOORS])


def _explore(owner: Member, object_ids: Collection[str], now: datetime) -> _World:
    """Return every access that the owner's accesses to these objects may rest on."""
    world = _World()
    asked: dict[int, frozenset[str]] = {}
    todo = {owner.pk: frozenset(object_ids)}
    members = {owner.pk: owner}
    while todo:
        found = {pk: _accesses(members[pk], ids, now, world) for pk, ids in todo.items()}
        for pk, ids in todo.items():
            asked[pk] = asked.get(pk, frozenset()) | ids
        wanted: dict[int, set[str]] = defaultdict(set)
        for pk, accesses in found.items():
            for object_id, access in accesses:
                world.accesses[pk, object_id].append(access)
                if not access.by_creator:
                    wanted[access.carrier_id].add(object_id)
        todo = {
            pk: frozenset(rest)
            for pk, ids in wanted.items()
            if (rest := ids - asked.get(pk, frozenset()))
        }
        members = Member.objects.in_bulk(list(todo))
    carried = {
        access.incident_id
        for accesses in world.accesses.values()
        for access in accesses
        if not access.by_creator
    }
    _add_consents(world, carried, object_ids)
    return world


def _accesses(
    member: Member, object_ids: Collection[str], now: datetime, world: _World
) -> list[tuple[str, _Access]]:
    """Return the incidents that show these objects to the member, as they stand. Two queries."""
    shown: dict[int, set[str]] = defaultdict(set)
    rows = (
        live_grants(member, now)
        .filter(kind=GrantKind.SHARED, rendering__shown__object_id__in=object_ids)
        .filter(Q(single_ordinal=None) | Q(single_ordinal=F("rendering__shown__ordinal")))
        .values_list("release__incident", "rendering__shown__object_id", "visible_until")
    )
    for incident_id, object_id, until in rows:
        shown[incident_id].add(object_id)
        if until is not None:
            world.until = until if world.until is None else min(world.until, until)
    return [
        (row["object__stix_id"], _access(row))
        for row in _places(shown, object_ids)
        if row["object__stix_id"] in shown[row["revision__incident"]]
    ]


def _places(incident_ids: Collection[int], object_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return where the version in force of these incidents carries the objects, and how marked.

    An earlier version that is still served is held under the marking of the one in force.
    """
    incident = "revision__incident"
    in_force = (
        Release.objects.filter(incident__in=incident_ids or [0])  # a query even if there is none
        .order_by("incident", "-version")
        .distinct("incident")
    )
    together = Incident.co_originators.through.objects.filter(
        incident=OuterRef(incident), member=OuterRef("object__creator")
    )
    rows = (
        RevisionObject.objects.filter(
            revision__releases__in=in_force.values("pk"),
            object__stix_id__in=object_ids,
            object__creator__isnull=False,
        )
        .annotate(with_creator=Q(object__creator=F(f"{incident}__owner")) | Exists(together))
        .values(
            "revision__releases__marking",
            incident,
            f"{incident}__owner",
            "object__stix_id",
            "object__creator",
            "marking",
            "with_creator",
        )
    )
    return list(rows)


def _access(row: Mapping[str, Any]) -> _Access:
    own = NEUTRAL if row["marking"] is None else from_json(row["marking"], base=NEUTRAL)
    return _Access(
        incident_id=row["revision__incident"],
        carrier_id=row["revision__incident__owner"],
        creator_id=row["object__creator"],
        marking=meet(from_json(row["revision__releases__marking"]), own),
        by_creator=bool(row["with_creator"]),
    )


def _add_consents(
    world: _World, incident_ids: Collection[int], object_ids: Collection[str]
) -> None:
    if not incident_ids:
        return
    granted = ReuseRequest.objects.filter(
        incident__in=incident_ids,
        object_id__in=object_ids,
        state=ReuseState.GRANTED,
        originator__isnull=False,
    )
    for incident_id, object_id, originator_id, marking in granted.values_list(
        "incident_id", "object_id", "originator_id", "marking"
    ):
        world.consents[incident_id, object_id, originator_id] = from_json(marking)
