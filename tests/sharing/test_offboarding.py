"""When a membership ends, what the member had is recalled; its exposure report says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.models import Incident
from members.models import Person
from members.models.choices import SuspensionCause
from sharing import standing_changes
from sharing.exposure import LineState, counts, page, sight_of
from sharing.models import Grant, GrantKind, Recall, RecallItem, RecallKind, RecallState, Settlement
from sharing.services import standing
from sharing.services.fanout import settle
from sharing.services.life import retract_incident
from sharing.services.offboarding import recall_all
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
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    ua, de, ee = (make_member(slug, country=slug.upper()) for slug in ("ua", "de", "ee"))
    return {
        "author": make_person(ua, "author", "analyst"),
        "reviewer": make_person(ua, "reviewer", "reviewer"),
        "de": make_person(de, "admin", "member_admin"),
        "ee": make_person(ee, "admin", "member_admin"),
        "platform": make_person(None, "platform", "platform_admin"),
        "office": make_person(None, "front", "secretariat"),
    }


def share(people: dict[str, Person], name: str) -> Incident:
    data = bundle(incident(name, owner="ua"), indicator(f"{name}-i", owner="ua"))
    made = file(people["author"], data, marking={"tlp": "AMBER"}).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def leave(people: dict[str, Person], slug: str = "de") -> None:
    member = people[slug].member
    assert member is not None
    standing_changes.withdraw_member(member=member, actor=people["platform"].actor, now=LATER)
    standing.settle_member(Settlement.objects.get(done_at=None).pk, now=LATER)


def test_all_that_a_former_member_had_in_force_is_recalled_from_it_alone(
    people: dict[str, Person],
) -> None:
    one, two, three = (share(people, name) for name in ("one", "two", "three"))
    retract_incident(by=by(people["reviewer"]), incident=three, reason="wrong", now=NOW)
    leave(people)
    recalls = Recall.objects.filter(kind=RecallKind.MEMBERSHIP)
    assert {each.incident.ref for each in recalls} == {one.ref, two.ref}
    told = set(recalls.values_list("notices__member__slug", flat=True))
    assert told == {"de"}
    for each in recalls:
        shown = set(each.incident.head.places.values_list("object__stix_id", flat=True))  # type: ignore[union-attr]
        items = RecallItem.objects.filter(notice__recall=each)
        assert set(items.values_list("object_id", flat=True)) == shown
    live = Grant.objects.filter(kind=GrantKind.SHARED, notice=False, withdrawn_at=None)
    assert set(live.values_list("member__slug", flat=True)) == {"ee"}


def test_running_again_recalls_nothing_twice(people: dict[str, Person]) -> None:
    share(people, "one")
    leave(people)
    member = people["de"].member
    assert member is not None
    assert recall_all(member, now=LATER) == 0
    assert Recall.objects.count() == 1


def test_a_suspension_recalls_nothing(people: dict[str, Person]) -> None:
    share(people, "one")
    member = people["de"].member
    assert member is not None
    standing_changes.suspend_member(
        member=member,
        cause=SuspensionCause.STANDING,
        reason="none",
        actor=people["platform"].actor,
        now=LATER,
    )
    standing.settle_member(Settlement.objects.get(done_at=None).pk, now=LATER)
    assert not Recall.objects.exists()


def test_the_office_reads_how_much_is_recalled_and_not_answered(people: dict[str, Person]) -> None:
    share(people, "one")
    leave(people)
    member = people["de"].member
    assert member is not None
    member.refresh_from_db()
    sight = sight_of(people["office"], member)
    assert sight is not None
    (line,) = page(sight=sight, now=LATER).lines
    assert line.state is LineState.RECALLED
    assert line.recalled is not None
    assert (line.recalled.kind, line.recalled.state) == ("membership", "open")
    assert counts(sight=sight, now=LATER).recalls[RecallState.OPEN] == 1
