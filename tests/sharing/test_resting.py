"""A suspended member is asked to delete what an update takes from it, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.tiers import Tier
from sharing import standing_changes
from sharing.models import RecallItem
from tests.factories import NOW, indicator, make_member, make_person, stix_id
from tests.sharing.test_updates import AGAIN, kinds, share, update

pytestmark = pytest.mark.django_db
AMBER = {"tlp": "AMBER"}
INDICATOR = stix_id("indicator", "i")


@pytest.fixture
def author() -> Person:
    make_member("ee")
    return make_person(make_member("ua", country="UA"), "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(author: Person) -> Person:
    return make_person(author.member, "reviewer", "analyst", "reviewer")


@pytest.fixture
def de(author: Person) -> Member:
    return make_member("de", tier=Tier.PARTNER, country="DE")


@pytest.fixture
def resting(author: Person) -> Member:
    return make_member("ie", tier=Tier.ASSOCIATE, country="IE")


def suspend(member: Member) -> None:
    standing_changes.suspend_member(
        member=member,
        cause=SuspensionCause.STANDING,
        reason="late",
        actor=make_person(None, "admin", "platform_admin").actor,
        now=NOW + timedelta(minutes=1),
    )


def test_what_excludes_it_is_recalled_from_it(
    author: Person, reviewer: Person, de: Member, resting: Member
) -> None:
    what = share(author, reviewer, AMBER, indicator("i", owner="ua"))
    suspend(resting)
    update(what, author, reviewer, marking={**AMBER, "exclude": ["ie"]})
    assert kinds(resting) == ["tightened"]
    assert kinds(de) == []
    update(what, author, reviewer, marking={**AMBER, "exclude": ["ie", "de"]}, now=AGAIN)
    assert kinds(resting) == kinds(de) == ["tightened"]


def test_what_excludes_another_is_not(
    author: Person, reviewer: Person, de: Member, resting: Member
) -> None:
    what = share(author, reviewer, AMBER, indicator("i", owner="ua"))
    suspend(resting)
    update(what, author, reviewer, marking={**AMBER, "exclude": ["de"]})
    assert kinds(de) == ["tightened"]
    assert kinds(resting) == []


def test_an_object_beyond_its_tier_is_recalled_alone(
    author: Person, reviewer: Person, de: Member, resting: Member
) -> None:
    what = share(author, reviewer, AMBER, indicator("i", owner="ua"))
    suspend(resting)
    update(
        what,
        author,
        reviewer,
        objects=[indicator("i", owner="ua")],
        object_markings={INDICATOR: {"tlp": "AMBER+STRICT"}},
    )
    items = RecallItem.objects.filter(notice__member=resting)
    assert [*items.values_list("object_id", flat=True)] == [INDICATOR]


def test_nothing_is_recalled_from_who_never_had_it(
    author: Person, reviewer: Person, de: Member, resting: Member
) -> None:
    suspend(resting)
    what = share(author, reviewer, AMBER, indicator("i", owner="ua"))
    update(what, author, reviewer, marking={**AMBER, "exclude": ["ie"]})
    assert kinds(resting) == []
