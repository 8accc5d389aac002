"""Owners name only circles they belong to: another's circle is as one that does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from members.models import Circle, CircleMembership, Member
from members.tiers import Tier
from members.tlp import TLP
from sharing.lint import lint
from sharing.policy.types import Reach
from sharing.preview import Preview, preview
from tests.factories import (
    NOW,
    bundle,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    stix_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ua() -> Member:
    """Return the owner; it belongs to `fin`, as EE does, and EE and DE to `wiper`."""
    ua, ee, de = (make_member(slug, country=slug.upper()) for slug in ("ua", "ee", "de"))
    for slug, belonging in (("fin", (ua, ee)), ("wiper", (ee, de))):
        circle = Circle.objects.create(
            slug=slug,
            name=slug,
            kind="multilateral",
            min_tier=Tier.ASSOCIATE.value,
            max_tlp=TLP.GREEN.value,
            created_at=NOW,
        )
        for member in belonging:
            CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    return ua


def draft(owner: Member, *, circles: list[list[str]], of_object: bool) -> Incident:
    """File a draft of which the incident, or one object, is for these circles."""
    limit: dict[str, Any] = {"circles": circles}
    author = owner.people.first() or make_person(owner, "author", "analyst")
    objects = [incident("one", owner=owner.slug), indicator("one", owner=owner.slug)]
    of_objects = {stix_id("indicator", "one"): from_json(limit, base=NEUTRAL)} if of_object else {}
    marking = {"tlp": "GREEN"} | ({} if of_object else limit)
    return file(author, bundle(*objects), marking=marking, object_markings=of_objects).incident


def told(found: Preview, made: Incident, word: str) -> tuple[Any, Any]:
    """Return all that the owner reads, the circle's own name aside."""
    rows = found.rows_json()
    sentences = [str(each.sentence).replace(word, "…") for each in _lint(made, found)]
    return rows, sentences


def _lint(made: Incident, found: Preview) -> list[Any]:
    return [each for each in lint(incident=made, preview=found, now=NOW) if each.blocks]


@pytest.mark.parametrize("of_object", [False, True])
def test_a_foreign_circle_tells_nothing_and_stops_the_release(ua: Member, of_object: bool) -> None:
    answers = []
    for word in ("wiper", "nosuch"):
        made = draft(ua, circles=[[word]], of_object=of_object)
        found = preview(incident=made, now=NOW)
        assert _lint(made, found)
        answers.append(told(found, made, word))
    assert answers[0] == answers[1]


def test_an_own_circle_is_reached(ua: Member) -> None:
    made = draft(ua, circles=[["fin"]], of_object=False)
    found = preview(incident=made, now=NOW)
    assert {row.member for row in found.rows if row.outcome is Reach.FULL} == {"ee"}
    assert not _lint(made, found)


def test_nothing_new_is_released_to_an_archived_circle(ua: Member) -> None:
    Circle.objects.filter(slug="fin").update(state="archived")
    made = draft(ua, circles=[["fin"]], of_object=False)
    found = preview(incident=made, now=NOW)
    assert {each.code for each in _lint(made, found)} == {"CIRCLE_NOT_ACTIVE"}
