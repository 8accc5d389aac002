"""Receipts: who was given what by which way, that it took note, and who learns of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.models import Entry
from incidents.marking import from_json
from incidents.models import Incident
from incidents.services import amend, mark
from members.errors import NotFound, NotPermitted
from members.models import Credential, Member, Person
from members.models.choices import SuspensionCause
from members.roles import Scope
from members.tiers import Status, Tier
from members.tlp import TLP, Channel
from sharing.models import Acknowledgement, Fetch, Outlet, RecallKind, RecallState
from sharing.receipts import Receipt, ReceiptState, View, receipts, tally
from sharing.received import Given, GivenState, received
from sharing.services.fanout import settle
from sharing.services.life import retract_incident
from sharing.services.receipts import Taker, acknowledge, note_fetched
from sharing.viewers import Viewer, viewer_of_person
from sharing.withdrawing import withdraw
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
    tlp,
)
from tests.sharing.feeding import Press, body
from tests.sharing.recalling import Lost, make_recall
from tests.sharing.web import enter, machine, world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


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


def give(people: dict[str, Person], name: str = "Wiper", **marking: Any) -> Incident:
    """Release an incident with one AMBER+STRICT indicator beside the rest; return it."""
    data = bundle(
        incident(name, owner="cert-ua"),
        indicator(f"{name} strict", owner="cert-ua", **tlp("AMBER+STRICT")),
    )
    made = file(people["author"], data, marking=marking or {"tlp": "GREEN"}).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def viewer(person: Person) -> Viewer:
    found = viewer_of_person(Person.objects.get(pk=person.pk))
    assert found is not None
    return found


def held(made: Incident, now: datetime = NOW, **asked: Any) -> dict[tuple[str, int], Receipt]:
    page = receipts(incident=made, now=now, **asked)
    return {(row.member.slug, row.version): row for row in page.rows}


def listed(person: Person, now: datetime = NOW) -> list[Given]:
    return list(received(viewer=viewer(person), now=now).rows)


def grants_of(made: Incident, slug: str) -> list[int]:
    releases = made.releases.order_by("version")
    return [
        pk
        for each in releases
        for pk in each.grants.filter(member__slug=slug, kind=0).values_list("pk", flat=True)
    ]


# -- writing -------------------------------------------------------------------------------------


def test_noting_again_writes_nothing_and_a_further_place_moves_the_same_row(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    press, ee = Press(), make_member("ee")
    press.give([body("a")], [ee])
    grant, taker = ee.grants.get(), Taker(person_id=make_person(ee, "one", "analyst").pk)

    def note(now: datetime) -> int:
        return note_fetched(taker=taker, grants=[grant.pk], outlet=Outlet.WEB, now=now)

    with django_assert_num_queries(1):
        assert note(NOW) == 1
    before = Fetch.objects.values_list("pk", "first_at", "last_at").get()
    assert note(NOW + HOUR) == 0
    assert Fetch.objects.values_list("pk", "first_at", "last_at").get() == before
    with django_assert_num_queries(0):
        assert note_fetched(taker=taker, grants=[], outlet=Outlet.WEB, now=NOW) == 0


# -- acknowledging -------------------------------------------------------------------------------


def test_an_analyst_acknowledges_once_for_the_whole_member(people: dict[str, Person]) -> None:
    made = give(people)
    ee, other = people["ee"], people["ee-red"]
    first = acknowledge(by=by(ee), viewer=viewer(ee), ref=made.ref, now=NOW)
    again = acknowledge(by=by(other), viewer=viewer(other), ref=made.ref, now=NOW + HOUR)

    assert (first.pk, again.at, again.by) == (again.pk, NOW, ee)
    entry = Entry.objects.get(action="sharing:release:acknowledge")
    assert (entry.target_key, entry.member_id) == (f"{made.ref}/1", ee.member_id)


@pytest.mark.parametrize("who", ["ee-reader", "ee-reviewer"])
def test_only_analysts_acknowledge(people: dict[str, Person], who: str) -> None:
    made = give(people)
    with pytest.raises(NotPermitted):
        acknowledge(by=by(people[who]), viewer=viewer(people[who]), ref=made.ref, now=NOW)
    assert enter(people[who]).post(f"/incidents/{made.ref}/acknowledge").status_code == 403
    assert not Acknowledgement.objects.exists()


def test_what_is_hidden_cannot_be_acknowledged_and_reads_as_unknown(
    people: dict[str, Person],
) -> None:
    made = give(people, tlp="RED", named=["cert-ee"])
    for who in ("ee", "de"):
        with pytest.raises(NotFound):
            acknowledge(by=by(people[who]), viewer=viewer(people[who]), ref=made.ref, now=NOW)
        pages = [
            enter(people[who]).post(f"/incidents/{ref}/acknowledge").content
            for ref in (made.ref, "CF-2026-AAAAAA")
        ]
        api = machine(people[who])
        apis = [
            api.ask("POST", f"incidents/{ref}/acknowledge/").content
            for ref in (made.ref, "CF-2026-AAAAAA")
        ]
        assert apis[0] == apis[1]
        assert _without_token(pages[0]) == _without_token(pages[1])
    assert not Acknowledgement.objects.exists()
    cleared = people["ee-red"]
    assert acknowledge(by=by(cleared), viewer=viewer(cleared), ref=made.ref, now=NOW).pk


def _without_token(page: bytes) -> list[bytes]:
    return [
        line
        for line in page.splitlines()
        if b"csrf" not in line and b"data-clock" not in line and b"request" not in line.lower()
    ]


def test_the_latest_version_that_one_may_see_is_meant(people: dict[str, Person]) -> None:
    """Who may not see version 2 acknowledges version 1, and learns of no other."""
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    Incident.objects.filter(pk=press.incident.pk).update(ref="CF-2026-PRESSA")
    press.give([body("a")], [ee])
    press.give([body("b")], [ee], tlp=4, readers=1 << 19)

    said = acknowledge(
        by=by(people["ee"]), viewer=viewer(people["ee"]), ref="CF-2026-PRESSA", now=NOW
    )
    cleared = acknowledge(
        by=by(people["ee-red"]), viewer=viewer(people["ee-red"]), ref="CF-2026-PRESSA", now=NOW
    )

    assert (said.release.version, cleared.release.version) == (1, 2)


def test_a_credential_acknowledges_with_the_scope(people: dict[str, Person]) -> None:
    made = give(people)
    path = f"incidents/{made.ref}/acknowledge/"
    without = machine(people["ee"], scopes=(Scope.FEED_READ,)).ask("POST", path)
    assert (without.status_code, without.json()["code"]) == (403, "scope_missing")
    api = machine(people["ee"])
    answer = api.ask("POST", path)
    assert answer.status_code == 200
    assert answer.json() == api.ask("POST", path).json()
    assert (answer.json()["version"], answer.json()["by"]) == (1, people["ee"].name)
    said = Acknowledgement.objects.get()
    assert said.credential is not None
    assert machine(people["both"]).ask("POST", path).status_code == 409
    assert api.ask("POST", path, {"x": 1}).status_code == 422


# -- the owner's page ----------------------------------------------------------------------------


def test_the_owner_sees_who_was_given_what_fetched_and_acknowledged(
    people: dict[str, Person],
) -> None:
    made = give(people)
    note_fetched(
        taker=Taker(person_id=people["ee"].pk),
        grants=grants_of(made, "cert-ee"),
        outlet=Outlet.WEB,
        now=NOW + HOUR,
    )
    acknowledge(by=by(people["ee"]), viewer=viewer(people["ee"]), ref=made.ref, now=NOW + 2 * HOUR)

    rows = held(made)

    assert {key: row.whole for key, row in rows.items()} == {
        ("cert-de", 1): True,
        ("cert-ee", 1): True,
        ("cert-ie", 1): False,  # the strict indicator is left out
    }
    ee, ie = rows["cert-ee", 1], rows["cert-ie", 1]
    assert ee.first is not None
    assert (ee.first.at, ee.first.outlet, ee.first.by) == (NOW + HOUR, Outlet.WEB, "person")
    assert (ee.acknowledged_at, ee.state) == (NOW + 2 * HOUR, ReceiptState.IN_FORCE)
    assert (ie.first, ie.acknowledged_at, ie.granted_at) == (None, None, NOW)
    counts = tally(incident=made, now=NOW)
    assert (counts.members, counts.fetched, counts.acknowledged, counts.later) == (3, 1, 1, 0)
    assert set(held(made, view=View.WAITING)) == {("cert-de", 1), ("cert-ie", 1)}


def test_the_owner_learns_no_names_and_no_ids(people: dict[str, Person]) -> None:
    made = give(people)
    api = machine(people["ee"])
    client = enter(people["ee-red"])
    assert api.ask("GET", f"incidents/{made.ref}/objects/").status_code == 200
    assert client.get(f"/incidents/{made.ref}/").status_code == 200
    assert client.post(f"/incidents/{made.ref}/acknowledge").status_code == 302

    page = enter(people["both"]).get(f"/incidents/{made.ref}/deliveries/").content.decode()
    answer = machine(people["both"]).ask("GET", f"incidents/{made.ref}/receipts/")

    said = page + answer.content.decode()
    assert "REST · internal credential" in page
    secrets = [people["ee"].email, *Credential.objects.values_list("public_id", flat=True)]
    secrets += [people["ee-red"].name, people["ee-red"].email]
    assert [each for each in secrets if each in said] == []
    (row,) = (r for r in answer.json()["receipts"] if r["member"] == "cert-ee")
    assert row["acknowledged_at"] is not None
    assert (row["fetched"]["outlet"], row["fetched"]["by"]) == ("rest", "internal")


def test_who_may_ask_who_has_it(people: dict[str, Person]) -> None:
    made = give(people)
    path, api = f"/incidents/{made.ref}/deliveries/", f"incidents/{made.ref}/receipts/"
    seen = {who: enter(person).get(path).status_code for who, person in people.items()}
    assert seen == dict.fromkeys(people, 404) | {
        "author": 200,
        "both": 200,
        "reviewer": 200,
        "reader": 403,
    }
    assert machine(people["ee"]).ask("GET", api).status_code == 404
    reads = machine(people["both"], scopes=(Scope.FEED_READ,)).ask("GET", api)
    assert reads.status_code == 403
    downstream = machine(people["both"], channel=Channel.DOWNSTREAM).ask("GET", api)
    assert downstream.status_code == 404


def test_an_update_for_fewer_shows_what_became_of_the_version_before(
    people: dict[str, Person],
) -> None:
    made = give(people)
    note_fetched(
        taker=Taker(person_id=people["ee"].pk),
        grants=grants_of(made, "cert-ee"),
        outlet=Outlet.WEB,
        now=NOW,
    )
    later = NOW + HOUR
    amend(by=by(people["author"]), incident=made, now=later)
    narrower = from_json({"tlp": "GREEN", "exclude": ["cert-ie"]})
    mark(by=by(people["author"]), incident=made, marking=narrower, now=later)
    made.refresh_from_db()
    done = release(made, author=people["author"], reviewer=people["reviewer"], now=later)
    settle(done.pk, now=later)
    made.refresh_from_db()

    rows = held(made, later)

    assert {key: row.state for key, row in rows.items()} == {
        ("cert-de", 1): ReceiptState.SUPERSEDED,
        ("cert-de", 2): ReceiptState.IN_FORCE,
        ("cert-ee", 1): ReceiptState.SUPERSEDED,
        ("cert-ee", 2): ReceiptState.IN_FORCE,
        ("cert-ie", 1): ReceiptState.RECALLED,
    }
    assert (rows["cert-ee", 1].granted_at, rows["cert-ee", 2].granted_at) == (NOW, later)
    assert rows["cert-ee", 1].first is not None
    assert set(held(made, later, view=View.WAITING)) == {("cert-de", 2), ("cert-ee", 2)}
    assert set(held(made, later, view=View.RECALLED)) == {("cert-ie", 1)}
    told = {who: [(r.version, r.state) for r in listed(people[who], later)] for who in ("ee", "ie")}
    assert told == {
        "ee": [(2, GivenState.IN_FORCE), (1, GivenState.SUPERSEDED)],
        "ie": [(1, GivenState.RECALLED)],
    }


def test_the_incident_page_leads_there_also_when_nobody_may_read_it_any_more(
    people: dict[str, Person],
) -> None:
    made = give(people)
    link = f'href="/incidents/{made.ref}/deliveries/"'
    assert link in enter(people["both"]).get(f"/incidents/{made.ref}/").content.decode()
    retract_incident(by=by(people["reviewer"]), incident=made, reason="Wrong.", now=NOW + HOUR)
    assert link in enter(people["both"]).get(f"/incidents/{made.ref}/").content.decode()
    assert link not in enter(people["reader"]).get(f"/incidents/{made.ref}/").content.decode()
    rows = held(made, NOW + HOUR)
    assert {row.state for row in rows.values()} == {ReceiptState.RECALLED}
    (mine,) = listed(people["ee"], NOW + HOUR)
    assert (mine.state, mine.title) == (GivenState.RECALLED, None)


def test_what_opens_later_is_later_and_what_never_opened_is_nothing(
    people: dict[str, Person],
) -> None:
    made = give(people, tlp="GREEN", embargo_until="2026-11-22T14:00:00Z", early=["cert-ee"])
    opens = NOW + 2 * HOUR
    rows = held(made)
    assert {key: (row.state, row.opens_at) for key, row in rows.items()} == {
        ("cert-de", 1): (ReceiptState.LATER, opens),
        ("cert-ee", 1): (ReceiptState.IN_FORCE, None),
        ("cert-ie", 1): (ReceiptState.LATER, opens),
    }
    counts = tally(incident=made, now=NOW)
    assert (counts.members, counts.later) == (1, 2)
    assert [row.ref for row in listed(people["de"])] == []
    withdraw(grants_of(made, "cert-de"), now=NOW + HOUR)
    assert set(held(made, NOW + 3 * HOUR)) == {("cert-ee", 1), ("cert-ie", 1)}
    assert listed(people["de"], NOW + 3 * HOUR) == []


def versions_for(press: Press, *members: Member) -> None:
    """Give three versions, each with an object of its own."""
    for name in "abc":
        press.give([body(name)], members)


def test_a_later_version_supersedes_for_those_who_were_given_it(
    people: dict[str, Person],
) -> None:
    press, ee, de = Press("press"), people["ee"].member, people["de"].member
    assert ee
    assert de
    press.give([body("a")], [ee, de])
    press.give([body("b")], [ee])
    withdraw(grants_of(press.incident, "cert-ee")[:1], now=NOW + HOUR)

    states = {key: row.state for key, row in held(press.incident).items()}

    assert states == {
        ("cert-de", 1): ReceiptState.IN_FORCE,
        ("cert-ee", 1): ReceiptState.SUPERSEDED,
        ("cert-ee", 2): ReceiptState.IN_FORCE,
    }
    assert held(press.incident)["cert-ee", 1].withdrawn_at == NOW + HOUR


def test_a_recall_stands_beside_what_it_takes_back(people: dict[str, Person]) -> None:
    press, ee, de = Press("press"), people["ee"].member, people["de"].member
    assert ee
    assert de
    press.give([body("a")], [ee, de])
    withdraw(grants_of(press.incident, "cert-ee"), now=NOW + HOUR)
    withdraw(grants_of(press.incident, "cert-de"), now=NOW + HOUR)
    make_recall(
        press.incident, {ee: [Lost("a", tlp=TLP.AMBER)]}, kind=RecallKind.RETRACTED, now=NOW + HOUR
    )
    rows = held(press.incident, view=View.RECALLED)
    assert set(rows) == {("cert-ee", 1)}
    row = rows["cert-ee", 1]
    assert row.recall is not None
    assert (row.state, row.recall.kind) == (ReceiptState.RECALLED, RecallKind.RETRACTED)
    assert (row.recall.state, row.recall.due_at) == (RecallState.OPEN, NOW + 73 * HOUR)
    assert held(press.incident)["cert-de", 1].state is ReceiptState.WITHDRAWN
    mine = listed(people["ee"], NOW + HOUR)
    assert [(row.state, row.taken_back and row.taken_back.state) for row in mine] == [
        (GivenState.RECALLED, RecallState.OPEN)
    ]


def test_pages_go_by_member_and_queries_stay_two(
    people: dict[str, Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    press = Press("press")
    versions_for(press, *(make_member(f"m-{n}") for n in range(5)))
    Incident.objects.filter(pk=press.incident.pk).update(ref="CF-2026-PRESSA")
    seen: list[tuple[str, int]] = []
    after = ""
    while True:
        with django_assert_num_queries(1):
            page = receipts(incident=press.incident, now=NOW, after=after, limit=2)
        seen += [(row.member.slug, row.version) for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert seen == [(f"m-{n}", version) for n in range(5) for version in (3, 2, 1)]
    api, path = machine(press.person), "incidents/CF-2026-PRESSA/receipts/"
    assert api.get(path)["next"] is None  # the credential's use is noted once a minute
    with django_assert_num_queries(4):  # who asks, the incident, counts, rows
        assert len(api.get(f"{path}?limit=2")["receipts"]) == 6
    with django_assert_num_queries(4):
        assert len(api.get(path)["receipts"]) == 15
    assert len(api.get(f"{path}?version=2")["receipts"]) == 5
    for wrong in ("version=0", "view=none", "limit=0", "after=%00", "more=1"):
        assert api.ask("GET", f"{path}?{wrong}").status_code == 422, wrong


# -- the member's own list -----------------------------------------------------------------------


def test_a_member_sees_what_it_was_given_and_who_of_it_fetched(people: dict[str, Person]) -> None:
    made = give(people)
    api = machine(people["ee"])
    api.ask("GET", f"incidents/{made.ref}/")
    acknowledge(by=by(people["ee"]), viewer=viewer(people["ee"]), ref=made.ref, now=NOW + HOUR)
    public_id = Credential.objects.get().public_id

    (row,) = listed(people["ee"])
    assert (row.ref, row.version, row.title, row.given_at) == (made.ref, 1, "Wiper", NOW)
    assert (row.state, row.taken_back) == (GivenState.IN_FORCE, None)
    assert row.collected is not None
    assert (row.collected.credential, row.collected.outlet) == (public_id, Outlet.REST)
    assert row.noted is not None
    assert (row.noted.at, row.noted.by) == (NOW + HOUR, people["ee"].name)
    (same,) = api.get("received/")["received"]
    assert (same["ref"], same["fetched"]["credential"]) == (made.ref, public_id)
    (reads,) = listed(people["ee-reader"])  # readers learn no ids of credentials
    assert reads.collected is not None
    assert reads.collected.credential == ""
    assert public_id not in enter(people["ee-reader"]).get("/received/").content.decode()
    assert public_id in enter(people["ee"]).get("/received/").content.decode()
    (other,) = listed(people["de"])  # another member's fetch is its own
    assert (other.collected, other.noted) == (None, None)


def test_ceilings_and_names_narrow_the_list_of_the_past(people: dict[str, Person]) -> None:
    """A GREEN credential learns of no RED grant, also once it is withdrawn."""
    made = give(people, "Red", tlp="RED", named=["cert-ee"])
    personal = give(people, "Personal", tlp="GREEN", persons=["cleared@cert-ee.example"])

    def refs(now: datetime) -> dict[str, set[str]]:
        found = {who: {row.ref for row in listed(people[who], now)} for who in ("ee", "ee-red")}
        for ceiling in (TLP.GREEN, TLP.AMBER_STRICT, TLP.RED):
            api = machine(people["ee"], max_tlp=ceiling, scopes=(Scope.FEED_READ,))
            found[ceiling.word] = {row["ref"] for row in api.get("received/")["received"]}
            Credential.objects.all().delete()
        return found

    wanted = {
        "ee": set(),
        "ee-red": {made.ref, personal.ref},
        "GREEN": set(),
        "AMBER+STRICT": set(),
        "RED": {made.ref},
    }
    assert refs(NOW) == wanted
    withdraw([*grants_of(made, "cert-ee"), *grants_of(personal, "cert-ee")], now=NOW + HOUR)
    assert refs(NOW + 2 * HOUR) == wanted


def test_what_is_no_longer_shared_stays_without_its_title(people: dict[str, Person]) -> None:
    made = give(people)
    withdraw(grants_of(made, "cert-ee"), now=NOW + HOUR)
    (row,) = listed(people["ee"], NOW + HOUR)
    assert (row.ref, row.title, row.state) == (made.ref, None, GivenState.WITHDRAWN)
    page = enter(people["ee"]).get("/received/").content.decode()
    assert made.ref in page
    assert "Wiper" not in page
    assert f'href="/incidents/{made.ref}/"' not in page


def test_a_suspended_or_demoted_member_keeps_the_references_alone(
    people: dict[str, Person],
) -> None:
    made = give(people, tlp="AMBER")
    member = people["ee"].member
    assert member is not None
    suspended = {
        "status": Status.SUSPENDED.value,
        "suspension_cause": SuspensionCause.STANDING.value,
        "suspended_from": Status.ACTIVE.value,
        "suspended_at": NOW,
    }
    active = dict.fromkeys(suspended) | {"status": Status.ACTIVE.value, "tier": Tier.CORE.value}
    for change in (suspended, {"tier": Tier.OBSERVER.value}):
        Member.objects.filter(pk=member.pk).update(**change)
        (row,) = listed(people["ee"])
        assert (row.ref, row.title, row.state) == (made.ref, None, GivenState.WITHDRAWN)
        Member.objects.filter(pk=member.pk).update(**active)
    assert listed(people["ee"])[0].title == "Wiper"


def test_a_recall_of_what_one_could_not_read_is_not_told(people: dict[str, Person]) -> None:
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    press.give([body("a")], [ee])
    press.give([body("b")], [ee], tlp=4, readers=1 << 19)
    make_recall(press.incident, {ee: [Lost("b", tlp=TLP.RED)]}, now=NOW + HOUR)

    def told(who: str) -> list[tuple[int, bool]]:
        return [
            (row.version, row.taken_back is not None) for row in listed(people[who], NOW + HOUR)
        ]

    assert told("ee") == [(1, False)]
    assert told("ee-red") == [(2, True), (1, False)]


def test_the_answer_to_a_recall_is_of_what_one_may_know(people: dict[str, Person]) -> None:
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    press.give([body("a"), body("b", 1)], [ee], readers=1 << 19)
    press.give([body("a"), body("c", 1)], [ee])
    lost = [Lost("a", tlp=TLP.AMBER), Lost("b", tlp=TLP.RED)]
    notice = make_recall(press.incident, {ee: lost}, now=NOW + HOUR).notices.get()
    said = notice.answers.create(state=RecallState.CONFIRMED.value, at=NOW + HOUR, by=people["ee"])
    notice.items.filter(tlp=TLP.AMBER).update(answer=said)

    def told(who: str) -> set[RecallState | None]:
        rows = listed(people[who], NOW + HOUR)
        return {row.taken_back.state if row.taken_back else None for row in rows}

    assert told("ee") == {RecallState.CONFIRMED}
    assert told("ee-red") == {RecallState.OPEN}


def test_the_list_is_paged_without_gaps_in_one_query(
    people: dict[str, Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    press, ee = Press("press"), people["ee"].member
    assert ee is not None
    versions_for(press, ee)
    versions_for(Press("second"), ee)
    who = viewer(people["ee"])
    for size in (1, 6):
        with django_assert_num_queries(1):
            assert len(received(viewer=who, now=NOW, limit=size).rows) == size
    api = machine(people["ee"])
    seen, query = [], "limit=4"
    while query:
        page = api.get(f"received/?{query}")
        seen += [(row["ref"], row["version"]) for row in page["received"]]
        query = page["next"] and f"limit=4&cursor={page['next']}"
    assert seen == [(ref, n) for ref in ("CF-second", "CF-press") for n in (3, 2, 1)]
    first = api.get("received/?limit=4")["next"]
    assert machine(people["de"]).ask("GET", f"received/?cursor={first}").status_code == 422
    assert api.ask("GET", "received/?cursor=x").status_code == 422
    foreign = enter(people["de"]).get(f"/received/?after={first}")
    assert foreign.status_code == 200


def test_own_incidents_and_others_grants_are_not_in_it(people: dict[str, Person]) -> None:
    give(people)
    assert listed(people["author"]) == []
    assert enter(people["staff"]).get("/received/").status_code == 404
    scopes = (Scope.INCIDENTS_WRITE,)
    assert machine(people["ee"], scopes=scopes).ask("GET", "received/").status_code == 403
