"""A small coalition in which members carry each other's objects."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from members.models import Person
from members.tiers import Tier
from sharing.models import GrantKind, Release, RenderingObject
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
    stix_id,
)

KEY = "shared"
OBJECT = stix_id("indicator", KEY)


def team(slug: str, *, tier: Tier = Tier.CORE, country: str = "EE") -> Person:
    """Return a person of a new member that may do all with its incidents."""
    member = make_member(slug, tier=tier, country=country)
    make_person(member, "second", "analyst", "reviewer")
    return make_person(member, "one", "analyst", "reviewer")


def second(person: Person) -> Person:
    """Return the other person of the team."""
    return Person.objects.select_related("member").get(member=person.member, name="Second")


def origin(
    person: Person,
    marking: dict[str, Any],
    *,
    name: str = "origin",
    own: dict[str, Any] | None = None,
    at: datetime = NOW,
) -> Release:
    """Release an incident of the person's with the object that others will carry."""
    assert person.member is not None
    slug = person.member.slug
    filed = file(
        person,
        bundle(incident(name, owner=slug), indicator(KEY, owner=slug)),
        marking=marking,
        object_markings={OBJECT: from_json(own, base=NEUTRAL)} if own else {},
        now=at,
    )
    return out(filed.incident, person, at=at)


def out(filed: Incident, person: Person, *, at: datetime = NOW) -> Release:
    """Release a filed incident and settle it."""
    done = release(filed, author=person, reviewer=second(person), now=at)
    settle(done.pk, now=at)
    return done


def copy_of(person: Person, object_id: str = OBJECT) -> list[dict[str, Any]]:
    """Return the object as the member received it, with the definitions that it is marked by."""
    shown = RenderingObject.objects.filter(
        rendering__grants__member=person.member,
        rendering__grants__kind=GrantKind.SHARED,
        rendering__grants__withdrawn_at=None,
    )
    row = shown.filter(object_id=object_id).order_by("-pk").first()
    assert row is not None, "it was not received"
    body = json.loads(row.body)
    marks = shown.filter(
        object_id__in=body["object_marking_refs"],
        type="marking-definition",
        rendering=row.rendering,
    )
    return [*(json.loads(each.body) for each in marks), body]


def draft(
    person: Person,
    marking: dict[str, Any],
    *,
    name: str = "carrier",
    own: dict[str, Any] | None = None,
    more: tuple[dict[str, Any], ...] = (),
) -> Incident:
    """File an incident of the person's that carries the object it received."""
    assert person.member is not None
    return file(
        person,
        bundle(incident(name, owner=person.member.slug), *copy_of(person), *more),
        marking=marking,
        object_markings={OBJECT: from_json(own, base=NEUTRAL)} if own else {},
    ).incident


def has(person: Person, object_id: str = OBJECT, *, of: Incident | None = None) -> bool:
    """Say whether a live, open grant shows the member the object."""
    shown = RenderingObject.objects.filter(
        object_id=object_id,
        rendering__grants__member=person.member,
        rendering__grants__kind=GrantKind.SHARED,
        rendering__grants__withdrawn_at=None,
        rendering__grants__notice=False,
    )
    if of is not None:
        shown = shown.filter(rendering__release__incident=of)
    return shown.exists()
