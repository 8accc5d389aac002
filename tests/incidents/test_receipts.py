"""Handing out an incident on the page and over REST: its receipt, and taking note of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from incidents.models import Incident
from members.models import Person
from members.tlp import TLP
from sharing.models import Fetch, Outlet, Rendering
from sharing.services.fanout import settle
from tests.factories import bundle, file, incident, indicator, make_person, release, tlp
from tests.sharing.feeding import Press, body
from tests.sharing.web import enter, machine, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    made = world()
    ee = made["ee"].member
    assert ee is not None
    return made | {
        "ee-red": make_person(ee, "cleared", "analyst", max_tlp=TLP.RED.value),
        "ee-reader": make_person(ee, "reading", "reader"),
        "ee-reviewer": make_person(ee, "releasing", "reviewer"),
    }


@pytest.fixture
def made(people: dict[str, Person]) -> Incident:
    """A GREEN incident of cert-ua's with an AMBER+STRICT indicator, released."""
    data = bundle(
        incident("Wiper", owner="cert-ua"),
        indicator("strict", owner="cert-ua", **tlp("AMBER+STRICT")),
    )
    filed = file(people["author"], data, marking={"tlp": "GREEN"}).incident
    done = release(filed, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=done.at)
    return filed


def fetches() -> list[tuple[str, str, str]]:
    """Return (member, who, outlet) of every receipt."""
    return [
        (f.grant.member.slug, "person" if f.person_id else "credential", f.outlet)
        for f in Fetch.objects.select_related("grant__member").order_by("pk")
    ]


def test_the_page_notes_that_a_person_was_given_it(
    people: dict[str, Person], made: Incident
) -> None:
    client = enter(people["ee"])
    assert client.head(f"/incidents/{made.ref}/").status_code == 200
    assert client.get("/incidents/").status_code == 200
    assert fetches() == []
    for _ in range(2):
        assert client.get(f"/incidents/{made.ref}/").status_code == 200
    assert fetches() == [("cert-ee", "person", Outlet.WEB)]
    assert Fetch.objects.get().person == people["ee"]
    enter(people["ee-reader"]).get(f"/incidents/{made.ref}/")
    assert fetches() == [("cert-ee", "person", Outlet.WEB)] * 2


@pytest.mark.parametrize("route", ["", "objects/"])
def test_rest_notes_that_a_credential_was_given_it(
    people: dict[str, Person], made: Incident, route: str
) -> None:
    api = machine(people["ee"])
    path = f"incidents/{made.ref}/{route}"
    assert api.ask("HEAD", path).status_code == 200
    assert api.get("incidents/")["incidents"]
    assert fetches() == []
    for _ in range(2):
        assert api.ask("GET", path).status_code == 200
    assert fetches() == [("cert-ee", "credential", Outlet.REST)]


def test_the_own_incident_leaves_no_receipt(people: dict[str, Person], made: Incident) -> None:
    for who in ("author", "both", "reader"):
        assert enter(people[who]).get(f"/incidents/{made.ref}/").status_code == 200
    api = machine(people["both"])
    for route in ("", "objects/"):
        assert api.ask("GET", f"incidents/{made.ref}/{route}").status_code == 200
    assert fetches() == []


def test_only_the_grant_that_was_read_is_noted(people: dict[str, Person], made: Incident) -> None:
    """A GREEN credential is given the part it may read, not what its member may read besides."""
    low = machine(people["ee"], max_tlp=TLP.GREEN)
    body = low.get(f"incidents/{made.ref}/objects/")
    assert "strict" not in [each.get("name") for each in body["objects"]]
    (fetch,) = Fetch.objects.select_related("grant")
    assert fetch.grant.rendering.summary["indicators"] == 0


def test_only_the_version_that_was_shown_is_noted(people: dict[str, Person]) -> None:
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    Incident.objects.filter(pk=press.incident.pk).update(ref="CF-2026-PRESSA")
    summary = {"title": "Press", "level": 1, "sectors": [], "tlp": 1, "pap": 0, "orcon": False}
    press.give([body("a")], [ee])
    latest = press.give([body(f"b{n}", n) for n in range(30)], [ee])
    Rendering.objects.update(summary=summary | {"objects": 1, "indicators": 1})
    client = enter(people["ee"])
    for _ in range(2):
        with CaptureQueriesContext(connection) as made:
            assert client.get("/incidents/CF-2026-PRESSA/").status_code == 200
        written = [each["sql"] for each in made if "sharing_fetch" in each["sql"]]
        assert len(written) == 1
    assert [f.grant.release for f in Fetch.objects.select_related("grant__release")] == [latest]


def test_comparing_two_versions_hands_out_both(people: dict[str, Person]) -> None:
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    Incident.objects.filter(pk=press.incident.pk).update(ref="CF-2026-PRESSA")
    summary = {"title": "Press", "level": 1, "sectors": [], "tlp": 1, "pap": 0, "orcon": False}
    given = [press.give([body(name)], [ee]).pk for name in "abc"]
    Rendering.objects.update(summary=summary | {"objects": 1, "indicators": 1})
    client = enter(people["ee"])
    assert client.head("/incidents/CF-2026-PRESSA/versions/1..2/").status_code == 200
    assert fetches() == []
    assert client.get("/incidents/CF-2026-PRESSA/versions/1..2/").status_code == 200
    noted = Fetch.objects.order_by("grant__release__version")
    assert list(noted.values_list("grant__release", flat=True)) == given[:2]


def test_what_is_hidden_leaves_no_receipt(people: dict[str, Person], made: Incident) -> None:
    Incident.objects.filter(pk=made.pk).update(ref="CF-2026-HIDDEN")
    assert enter(people["staff"]).get("/incidents/CF-2026-HIDDEN/").status_code == 404
    assert machine(people["ee"]).ask("GET", "incidents/CF-2026-AAAAAA/").status_code == 404
    assert fetches() == []


def button(people: dict[str, Person], who: str, made: Incident) -> Any:
    page = enter(people[who]).get(f"/incidents/{made.ref}/")
    action = f'action="/incidents/{made.ref}/acknowledge"'
    return action in page.content.decode(), page.context.get("acknowledged")


def test_an_analyst_has_a_button_until_somebody_of_the_team_pressed_it(
    people: dict[str, Person], made: Incident
) -> None:
    seen = {who: button(people, who, made)[0] for who in people if who not in ("staff", "admin")}
    assert {who for who, has in seen.items() if has} == {"ee", "ee-red", "de", "ie"}

    answer = enter(people["ee"]).post(f"/incidents/{made.ref}/acknowledge", follow=True)

    assert answer.status_code == 200
    text = strip_tags(answer.content.decode())
    assert re.search(rf"Acknowledged \d+ \w+, \d\d:\d\d UTC by {people['ee'].name}", text)
    for who in ("ee-red", "ee-reader"):
        has, said = button(people, who, made)
        assert (has, said.by) == (False, people["ee"])
    assert button(people, "de", made) == (True, None)
    assert enter(people["ee"]).get(f"/incidents/{made.ref}/acknowledge").status_code == 405
