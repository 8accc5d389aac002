"""Recalls for machines: what a credential is told, answers, and a cursor that misses nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from incidents.models import StixObject
from members.models import Member, Person
from members.roles import Scope
from members.tlp import TLP
from sharing.models import RecallAnswer, RecallKind, RecallNotice
from tests.factories import NOW, make_member, make_person
from tests.sharing.feeding import Press, body
from tests.sharing.recalling import Lost, make_recall, notice_of
from tests.sharing.web import Machine, machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def press() -> Press:
    return Press("cert-ua")


@pytest.fixture
def ee() -> Member:
    return make_member("cert-ee")


@pytest.fixture
def reviewer(ee: Member) -> Person:
    return make_person(ee, "reviewer", "reviewer")


@pytest.fixture
def program(reviewer: Person) -> Machine:
    return machine(reviewer, scopes=(Scope.FEED_READ, Scope.RECALLS_WRITE))


def ids(answer: dict[str, Any]) -> list[list[str]]:
    return [[item["id"] for item in each["items"]] for each in answer["recalls"]]


def test_a_recall_says_what_to_delete_and_until_when(
    press: Press, ee: Member, program: Machine
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one"), Lost("two")]})
    found = program.get("recalls/")
    assert found["more"] is False
    assert found["recalls"] == [
        {
            "id": str(notice_of(made, ee).key),
            "incident": None,
            "kind": "tightened",
            "at": "2026-11-22T12:00:00Z",
            "due_at": "2026-11-25T12:00:00Z",
            "state": "open",
            "note": "",
            "items": [
                {
                    "id": each.object_id,
                    "type": "indicator",
                    "modified": "2026-11-22T12:00:00.000Z",
                    "state": "open",
                }
                for each in sorted([Lost("one"), Lost("two")], key=lambda each: each.object_id)
            ],
        }
    ]


def test_an_object_without_times_has_none(press: Press, ee: Member, program: Machine) -> None:
    lost = Lost("host", type="ipv4-addr", version=NOW + timedelta(minutes=1))
    StixObject.objects.create(
        owner=press.owner,
        creator=None,
        stix_id=lost.object_id,
        type=lost.type,
        version=lost.version,
        text="{}",
        digest="0" * 64,
        stored_at=NOW,
    )
    make_recall(press.incident, {ee: [lost]})
    (item,) = program.get("recalls/")["recalls"][0]["items"]
    assert (item["type"], item["modified"]) == ("ipv4-addr", None)


def test_the_incident_is_named_to_those_who_had_it(
    press: Press, ee: Member, program: Machine
) -> None:
    lt = make_member("cert-lt")
    other = machine(make_person(lt, "reviewer", "reviewer"))
    make_recall(press.incident, {ee: [Lost("one")], lt: [Lost("one")]})
    carried = body("cert-ua", type_="incident")
    assert carried.object_id == press.incident.stix_id
    press.give([carried], [ee])
    press.give([body("one")], [lt])
    assert program.get("recalls/")["recalls"][0]["incident"] == press.incident.ref
    assert other.get("recalls/")["recalls"][0]["incident"] is None


def test_a_recalled_incident_is_named(press: Press, ee: Member, program: Machine) -> None:
    make_recall(press.incident, {ee: [Lost("cert-ua", type="incident")]})
    assert program.get("recalls/")["recalls"][0]["incident"] == press.incident.ref


def test_another_member_learns_nothing(press: Press, ee: Member) -> None:
    lt = make_member("cert-lt")
    stranger = machine(make_person(lt, "reviewer", "reviewer"))
    before = stranger.ask("GET", "recalls/").content
    make_recall(press.incident, {ee: [Lost("one")]})
    assert stranger.ask("GET", "recalls/").content == before


def test_first_listing_is_noted_once(press: Press, ee: Member, program: Machine) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    hidden = make_recall(press.incident, {ee: [Lost("red", tlp=TLP.RED)]})
    assert notice_of(made, ee).seen_at is None
    program.get("recalls/")
    first = notice_of(made, ee).seen_at
    program.get("recalls/")
    assert first is not None
    assert notice_of(made, ee).seen_at == first
    assert notice_of(hidden, ee).seen_at is None


def test_confirming_and_again(press: Press, ee: Member, program: Machine) -> None:
    made = make_recall(press.incident, {ee: [Lost("one"), Lost("two")]})
    key = notice_of(made, ee).key
    first = program.ask("POST", f"recalls/{key}/confirm/")
    again = program.ask("POST", f"recalls/{key}/confirm/", {"note": "later words"})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["state"] == "confirmed"
    stored = notice_of(made, ee)
    assert (stored.state, stored.note) == ("confirmed", "")
    assert stored.answered_at is not None
    entry = Entry.objects.get(action="sharing:recall:confirm")
    assert (entry.target_key, entry.member_id) == (str(key), ee.pk)
    assert entry.details == {"items": 2}
    assert entry.credential_id is not None
    refused = program.ask("POST", f"recalls/{key}/refuse/", {"note": "after all"})
    assert refused.status_code == 409
    assert notice_of(made, ee).state == "confirmed"


def test_refusing_needs_words_and_may_be_taken_back(
    press: Press, ee: Member, program: Machine
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    path = f"recalls/{notice_of(made, ee).key}"
    for wordless in ({}, {"note": ""}, {"note": "  "}, {"note": None}):
        answer = program.ask("POST", f"{path}/refuse/", wordless)
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["property"] == "note"
    assert notice_of(made, ee).state == "open"
    for note in ("needed in court", "needed in court", "needed until May"):
        answer = program.ask("POST", f"{path}/refuse/", {"note": note}).json()
        assert (answer["state"], answer["note"]) == ("refused", note)
    assert Entry.objects.filter(action="sharing:recall:refuse").count() == 2
    assert program.ask("POST", f"{path}/confirm/").json()["state"] == "confirmed"
    said = list(RecallAnswer.objects.order_by("pk").values_list("state", "note"))
    assert said == [
        ("refused", "needed in court"),
        ("refused", "needed until May"),
        ("confirmed", ""),
    ]


def test_unknown_and_foreign_are_the_same(press: Press, ee: Member) -> None:
    lt = make_member("cert-lt")
    stranger = machine(make_person(lt, "reviewer", "reviewer"))
    foreign = notice_of(make_recall(press.incident, {ee: [Lost("one")]}), ee).key
    for name in ("confirm", "refuse"):
        said = {"note": "not ours"}
        theirs = stranger.ask("POST", f"recalls/{foreign}/{name}/", said)
        nobodys = stranger.ask("POST", f"recalls/{uuid.uuid4()}/{name}/", said)
        odd = stranger.ask("POST", f"recalls/not-a-key/{name}/", said)
        assert {each.status_code for each in (theirs, nobodys, odd)} == {404}
        assert theirs.content == nobodys.content == odd.content
        assert dict(theirs.headers) == dict(nobodys.headers)
    assert RecallNotice.objects.get(key=foreign).state == "open"


@pytest.mark.parametrize(
    ("scopes", "get", "post"),
    [
        ((Scope.FEED_READ,), 200, 403),
        ((Scope.RECALLS_WRITE,), 200, 200),
        ((Scope.INCIDENTS_WRITE, Scope.INCIDENTS_RELEASE, Scope.SIGHTINGS_WRITE), 403, 403),
    ],
)
def test_scopes(
    press: Press, ee: Member, reviewer: Person, scopes: tuple[Scope, ...], get: int, post: int
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    program = machine(reviewer, scopes=scopes)
    assert program.ask("GET", "recalls/").status_code == get
    answer = program.ask("POST", f"recalls/{notice_of(made, ee).key}/confirm/")
    assert answer.status_code == post


@pytest.mark.parametrize(
    ("sent", "extra", "status"),
    [
        (b"{", {}, 400),
        (b'{"note": "a", "note": "b"}', {}, 400),
        (b"[]", {}, 422),
        (b'{"note": 7, "when": "now"}', {}, 422),
        (b'{"note": {"a": 1}}', {}, 422),
        (b'{"note": "a\\u0000b"}', {}, 400),
        ({"note": "x" * 4_001}, {}, 422),
        (b'{"note": "' + b"x" * 1_000_001 + b'"}', {}, 413),
        (b"<note/>", {"content_type": "application/xml"}, 415),
        (b"note=no", {"content_type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_hostile_bodies_are_refused(
    press: Press, ee: Member, program: Machine, sent: Any, extra: dict[str, Any], status: int
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    path = f"recalls/{notice_of(made, ee).key}/refuse/"
    assert program.ask("POST", path, sent, **extra).status_code == status
    assert notice_of(made, ee).state == "open"


@pytest.mark.parametrize(
    "query",
    ["state=gone", "limit=0", "limit=101", "limit=x", "cursor=forged", "cursor=", "after=1"],
)
def test_hostile_queries_are_refused(program: Machine, query: str) -> None:
    answer = program.ask("GET", f"recalls/?{query}")
    assert answer.status_code == 422


def test_pages_follow_each_other_and_the_last_place_is_kept(
    press: Press, ee: Member, program: Machine
) -> None:
    names = [f"object {number}" for number in range(5)]
    for name in names:
        make_recall(press.incident, {ee: [Lost(name)]})
    found: list[list[str]] = []
    cursor = ""
    for _page in range(3):
        page = program.get(f"recalls/?limit=2{cursor}")
        found += ids(page)
        cursor = f"&cursor={page['next']}"
    assert page["more"] is False
    assert found == [[Lost(name).object_id] for name in names]
    assert program.get(f"recalls/?limit=2{cursor}") == {
        "recalls": [],
        "next": page["next"],
        "more": False,
    }
    make_recall(press.incident, {ee: [Lost("later")]})
    assert ids(program.get(f"recalls/?limit=2{cursor}")) == [[Lost("later").object_id]]


def test_an_earlier_time_behind_the_cursor_is_not_missed(
    press: Press, ee: Member, program: Machine
) -> None:
    names = ["first", "second", "third"]
    for number, name in enumerate(names):
        make_recall(press.incident, {ee: [Lost(name)]}, now=NOW - timedelta(seconds=number))
    found: list[list[str]] = []
    cursor = ""
    for _name in names:
        page = program.get(f"recalls/?limit=1{cursor}")
        found += ids(page)
        cursor = f"&cursor={page['next']}"
    assert found == [[Lost(name).object_id] for name in names]


def test_a_place_is_the_members_own(press: Press, ee: Member, program: Machine) -> None:
    lt = make_member("cert-lt")
    other = machine(make_person(lt, "reviewer", "reviewer"))
    make_recall(press.incident, {ee: [Lost("one")], lt: [Lost("one")]})
    place = program.get("recalls/")["next"]
    assert other.ask("GET", f"recalls/?cursor={place}").status_code == 422
    RecallAnswer.objects.all().delete()
    for notice in RecallNotice.objects.filter(member=ee):
        notice.items.all().delete()
        notice.delete()
    assert program.ask("GET", f"recalls/?cursor={place}").status_code == 422


def test_only_open_ones(press: Press, ee: Member, program: Machine) -> None:
    first = make_recall(press.incident, {ee: [Lost("one")]})
    make_recall(press.incident, {ee: [Lost("two")]})
    program.ask("POST", f"recalls/{notice_of(first, ee).key}/confirm/")
    assert ids(program.get("recalls/?state=open")) == [[Lost("two").object_id]]
    assert ids(program.get("recalls/?state=confirmed")) == [[Lost("one").object_id]]
    assert ids(program.get("recalls/?state=refused")) == []


def test_large_notices_come_alone(
    press: Press, ee: Member, program: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sharing.recalls.MOST_ITEMS", 3)
    for notice in ("a", "b", "c"):
        make_recall(press.incident, {ee: [Lost(f"{notice}{number}") for number in range(2)]})
    page = program.get("recalls/")
    assert (len(page["recalls"]), page["more"]) == (1, True)
    rest = program.get(f"recalls/?cursor={page['next']}")
    assert (len(rest["recalls"]), rest["more"]) == (1, True)


def test_queries_do_not_grow(
    press: Press, ee: Member, program: Machine, django_assert_num_queries: Any
) -> None:
    make_recall(press.incident, {ee: [Lost("one")]})
    program.get("recalls/")
    with django_assert_num_queries(3):  # who asks; the page; its items
        program.get("recalls/")
    for number in range(20):
        make_recall(press.incident, {ee: [Lost(f"{number} {each}") for each in range(20)]})
    program.get("recalls/")
    with django_assert_num_queries(3):
        assert len(program.get("recalls/")["recalls"]) == 21


@pytest.mark.parametrize("kind", RecallKind)
@pytest.mark.parametrize("tlp", TLP)
def test_the_term_shown_is_the_term_stored(
    press: Press, ee: Member, kind: RecallKind, tlp: TLP
) -> None:
    person = make_person(ee, "reviewer", "reviewer", max_tlp=TLP.RED.value)
    made = make_recall(press.incident, {ee: [Lost("one", tlp=tlp)]}, kind=kind)
    shown = machine(person, max_tlp=TLP.RED).get("recalls/")["recalls"][0]["due_at"]
    due = notice_of(made, ee).due_at
    assert shown == (due.strftime("%Y-%m-%dT%H:%M:%SZ") if due else None)
