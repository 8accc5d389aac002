"""The exposure report: what it lists for whom, what it only counts, and what it never says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from incidents.models import Incident
from members.models import Circle, CircleMembership, Member, Person
from members.tiers import Status, Tier
from members.tlp import PAP, TLP
from sharing.exposure import (
    Line,
    LineState,
    NoSuchLine,
    counts,
    every_line,
    page,
    sight_of,
)
from sharing.models import (
    Fetch,
    Grant,
    GrantKind,
    Outlet,
    Recall,
    RecallAnswer,
    RecallItem,
    RecallKind,
    RecallNotice,
    RecallState,
    Release,
    RenderingObject,
)
from sharing.services.fanout import settle
from sharing.services.opening import open_due
from sharing.withdrawing import withdraw
from tests.factories import (
    NOW,
    bundle,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
AMBER = {"tlp": "AMBER"}


@pytest.fixture
def owner() -> Person:
    return make_person(make_member("ua", country="UA"), "author", "analyst", "reviewer")


@pytest.fixture
def partner() -> Member:
    return make_member("de", country="DE")


@pytest.fixture
def admin(partner: Member) -> Person:
    return make_person(partner, "admin", "member_admin")


@pytest.fixture
def office() -> Person:
    return make_person(None, "front", "secretariat")


def share(owner: Person, name: str = "one", at: datetime = NOW, **marking: Any) -> Release:
    """Return a settled release of an incident with one indicator."""
    assert owner.member is not None
    slug = owner.member.slug
    data = bundle(incident(name, owner=slug), indicator(f"{name}-i", owner=slug))
    made = file(owner, data, marking=AMBER | marking).incident
    reviewer = Person.objects.filter(email=f"second@{slug}.example").first()
    reviewer = reviewer or make_person(owner.member, "second", "reviewer")
    done = release(made, author=owner, reviewer=reviewer, now=at)
    settle(done.pk, now=at)
    return done


def lines(caller: Person, member: Member, now: datetime = LATER) -> tuple[Line, ...]:
    sight = sight_of(caller, member)
    assert sight is not None
    return page(sight=sight, now=now).lines


def told(caller: Person, member: Member, now: datetime = LATER) -> Any:
    sight = sight_of(caller, member)
    assert sight is not None
    return counts(sight=sight, now=now)


def recall_from(member: Member, done: Release, said: Person | None = None) -> RecallNotice:
    """Withdraw what the member had of a release and leave a notice about its objects."""
    grants = Grant.objects.filter(member=member, release=done, kind=GrantKind.SHARED)
    shown = list(RenderingObject.objects.filter(rendering__grants__in=grants).distinct())
    readers = grants[0].readers
    withdraw(list(grants.values_list("pk", flat=True)), now=LATER)
    act = Recall.objects.create(
        incident=done.incident, release=done, kind=RecallKind.TIGHTENED, by=done.by, at=LATER
    )
    notice = RecallNotice.objects.create(recall=act, member=member, at=LATER)
    answer = None
    if said:
        answer = RecallAnswer.objects.create(
            notice=notice, state=RecallState.REFUSED, note="a secret", at=LATER, by=said
        )
    RecallItem.objects.bulk_create(
        [
            RecallItem(
                notice=notice,
                object_id=each.object_id,
                type=each.type,
                version=each.version,
                tlp=each.tlp,
                readers=readers,
                persons=None,
                answer=answer,
            )
            for each in shown
        ]
    )
    return notice


def test_lists_what_was_given_and_when_it_was_fetched_first(
    owner: Person, partner: Member, admin: Person
) -> None:
    done = share(owner, tlp="AMBER", pap="AMBER", orcon=True)
    grant = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    reader = make_person(partner, "reader", "reader")
    for outlet, at in ((Outlet.REST, 3), (Outlet.WEB, 2)):
        moment = NOW + timedelta(minutes=at)
        Fetch.objects.create(
            grant=grant, person=reader, outlet=outlet, first_at=moment, last_at=LATER
        )
    (line,) = lines(admin, partner)
    assert (line.ref, line.version, line.objects) == (done.incident.ref, 1, 3)
    assert line.given_at == NOW
    assert line.then == line.now
    assert (line.then.tlp, line.then.pap, line.then.orcon) == (TLP.AMBER, PAP.AMBER, True)
    assert line.state is LineState.IN_FORCE
    assert line.fetched is not None
    assert (line.fetched.at, line.fetched.outlet, line.fetched.by) == (
        NOW + timedelta(minutes=2),
        "web",
        "Reader",
    )
    assert line.recalled is None


def test_nothing_is_listed_before_it_opens(owner: Person, partner: Member, admin: Person) -> None:
    opens = NOW + timedelta(hours=1)
    share(owner, embargo_until=opens.isoformat().replace("+00:00", "Z"))
    assert lines(admin, partner) == ()
    assert told(admin, partner).unlisted == 0
    open_due(now=opens)
    (line,) = lines(admin, partner, now=opens)
    assert line.given_at == opens


def test_present_marking_is_told_only_while_it_may_be_seen(
    owner: Person, partner: Member, admin: Person
) -> None:
    done = share(owner)
    recall_from(partner, done, said=admin)
    (line,) = lines(admin, partner)
    assert line.now is None
    assert line.state is LineState.RECALLED
    assert line.recalled is not None
    assert (line.recalled.kind, line.recalled.state) == ("tightened", "refused")
    assert told(admin, partner).recalls == {
        RecallState.OPEN: 0,
        RecallState.CONFIRMED: 0,
        RecallState.REFUSED: 1,
    }


def test_withdrawn_without_recall_and_suspended_are_no_longer_shared(
    owner: Person, partner: Member, admin: Person
) -> None:
    first, second = share(owner, "one"), share(owner, "two", at=NOW + timedelta(minutes=1))
    ids = Grant.objects.filter(member=partner, release=first).values_list("pk", flat=True)
    withdraw(list(ids), now=LATER)
    assert [(each.ref, each.state) for each in lines(admin, partner)] == [
        (second.incident.ref, LineState.IN_FORCE),
        (first.incident.ref, LineState.WITHDRAWN),
    ]
    Member.objects.filter(pk=partner.pk).update(
        status=Status.SUSPENDED.value,
        suspended_from=Status.ACTIVE.value,
        suspension_cause="standing",
        suspended_at=LATER,
    )
    admin.refresh_from_db()
    partner.refresh_from_db()
    assert {each.state for each in lines(admin, partner)} == {LineState.WITHDRAWN}
    assert {each.now for each in lines(admin, partner)} == {None}


def test_of_versions_the_last_visible_one_is_in_force_and_gives_the_marking(
    owner: Person, partner: Member, admin: Person
) -> None:
    done = share(owner)
    grant = Grant.objects.get(member=partner, release=done, kind=GrantKind.SHARED)
    again = Release.objects.get(pk=done.pk)
    again.pk, again.version, again.at = None, 2, LATER
    again.save()
    rendering = grant.rendering
    rendering.pk, rendering.release = None, again
    rendering.summary = rendering.summary | {"pap": int(PAP.RED)}
    rendering.save()
    grant.pk, grant.release, grant.rendering = None, again, rendering
    grant.tlp, grant.granted_at = int(TLP.AMBER_STRICT), LATER
    grant.save()
    second, first = lines(admin, partner)
    assert (second.version, second.state) == (2, LineState.IN_FORCE)
    assert (first.version, first.state) == (1, LineState.SUPERSEDED)
    assert (first.then.tlp, first.then.pap) == (TLP.AMBER, PAP.CLEAR)
    assert first.now == second.now == second.then
    assert (second.then.tlp, second.then.pap) == (TLP.AMBER_STRICT, PAP.RED)
    assert told(admin, partner).states == {
        LineState.IN_FORCE: 1,
        LineState.SUPERSEDED: 1,
        LineState.WITHDRAWN: 0,
        LineState.RECALLED: 0,
    }


def test_an_admin_without_red_is_told_only_how_many(
    owner: Person, partner: Member, admin: Person
) -> None:
    share(owner, tlp="RED", named=["de"])
    assert lines(admin, partner) == ()
    assert told(admin, partner).unlisted == 1
    assert told(admin, partner).versions == 0
    Person.objects.filter(pk=admin.pk).update(max_tlp=TLP.RED.value)
    admin.refresh_from_db()
    assert [each.then.tlp for each in lines(admin, partner)] == [TLP.RED]
    assert told(admin, partner).unlisted == 0


def test_what_only_named_people_got_is_a_number_for_an_admin_not_named(
    owner: Person, partner: Member, admin: Person
) -> None:
    share(owner, persons=["reader@de.example"])
    assert lines(admin, partner) == ()
    assert told(admin, partner).unlisted == 1
    named = make_person(partner, "reader", "member_admin")
    assert len(lines(named, partner)) == 1


def test_the_office_reads_no_reference_no_name_and_days_alone(
    owner: Person, partner: Member, admin: Person, office: Person
) -> None:
    done = share(owner)
    other = make_member("fr", country="FR")
    settle(done.pk, now=LATER)
    grant = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    Fetch.objects.create(
        grant=grant, person=admin, outlet=Outlet.WEB, first_at=LATER, last_at=LATER
    )
    (line,) = lines(office, partner)
    midnight = NOW.replace(hour=0)
    assert (line.ref, line.given_at, line.version) == ("", midnight, 1)
    assert line.fetched is not None
    assert (line.fetched.at, line.fetched.by) == (midnight, "person")
    (elsewhere,) = lines(office, other)
    assert elsewhere.number != line.number
    assert [each.number for each in lines(admin, partner)] == [line.number]


@pytest.mark.parametrize(
    "marking",
    [
        {"tlp": "RED", "named": ["de"]},
        {"named": ["de"]},
        {"tlp": "AMBER+STRICT", "named": ["de"]},
        {"persons": ["admin@de.example"]},
        {"circles": [["wiper"]]},
        {"embargo_until": "2026-11-22T11:00:00Z", "early": [["de"]]},
    ],
)
def test_the_office_reads_a_number_of_what_is_red_or_limited_to_some(
    owner: Person, partner: Member, office: Person, marking: dict[str, Any]
) -> None:
    assert owner.member is not None
    circle = Circle.objects.create(
        slug="wiper",
        name="Wiper",
        kind="multilateral",
        min_tier=Tier.OBSERVER.value,
        max_tlp=TLP.AMBER_STRICT.value,
        created_at=NOW,
        maker=owner.member,
    )
    for member in (owner.member, partner):
        CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    share(owner, **marking)
    assert Grant.objects.filter(member=partner, kind=GrantKind.SHARED).exists()
    assert lines(office, partner) == ()
    found = told(office, partner)
    assert (found.versions, found.unlisted) == (0, 1)


def test_only_its_admin_and_the_secretariat_may_look(
    owner: Person, partner: Member, admin: Person, office: Person
) -> None:
    others = [
        make_person(partner, "reviewer", "reader", "analyst", "reviewer"),
        make_person(owner.member, "admin", "member_admin"),
        make_person(None, "platform", "platform_admin"),
        make_person(None, "auditor", "auditor"),
        make_person(None, "operator", "platform_admin", is_superuser=True),
    ]
    assert [sight_of(person, partner) for person in others] == [None] * 5
    assert sight_of(admin, partner) is not None
    assert sight_of(office, partner) is not None


def test_pages_join_without_gap_and_no_other_place_is_accepted(
    owner: Person, partner: Member, admin: Person, office: Person
) -> None:
    for number in range(5):
        share(owner, f"i{number}", at=NOW + timedelta(minutes=number // 2))
    sight = sight_of(admin, partner)
    assert sight is not None
    seen: list[Line] = []
    after = None
    while True:
        found = page(sight=sight, now=LATER, after=after, limit=2)
        seen += found.lines
        after = found.next
        if after is None:
            break
    assert tuple(seen) == page(sight=sight, now=LATER).lines
    assert len({line.number for line in seen}) == 5
    assert list(every_line(admin, partner, LATER)) == seen
    foreign = make_member("fr", country="FR")
    with pytest.raises(NoSuchLine):
        page(sight=sight_of(office, foreign), now=LATER, after=seen[0].number)  # type: ignore[arg-type]


@pytest.mark.parametrize("items", [1, 12])
def test_one_query_for_the_numbers_and_one_for_a_page(
    owner: Person,
    partner: Member,
    admin: Person,
    items: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(items):
        share(owner, f"i{number}")
    sight = sight_of(admin, partner)
    assert sight is not None
    with django_assert_num_queries(2):
        assert counts(sight=sight, now=LATER).incidents == items
        assert len(page(sight=sight, now=LATER).lines) == items


def test_members_of_lower_tier_are_not_told_what_they_never_had(
    owner: Person, partner: Member
) -> None:
    low = make_member("ie", country="IE", tier=Tier.OBSERVER)
    admin = make_person(low, "admin", "member_admin")
    share(owner)
    assert Incident.objects.count() == 1
    assert lines(admin, low) == ()
    assert told(admin, low).unlisted == 0
