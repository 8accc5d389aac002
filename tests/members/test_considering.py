"""Pages that change a standing: what it would do first; then it is done, by two if it takes two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from members.models import Circle, CircleMembership, Group, GroupEntry, Member, Person, Proposal
from members.tiers import Status, Tier
from members.tlp import TLP
from sharing.services.fanout import settle
from tests.factories import bundle, file, incident, make_member, make_person, release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fast_passwords")]


def enter(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def owner() -> Member:
    return make_member("ua", country="UA")


@pytest.fixture(autouse=True)
def reader() -> Member:
    """Somebody who may have everything: nothing is released to nobody."""
    return make_member("fi", country="FI")


@pytest.fixture
def partner() -> Member:
    return make_member("de", tier=Tier.PARTNER, country="DE")


@pytest.fixture
def office() -> Client:
    return enter(make_person(None, "office", "secretariat"))


@pytest.fixture
def second() -> Client:
    return enter(make_person(None, "second", "secretariat"))


@pytest.fixture
def admin() -> Client:
    return enter(make_person(None, "admin", "platform_admin"))


def share(owner: Member, key: str, **marking: Any) -> None:
    now = timezone.now()
    people = [make_person(owner, f"{name}-{key}", "analyst", "reviewer") for name in "ab"]
    filed = file(people[0], bundle(incident(key, owner=owner.slug)), marking=marking, now=now)
    settle(release(filed.incident, author=people[0], reviewer=people[1], now=now).pk, now=now)


def circle(slug: str, *inside: Member, maker: Member | None = None) -> Circle:
    made = Circle.objects.create(
        slug=slug,
        name=f"Circle {slug}",
        kind="multilateral",
        min_tier=Tier.OBSERVER.value,
        max_tlp=TLP.RED.value,
        maker=maker,
        created_at=timezone.now(),
    )
    for member in inside:
        CircleMembership.objects.create(circle=made, member=member, joined_at=timezone.now())
    return made


def told(answer: Any) -> tuple[int, int, int, int]:
    each = answer.context["what_if"]
    return each.gained, each.lost, each.widened, each.narrowed


def test_tiers_page_counts_before_anyone_asks_for_it(
    owner: Member, partner: Member, office: Client
) -> None:
    for number in range(4):
        share(owner, f"core-{number}", tlp="AMBER", min_tier="core")
    for number in range(2):
        share(owner, f"strict-{number}", tlp="AMBER+STRICT")
    raised: Any = office.get("/tiers/?member=de&to=core")
    assert told(raised) == (4, 0, 0, 0)
    assert b"Gains 4 incidents, loses none." in raised.content
    assert b"from fewer than 3 members" in raised.content
    lowered: Any = office.get("/tiers/?member=de&to=associate")
    assert told(lowered) == (0, 2, 0, 0)
    [cell] = lowered.context["what_if"].lines[0].cells
    assert (cell.tlp, cell.count) == (None, 2), "a small cell names no marking"
    assert "Acknowledge" in {label for label, _, _ in lowered.context["duties"]}
    partner.refresh_from_db()
    assert partner.tier == Tier.PARTNER, "a GET changes nothing"


@pytest.mark.parametrize("role", ["analyst", "reviewer", "member_admin"])
def test_others_are_asked_nothing_and_told_nothing(
    owner: Member, partner: Member, role: str
) -> None:
    share(owner, "one", tlp="AMBER", min_tier="core")
    client = enter(make_person(partner, "someone", role))
    page: Any = client.get("/tiers/?member=de&to=core")
    assert b"What if" not in page.content
    assert page.context.get("what_if") is None
    for path in ("change/tier?to=core", "change/withdraw", "change/admit"):
        assert client.get(f"/members/de/{path}").status_code == 404
        assert client.post(f"/members/de/{path}", {"to": "core"}).status_code == 404
    assert client.get("/groups/").status_code == 404
    assert b"Change its standing" not in client.get("/members/de/").content


def test_a_raise_takes_two_and_the_page_says_who_waits(
    partner: Member, office: Client, second: Client
) -> None:
    page = "/members/de/change/tier"
    assert office.post(page, {"to": "core"}).status_code == 302
    partner.refresh_from_db()
    assert partner.tier == Tier.PARTNER
    assert b"You proposed: Raise tier" in office.get("/members/de/").content
    seen = second.get("/members/de/").content
    assert b"office@coalition.example proposes: Raise tier" in seen
    assert b'href="/members/de/change/tier?to=core"' in seen
    assert office.post(page, {"to": "core"}).status_code == 302, "asking twice is not two people"
    partner.refresh_from_db()
    assert partner.tier == Tier.PARTNER
    assert second.post(page, {"to": "core"}).status_code == 302
    partner.refresh_from_db()
    assert partner.tier == Tier.CORE


def test_a_proposal_is_declined_from_the_page(
    partner: Member, office: Client, second: Client
) -> None:
    office.post("/members/de/change/tier", {"to": "core"})
    proposal = Proposal.objects.get()
    outsider = enter(make_person(partner, "outsider", "member_admin"))
    assert outsider.post(f"/proposals/{proposal.pk}/decline").status_code == 404
    assert second.post(f"/proposals/{proposal.pk}/decline").status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == "declined"
    assert b"proposes" not in second.get("/members/de/").content


@pytest.mark.parametrize(
    ("step", "said", "status"),
    [
        ("tier", {"to": "emperor"}, 422),
        ("tier", {}, 422),
        ("tier", {"to": "partner"}, 422),
        ("standing", {"to": "splendid"}, 422),
        ("withdraw", {"typed": "ua"}, 422),
        ("admit", {}, 409),
        ("reinstate", {}, 409),
        ("confirm", {}, 409),
        ("promote", {}, 404),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    partner: Member, office: Client, step: str, said: dict[str, str], status: int
) -> None:
    answer = office.post(f"/members/de/change/{step}", said)
    assert answer.status_code == status
    before = (partner.tier, partner.status, partner.standing)
    partner.refresh_from_db()
    assert (partner.tier, partner.status, partner.standing) == before


def test_every_step_of_a_member_s_life_has_its_page(
    owner: Member, office: Client, second: Client
) -> None:
    share(owner, "green", tlp="GREEN")
    share(owner, "strict", tlp="AMBER+STRICT")
    make_member("new", tier=Tier.PARTNER, country="IE", status=Status.APPLICANT.value)
    took: list[tuple[str, tuple[int, int, int, int]]] = []
    for step, said in (
        ("admit", {}),
        ("confirm", {}),
        ("standing", {"to": "lapsed"}),
        ("end-agreement", {}),
        ("withdraw", {"typed": "new"}),
    ):
        assert f"/members/new/change/{step}".encode() in office.get("/members/new/").content
        took.append((step, told(office.get(f"/members/new/change/{step}", said))))
        for client in (office, second):
            client.post(f"/members/new/change/{step}", said)
    assert took == [
        ("admit", (1, 0, 0, 0)),
        ("confirm", (1, 0, 0, 0)),
        ("standing", (0, 1, 0, 0)),
        ("end-agreement", (0, 1, 0, 0)),
        ("withdraw", (0, 0, 0, 0)),
    ]
    assert Member.objects.get(slug="new").status == Status.WITHDRAWN


def test_suspension_says_what_is_lost(owner: Member, partner: Member, office: Client) -> None:
    share(owner, "one", tlp="AMBER")
    assert told(office.get("/members/de/suspend")) == (0, 1, 0, 0)


def test_circle_pages_say_and_do(
    owner: Member, reader: Member, partner: Member, admin: Client
) -> None:
    made = circle("fin", owner, reader)
    share(owner, "inside", tlp="AMBER", circles=[["fin"]])
    url = "/circles/fin/change"
    page: Any = admin.get(f"{url}/join?member=de")
    assert told_many(page) == {"de": (1, 0)}
    assert admin.post(f"{url}/join", {"member": "de"}).status_code == 302
    assert made.memberships.filter(member=partner, left_at=None).exists()
    assert told_many(admin.get(f"{url}/archive")) == {
        "de": (0, 0),
        "fi": (0, 0),
        "ua": (0, 0),
    }
    assert told_many(admin.get(f"{url}/close")) == {
        "de": (0, 1),
        "fi": (0, 1),
        "ua": (0, 0),
    }
    assert told_many(admin.get(f"{url}/leave?member=de")) == {"de": (0, 1)}
    assert admin.post(f"{url}/leave", {"member": "nobody"}).status_code == 422
    assert admin.post(f"{url}/close").status_code == 302
    made.refresh_from_db()
    assert made.state == "closed"
    assert admin.post(f"{url}/close").status_code == 409


def told_many(page: Any) -> dict[str, tuple[int, int]]:
    return {
        row["member"].slug: (row["what_if"].gained, row["what_if"].lost)
        for row in page.context["found"]
    }


def test_who_runs_a_circle_is_told_of_its_own_incidents_only(
    owner: Member, reader: Member, partner: Member
) -> None:
    other = make_member("ee", country="EE")
    circle("fin", owner, other, reader, maker=owner)
    share(owner, "mine", tlp="AMBER", circles=[["fin"]])
    share(other, "theirs", tlp="AMBER", circles=[["fin"]], exclude=["ua"])
    runs = enter(make_person(owner, "runs", "reviewer"))
    assert told_many(runs.get("/circles/fin/change/join?member=de")) == {"de": (1, 0)}
    assert told_many(runs.get("/circles/fin/change/close")) == {
        "ee": (0, 1),
        "fi": (0, 1),
        "ua": (0, 0),
    }
    belongs = enter(make_person(other, "belongs", "reviewer"))
    assert belongs.get("/circles/fin/change/close").status_code == 404
    assert told_many(belongs.get("/circles/fin/change/leave?member=ee")) == {"ee": (0, 1)}
    assert belongs.get("/circles/fin/change/leave?member=ua").context["found"] is None
    outside = enter(make_person(partner, "outside", "reviewer"))
    assert outside.get("/circles/fin/change/leave").status_code == 404


def test_leaving_counts_only_what_the_person_may_read(owner: Member, partner: Member) -> None:
    circle("fin", owner, partner)
    share(owner, "all", tlp="AMBER", circles=[["fin"]])
    share(owner, "one", tlp="AMBER", circles=[["fin"]], persons=["reads@de.example"])
    for name, lost in (("reads", 2), ("other", 1)):
        client = enter(make_person(partner, name, "reviewer"))
        page = client.get("/circles/fin/change/leave?member=de")
        assert told_many(page) == {"de": (0, lost)}


def test_group_pages_say_and_do(owner: Member, partner: Member, admin: Client) -> None:
    group = Group.objects.create(name="NATO")
    GroupEntry.objects.create(group=group, country="FI")
    share(owner, "nato", tlp="AMBER", rel_to=[["NATO"]])
    assert b"NATO" in admin.get("/groups/").content
    enter_url = "/groups/NATO/enter"
    assert told_many(admin.get(enter_url, {"country": "DE"})) == {"de": (1, 0)}
    later = (timezone.now() + timedelta(days=40)).date().isoformat()
    assert told_many(admin.get(enter_url, {"country": "DE", "starts_on": later})) == {"de": (1, 0)}
    for wrong in ({}, {"country": "de"}, {"country": "DE", "starts_on": later, "ends_on": later}):
        answer = admin.post(enter_url, wrong)
        assert answer.status_code in {200, 422}
    assert GroupEntry.objects.count() == 1
    assert admin.post(enter_url, {"country": "DE"}).status_code == 302
    assert admin.post(enter_url, {"country": "DE"}).status_code == 409
    entry = GroupEntry.objects.get(country="DE")
    settle_all()
    assert told_many(admin.get(f"/groups/entries/{entry.pk}/end")) == {"de": (0, 1)}
    assert admin.post(f"/groups/entries/{entry.pk}/end").status_code == 302
    entry.refresh_from_db()
    assert entry.ends_at is not None
    assert admin.get("/groups/entries/999999/end").status_code == 404
    assert admin.get("/groups/NONE/enter").status_code == 404


def settle_all() -> None:
    from sharing.services import standing

    for pk in standing.waiting():
        standing.settle_member(pk, now=timezone.now())


@pytest.mark.parametrize("count", [1, 6])
def test_asking_takes_as_many_queries_for_six_incidents(
    owner: Member,
    partner: Member,
    office: Client,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        share(owner, f"i-{number}", tlp="AMBER", min_tier="core")
    office.get("/tiers/?member=de&to=core")
    with django_assert_num_queries(QUERIES):
        office.get("/tiers/?member=de&to=core")


QUERIES = 11


def test_the_question_beside_the_tiers_keeps_what_was_asked(
    partner: Member, office: Client
) -> None:
    page = office.get("/tiers/?member=de&to=core").content.decode()
    assert '<option value="de" selected>DE (test) · now Partner</option>' in page
    assert '<option value="core" selected>Core</option>' in page
