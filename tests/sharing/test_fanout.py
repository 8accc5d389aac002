"""From filing to grants: the list that was approved is the list that gets it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.models import Member, Person
from members.tiers import Tier
from sharing.models import Grant, GrantKind, Release
from sharing.policy.types import Reach
from sharing.preview import preview
from sharing.services.fanout import settle
from tests.factories import (
    NOW,
    bundle,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
    tlp,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> dict[str, Member]:
    return {
        "ua": make_member("ua", country="UA"),
        "ee": make_member("ee"),
        "de": make_member("de", tier=Tier.PARTNER, country="DE"),
        "ie": make_member("ie", tier=Tier.ASSOCIATE, country="IE"),
        "obs": make_member("obs", tier=Tier.OBSERVER, country=None),
    }


@pytest.fixture
def author(world: dict[str, Member]) -> Person:
    return make_person(world["ua"], "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(world: dict[str, Member]) -> Person:
    return make_person(world["ua"], "reviewer", "analyst", "reviewer")


def granted(release: Release) -> set[str]:
    grants = Grant.objects.filter(release=release, withdrawn_at=None, kind=GrantKind.SHARED)
    return set(grants.values_list("member__slug", flat=True))


def test_release_reaches_exactly_the_list_that_was_approved(
    author: Person, reviewer: Person
) -> None:
    data = bundle(incident("one", owner="ua"), indicator("i", owner="ua"))
    filed = file(author, data, marking={"tlp": "AMBER"})
    promised = {
        row.member
        for row in preview(incident=filed.incident, now=NOW).rows
        if row.outcome is not Reach.NONE
    }

    out = release(filed.incident, author=author, reviewer=reviewer)
    settle(out.pk, now=NOW)

    assert promised == {"ee", "de", "ie"}
    assert granted(out) == promised


def test_settling_twice_changes_nothing(author: Person, reviewer: Person) -> None:
    filed = file(author, bundle(incident("one", owner="ua")), marking={"tlp": "GREEN"})
    out = release(filed.incident, author=author, reviewer=reviewer)
    first = settle(out.pk, now=NOW)
    before = list(Grant.objects.order_by("pk").values())

    again = settle(out.pk, now=NOW + timedelta(seconds=5))

    assert (first.granted, again.granted, again.withdrawn) == (5, 0, 0)
    assert list(Grant.objects.order_by("pk").values()) == before


def test_stricter_object_gives_fewer_objects_to_the_lower_tier(
    author: Person, reviewer: Person
) -> None:
    data = bundle(
        incident("one", owner="ua"),
        indicator("open", owner="ua"),
        indicator("strict", owner="ua", address="192.0.2.8", **tlp("AMBER+STRICT")),
    )
    filed = file(author, data, marking={"tlp": "AMBER"})
    out = release(filed.incident, author=author, reviewer=reviewer)
    settle(out.pk, now=NOW)

    def names(slug: str) -> set[int]:
        full = Grant.objects.filter(release=out, member__slug=slug)
        return {grant.rendering.shown.count() for grant in full}

    assert names("ie") == {2}
    assert 3 in names("de")


def test_embargoed_objects_get_their_position_when_they_open(
    author: Person, reviewer: Person
) -> None:
    opens = NOW + timedelta(hours=24)
    marking = {
        "tlp": "AMBER",
        "embargo_until": opens.isoformat().replace("+00:00", "Z"),
        "early": [["ee"]],
    }
    filed = file(author, bundle(incident("one", owner="ua")), marking=marking)
    out = release(filed.incident, author=author, reviewer=reviewer)
    settle(out.pk, now=NOW)

    placed = Grant.objects.filter(release=out, kind=GrantKind.SHARED)
    assert set(placed.exclude(position=None).values_list("member__slug", flat=True)) == {"ee"}
    waiting = placed.filter(position=None)
    assert set(waiting.values_list("member__slug", "visible_from")) == {
        ("de", opens),
        ("ie", opens),
    }
