"""What a viewer sees of others' incidents: the door's narrowing, person by person, at a moment."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.models import Incident
from members.models import Member, Person
from members.roles import Scope
from members.tiers import Tier
from members.tlp import TLP, Channel
from sharing.queries import Narrow, counts, incidents, shared_incident
from sharing.services.fanout import settle
from sharing.viewers import viewer_of_person
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
from tests.sharing.web import machine

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    ua, ee = make_member("cert-ua", country="UA"), make_member("cert-ee", country="EE")
    de = make_member("cert-de", country="DE", tier=Tier.PARTNER)
    return {
        "author": make_person(ua, "author", "analyst"),
        "reviewer": make_person(ua, "reviewer", "reviewer"),
        "ee": make_person(ee, "one", "analyst"),
        "ee-red": make_person(ee, "two", "analyst", max_tlp=TLP.RED.value),
        "ee-admin": make_person(ee, "admin", "member_admin"),
        "de": make_person(de, "one", "reader"),
        "staff": make_person(None, "front", "secretariat", "platform_admin", "auditor"),
    }


def give(
    people: dict[str, Person], name: str, *objects: dict[str, Any], **marking: Any
) -> Incident:
    """Release an incident with an indicator and the objects; return it."""
    data = bundle(
        incident(name, owner="cert-ua"), indicator(f"{name} address", owner="cert-ua"), *objects
    )
    made = file(people["author"], data, marking=marking).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    return made


def titles(person: Person, now: datetime = NOW, **narrow: Any) -> list[str]:
    """Return what a person's list shows; the page and the counts must agree."""
    viewer = viewer_of_person(Person.objects.get(pk=person.pk))
    if viewer is None:
        return []
    page = incidents(viewer=viewer, now=now, narrow=Narrow(**narrow))
    if not narrow:
        assert counts(viewer=viewer, now=now, since=NOW).total == len(page.rows)
    for row in page.rows:
        found = shared_incident(viewer=viewer, ref=row.ref, now=now)
        assert (found is None) == row.is_own
        assert found is None or found.summary["title"] == row.title
    return sorted(row.title for row in page.rows)


def test_red_is_for_people_with_a_grant_for_it(people: dict[str, Person]) -> None:
    give(people, "Red", tlp="RED", named=["cert-ee", "cert-de"])
    assert titles(people["ee-red"]) == ["Red"]
    assert titles(people["ee"]) == []
    assert titles(people["de"]) == []


def test_named_people_alone_see_what_is_for_them(people: dict[str, Person]) -> None:
    give(people, "Personal", tlp="AMBER", persons=["two@cert-ee.example"])
    assert titles(people["ee-red"]) == ["Personal"]
    assert titles(people["ee"]) == []
    assert machine(people["ee-red"]).get("incidents/")["incidents"] == []


def test_roles_that_read_nothing_see_nothing(people: dict[str, Person]) -> None:
    give(people, "Green", tlp="GREEN")
    assert titles(people["ee-admin"]) == titles(people["staff"]) == []
    assert viewer_of_person(people["staff"]) is None


def test_time_opens_and_ends_without_anyone(people: dict[str, Person]) -> None:
    give(
        people,
        "Later",
        tlp="AMBER",
        embargo_until="2026-11-22T13:00:00Z",
        early=["cert-ee"],
        expires_at="2026-11-22T15:00:00Z",
    )
    assert (titles(people["ee"]), titles(people["de"])) == (["Later"], [])
    assert titles(people["de"], NOW + HOUR) == ["Later"]
    assert titles(people["ee"], NOW + 3 * HOUR) == titles(people["de"], NOW + 3 * HOUR) == []


def test_a_change_of_standing_counts_at_once(people: dict[str, Person]) -> None:
    give(people, "Strict", tlp="AMBER+STRICT")
    assert titles(people["de"]) == ["Strict"]
    Member.objects.filter(slug="cert-de").update(tier=Tier.ASSOCIATE.value)
    assert titles(people["de"]) == []


def test_a_list_shows_what_the_member_sees_not_what_was_filed(people: dict[str, Person]) -> None:
    hidden = indicator("hidden", owner="cert-ua", address="198.51.100.9", **tlp("RED"))
    made = give(people, "Cut", hidden, tlp="GREEN", anonymous=True)
    viewer = viewer_of_person(people["de"])
    assert viewer is not None
    (row,) = incidents(viewer=viewer, now=NOW).rows
    assert (row.indicators, row.owner, row.tlp) == (1, None, TLP.GREEN)
    assert titles(people["de"], source="cert-ua") == []
    assert counts(viewer=viewer, now=NOW, since=NOW).sources == ()
    found = shared_incident(viewer=viewer, ref=made.ref, now=NOW)
    assert found is not None
    assert found.owner is None
    text = "".join(each.body for each in found.objects)
    assert "198.51.100.9" not in text
    assert "cert-ua" not in text.lower()


def test_an_incident_whose_object_is_hidden_shows_the_rest(people: dict[str, Person]) -> None:
    data = bundle(
        incident("Secret name", owner="cert-ua", **tlp("RED")),
        indicator("open", owner="cert-ua", **tlp("GREEN")),
    )
    made = file(people["author"], data, marking={"tlp": "GREEN"}).incident
    settle(release(made, author=people["author"], reviewer=people["reviewer"]).pk, now=NOW)
    assert titles(people["de"]) == [""]
    assert titles(people["de"], text="Secret") == []


def test_channels_and_scopes_narrow_a_credential(people: dict[str, Person]) -> None:
    strict, amber = give(people, "S", tlp="AMBER+STRICT"), give(people, "A", tlp="AMBER")
    internal = machine(people["de"])
    down = machine(people["de"], channel=Channel.DOWNSTREAM)
    analyst = make_person(people["de"].member, "two", "analyst")
    write = machine(analyst, scopes=(Scope.INCIDENTS_WRITE,))
    for api, expected in ((internal, {strict.ref, amber.ref}), (down, {amber.ref}), (write, set())):
        assert {row["ref"] for row in api.get("incidents/")["incidents"]} == expected
        for made in (strict, amber):
            answer = api.ask("GET", f"incidents/{made.ref}/objects/")
            assert (answer.status_code == 200) == (made.ref in expected)


def test_text_is_looked_for_as_it_stands(people: dict[str, Person]) -> None:
    give(people, "100% of_it\\", tlp="GREEN")
    give(people, "Other", tlp="GREEN")
    for text, hits in (("100%", 1), ("%", 1), ("_", 1), ("\\", 1), ("o", 2), ("100_", 0)):
        assert len(titles(people["de"], text=text)) == hits, text


def test_one_incident_stands_once_however_many_grants_carry_it(
    people: dict[str, Person],
) -> None:
    """Two people of one member with different ceilings get renderings of their own."""
    red = indicator("red", owner="cert-ua", address="198.51.100.9")
    data = bundle(incident("Mixed", owner="cert-ua"), indicator("open", owner="cert-ua"), red)
    made = file(
        people["author"],
        data,
        marking={"tlp": "GREEN"},
        object_markings=_red(red["id"]),
    ).incident
    settle(release(made, author=people["author"], reviewer=people["reviewer"]).pk, now=NOW)
    for name, count in (("ee", 2), ("ee-red", 3), ("de", 2)):
        assert titles(people[name]) == ["Mixed"]
        viewer = viewer_of_person(people[name])
        assert viewer is not None
        found = shared_incident(viewer=viewer, ref=made.ref, now=NOW)
        assert found is not None
        objects = [json.loads(each.body) for each in found.objects]
        assert len({o["id"] for o in objects if o["type"] != "marking-definition"}) == count


def _red(stix_id: str) -> dict[str, Any]:
    from incidents.marking import NEUTRAL, from_json

    return {stix_id: from_json({"tlp": "RED", "named": ["cert-ee"]}, base=NEUTRAL)}
