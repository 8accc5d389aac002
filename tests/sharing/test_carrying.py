"""What others carry follows what it rests on: retracted, tightened, suspended, back, over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidents.marking import from_json
from incidents.models import Incident
from incidents.services import amend, mark
from members.models import Agreement, Member, Person
from members.models.choices import SuspensionCause
from members.tiers import Tier
from sharing import standing_changes
from sharing.models import Recall, RecallItem, Release, Settlement
from sharing.services import fanout, standing
from sharing.services.life import retract_incident
from tests.factories import NOW, by, make_person, release
from tests.sharing.carrying import OBJECT, draft, has, origin, out, second, team

pytestmark = pytest.mark.django_db
AMBER: dict[str, Any] = {"tlp": "AMBER"}
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ua() -> Person:
    return team("ua", country="UA")


@pytest.fixture
def ee(ua: Person) -> Person:
    return team("ee")


@pytest.fixture
def ie(ee: Person) -> Person:
    return team("ie", tier=Tier.PARTNER, country="IE")


@pytest.fixture
def first(ua: Person, ee: Person, ie: Person) -> Release:
    return origin(ua, AMBER)


@pytest.fixture
def carrier(first: Release, ee: Person) -> Incident:
    made = draft(ee, AMBER)
    out(made, ee)
    return made


def update(ua: Person, incident: Incident, marking: dict[str, Any]) -> None:
    amend(by=by(ua), incident=incident, now=LATER)
    mark(by=by(ua), incident=incident, marking=from_json(marking), now=LATER)
    incident.refresh_from_db()
    release(incident, author=ua, reviewer=second(ua), now=LATER)


def kinds(incident: Incident, person: Person) -> set[tuple[str, str]]:
    items = RecallItem.objects.filter(
        notice__member=person.member, notice__recall__incident=incident
    )
    return set(items.values_list("notice__recall__kind", "object_id"))


def test_what_is_retracted_is_gone_from_its_carriers_at_once_and_recalled(
    first: Release, carrier: Incident, ua: Person, ie: Person
) -> None:
    assert has(ie, of=carrier)
    retract_incident(by=by(ua), incident=first.incident, reason="wrong", now=LATER)
    assert not has(ie)
    assert kinds(carrier, ie) == {("origin", OBJECT)}


def test_carriers_narrow_with_an_update_that_narrows(
    first: Release, carrier: Incident, ua: Person, ee: Person, ie: Person
) -> None:
    update(ua, first.incident, AMBER | {"exclude": ["ie"]})
    assert (has(ee), has(ie)) == (True, False)
    assert has(ie, carrier.stix_id, of=carrier)
    assert kinds(carrier, ie) == {("origin", OBJECT)}
    assert not Recall.objects.filter(notices__member=ee.member).exists()


def test_a_suspended_carrier_carries_nothing_until_it_is_back(
    first: Release, carrier: Incident, ee: Person, ie: Person
) -> None:
    member = Member.objects.get(slug="ee")
    admins = [make_person(None, name, "platform_admin") for name in ("one", "two")]
    standing_changes.suspend_member(
        member=member,
        cause=SuspensionCause.STANDING,
        reason="late",
        actor=admins[0].actor,
        now=LATER,
    )
    assert not has(ie, of=carrier)
    assert has(ie), "by the originator's own release"

    member.refresh_from_db()
    proposal = standing_changes.reinstate_member(member=member, actor=admins[0].actor, now=LATER)
    standing_changes.approve(proposal=proposal, actor=admins[1].actor, now=LATER)  # type: ignore[arg-type]
    for row in Settlement.objects.filter(done_at=None):
        standing.settle_member(row.pk, now=LATER)
    for pk in fanout.waiting(LATER):
        fanout.settle(pk, now=LATER)
    assert has(ie, of=carrier)


def test_an_access_that_time_ends_is_looked_at_when_it_does(
    ua: Person, ee: Person, ie: Person
) -> None:
    ends = NOW + timedelta(hours=1)
    Agreement.objects.filter(member=ee.member).update(valid_until=ends)
    origin(ua, AMBER)
    made = draft(ee, AMBER)
    done = out(made, ee)
    done.refresh_from_db()
    assert done.recheck_at == ends
    for pk in fanout.waiting(ends):
        fanout.settle(pk, now=ends)
    assert not has(ie, of=made)
