"""A circle under the Chatham House rule: without the owner's name, unless the owner says so."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.marking import from_json
from incidents.models import Incident
from members.models import Circle, CircleMembership, Member, Person
from members.models.choices import CircleState
from members.tiers import Tier
from members.tlp import TLP
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, release
from tests.sharing.web import enter, form_data, machine, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    found = world()
    for slug, chatham, members in (
        ("c-quiet", True, ("cert-ua", "cert-de")),
        ("c-open", False, ("cert-ua", "cert-de")),
        ("c-theirs", True, ("cert-de",)),
    ):
        circle = Circle.objects.create(
            slug=slug,
            name=slug,
            kind="multilateral",
            min_tier=Tier.OBSERVER.value,
            max_tlp=TLP.RED.value,
            chatham_house=chatham,
            state=CircleState.ACTIVE,
            created_at=NOW,
        )
        for member in Member.objects.filter(slug__in=members):
            CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    return found


def data() -> bytes:
    return bundle(incident("one", owner="cert-ua"))


@pytest.mark.parametrize(
    ("stated", "anonymous"),
    [
        ({"circles": ["c-quiet"]}, True),
        ({"circles": [["c-open", "c-quiet"]]}, True),
        ({"circles": ["c-quiet"], "anonymous": False}, False),
        ({"circles": ["c-open"]}, False),
        ({"circles": ["c-theirs"]}, False),  # not the owner's: of it nothing is told
        ({"circles": ["c-none"]}, False),
        ({"circles": []}, False),
        ({}, False),
        ({"anonymous": True}, True),
    ],
)
@pytest.mark.parametrize("way", ["filing", "put", "patch"])
def test_silence_over_rest_follows_the_circle(
    people: dict[str, Person], stated: dict[str, Any], anonymous: bool, way: str
) -> None:
    client, marking = machine(people["author"]), {"tlp": "AMBER", **stated}
    body = {"bundle": incident_bundle(), "marking": marking if way == "filing" else {}}
    ref = client.ask("POST", "incidents/", body).json()["ref"]
    if way != "filing":
        answer = client.ask(way.upper(), f"incidents/{ref}/marking/", marking)
        assert answer.status_code == 200, answer.content
    head = Incident.objects.get(ref=ref).head
    assert head is not None
    assert from_json(head.marking).anonymous is anonymous


def incident_bundle() -> dict[str, Any]:
    return {
        "type": "bundle",
        "id": "bundle--8ad4f1e6-9c1d-4d7f-a2a4-0c3c2d5a6a10",
        "objects": [incident("one", owner="cert-ua")],
    }


def test_what_the_owner_switched_off_stays_off(people: dict[str, Person]) -> None:
    client = machine(people["author"])
    ref = client.ask("POST", "incidents/", {"bundle": incident_bundle()}).json()["ref"]
    path = f"incidents/{ref}/marking/"
    client.ask("PUT", path, {"tlp": "AMBER", "circles": ["c-quiet"], "anonymous": False})
    client.ask("PATCH", path, {"tlp": "AMBER+STRICT"})
    head = Incident.objects.get(ref=ref).head
    assert head is not None
    assert from_json(head.marking).anonymous is False


def rules(people: dict[str, Person], made: Incident, **changes: Any) -> Incident:
    """Save rules on the release page, everything else as it shows them."""
    client, path = enter(people["author"]), f"/incidents/{made.ref}/release"
    answer = client.post(path, form_data(client.get(path)) | changes | {"do": "save"})
    assert answer.status_code == 302, answer.context["form"].errors
    made.refresh_from_db()
    return made


def anonymous(made: Incident) -> bool:
    assert made.head is not None
    return from_json(made.head.marking).anonymous


def test_the_form_leaves_the_name_out_by_default(people: dict[str, Person]) -> None:
    made = file(people["author"], data(), marking={"tlp": "AMBER"}).incident
    assert not anonymous(rules(people, made, pap="GREEN"))
    assert not anonymous(rules(people, made, circles=["c-open"]))
    assert anonymous(rules(people, made, circles=["c-quiet"]))
    page = enter(people["author"]).get(f"/incidents/{made.ref}/release")
    assert page.context["form"]["anonymous"].value() == "yes"


def test_the_form_lets_the_owner_be_named_and_keeps_to_that(people: dict[str, Person]) -> None:
    made = file(people["author"], data(), marking={"tlp": "AMBER"}).incident
    assert not anonymous(rules(people, made, circles=["c-quiet"], anonymous="no"))
    page = enter(people["author"]).get(f"/incidents/{made.ref}/release")
    assert page.context["form"]["anonymous"].value() == "no"
    assert page.content.count(b'name="anonymous"') == 3
    assert not anonymous(rules(people, made, pap="GREEN"))
    assert anonymous(rules(people, made, anonymous="yes"))


def test_the_preview_is_of_the_default_too(people: dict[str, Person]) -> None:
    """The list that is approved is of the marking that is released."""
    made = file(people["author"], data(), marking={"tlp": "AMBER"}).incident
    rules(people, made, circles=["c-quiet"])
    made.refresh_from_db()
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    page = enter(people["de"]).get(f"/incidents/{made.ref}/")
    assert page.context["incident"]["owner"] is None
    assert b"CERT-UA" not in page.content
