"""A victim's name travels least: AMBER+STRICT unless its owner says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from members.models import Person
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, release, sdo, stix_id, tlp
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
WHO = stix_id("identity", "who")
LINK = stix_id("relationship", "r")


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def content(**fields: Any) -> bytes:
    return bundle(
        incident("one", owner="cert-ua"),
        sdo("identity", "who", owner="cert-ua", name="Hospital 3", **fields),
        sdo(
            "relationship",
            "r",
            owner="cert-ua",
            relationship_type="targets",
            source_ref=stix_id("incident", "one"),
            target_ref=WHO,
        ),
    )


def given(people: dict[str, Person], made: Incident, who: str) -> set[str]:
    """Return the ids of what a partner's page shows once it is released."""
    if made.version == 0:
        settle(release(made, author=people["author"], reviewer=people["reviewer"]).pk, now=NOW)
        made.refresh_from_db()
    page = enter(people[who]).get(f"/incidents/{made.ref}/")
    return {row.id for group in page.context["objects"] for row in group.rows}


def test_an_unmarked_victim_is_strict_and_its_filer_is_told(people: dict[str, Person]) -> None:
    filed = file(people["author"], content(), marking={"tlp": "AMBER"})
    assert [(p.code, p.id, p.level) for p in filed.problems] == [("victim_strict", WHO, "warning")]
    assert given(people, filed.incident, "ie") == {stix_id("incident", "one")}
    assert given(people, filed.incident, "de") >= {WHO, LINK}


@pytest.mark.parametrize("where", ["object", "beside"])
def test_a_victim_goes_as_far_as_its_owner_says(people: dict[str, Person], where: str) -> None:
    beside = {} if where == "object" else {WHO: from_json({"tlp": "GREEN"}, base=NEUTRAL)}
    data = content(**tlp("GREEN")) if where == "object" else content()
    filed = file(people["author"], data, marking={"tlp": "AMBER"}, object_markings=beside)
    assert filed.problems == ()
    assert given(people, filed.incident, "ie") >= {WHO, LINK}


def test_other_limits_do_not_stand_for_a_tlp(people: dict[str, Person]) -> None:
    limited = {WHO: from_json({"exclude": ["cert-de"]}, base=NEUTRAL)}
    filed = file(people["author"], content(), marking={"tlp": "AMBER"}, object_markings=limited)
    assert WHO not in given(people, filed.incident, "de")
    assert WHO not in given(people, filed.incident, "ie")
    assert WHO in given(people, filed.incident, "ee")


def test_the_short_form_files_victims_and_shows_them_again(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    key = client.get("/incidents/new").context["form"]["key"].value()
    client.post(
        "/incidents/new",
        {
            "how": "form",
            "key": str(key),
            "title": "Outage",
            "level": "3",
            "tlp": "AMBER",
            "victims": "Hospital 3\r\n\r\n  Clinic <b>7</b> \r\nHospital 3",
        },
    )
    made = Incident.objects.get()
    assert made.head is not None
    objects = json.loads(made.head.source)["objects"]
    assert [o["name"] for o in objects if o["type"] == "identity"] == [
        "Hospital 3",
        "Clinic <b>7</b>",
    ]
    form = client.get(f"/incidents/{made.ref}/edit").context["form"]
    assert form["victims"].value() == "Hospital 3\nClinic <b>7</b>"
    own = made.head.places.filter(object__type="identity").values_list("marking__tlp", flat=True)
    assert set(own) == {"AMBER+STRICT"}
    assert len(given(people, made, "ie")) == 1
    assert len(given(people, made, "de")) == 5


def test_too_many_victims_are_refused_and_nothing_typed_is_lost(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    names = "\n".join(f"n{n}" for n in range(51))
    data = {"how": "form", "title": "x", "victims": names}
    data["key"] = str(client.get("/incidents/new").context["form"]["key"].value())
    answer = client.post("/incidents/new", data)
    assert answer.status_code == 422
    assert answer.context["form"]["victims"].value() == names
    assert not Incident.objects.exists()
