"""/api/v1/members/, /circles/, /tiers/, /proposals/: who sees what, and what changes at once."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from audit.actors import SYSTEM
from members import services
from members.models import Circle, Member, Person
from members.models.choices import SuspensionCause
from members.roles import Role, Scope
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel
from tests.members import world
from tests.members.calling import Api

pytestmark = pytest.mark.django_db


def staff(role: Role, name: str = "") -> Api:
    return Api(person=world.person(None, role, name=name))


def machine(member: Member, *scopes: Scope, **more: Any) -> Api:
    person = Person.objects.filter(member=member).first() or world.person(member, Role.ANALYST)
    return Api(secret=world.credential(member, person, *scopes, **more).secret)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges read the clock; the tests' world lives at NOW, its agreements for 300 days."""
    monkeypatch.setattr(world, "NOW", timezone.now())


@pytest.fixture
def coalition() -> dict[str, Member]:
    return {
        "cert-ee": world.member("cert-ee", Tier.CORE, "EE"),
        "cert-ie": world.member("cert-ie", Tier.ASSOCIATE, "IE"),
        "cert-md": world.member("cert-md", Tier.PARTNER, "MD", status=Status.PROBATION),
        "nwt": world.member("nwt", Tier.PARTNER, "SE", status=Status.SUSPENDED),
        "app-cz": world.member("app-cz", Tier.PARTNER, "CZ", status=Status.APPLICANT),
        "old": world.member("old", Tier.PARTNER, "FI", status=Status.WITHDRAWN),
    }


def slugs(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {row["slug"] for row in answer.json()}


TAKING_PART = {"cert-ee", "cert-ie", "cert-md", "nwt"}
ALL = TAKING_PART | {"app-cz", "old"}


def test_members_list_shows_each_viewer_exactly_its_own(coalition: dict[str, Member]) -> None:
    seen = {
        "core machine": slugs(machine(coalition["cert-ee"]).get("members/")),
        "probation machine": slugs(machine(coalition["cert-md"]).get("members/")),
        "suspended machine": slugs(machine(coalition["nwt"]).get("members/")),
        "secretariat": slugs(staff(Role.SECRETARIAT).get("members/")),
        "platform_admin": slugs(staff(Role.PLATFORM_ADMIN).get("members/")),
        "auditor": slugs(staff(Role.AUDITOR).get("members/")),
    }
    assert seen == {
        "core machine": TAKING_PART,
        "probation machine": TAKING_PART,
        "suspended machine": {"nwt"},
        "secretariat": ALL,
        "platform_admin": ALL,
        "auditor": TAKING_PART,
    }


def test_reasons_are_for_the_secretariat_and_the_member_itself(
    coalition: dict[str, Member],
) -> None:
    def known(api: Api) -> dict[str, tuple[str | None, bool]]:
        return {
            row["slug"]: (row["status"], row["reasons"] is not None)
            for row in api.get("members/").json()
        }

    assert known(machine(coalition["cert-md"])) == {
        "cert-ee": ("active", False),
        "cert-ie": ("active", False),
        "cert-md": ("probation", True),
        "nwt": (None, False),
    }
    assert all(reasons for _, reasons in known(staff(Role.SECRETARIAT)).values())
    own = machine(coalition["nwt"]).get("members/nwt/").json()
    assert own["reasons"]["suspension"]["reason"] == "no contact"
    assert "no contact" not in machine(coalition["cert-ee"]).get("members/").content.decode()


@pytest.mark.usefixtures("coalition")
def test_downstream_feeds_list_no_members() -> None:
    member = Member.objects.get(slug="cert-ee")
    for channel in (Channel.DOWNSTREAM, Channel.PEER, Channel.BLOCKLIST):
        assert machine(member, channel=channel).get("members/").status_code == 403


def test_hidden_and_unknown_answer_alike(coalition: dict[str, Member]) -> None:
    world.circle("c-secret", coalition["cert-ie"])
    api = machine(coalition["cert-ee"], Scope.MEMBERS_ADMIN)
    for hidden, unknown, method in (
        ("members/app-cz/", "members/nobody/", "get"),
        ("members/old/", "members/nobody/", "get"),
        ("members/app-cz/tier/", "members/nobody/tier/", "post"),
        ("members/app-cz/", "members/nobody/", "patch"),
        ("circles/c-secret/", "circles/c-none/", "get"),
        ("circles/c-secret/join/", "circles/c-none/join/", "post"),
        ("circles/c-secret/close/", "circles/c-none/close/", "post"),
    ):
        body = {"tier": "core"} if "tier" in hidden else {}
        answers = [
            api.get(path) if method == "get" else api.send(method, path, body)
            for path in (hidden, unknown)
        ]
        bodies = [answer.json() for answer in answers]
        for shown in bodies:
            shown.pop("instance")
        assert [answer.status_code for answer in answers] == [404, 404]
        assert bodies[0] == bodies[1] == {"title": "Not Found", "status": 404}


@pytest.mark.parametrize("count", [1, 50])
def test_members_list_takes_as_many_queries_for_fifty(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    members = [world.member(f"m-{number}") for number in range(count)]
    api = machine(members[0])
    api.get("members/")  # notes the credential's use
    with django_assert_num_queries(7):
        assert len(api.get("members/").json()) == count


@pytest.mark.parametrize("count", [1, 20])
def test_circles_list_takes_as_many_queries_for_twenty(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    member = world.member("cert-ee")
    for number in range(count):
        world.circle(f"c-{number}", member)
    api = machine(member)
    api.get("circles/")
    with django_assert_num_queries(5):
        assert len(api.get("circles/").json()) == count


def test_create_enters_an_applicant_that_two_people_admit() -> None:
    one, two = staff(Role.PLATFORM_ADMIN, "one"), staff(Role.PLATFORM_ADMIN, "two")
    body = {
        "slug": "cert-fi",
        "name": "CERT-FI",
        "kind": "national-cert",
        "country": "FI",
        "tier": "partner",
        "clock_regime": "NIS2",
    }
    made = one.post("members/", body)
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["tier"]) == ("applicant", "partner")
    assert one.post("members/", body).status_code == 409
    assert one.post("members/cert-fi/admit/").status_code == 202
    assert one.post("members/cert-fi/admit/").status_code == 202
    admitted = two.post("members/cert-fi/admit/")
    assert (admitted.status_code, admitted.json()["status"]) == (200, "probation")


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        ({}, {"slug", "name", "kind"}),
        ({"slug": "A b", "name": "x", "kind": "isac"}, {"slug"}),
        ({"slug": "core", "name": "x", "kind": "isac"}, {"slug"}),
        ({"slug": "x", "name": "x", "kind": "state"}, {"kind"}),
        ({"slug": "x", "name": "x", "kind": "isac", "country": "fi"}, {"country"}),
        ({"slug": "x", "name": "x", "kind": "isac", "tier": "gold"}, {"tier"}),
        ({"slug": "x", "name": "x", "kind": "isac", "status": "active"}, {"status"}),
    ],
)
def test_create_names_what_is_wrong(body: dict[str, Any], properties: set[str]) -> None:
    answer = staff(Role.PLATFORM_ADMIN).post("members/", body)
    assert answer.status_code == 422
    assert {problem["property"] for problem in answer.json()["problems"]} == properties
    assert not Member.objects.exists()


def test_tier_goes_down_at_once_and_up_with_two(coalition: dict[str, Member]) -> None:
    one, two = staff(Role.PLATFORM_ADMIN, "one"), staff(Role.SECRETARIAT, "two")
    reader = machine(coalition["cert-ie"])
    lowered = one.post("members/cert-ie/tier/", {"tier": "observer"})
    assert (lowered.status_code, lowered.json()["tier"]) == (200, "observer")
    assert reader.get("members/cert-ie/").json()["tier"] == "observer"
    waiting = one.post("members/cert-ie/tier/", {"tier": "core"})
    assert waiting.status_code == 202
    number = waiting.json()["proposal"]["id"]
    assert waiting.json()["proposal"]["change"] == {"from": 0, "to": 3}
    assert one.post(f"proposals/{number}/approve/").status_code == 403
    assert reader.post(f"proposals/{number}/approve/").status_code == 404
    assert {row["id"] for row in two.get("proposals/").json()} == {number}
    assert reader.get("proposals/").json() == []
    assert two.post(f"proposals/{number}/approve/").status_code == 200
    assert reader.get("members/cert-ie/").json()["tier"] == "core"
    assert two.post(f"proposals/{number}/approve/").status_code == 404


def test_compromise_is_felt_by_the_next_request(coalition: dict[str, Member]) -> None:
    reader = machine(coalition["cert-ie"])
    person = world.person(coalition["cert-ie"], Role.REVIEWER)
    signed_in = Api(person=person)
    assert reader.get("tiers/").status_code == 200
    assert signed_in.get("tiers/").status_code == 200
    answer = staff(Role.SECRETARIAT).post(
        "members/cert-ie/suspend/", {"cause": "compromise", "reason": "key on a paste site"}
    )
    assert answer.status_code == 200
    assert answer.json()["reasons"]["suspension"]["confirmed"] is False
    assert reader.get("tiers/").status_code == 401
    assert signed_in.get("tiers/").status_code == 401


def test_suspension_needs_cause_and_reason(coalition: dict[str, Member]) -> None:
    office = staff(Role.SECRETARIAT)
    for body in ({}, {"cause": "standing"}, {"cause": "mood", "reason": "x"}):
        assert office.post("members/cert-ie/suspend/", body).status_code == 422
    assert office.post("members/app-cz/suspend/", _standing()).status_code == 409
    assert office.post("members/cert-ie/suspend/", _standing()).status_code == 200
    assert office.post("members/cert-ie/suspend/", _standing()).status_code == 409
    assert office.post("members/cert-ie/confirm-suspension/").status_code == 403
    other = staff(Role.PLATFORM_ADMIN)
    assert other.post("members/cert-ie/confirm-suspension/").status_code == 200
    assert other.post("members/cert-ie/reinstate/").status_code == 202
    reinstated = office.post("members/cert-ie/reinstate/")
    assert (reinstated.status_code, reinstated.json()["status"]) == (200, "active")
    assert coalition["cert-ie"].slug == "cert-ie"


def _standing() -> dict[str, str]:
    return {"cause": "standing", "reason": "no contact"}


def test_standing_and_agreement_and_withdrawal(coalition: dict[str, Member]) -> None:
    office, other = staff(Role.SECRETARIAT), staff(Role.PLATFORM_ADMIN)
    lapsed = office.post("members/cert-ee/standing/", {"standing": Health.LAPSED.value})
    assert lapsed.json()["reasons"]["effective_tier"] == "partner"
    assert office.post("members/cert-ee/standing/", {"standing": "good"}).status_code == 202
    restored = other.post("members/cert-ee/standing/", {"standing": "good"})
    assert restored.json()["reasons"]["effective_tier"] == "core"
    ended = office.send("delete", "members/cert-ee/agreement/")
    assert ended.json()["reasons"]["agreement_until"] <= timezone.now().isoformat()
    until = (timezone.now() + timedelta(days=9)).isoformat()
    today = timezone.now().date().isoformat()
    signed = office.post(
        "members/cert-ee/agreement/", {"version": "2", "signed_on": today, "valid_until": until}
    )
    assert signed.status_code == 200, signed.content
    assert office.post("members/cert-ie/withdraw/").json()["status"] == "withdrawn"
    assert coalition["cert-md"].status == Status.PROBATION
    assert office.post("members/cert-md/confirm/").status_code == 202
    assert other.post("members/cert-md/confirm/").json()["status"] == "active"


def test_patch_describes_by_office_and_contacts_by_the_member(
    coalition: dict[str, Member],
) -> None:
    own = world.person(coalition["cert-ee"], Role.MEMBER_ADMIN)
    admin, office = Api(person=own), staff(Role.SECRETARIAT)
    assert office.send("patch", "members/cert-ee/", {"name": "New name"}).status_code == 200
    identity = Member.objects.get(slug="cert-ee").stix_identity
    assert '"name":"New name"' in identity
    assert admin.send("patch", "members/cert-ee/", {"contact_24x7": "+372"}).status_code == 200
    assert admin.send("patch", "members/cert-ee/", {"name": "Other"}).status_code == 403
    assert admin.send("patch", "members/cert-ie/", {"contact_24x7": "1"}).status_code == 403
    for marking, status in (
        ({"tlp": "GREEN"}, 200),
        ({"tlp": "AMBER+STRICT"}, 422),
        ({"tlp": "GREEN", "nonsense": 1}, 422),
        ({}, 422),
    ):
        answer = admin.send("patch", "members/cert-ee/", {"early_warning_marking": marking})
        assert answer.status_code == status, marking
    for field in ("tier", "status", "slug", "country", "stix_identity_id"):
        assert office.send("patch", "members/cert-ee/", {field: "x"}).status_code == 422


def test_tiers_are_read() -> None:
    world.member("cert-ee", Tier.CORE)
    world.member("cert-ie", Tier.ASSOCIATE)
    world.member("old", Tier.CORE, status=Status.WITHDRAWN)
    rows = staff(Role.SECRETARIAT).get("tiers/").json()
    assert rows == [
        {"tier": "core", "rank": 3, "ceiling": "RED", "members": 1},
        {"tier": "partner", "rank": 2, "ceiling": "AMBER+STRICT", "members": 0},
        {"tier": "associate", "rank": 1, "ceiling": "AMBER", "members": 1},
        {"tier": "observer", "rank": 0, "ceiling": "GREEN", "members": 0},
    ]


def test_circles_are_seen_by_those_in_them_and_the_platform(
    coalition: dict[str, Member],
) -> None:
    ee, ie = coalition["cert-ee"], coalition["cert-ie"]
    world.circle("c-both", ee, ie)
    world.circle("c-ee", ee)
    world.circle("c-quiet", ee, ie, members_hidden=True)
    left = world.circle("c-left", ee, ie)
    services.leave_circle(circle=left, member=ie, actor=SYSTEM, now=world.NOW)
    seen = {
        "ee": slugs(machine(ee).get("circles/")),
        "ie": slugs(machine(ie).get("circles/")),
        "md": slugs(machine(coalition["cert-md"]).get("circles/")),
        "platform_admin": slugs(staff(Role.PLATFORM_ADMIN).get("circles/")),
        "secretariat": slugs(staff(Role.SECRETARIAT).get("circles/")),
    }
    assert seen == {
        "ee": {"c-both", "c-ee", "c-quiet", "c-left"},
        "ie": {"c-both", "c-quiet"},
        "md": set(),
        "platform_admin": {"c-both", "c-ee", "c-quiet", "c-left"},
        "secretariat": set(),
    }
    quiet = machine(ie).get("circles/c-quiet/").json()
    assert [member["slug"] for member in quiet["members"]] == ["cert-ie"]


def test_circle_is_made_joined_left_and_closed(coalition: dict[str, Member]) -> None:
    ee, ie = coalition["cert-ee"], coalition["cert-ie"]
    maker = Api(person=world.person(ee, Role.REVIEWER))
    guest = Api(person=world.person(ie, Role.REVIEWER))
    body = {
        "slug": "c-new",
        "name": "New",
        "kind": "multilateral",
        "min_tier": "associate",
        "max_tlp": "AMBER",
    }
    assert guest.post("circles/", body).status_code == 403
    made = maker.post("circles/", body)
    assert (made.status_code, made.json()["maker"], made.json()["is_in"]) == (201, "cert-ee", True)
    slug = made.json()["slug"]  # with an ending of its own: no name is taken by a hidden circle
    assert slug.startswith("c-new-")
    assert guest.post(f"circles/{slug}/join/").status_code == 404
    joined = maker.post(f"circles/{slug}/join/", {"member": "cert-ie"})
    assert [member["slug"] for member in joined.json()["members"]] == ["cert-ee", "cert-ie"]
    assert maker.post(f"circles/{slug}/join/", {"member": "cert-ie"}).status_code == 409
    assert guest.post(f"circles/{slug}/join/", {"member": "cert-md"}).status_code == 403
    assert guest.post(f"circles/{slug}/leave/", {"member": "cert-ee"}).status_code == 403
    assert guest.post(f"circles/{slug}/leave/").status_code == 204
    assert guest.get(f"circles/{slug}/").status_code == 404
    assert maker.post(f"circles/{slug}/archive/").json()["state"] == "archived"
    assert maker.post(f"circles/{slug}/join/", {"member": "cert-md"}).status_code == 409
    assert maker.post(f"circles/{slug}/close/").json()["state"] == "closed"
    assert Circle.objects.get().state == "closed"


def test_session_needs_its_csrf_token(coalition: dict[str, Member]) -> None:
    api = staff(Role.PLATFORM_ADMIN)
    api.headers.pop("X-CSRFToken")
    assert api.get("members/").status_code == 200
    answer = api.post("members/cert-ie/tier/", {"tier": "observer"})
    assert answer.status_code == 403
    coalition["cert-ie"].refresh_from_db()
    assert coalition["cert-ie"].tier == Tier.ASSOCIATE


def test_staff_machine_administers(coalition: dict[str, Member]) -> None:
    admin = world.person(None, Role.PLATFORM_ADMIN)
    api = Api(secret=world.credential(None, admin, Scope.MEMBERS_ADMIN).secret)
    assert slugs(api.get("members/")) == ALL
    assert api.post("members/cert-ie/tier/", {"tier": "observer"}).status_code == 200
    assert coalition["cert-ie"].slug == "cert-ie"


def test_members_machine_without_the_scope_administers_nothing(
    coalition: dict[str, Member],
) -> None:
    ee = coalition["cert-ee"]
    reviewer = world.person(ee, Role.REVIEWER, Role.MEMBER_ADMIN)
    world.circle("c-own", ee, maker=ee)
    reading = Api(secret=world.credential(ee, reviewer, Scope.FEED_READ).secret)
    running = Api(secret=world.credential(ee, reviewer, Scope.MEMBERS_ADMIN).secret)
    assert reading.post("circles/c-own/join/", {"member": "cert-ie"}).status_code == 403
    assert running.post("circles/c-own/join/", {"member": "cert-ie"}).status_code == 200


def test_person_who_lacks_a_required_second_factor_is_not_let_in(
    settings: Settings,
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert staff(Role.PLATFORM_ADMIN).get("members/").status_code == 401
    member = world.member("cert-ee")
    assert Api(person=world.person(member, Role.ANALYST)).get("members/").status_code == 200
    assert Api(person=world.person(member, Role.REVIEWER)).get("members/").status_code == 401


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("put", {}, 405), ("post", "[]", 422), ("post", "{", 400), ("post", '"x"', 422)],
)
def test_malformed_requests_are_problems(method: str, body: Any, status: int) -> None:
    answer = staff(Role.PLATFORM_ADMIN).send(method, "members/", body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer["Cache-Control"] == "private, no-store"


def test_basic_works_as_bearer_does() -> None:
    member = world.member("cert-ee")
    issued = world.credential(member, world.person(member, Role.ANALYST))
    encoded = b64encode(f"{issued.credential.public_id}:{issued.secret}".encode()).decode()
    answer = Client().get("/api/v1/tiers/", headers={"Authorization": f"Basic {encoded}"})
    assert answer.status_code == 200


def test_compromised_by_service_is_refused_too(coalition: dict[str, Member]) -> None:
    api = machine(coalition["cert-ee"], max_tlp=TLP.AMBER)
    services.suspend(
        member=coalition["cert-ee"],
        cause=SuspensionCause.COMPROMISE,
        reason="x",
        actor=SYSTEM,
        now=world.NOW,
    )
    assert api.get("members/").status_code == 401
