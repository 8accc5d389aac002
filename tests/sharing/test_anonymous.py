"""Nothing tells an anonymous originator, whatever part of the incident is shown."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from incidents.marking import NEUTRAL, from_json
from incidents.presenting import shared_view
from incidents.services import amend, mark
from members.models import Member, Person
from members.tiers import Tier
from sharing.queries import counts, incidents, shared_incident
from sharing.services.fanout import settle
from sharing.viewers import viewer_of_person
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

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
HIDDEN = {"tlp": "AMBER+STRICT"}
NAMELESS = {"anonymous": True}


@pytest.fixture
def ua() -> Member:
    return make_member("cert-ua", country="UA")


@pytest.fixture
def reader() -> Person:
    return make_person(make_member("cert-ie", tier=Tier.ASSOCIATE, country="IE"), "ie", "reader")


def give(owner: Member, objects: dict[str, dict[str, Any]], **marking: Any) -> str:
    """Release an incident and an indicator, marked by type; return its reference."""
    author, reviewer = (make_person(owner, name, "analyst", "reviewer") for name in ("a", "b"))
    filed = file(
        author,
        bundle(incident("one", owner=owner.slug), indicator("one", owner=owner.slug)),
        marking={"tlp": "AMBER", **marking},
        object_markings={
            stix_id(kind, "one"): from_json(value, base=NEUTRAL) for kind, value in objects.items()
        },
    )
    settle(release(filed.incident, author=author, reviewer=reviewer).pk, now=NOW)
    return filed.incident.ref


@pytest.mark.parametrize(
    ("marking", "objects"),
    [
        (NAMELESS, {}),
        (NAMELESS, {"incident": HIDDEN}),
        ({}, {"incident": NAMELESS}),
        ({}, {"incident": HIDDEN, "indicator": NAMELESS}),
    ],
)
def test_owner_stays_unknown(
    ua: Member, reader: Person, marking: dict[str, Any], objects: dict[str, dict[str, Any]]
) -> None:
    ref = give(ua, objects, **marking)
    viewer = viewer_of_person(reader)
    assert viewer is not None
    assert [row.owner for row in incidents(viewer=viewer, now=NOW).rows] == [None]
    assert counts(viewer=viewer, now=NOW, since=NOW).sources == ()
    found = shared_incident(viewer=viewer, ref=ref, now=NOW)
    assert found is not None
    assert found.owner is None


def test_owner_of_a_part_is_named_where_nothing_asks_for_silence(
    ua: Member, reader: Person
) -> None:
    ref = give(ua, {"incident": HIDDEN})
    viewer = viewer_of_person(reader)
    assert viewer is not None
    found = shared_incident(viewer=viewer, ref=ref, now=NOW)
    assert found is not None
    assert found.owner is not None
    assert found.owner.slug == ua.slug
    assert shared_view(found).stix_id is None  # the id of an object that the reader may not see


def test_an_owner_that_falls_silent_is_named_by_no_earlier_version(
    ua: Member, reader: Person
) -> None:
    nameless = incident("one", owner=ua.slug)
    del nameless["created_by_ref"]
    author, reviewer = (make_person(ua, name, "analyst", "reviewer") for name in ("a", "b"))
    data = bundle(nameless, indicator("one", owner=ua.slug))
    what = file(author, data, marking={"tlp": "AMBER"}).incident
    settle(release(what, author=author, reviewer=reviewer).pk, now=NOW)
    amend(by=by(author), incident=what, now=LATER)
    silent = from_json({"tlp": "AMBER", "anonymous": True})
    mark(by=by(author), incident=what, marking=silent, now=LATER)
    what.refresh_from_db()
    release(what, author=author, reviewer=reviewer, now=LATER)

    viewer = viewer_of_person(reader)
    assert viewer is not None
    for version in (None, 1, 2):
        found = shared_incident(viewer=viewer, ref=what.ref, now=LATER, version=version)
        assert found is not None
        assert found.owner is None


def test_ids_made_for_a_bundle_do_not_follow_from_what_recipients_know(ua: Member) -> None:
    """Whoever has the bundle and knows the members could try each of them, were it so."""
    author = make_person(ua, "author", "analyst")
    one = indicator("one", owner=ua.slug)
    made = file(author, bundle(one), title="Found", marking={"tlp": "GREEN", "anonymous": True})
    again = file(author, bundle(one), title="Found", marking={"tlp": "GREEN", "anonymous": True})
    assert again.incident.pk == made.incident.pk
    space = uuid.UUID("0d6d1dcb-6d3c-4e0e-9b8e-1b6a1a8dd3a5")
    guess = uuid.uuid5(uuid.uuid5(space, f"{ua.slug}|{one['id']}"), "incident:incident")
    assert made.incident.stix_id != f"incident--{guess}"
