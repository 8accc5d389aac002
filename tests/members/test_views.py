"""Pages: members, tiers, circles. Each viewer sees exactly its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from members.models import Member, Person
from members.roles import Role
from members.tiers import Health, Status, Tier
from tests.members import world

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def coalition() -> dict[str, Member]:
    return {
        "cert-ee": world.member("cert-ee", Tier.CORE, "EE"),
        "cert-de": world.member("cert-de", Tier.PARTNER, "DE", standing=Health.LAPSED),
        "nwt": world.member("nwt", Tier.PARTNER, "SE", status=Status.SUSPENDED),
        "app-cz": world.member("app-cz", Tier.PARTNER, "CZ", status=Status.APPLICANT),
    }


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def links(page: str, what: str) -> set[str]:
    return set(re.findall(rf'href="/{what}/([a-z0-9-]+)/"', page))


@pytest.mark.parametrize(
    "path", ["/members/", "/members/cert-ee/", "/tiers/", "/circles/", "/circles/c-a/"]
)
def test_pages_ask_for_sign_in(path: str, client: Client) -> None:
    answer: Any = client.get(path)
    assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={path}")


def test_list_shows_exactly_the_members_one_may_know_of(coalition: dict[str, Member]) -> None:
    analyst = signed_in(world.person(coalition["cert-ee"], Role.ANALYST))
    office = signed_in(world.person(None, Role.SECRETARIAT))
    suspended = signed_in(world.person(coalition["nwt"], Role.ANALYST))
    everyone = {"cert-ee", "cert-de", "nwt"}
    assert links(shown(analyst, "/members/"), "members") == everyone
    assert links(shown(office, "/members/"), "members") == everyone | {"app-cz"}
    assert links(shown(suspended, "/members/"), "members") == {"nwt"}


def test_reasons_are_shown_to_the_member_and_the_secretariat_only(
    coalition: dict[str, Member],
) -> None:
    readers = {
        "other": world.person(coalition["cert-ee"], Role.MEMBER_ADMIN),
        "own": world.person(coalition["nwt"], Role.READER),
        "secretariat": world.person(None, Role.SECRETARIAT),
        "auditor": world.person(None, Role.AUDITOR),
    }
    told = {
        name
        for name, person in readers.items()
        if any(
            word in signed_in(person).get("/members/nwt/").content.decode()
            for word in ("no contact", "Suspended", "suspended")
        )
    }
    assert told == {"own", "secretariat"}
    other = shown(signed_in(readers["other"]), "/members/")
    assert "Lapsed" not in other
    assert "Suspended" not in other


def test_hidden_member_and_unknown_one_are_the_same_page(coalition: dict[str, Member]) -> None:
    client = signed_in(world.person(coalition["cert-ee"], Role.REVIEWER))
    pages = []
    for path in ("/members/app-cz/", "/members/nobody/"):
        answer = client.get(path)
        assert answer.status_code == 404
        pages.append(_without_request(answer.content.decode()))
    assert pages[0] == pages[1]


def _without_request(page: str) -> str:
    page = re.sub(r"/members/(app-cz|nobody)/", "/members/X/", page)
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return re.sub(r"\b[0-9a-f]{16}\b", "", page)


def test_detail_shows_only_circles_both_are_seen_in(coalition: dict[str, Member]) -> None:
    ee, de = coalition["cert-ee"], coalition["cert-de"]
    world.circle("c-both", ee, de)
    world.circle("c-de", de)
    world.circle("c-ee", ee)
    world.circle("c-quiet", ee, de, members_hidden=True)
    looking = signed_in(world.person(ee, Role.ANALYST))
    assert links(shown(looking, "/members/cert-de/"), "circles") == {"c-both"}
    assert links(shown(looking, "/members/cert-ee/"), "circles") == {"c-both", "c-ee", "c-quiet"}
    assert links(shown(looking, "/circles/"), "circles") == {"c-both", "c-ee", "c-quiet"}
    assert looking.get("/circles/c-de/").status_code == 404
    assert looking.get("/circles/c-both/").status_code == 200


def test_people_are_listed_to_the_own_administrator_only(coalition: dict[str, Member]) -> None:
    ee = coalition["cert-ee"]
    world.person(ee, Role.ANALYST, name="someone")
    admin = signed_in(world.person(ee, Role.MEMBER_ADMIN))
    others = [
        world.person(ee, Role.REVIEWER),
        world.person(coalition["cert-de"], Role.MEMBER_ADMIN),
        world.person(None, Role.SECRETARIAT),
        world.person(None, Role.PLATFORM_ADMIN),
    ]
    assert "someone@cert-ee.example" in shown(admin, "/members/cert-ee/")
    for person in others:
        page = shown(signed_in(person), "/members/cert-ee/")
        assert "someone@cert-ee.example" not in page


def test_tiers_page_shows_counts_and_duties(coalition: dict[str, Member]) -> None:
    page = signed_in(world.person(coalition["cert-ee"], Role.READER)).get("/tiers/")
    context: Any = page.context
    assert [(row["tier"], row["count"]) for row in context["tiers"]] == [
        (Tier.CORE, 1),
        (Tier.PARTNER, 2),
        (Tier.ASSOCIATE, 0),
        (Tier.OBSERVER, 0),
    ]
    assert [len(group.rows) for group in context["groups"]] == [4, 6]


@pytest.mark.parametrize("count", [1, 50])
def test_list_takes_as_many_queries_for_fifty(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    members = [world.member(f"m-{number}") for number in range(count)]
    client = signed_in(world.person(members[0], Role.READER))
    client.get("/members/")
    with django_assert_num_queries(7):
        client.get("/members/")


def test_who_lacks_a_required_second_factor_is_led_to_set_it_up(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    reviewer = signed_in(world.person(world.member("cert-ee"), Role.REVIEWER))
    answer: Any = reviewer.get("/members/")
    assert (answer.status_code, answer.url) == (302, "/account/2fa/totp/activate/")
    analyst = signed_in(world.person(world.member("cert-de"), Role.ANALYST))
    assert analyst.get("/members/").status_code == 200
