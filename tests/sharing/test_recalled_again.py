"""Recalled, given again and taken back again; and lost for clients first, inside later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.models import Member, Person
from members.tiers import Tier
from members.tlp import INTERNAL_READERS, Channel
from sharing.models import RecallItem
from tests.factories import indicator, make_member, make_person, stix_id
from tests.sharing.test_updates import AGAIN, LAST, kinds, share, shown, update
from tests.sharing.web import machine

pytestmark = pytest.mark.django_db
INDICATOR = stix_id("indicator", "i")
OPEN, CLOSED = {"tlp": "AMBER"}, {"tlp": "AMBER", "exclude": ["de"]}


@pytest.fixture
def author() -> Person:
    return make_person(make_member("ua", country="UA"), "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(author: Person) -> Person:
    return make_person(author.member, "reviewer", "analyst", "reviewer")


@pytest.fixture
def de(author: Person) -> Member:
    return make_member("de", tier=Tier.PARTNER, country="DE")


@pytest.fixture
def ee(author: Person) -> Member:
    make_member("fr", country="FR")  # so that somebody has it always
    return make_member("ee")


def test_what_was_given_again_is_recalled_again(
    de: Member, ee: Member, author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, OPEN, indicator("i", owner="ua"))
    update(what, author, reviewer, marking=CLOSED)
    update(what, author, reviewer, marking=OPEN, now=AGAIN)
    assert INDICATOR in shown(de, AGAIN)

    update(what, author, reviewer, marking=CLOSED, now=LAST)

    assert kinds(de) == ["tightened", "tightened"]


def test_what_stays_closed_is_recalled_once(
    de: Member, ee: Member, author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, OPEN, indicator("i", owner="ua"))
    update(what, author, reviewer, marking=CLOSED)
    update(what, author, reviewer, marking={"tlp": "AMBER", "exclude": ["de", "ee"]}, now=AGAIN)
    update(what, author, reviewer, marking=CLOSED, now=LAST)
    update(
        what,
        author,
        reviewer,
        marking={"tlp": "AMBER", "exclude": ["de", "ee"]},
        now=LAST + timedelta(hours=1),
    )
    assert kinds(de) == ["tightened"]
    assert kinds(ee) == ["tightened", "tightened"]


def test_what_clients_lost_first_is_recalled_from_those_inside_too(
    de: Member, ee: Member, author: Person, reviewer: Person
) -> None:
    machine(make_person(de, "runs", "analyst"), channel=Channel.DOWNSTREAM)
    what = share(author, reviewer, OPEN, indicator("i", owner="ua"))
    update(what, author, reviewer, marking={"tlp": "AMBER+STRICT"})
    update(what, author, reviewer, marking={"tlp": "AMBER+STRICT", "exclude": ["de"]}, now=AGAIN)

    items = RecallItem.objects.filter(notice__member=de, object_id=INDICATOR).order_by("pk")
    clients, inside = items.values_list("readers", flat=True)
    assert clients & INTERNAL_READERS == 0
    assert inside & INTERNAL_READERS
    assert clients & inside == 0
