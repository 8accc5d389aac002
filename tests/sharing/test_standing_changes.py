"""A change of standing is felt by the next read, whatever the workers are doing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from members.models import Circle, CircleMembership, Member, Person
from members.models.choices import SuspensionCause
from members.tiers import Tier
from members.tlp import TLP
from sharing import standing_changes
from sharing.live import live_grants
from sharing.models import Grant, GrantKind, Settlement
from sharing.services import standing
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
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def owner() -> Member:
    return make_member("ua", country="UA")


@pytest.fixture
def partner() -> Member:
    return make_member("de", tier=Tier.PARTNER, country="DE")


@pytest.fixture
def admin() -> Person:
    return make_person(None, "platform", "platform_admin")


@pytest.fixture
def second_admin() -> Person:
    return make_person(None, "platform2", "platform_admin")


def share(
    owner: Member, marking: dict[str, object], key: str = "one", *others: dict[str, Any]
) -> int:
    people = [
        make_person(owner, f"{name}-{key}", "analyst", "reviewer")
        for name in ("author", "reviewer")
    ]
    filed = file(people[0], bundle(incident(key, owner=owner.slug), *others), marking=marking)
    out = release(filed.incident, author=people[0], reviewer=people[1])
    settle(out.pk, now=NOW)
    return out.pk


def held(member: Member, now: object = LATER) -> set[int | None]:
    member.refresh_from_db()
    return set(live_grants(member, LATER).values_list("release_id", flat=True))


def work() -> None:
    for settlement_id in standing.waiting():
        standing.settle_member(settlement_id, now=LATER)


def test_suspension_closes_and_reinstating_gives_new_positions(
    owner: Member, partner: Member, admin: Person, second_admin: Person
) -> None:
    out = share(owner, {"tlp": "AMBER"})
    before = Grant.objects.get(member=partner, kind=GrantKind.SHARED)

    standing_changes.suspend_member(
        member=partner,
        cause=SuspensionCause.STANDING,
        reason="two reports missed",
        actor=admin.actor,
        now=LATER,
    )
    assert held(partner) == set()
    assert not Grant.objects.filter(member=partner, withdrawn_at=None).exists()
    work()
    assert held(partner) == set()

    for person in (admin, second_admin):
        partner.refresh_from_db()
        standing_changes.reinstate_member(member=partner, actor=person.actor, now=LATER)
    work()
    assert held(partner) == {out}
    after = Grant.objects.get(member=partner, withdrawn_at=None)
    assert before.last is not None
    assert after.position is not None
    assert after.position > before.last
    assert after.backfill


def test_lower_tier_closes_what_it_may_not_have_and_keeps_the_rest(
    owner: Member, partner: Member, admin: Person
) -> None:
    amber = share(owner, {"tlp": "AMBER"}, "amber")
    strict = share(owner, {"tlp": "AMBER+STRICT"}, "strict")
    assert held(partner) == {amber, strict}
    kept = Grant.objects.get(member=partner, release_id=amber)

    standing_changes.change_tier(member=partner, tier=Tier.ASSOCIATE, actor=admin.actor, now=LATER)
    assert held(partner) == {amber}
    work()
    assert held(partner) == {amber}
    assert Grant.objects.get(member=partner, withdrawn_at=None) == kept


def test_leaving_a_circle_closes_only_what_rested_on_it(
    owner: Member, partner: Member, admin: Person
) -> None:
    for slug in ("wiper", "fin"):
        circle = Circle.objects.create(
            slug=slug,
            name=slug,
            kind="multilateral",
            min_tier=Tier.ASSOCIATE.value,
            max_tlp=TLP.AMBER.value,
            created_at=NOW,
        )
        for member in (owner, partner):
            CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    wiper = share(owner, {"tlp": "AMBER", "circles": [["wiper"]]}, "w")
    either = share(owner, {"tlp": "AMBER", "circles": [["wiper", "fin"]]}, "wf")
    assert held(partner) == {wiper, either}

    standing_changes.leave_circle(
        circle=Circle.objects.get(slug="wiper"), member=partner, actor=admin.actor, now=LATER
    )
    assert wiper not in held(partner)
    work()
    assert held(partner) == {either}


def test_new_member_is_back_filled(owner: Member, partner: Member, admin: Person) -> None:
    out = share(owner, {"tlp": "GREEN"})
    late = make_member("late", tier=Tier.OBSERVER, country=None)
    assert held(late) == set()
    standing.ask_settlement(member=late, cause="admitted", now=LATER)
    work()
    assert held(late) == {out}
    assert not Settlement.objects.filter(done_at=None).exists()


def test_renewed_agreement_prolongs_grants_where_they_stand(owner: Member, partner: Member) -> None:
    out = share(owner, {"tlp": "AMBER"})
    before = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    until = NOW + timedelta(days=900)
    standing_changes.sign_agreement(
        member=partner,
        version="2",
        signed_on=NOW.date(),
        valid_until=until,
        actor=make_person(None, "secretary", "secretariat").actor,
        now=LATER,
    )
    work()
    after = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    assert (after.pk, after.position, after.visible_until) == (before.pk, before.position, until)
    assert held(partner) == {out}


def test_second_circle_gives_nothing_twice(owner: Member, partner: Member, admin: Person) -> None:
    for slug in ("wiper", "fin"):
        Circle.objects.create(
            slug=slug,
            name=slug,
            kind="multilateral",
            min_tier=Tier.ASSOCIATE.value,
            max_tlp=TLP.AMBER.value,
            created_at=NOW,
        )
    wiper, fin = Circle.objects.order_by("-slug")
    for circle, member in ((wiper, owner), (fin, owner), (wiper, partner)):
        CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    out = share(owner, {"tlp": "AMBER", "circles": [["wiper", "fin"]]})
    before = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    assert before.circles == ["wiper"]

    standing_changes.join_circle(circle=fin, member=partner, actor=admin.actor, now=LATER)
    work()
    after = Grant.objects.get(member=partner, kind=GrantKind.SHARED)
    assert (after.pk, after.position, after.circles) == (
        before.pk,
        before.position,
        ["fin", "wiper"],
    )
    standing_changes.leave_circle(circle=fin, member=partner, actor=admin.actor, now=LATER)
    assert held(partner) == set()
    work()
    assert held(partner) == {out}


def test_tier_down_and_up_again_where_a_release_is_partly_stricter(
    owner: Member, partner: Member, admin: Person, second_admin: Person
) -> None:
    strict = indicator("strict", owner=owner.slug, **tlp("AMBER+STRICT"))
    out = share(owner, {"tlp": "AMBER"}, "mixed", strict)

    def shown() -> set[int]:
        """Return how many objects the best of the live grants show."""
        partner.refresh_from_db()
        return {grant.rendering.shown.count() for grant in live_grants(partner, LATER)}

    assert max(shown()) == 2
    standing_changes.change_tier(member=partner, tier=Tier.ASSOCIATE, actor=admin.actor, now=LATER)
    assert shown() <= {1}
    work()
    assert shown() == {1}
    for person in (admin, second_admin):
        partner.refresh_from_db()
        standing_changes.change_tier(
            member=partner, tier=Tier.PARTNER, actor=person.actor, now=LATER
        )
    work()
    assert max(shown()) == 2
    assert held(partner) == {out}
    assert not Settlement.objects.filter(done_at=None).exists()
