"""What a member may do with objects that it received: floors, live and grounded."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.marking import Marking
from members.models import Person
from members.tiers import Tier
from members.tlp import TLP
from sharing.floors import Holding, holding
from sharing.models import Grant, ReuseRequest, ReuseState
from tests.factories import NOW
from tests.sharing.carrying import OBJECT, draft, has, origin, out, team

pytestmark = pytest.mark.django_db
AMBER: dict[str, Any] = {"tlp": "AMBER"}


@pytest.fixture
def ua() -> Person:
    return team("ua", country="UA")


@pytest.fixture
def ee(ua: Person) -> Person:
    return team("ee")


@pytest.fixture
def de(ee: Person) -> Person:
    return team("de", tier=Tier.PARTNER, country="DE")


def held(person: Person) -> Holding:
    assert person.member is not None
    return holding(owner=person.member, object_ids=[OBJECT], now=NOW)


def levels(person: Person) -> set[TLP | None]:
    return {marking.tlp for marking in held(person).floors.get(OBJECT, ())}


def withdraw(release_id: int) -> None:
    Grant.objects.filter(release=release_id).update(withdrawn_at=NOW)


def test_what_was_never_received_has_no_floor(ua: Person, ee: Person) -> None:
    assert held(ee).of == {}


def test_floor_is_the_marking_of_the_access_with_the_objects_own(ua: Person, ee: Person) -> None:
    origin(ua, {"tlp": "GREEN", "exclude": ["nobody"]}, own=AMBER)
    (floor,) = held(ee).floors[OBJECT]
    assert (floor.tlp, floor.exclude) == (TLP.AMBER, frozenset({"nobody"}))


def test_several_accesses_are_alternatives(ua: Person, ee: Person, de: Person) -> None:
    origin(ua, {"tlp": "GREEN"})
    out(draft(ee, AMBER), ee)
    assert levels(de) == {TLP.GREEN, TLP.AMBER}


def test_floor_through_a_carrier_is_as_narrow_as_the_carriers_own(
    ua: Person, ee: Person, de: Person
) -> None:
    first = origin(ua, {"tlp": "AMBER", "exclude": ["ie"]})
    out(draft(ee, {"tlp": "AMBER", "exclude": ["ie"], "min_tier": "associate"}), ee)
    Grant.objects.filter(release=first, member=de.member).update(withdrawn_at=NOW)
    (floor,) = held(de).floors[OBJECT]
    assert (floor.exclude, floor.min_tier) == (frozenset({"ie"}), Tier.ASSOCIATE)


def test_access_gone_is_no_floor_and_what_rests_on_it_has_none_either(
    ua: Person, ee: Person, de: Person
) -> None:
    first = origin(ua, AMBER)
    out(draft(ee, AMBER), ee)
    withdraw(first.pk)
    assert has(de)  # its grant stands: nobody has settled the carrier yet
    assert (held(ee).floors, held(de).floors) == ({}, {})


def test_carriers_of_each_other_hold_nothing_once_the_origin_is_gone(
    ua: Person, ee: Person, de: Person
) -> None:
    first = origin(ua, AMBER)
    out(draft(ee, AMBER), ee)
    out(draft(de, AMBER, name="carrier two"), de)
    assert levels(ee) == {TLP.AMBER}
    withdraw(first.pk)
    assert has(ee)
    assert has(de)
    assert (held(ee).floors, held(de).floors) == ({}, {})


def test_an_access_ends_a_floor_at_its_own_time(ua: Person, ee: Person) -> None:
    end = NOW.replace(hour=20)
    origin(ua, {"tlp": "AMBER", "expires_at": "2026-11-22T20:00:00Z"})
    assert held(ee).until == end
    assert ee.member is not None
    assert holding(owner=ee.member, object_ids=[OBJECT], now=end).of == {}


def test_orcon_has_no_floor_without_consent(ua: Person, ee: Person) -> None:
    origin(ua, AMBER | {"orcon": True})
    found = held(ee).of[OBJECT]
    assert (len(found.received), found.floors, found.needs_consent) == (1, (), True)


@pytest.mark.parametrize(
    ("state", "to_ua", "lifts"),
    [("granted", True, True), ("asked", True, False), ("ended", True, False),
     ("granted", False, False)],
)  # fmt: skip
def test_consent_of_the_originator_to_this_incident_lifts_it(
    ua: Person, ee: Person, de: Person, state: str, to_ua: bool, lifts: bool
) -> None:
    origin(ua, AMBER | {"orcon": True})
    filed, other = draft(ee, AMBER), draft(ee, AMBER, name="another")
    ReuseRequest.objects.create(
        incident=filed,
        object_id=OBJECT,
        originator=ua.member if to_ua else de.member,
        marking={"tlp": "AMBER+STRICT"},
        state=ReuseState(state),
        asked_by=ee,
        asked_at=NOW,
    )
    assert ee.member is not None
    floors = holding(owner=ee.member, object_ids=[OBJECT], now=NOW, incident=filed).floors
    elsewhere = holding(owner=ee.member, object_ids=[OBJECT], now=NOW, incident=other).floors
    # What goes out is never wider than what was consented to, and stays its originator's.
    wanted = {OBJECT: (Marking(tlp=TLP.AMBER_STRICT, orcon=True),)} if lifts else {}
    assert (floors, elsewhere) == (wanted, {})


def test_number_of_queries_is_fixed(ua: Person, ee: Person) -> None:
    origin(ua, AMBER)
    origin(ua, {"tlp": "GREEN"}, name="again")
    filed = draft(ee, AMBER)
    assert ee.member is not None
    many = [OBJECT, *(f"indicator--{n}" for n in range(500))]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        holding(owner=ee.member, object_ids=many, now=NOW, incident=filed)
    assert len(queries) == 3
