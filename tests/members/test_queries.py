"""Standings are read whole, exactly, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.actors import SYSTEM
from members import queries, services
from members.models import Circle
from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import Health, Status, Tier
from members.tlp import TLP
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db


def test_standings_are_exact() -> None:
    estonia = world.member("cert-ee", Tier.CORE, "EE")
    body = world.member("nato-cyber", Tier.OBSERVER, None, agreement=False)
    nato = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    eu = services.create_group(name="EU", actor=SYSTEM, now=NOW)
    services.enter_group(group=nato, country="EE", actor=SYSTEM, now=NOW)
    services.enter_group(group=nato, member=body, actor=SYSTEM, now=NOW)
    until = NOW + timedelta(days=1)
    services.enter_group(group=eu, country="EE", ends_at=until, actor=SYSTEM, now=NOW)
    world.circle("c-energy", estonia, min_tier=Tier.PARTNER)
    world.circle("c-left", estonia)
    services.leave_circle(
        circle=Circle.objects.get(slug="c-left"), member=estonia, actor=SYSTEM, now=NOW
    )
    closed = world.circle("c-closed", estonia, max_tlp=TLP.RED)
    services.close_circle(circle=closed, actor=SYSTEM, now=NOW)
    archived = world.circle("c-kept", estonia, max_tlp=TLP.GREEN)
    services.archive_circle(circle=archived, actor=SYSTEM, now=NOW)

    assert queries.standings(NOW) == [
        Standing(
            member="cert-ee",
            status=Status.ACTIVE,
            tier=Tier.CORE,
            health=Health.GOOD,
            agreement_until=NOW + timedelta(days=300),
            country="EE",
            groups=(GroupSpan("EU", None, until), GroupSpan("NATO")),
            circles=(
                CircleTerms("c-closed", Tier.ASSOCIATE, TLP.RED, open=False),
                CircleTerms("c-energy", Tier.PARTNER, TLP.AMBER_STRICT),
                CircleTerms("c-kept", Tier.ASSOCIATE, TLP.GREEN),
            ),
        ),
        Standing(
            member="nato-cyber",
            status=Status.ACTIVE,
            tier=Tier.OBSERVER,
            groups=(GroupSpan("NATO"),),
        ),
    ]


def test_standings_of_those_named_only() -> None:
    for slug in ("cert-ee", "cert-de", "cert-ie"):
        world.member(slug)
    named = queries.standings(NOW, ["cert-ie", "cert-ee", "unknown"])
    assert [standing.member for standing in named] == ["cert-ee", "cert-ie"]
    assert queries.standings(NOW, []) == []


@pytest.mark.parametrize("count", [1, 50])
def test_standings_take_three_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nato = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    services.enter_group(group=nato, country="EE", actor=SYSTEM, now=NOW)
    made = [world.member(f"m-{number}") for number in range(count)]
    world.circle("c-all", *made)
    with django_assert_num_queries(3):
        standings = queries.standings(NOW)
    assert len(standings) == count
    assert {len(standing.circles) for standing in standings} == {1}
    assert {len(standing.groups) for standing in standings} == {1}


def test_agreement_ends_when_ended_and_the_latest_counts() -> None:
    member = world.member("cert-ee")
    later = NOW + timedelta(days=500)
    services.sign_agreement(
        member=member,
        version="2",
        signed_on=NOW.date(),
        valid_until=later,
        actor=SYSTEM,
        now=NOW,
    )
    assert queries.standings(NOW)[0].agreement_until == later
    services.end_agreement(member=member, actor=SYSTEM, now=NOW + timedelta(days=3))
    [standing] = queries.standings(NOW + timedelta(days=4))
    assert standing.agreement_until == NOW + timedelta(days=3)
    assert not standing.has_agreement(NOW + timedelta(days=3))


def test_agreement_signed_later_does_not_count_yet() -> None:
    world.member("cert-ee")
    [standing] = queries.standings(NOW - timedelta(days=2))
    assert standing.agreement_until is None


def test_members_of_a_circle_are_those_that_belong_now() -> None:
    one, two, three = (world.member(slug) for slug in ("aa", "bb", "cc"))
    circle = world.circle("c-one", one, two)
    world.circle("c-two", three)
    services.leave_circle(circle=circle, member=one, actor=SYSTEM, now=NOW)
    assert {member.slug for member in queries.members_of(circle)} == {"bb"}
