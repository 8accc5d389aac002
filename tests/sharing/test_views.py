"""The pages of the main job: file, ask, release, and what a partner then sees."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from members.models import Person
from members.tiers import Tier
from sharing.models import Release
from sharing.services.fanout import settle
from tests.factories import make_member, make_person

pytestmark = pytest.mark.django_db


def enter(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def world() -> dict[str, Person]:
    ua = make_member("cert-ua", country="UA")
    make_member("cert-ee", country="EE")
    de = make_member("cert-de", country="DE", tier=Tier.PARTNER)
    ie = make_member("cert-ie", country="IE", tier=Tier.ASSOCIATE)
    return {
        "author": make_person(ua, "author", "analyst"),
        "reviewer": make_person(ua, "reviewer", "analyst", "reviewer"),
        "reader": make_person(ua, "reader", "reader"),
        "de": make_person(de, "analyst", "analyst"),
        "ie": make_person(ie, "analyst", "analyst"),
    }


def file_by_form(client: Client, **fields: object) -> Incident:
    page = client.get(reverse("incidents:new"))
    key = page.context["form"]["key"].value()
    data = {
        "how": "form",
        "key": str(key),
        "title": "Wiper in a ministry",
        "level": "3",
        "description": "Boot records gone.",
        "sectors": ["public-administration"],
        "indicators": "hxxp://bad[.]example/x\n192.0.2.7",
        "tlp": "AMBER+STRICT",
        "pap": "GREEN",
        "aware_at": "2026-11-20T08:00",
        "determination": "confirmed",
    } | fields
    answer = client.post(reverse("incidents:new"), data)
    assert answer.status_code == 302, answer.context["form"].errors
    return Incident.objects.latest("pk")


def test_journey_from_short_form_to_partner_page(world: dict[str, Person]) -> None:
    author, reviewer = enter(world["author"]), enter(world["reviewer"])
    incident = file_by_form(author)
    detail = reverse("incidents:detail", args=[incident.ref])
    release_page = reverse("sharing:release", args=[incident.ref])
    assert author.get(detail).status_code == 200
    assert enter(world["de"]).get(detail).status_code == 404
    assert author.post(reverse("incidents:submit", args=[incident.ref])).status_code == 302
    queue = reviewer.get(reverse("sharing:review"))
    assert [row["ref"] for row in queue.context["rows"]] == [incident.ref]

    shown = reviewer.get(release_page)
    assert shown.status_code == 200
    got = {r["member"].slug: r["outcome"] for r in shown.context["rows"]}
    assert got == {"cert-ee": "full", "cert-de": "full", "cert-ie": "none"}
    data = form_data(shown)
    answer = reviewer.post(release_page, data | {"do": "release"})
    assert answer.status_code == 302
    release = Release.objects.get()
    assert release.marking["named"] == ["cert-de", "cert-ee"]
    settle(release.pk, now=release.at)

    partner = enter(world["de"])
    page = partner.get(detail)
    assert page.status_code == 200
    assert b"hxxp://bad[.]example/x" in page.content
    assert b"http://bad.example/x" in page.content  # what copying gives
    assert b'href="http://bad.example' not in page.content
    assert [r["ref"] for r in partner.get(reverse("incidents:list")).context["page"]["rows"]] == [
        incident.ref
    ]
    assert enter(world["ie"]).get(detail).status_code == 404
    assert enter(world["ie"]).get(reverse("incidents:list")).context["total"] == 0


def form_data(page: object) -> dict[str, object]:
    """Return what a browser would send of a release page's form."""
    form = page.context["form"]  # type: ignore[attr-defined]
    data: dict[str, object] = {}
    for bound in form:
        value = bound.value()
        if bound.field.widget.__class__.__name__ == "CheckboxInput":
            if value:
                data[bound.name] = "on"
        elif value not in (None, ""):
            data[bound.name] = (
                value.strftime("%Y-%m-%dT%H:%M") if hasattr(value, "strftime") else value
            )
    data["digest"] = page.context["digest"]  # type: ignore[attr-defined]
    data["seen"] = page.context["seen"]  # type: ignore[attr-defined]
    return data
