"""Revoked versions make way where and when their objects are shown again, and not before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from members.models import Member, Person
from members.tiers import Tier
from members.tlp import TLP
from sharing import feed
from sharing.models import GrantKind, Release
from sharing.services import fanout
from sharing.services.life import retract_incident
from sharing.services.opening import open_due
from tests.factories import (
    NOW,
    bundle,
    by,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
    stix_id,
)
from tests.sharing.test_updates import AGAIN, LATER, Poller, reader, share, shown

pytestmark = pytest.mark.django_db
INDICATOR = stix_id("indicator", "i")
OPENS = NOW + timedelta(days=1)


@pytest.fixture
def author() -> Person:
    return make_person(make_member("ua", country="UA"), "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(author: Person) -> Person:
    return make_person(author.member, "reviewer", "analyst", "reviewer")


@pytest.fixture
def ie(author: Person) -> Member:
    return make_member("ie", tier=Tier.PARTNER, country="IE")


def carried_by_another(author: Person, reviewer: Person, now: datetime, **marking: Any) -> Release:
    data = bundle(incident("two", owner="ua"), indicator("i", owner="ua"))
    filed = file(author, data, marking={"tlp": "AMBER", **marking}, now=now)
    made = release(filed.incident, author=author, reviewer=reviewer, now=now)
    fanout.settle(made.pk, now=now)
    return made


def sweep(now: datetime) -> None:
    open_due(now=now)
    for pk in fanout.waiting(now):
        fanout.settle(pk, now=now)


def is_revoked(member: Member, now: datetime) -> bool:
    return bool(shown(member, now)[INDICATOR].get("revoked", False))


def test_a_notice_stays_until_what_brings_it_back_opens(
    author: Person, reviewer: Person, ie: Member
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    what.refresh_from_db()
    retract_incident(by=by(reviewer), incident=what, reason="wrong", now=LATER)
    poller = Poller(ie)
    assert len(poller.poll(LATER)) == 2

    carried_by_another(author, reviewer, AGAIN, embargo_until="2026-11-23T12:00:00Z")
    assert is_revoked(ie, AGAIN)
    assert poller.poll(AGAIN) == []

    sweep(OPENS)
    assert not is_revoked(ie, OPENS)
    assert INDICATOR in {each["id"] for each in poller.poll(OPENS)}


def test_what_was_waiting_when_it_was_revoked_is_shown_when_it_opens(
    author: Person, reviewer: Person, ie: Member
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    carried_by_another(author, reviewer, NOW, embargo_until="2026-11-23T12:00:00Z")
    what.refresh_from_db()
    retract_incident(by=by(reviewer), incident=what, reason="wrong", now=LATER)
    poller = Poller(ie)
    assert len(poller.poll(LATER)) == 2
    assert is_revoked(ie, LATER)

    sweep(OPENS)
    assert not is_revoked(ie, OPENS)
    assert INDICATOR in {each["id"] for each in poller.poll(OPENS)}


def test_a_notice_stays_for_readers_to_whom_nothing_comes_back(
    author: Person, reviewer: Person, ie: Member
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    what.refresh_from_db()
    retract_incident(by=by(reviewer), incident=what, reason="wrong", now=LATER)

    carried_by_another(author, reviewer, AGAIN, tlp="AMBER+STRICT")

    assert not is_revoked(ie, AGAIN)
    amber = reader(ie, TLP.AMBER)
    page = feed.page(reader=amber, kind=GrantKind.SHARED, now=AGAIN, limit=100)
    [revoked] = [each.body for each in page.entries if each.object_id == INDICATOR]
    assert '"revoked":true' in revoked
