"""Every change that narrows is felt by the next read, without workers; what opens is back-filled.

Each row performs one change and reads before and after it: the feed that a poller collects, the
page list, and the page of the incident. Time-driven ends are read at a later `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit.actors import SYSTEM
from members.models import Agreement, Circle, CircleMembership, Group, GroupEntry, Member
from members.models.choices import SuspensionCause
from members.tiers import Health, Tier
from members.tlp import TLP
from sharing import standing_changes
from sharing.door import reader_of_person
from sharing.feed import page
from sharing.models import Grant, GrantKind
from sharing.queries import counts, incidents, shared_incident
from sharing.services import standing
from sharing.services.fanout import settle
from sharing.viewers import viewer_of_person
from tests.factories import NOW, bundle, file, incident, make_member, make_person, release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fast_passwords")]
LATER = NOW + timedelta(minutes=5)
AFTER = NOW + timedelta(minutes=9)


@dataclass
class World:
    """An owner, a member that reads, and everything a release may rest on."""

    owner: Member
    member: Member
    circle: Circle
    group: Group
    entry: GroupEntry

    def __post_init__(self) -> None:
        self.person = make_person(self.member, "reader", "analyst")

    def does(self, service: str, **said: Any) -> Any:
        self.member.refresh_from_db()
        act = getattr(standing_changes, service)
        return act(**said, actor=SYSTEM, now=LATER)

    def read(self, now: datetime) -> tuple[int, int, bool]:
        """Return how many objects the feed gives, how many incidents the list, and the page."""
        person = type(self.person).objects.select_related("member").get(pk=self.person.pk)
        reader, viewer = reader_of_person(person), viewer_of_person(person)
        assert reader is not None
        assert viewer is not None
        entries = page(reader=reader, kind=GrantKind.SHARED, now=now).entries
        rows = incidents(viewer=viewer, now=now).rows
        one = shared_incident(viewer=viewer, ref=self.ref, now=now)
        return len(entries), len(rows), one is not None

    def fresh(self, now: datetime) -> int:
        person = type(self.person).objects.select_related("member").get(pk=self.person.pk)
        viewer = viewer_of_person(person)
        assert viewer is not None
        return counts(viewer=viewer, now=now, since=NOW - timedelta(hours=1)).fresh

    def share(self, marking: dict[str, Any]) -> None:
        people = [make_person(self.owner, name, "analyst", "reviewer") for name in ("a", "b")]
        data = bundle(incident("one", owner=self.owner.slug))
        filed = file(people[0], data, marking=marking)
        self.ref = filed.incident.ref
        settle(release(filed.incident, author=people[0], reviewer=people[1]).pk, now=NOW)

    def work(self, now: datetime) -> None:
        for pk in standing.waiting():
            standing.settle_member(pk, now=now)


@pytest.fixture
def world() -> World:
    owner, other = make_member("ua", country="UA"), make_member("fi", country="FI")
    member = make_member("de", tier=Tier.PARTNER, country="DE")
    circle = Circle.objects.create(
        slug="fin",
        name="fin",
        kind="multilateral",
        min_tier=Tier.OBSERVER.value,
        max_tlp=TLP.RED.value,
        created_at=NOW,
    )
    for each in (owner, other, member):
        CircleMembership.objects.create(circle=circle, member=each, joined_at=NOW)
    group = Group.objects.create(name="NATO")
    GroupEntry.objects.create(group=group, country="FI")
    entry = GroupEntry.objects.create(group=group, country="DE")
    return World(owner, member, circle, group, entry)


AMBER = {"tlp": "AMBER"}
STRICT = {"tlp": "AMBER+STRICT"}
CIRCLE = {"tlp": "AMBER", "circles": [["fin"]]}
NATO = {"tlp": "AMBER", "rel_to": [["NATO"]]}
NOT_EU = {"tlp": "AMBER", "not_rel_to": ["EU"]}
Act = Callable[[World], object]


def suspend(cause: SuspensionCause) -> Act:
    return lambda w: w.does("suspend_member", member=w.member, cause=cause, reason="why")


def enter_eu(w: World) -> None:
    w.does("enter_group", group=Group.objects.create(name="EU"), member=w.member)


NARROWING: dict[str, tuple[dict[str, Any], Act]] = {
    "suspended for standing": (AMBER, suspend(SuspensionCause.STANDING)),
    "suspended for compromise": (AMBER, suspend(SuspensionCause.COMPROMISE)),
    "withdrawn": (AMBER, lambda w: w.does("withdraw_member", member=w.member)),
    "demoted below the marking": (
        STRICT,
        lambda w: w.does("change_tier", member=w.member, tier=Tier.ASSOCIATE),
    ),
    "demoted below the owner's minimum": (
        {"tlp": "GREEN", "min_tier": "partner"},
        lambda w: w.does("change_tier", member=w.member, tier=Tier.ASSOCIATE),
    ),
    "demoted out of the early readers": (
        {"tlp": "AMBER", "embargo_until": "2026-12-01T00:00:00Z", "early": [["partner"]]},
        lambda w: w.does("change_tier", member=w.member, tier=Tier.ASSOCIATE),
    ),
    "lapsed": (STRICT, lambda w: w.does("set_standing", member=w.member, health=Health.LAPSED)),
    "agreement ended": (AMBER, lambda w: w.does("end_agreement", member=w.member)),
    "left the circle": (
        CIRCLE,
        lambda w: w.does("leave_circle", circle=w.circle, member=w.member),
    ),
    "circle closed": (CIRCLE, lambda w: w.does("close_circle", circle=w.circle)),
    "entry of the group ended": (NATO, lambda w: w.does("leave_group", entry=w.entry)),
    "entered a group that is left out": (NOT_EU, enter_eu),
}


@pytest.mark.parametrize("name", NARROWING)
def test_next_read_is_without_it(world: World, name: str) -> None:
    marking, act = NARROWING[name]
    world.share(marking)
    assert world.read(LATER) == (1, 1, True)
    act(world)
    assert world.read(LATER) == (0, 0, False)
    world.work(AFTER)
    assert world.read(AFTER) == (0, 0, False)


@pytest.mark.parametrize(
    ("marking", "act"),
    [
        (CIRCLE, lambda w: w.does("archive_circle", circle=w.circle)),
        (AMBER, lambda w: w.does("leave_circle", circle=w.circle, member=w.member)),
        (AMBER, lambda w: w.does("change_tier", member=w.member, tier=Tier.ASSOCIATE)),
        (AMBER, lambda w: w.does("set_standing", member=w.member, health=Health.LAPSED)),
        ({"tlp": "CLEAR"}, lambda w: w.does("end_agreement", member=w.member)),
    ],
    ids=["archived", "another circle's", "still high enough", "lapsed to associate", "CLEAR"],
)
def test_what_does_not_rest_on_it_stays_where_it_is(
    world: World, marking: dict[str, Any], act: Act
) -> None:
    world.share(marking)
    before = Grant.objects.get(member=world.member)
    act(world)
    assert world.read(LATER) == (1, 1, True)
    world.work(AFTER)
    after = Grant.objects.get(member=world.member, withdrawn_at=None)
    assert (after.pk, after.position) == (before.pk, before.position)


def end_soon(world: World, what: str) -> None:
    """Let something end at LATER by time alone."""
    if what == "agreement":
        Agreement.objects.filter(member=world.member).update(valid_until=LATER)
    elif what == "circle":
        Circle.objects.update(ends_at=LATER)
    else:
        GroupEntry.objects.filter(pk=world.entry.pk).update(ends_at=LATER)


@pytest.mark.parametrize(
    ("what", "marking"), [("agreement", AMBER), ("circle", CIRCLE), ("entry", NATO)]
)
def test_what_ends_by_time_ends_at_that_moment(
    world: World, what: str, marking: dict[str, Any]
) -> None:
    end_soon(world, what)
    world.share(marking)
    assert world.read(LATER - timedelta(microseconds=1)) == (1, 1, True)
    assert world.read(LATER) == (0, 0, False)


WIDENING: dict[str, tuple[dict[str, Any], Act, Act]] = {
    "reinstated": (
        AMBER,
        suspend(SuspensionCause.STANDING),
        lambda w: w.does("reinstate_member", member=w.member),
    ),
    "promoted": (
        STRICT,
        lambda w: w.does("change_tier", member=w.member, tier=Tier.ASSOCIATE),
        lambda w: w.does("change_tier", member=w.member, tier=Tier.CORE),
    ),
    "no longer lapsed": (
        STRICT,
        lambda w: w.does("set_standing", member=w.member, health=Health.LAPSED),
        lambda w: w.does("set_standing", member=w.member, health=Health.GOOD),
    ),
    "signed again": (
        AMBER,
        lambda w: w.does("end_agreement", member=w.member),
        lambda w: w.does(
            "sign_agreement",
            member=w.member,
            version="2",
            signed_on=NOW.date(),
            valid_until=NOW + timedelta(days=99),
        ),
    ),
    "back in the circle": (
        CIRCLE,
        lambda w: w.does("leave_circle", circle=w.circle, member=w.member),
        lambda w: w.does("join_circle", circle=w.circle, member=w.member),
    ),
    "back on the list": (
        NATO,
        lambda w: w.does("leave_group", entry=w.entry),
        lambda w: w.does("enter_group", group=w.group, country="DE", starts_at=LATER),
    ),
}


@pytest.mark.parametrize("name", WIDENING)
def test_new_access_reaches_who_only_polls_and_alarms_nobody(world: World, name: str) -> None:
    marking, narrow, widen = WIDENING[name]
    world.share(marking)
    assert world.fresh(LATER) == 1
    reader = reader_of_person(world.person)
    assert reader is not None
    [seen] = page(reader=reader, kind=GrantKind.SHARED, now=LATER).entries
    narrow(world)
    world.work(LATER)
    widen(world)
    world.work(AFTER)
    assert world.read(AFTER) == (1, 1, True)
    person = type(world.person).objects.select_related("member").get(pk=world.person.pk)
    reader = reader_of_person(person)
    assert reader is not None
    polled = page(reader=reader, kind=GrantKind.SHARED, now=AFTER, after=seen.added)
    assert [each.object_id for each in polled.entries] == [seen.object_id]
    assert Grant.objects.get(member=world.member, withdrawn_at=None).backfill
    assert world.fresh(AFTER) == 0


def test_a_later_entry_opens_when_it_begins(world: World) -> None:
    world.does("leave_group", entry=world.entry)
    world.share(NATO)
    begins = LATER + timedelta(days=2)
    world.does("enter_group", group=world.group, country="DE", starts_at=begins)
    world.work(LATER)
    assert world.read(begins - timedelta(seconds=1))[1:] == (0, False)
    assert world.read(begins)[1:] == (1, True)
