"""The pages of recalls: what the team is asked to delete, and the owner's board."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from members.models import Member, Person
from members.tlp import INTERNAL_READERS, READER_CLASSES, TLP, Channel, reader_class
from sharing.models import RecallKind, RecallNotice
from sharing.services.recalls import remind
from tests.factories import NOW, make_member, make_person
from tests.sharing.feeding import Press
from tests.sharing.recalling import Lost, hours, make_recall, notice_of, owner
from tests.sharing.web import enter, machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def press() -> Press:
    return owner("cert-ua", "CF-2026-AAAAAA")


@pytest.fixture
def ee() -> Member:
    return make_member("cert-ee")


@pytest.fixture
def reviewer(ee: Member) -> Person:
    return make_person(ee, "reviewer", "reviewer")


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages look at the clock of the tests."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def look(person: Person, path: str = "/recalls/") -> str:
    """Return a page without what differs from one request to the next."""
    answer = enter(person).get(path)
    assert answer.status_code == 200
    return plain(answer)


def plain(answer: Any) -> str:
    text = answer.content.decode()
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"|mono">[0-9a-f]{16}<', "", text)


def reply(person: Person, notice: RecallNotice | uuid.UUID, **said: str) -> Any:
    key = notice.key if isinstance(notice, RecallNotice) else notice
    return enter(person).post(f"/recalls/{key}/answer", said)


def test_a_reviewer_sees_what_to_delete_and_confirms(
    press: Press, ee: Member, reviewer: Person
) -> None:
    made = make_recall(
        press.incident, {ee: [Lost("one")]}, kind=RecallKind.RETRACTED, reason="our mistake"
    )
    page = look(reviewer)
    assert Lost("one").object_id in page
    assert "TLP:AMBER" in page
    assert "Retracted" in page
    assert "our mistake" not in page
    assert press.incident.ref not in page
    assert "25 Nov, 12:00 UTC" in page
    assert notice_of(made, ee).seen_at == NOW

    assert reply(reviewer, notice_of(made, ee), answer="confirm").status_code == 302
    stored = notice_of(made, ee)
    assert (stored.state, stored.answered_by) == ("confirmed", reviewer)
    assert Entry.objects.get(action="sharing:recall:confirm").person_id == reviewer.pk
    assert Lost("one").object_id not in look(reviewer)
    assert Lost("one").object_id in look(reviewer, "/recalls/?show=all")


def test_an_analyst_sees_and_does_not_answer(press: Press, ee: Member) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    analyst = make_person(ee, "analyst", "analyst")
    page = look(analyst)
    assert Lost("one").object_id in page
    assert 'name="answer"' not in page
    assert reply(analyst, notice_of(made, ee), answer="confirm").status_code == 403
    assert notice_of(made, ee).state == "open"


@pytest.mark.parametrize("role", ["reader", "member_admin", "secretariat"])
@pytest.mark.parametrize("path", ["/recalls/", "/recalls/ours/"])
def test_others_are_told_whom_to_ask(press: Press, ee: Member, role: str, path: str) -> None:
    make_recall(press.incident, {ee: [Lost("one")]})
    person = make_person(None if role == "secretariat" else ee, "other", role)
    answer = enter(person).get(path)
    assert answer.status_code == 403
    assert b"Ask one of your team" in answer.content
    assert 'href="/recalls/"' not in enter(person).get("/").content.decode()


@pytest.mark.parametrize("path", ["/recalls/", "/recalls/ours/", "/", "/incidents/"])
def test_a_member_that_never_had_it_sees_the_same_bytes(
    press: Press, ee: Member, path: str
) -> None:
    stranger = make_person(make_member("cert-lt"), "reviewer", "analyst", "reviewer")
    before = look(stranger, path)
    make_recall(press.incident, {ee: [Lost("one")]})
    assert look(stranger, path) == before


def test_unknown_foreign_and_hidden_are_the_same(press: Press, ee: Member) -> None:
    made = make_recall(press.incident, {ee: [Lost("red", tlp=TLP.RED)]})
    low = make_person(ee, "low", "reviewer")
    stranger = make_person(make_member("cert-lt"), "reviewer", "reviewer")
    for person in (low, stranger):
        known = reply(person, notice_of(made, ee), answer="confirm")
        unknown = reply(person, uuid.uuid4(), answer="confirm")
        odd = reply(person, notice_of(made, ee), answer="burn")
        assert known.status_code == unknown.status_code == odd.status_code == 404
        assert plain(known) == plain(unknown) == plain(odd)
    assert notice_of(made, ee).state == "open"


def test_a_ceiling_and_names_hide_items(press: Press, ee: Member) -> None:
    low = make_person(ee, "low", "reviewer")
    high = make_person(ee, "high", "reviewer", max_tlp=TLP.RED.value)
    named = make_person(ee, "named", "reviewer")
    objects = {
        "amber": Lost("amber"),
        "red": Lost("red", tlp=TLP.RED),
        "named": Lost("named", persons=("named@cert-ee.example",)),
    }
    make_recall(press.incident, {ee: list(objects.values())})

    def seen(person: Person) -> set[str]:
        page = look(person)
        return {name for name, each in objects.items() if each.object_id in page}

    assert seen(low) == {"amber"}
    assert seen(high) == {"amber", "red"}
    assert seen(named) == {"amber", "named"}


def test_what_clients_lost_alone_is_for_those_inside(press: Press, ee: Member) -> None:
    clients = 1 << reader_class(channel=Channel.DOWNSTREAM, max_tlp=TLP.AMBER).bit
    lost = Lost("one", tlp=TLP.AMBER_STRICT, readers=clients)
    made = make_recall(press.incident, {ee: [lost]})
    low = make_person(ee, "low", "reviewer", max_tlp=TLP.AMBER.value)
    assert lost.object_id not in look(low)
    assert reply(low, notice_of(made, ee), answer="confirm").status_code == 404
    reviewer = make_person(ee, "reviewer", "reviewer", max_tlp=TLP.AMBER_STRICT.value)
    assert lost.object_id in look(reviewer)
    outlet = machine(reviewer, channel=Channel.BLOCKLIST, max_tlp=TLP.RED)
    assert outlet.get("recalls/")["recalls"] == []
    assert machine(reviewer, channel=Channel.DOWNSTREAM).get("recalls/")["recalls"] != []
    reply(reviewer, notice_of(made, ee), answer="confirm")
    assert notice_of(made, ee).state == "confirmed"


def test_bits_of_internal_classes_are_what_the_door_takes_them_for() -> None:
    internal = {each.bit for each in READER_CLASSES if each.internal}
    assert internal == {4 * tlp + 3 for tlp in TLP}
    assert sum(1 << bit for bit in internal) == INTERNAL_READERS


def test_refusing_without_words_keeps_the_page_and_says_so(
    press: Press, ee: Member, reviewer: Person
) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    answer = reply(reviewer, notice_of(made, ee), answer="refuse", note="  ")
    assert answer.status_code == 422
    assert b"Say why you do not delete it." in answer.content
    addresses = [choice["url"] for choice in answer.context["choices"]]
    assert addresses == ["/recalls/?show=open", "/recalls/?show=all"]
    long = "x" * 4_001
    answer = reply(reviewer, notice_of(made, ee), answer="refuse", note=long)
    assert answer.status_code == 422
    assert b"at most 4000 characters" in answer.content
    assert b"x" * 4_000 in answer.content
    assert notice_of(made, ee).state == "open"
    said = "<b>needed</b> in court"
    assert reply(reviewer, notice_of(made, ee), answer="refuse", note=said).status_code == 302
    assert notice_of(made, ee).note == said
    page = look(reviewer, "/recalls/?show=all")
    assert "&lt;b&gt;needed&lt;/b&gt; in court" in page
    again = reply(reviewer, notice_of(made, ee), answer="refuse", show="all")
    assert again.status_code == 422
    assert Lost("one").object_id in again.content.decode()
    reply(reviewer, notice_of(made, ee), answer="confirm")
    late = reply(reviewer, notice_of(made, ee), answer="refuse", note="after all")
    assert late.status_code == 302
    assert notice_of(made, ee).state == "confirmed"


def test_a_suspended_team_still_answers(press: Press, ee: Member, reviewer: Person) -> None:
    made = make_recall(press.incident, {ee: [Lost("one")]})
    Member.objects.filter(pk=ee.pk).update(
        status="suspended",
        suspension_cause="standing",
        suspended_from="active",
        suspended_at=NOW,
    )
    assert Lost("one").object_id in look(Person.objects.get(pk=reviewer.pk))
    assert reply(reviewer, notice_of(made, ee), answer="confirm").status_code == 302
    assert notice_of(made, ee).state == "confirmed"


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", "99999999999999", "7"])
def test_odd_page_numbers_are_no_error(reviewer: Person, number: str) -> None:
    assert enter(reviewer).get(f"/recalls/?page={number}&show=%00").status_code == 200
    assert enter(reviewer).get(f"/recalls/ours/?page={number}&show=x").status_code == 200
    assert enter(reviewer).get("/recalls/ours/?incident=%00").status_code == 200


def test_the_menu_and_the_first_page_say_what_is_open(
    press: Press, ee: Member, reviewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = make_person(ee, "analyst", "analyst")
    strict = make_recall(press.incident, {ee: [Lost("strict", tlp=TLP.AMBER_STRICT)]})
    make_recall(press.incident, {ee: [Lost("amber")]})
    make_recall(press.incident, {ee: [Lost("green", tlp=TLP.GREEN)]})

    def first(person: Person) -> list[tuple[str, str]]:
        needs = enter(person).get("/").context["needs"]
        return [(need["tone"], need["detail"]) for need in needs]

    assert first(analyst) == []
    assert '<span class="cnt hot">3</span>' in look(analyst)
    assert [tone for tone, _ in first(reviewer)] == ["", "", ""]
    monkeypatch.setattr("django.utils.timezone.now", lambda: hours(12))
    assert first(reviewer) == [
        ("warm", "Reminder: delete and confirm · TLP:AMBER+STRICT"),
        ("", "Delete and confirm · TLP:AMBER"),
        ("", "Delete and confirm · TLP:GREEN"),
    ]
    monkeypatch.setattr("django.utils.timezone.now", lambda: hours(24))
    assert first(reviewer)[0] == ("hot", "Overdue: delete and confirm · TLP:AMBER+STRICT")
    reply(reviewer, notice_of(strict, ee), answer="confirm")
    assert len(first(reviewer)) == 2
    assert '<span class="cnt hot">2</span>' in look(reviewer)


def test_reminders_come_at_half_the_term_and_at_its_end_once_each(press: Press, ee: Member) -> None:
    lt = make_member("cert-lt")
    made = make_recall(press.incident, {ee: [Lost("one")], lt: [Lost("green", tlp=TLP.GREEN)]})
    given = [
        remind(now=hours(number)) for number in (0, 35.99, 36, 36.1, 71.99, 72, 72.1, 24 * 365)
    ]
    assert given == [0, 0, 1, 0, 0, 1, 0, 0]
    stored = notice_of(made, ee)
    assert (stored.reminders, stored.reminded_at) == (2, hours(72))
    assert notice_of(made, lt).reminders == 0
    entries = Entry.objects.filter(action="sharing:recall:remind").order_by("pk")
    assert [(each.member_id, each.details) for each in entries] == [
        (ee.pk, {"reminder": 1}),
        (ee.pk, {"reminder": 2}),
    ]


def test_who_answered_or_cannot_sign_in_is_not_reminded(
    press: Press, ee: Member, reviewer: Person
) -> None:
    gone, broken = make_member("cert-lt"), make_member("cert-lv")
    made = make_recall(press.incident, {each: [Lost("one")] for each in (ee, gone, broken)})
    reply(reviewer, notice_of(made, ee), answer="confirm")
    Member.objects.filter(pk=gone.pk).update(status="withdrawn")
    Member.objects.filter(pk=broken.pk).update(
        status="suspended",
        suspension_cause="compromise",
        suspended_from="active",
        suspended_at=NOW,
    )
    assert remind(now=hours(100)) == 0
    Member.objects.filter(pk=broken.pk).update(suspension_cause="standing")
    assert remind(now=hours(100)) == 1
    assert remind(now=hours(101)) == 0
    assert notice_of(made, broken).reminders == 1


def test_the_board_says_who_still_holds_what(
    press: Press, ee: Member, reviewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    lt, lv = make_member("cert-lt"), make_member("cert-lv")
    made = make_recall(
        press.incident,
        {each: [Lost("one"), Lost("two")] for each in (ee, lt, lv)},
        kind=RecallKind.RETRACTED,
        by=press.person,
        reason="our mistake",
    )
    make_recall(press.incident, {lt: [Lost("three", tlp=TLP.GREEN)]}, now=hours(-1))
    reply(reviewer, notice_of(made, ee), answer="confirm", note="deleted everywhere")
    other = make_person(lt, "reviewer", "reviewer")
    reply(other, notice_of(made, lt), answer="refuse", note="needed in court")
    remind(now=hours(72))
    monkeypatch.setattr("django.utils.timezone.now", lambda: hours(72))

    page = enter(press.person).get("/recalls/ours/")
    text = plain(page)
    first, second = page.context["blocks"]
    assert (first["kind"], first["reason"], first["objects"]) == ("Retracted", "our mistake", 2)
    assert (first["tally"].asked, first["tally"].confirmed, first["tally"].refused) == (3, 1, 1)
    assert (first["tally"].open, first["tally"].overdue) == (1, 1)
    assert "1 of 3 confirmed" in text
    assert [row["member"].slug for row in first["rows"]] == ["cert-lv"]
    assert "overdue" in text
    assert "reminded 1×" in text
    assert (second["tally"].asked, second["tally"].overdue) == (1, 0)

    late = enter(press.person).get("/recalls/ours/?show=overdue").context["blocks"]
    assert [block["tally"] for block in late] == [first["tally"]]
    everything = enter(press.person).get("/recalls/ours/?show=all")
    (rows, _) = (block["rows"] for block in everything.context["blocks"])
    assert [(row["member"].slug, row["state"], row["note"]) for row in rows] == [
        ("cert-lv", "open", ""),
        ("cert-lt", "refused", "needed in court"),
        ("cert-ee", "confirmed", "deleted everywhere"),
    ]
    assert [row["seen_at"] for row in rows] == [None, NOW, NOW]  # who answers has seen it
    assert enter(reviewer).get("/recalls/ours/?show=all").context["blocks"] == []
    assert "deleted everywhere" not in look(other, "/recalls/?show=all")


def test_the_board_of_one_incident_and_its_line_on_the_page(press: Press, ee: Member) -> None:
    address = f"/incidents/{press.incident.ref}/"
    assert enter(press.person).get(address).context["recalls"] is None
    make_recall(press.incident, {ee: [Lost("one")]})
    other = owner("cert-lv", "CF-2026-BBBBBB")
    make_recall(other.incident, {ee: [Lost("two")]})
    ours = f"/recalls/ours/?incident={press.incident.ref}"
    (block,) = enter(press.person).get(ours).context["blocks"]
    assert block["ref"] == press.incident.ref
    line = look(press.person, address)
    assert "0 of 1 confirmed" in line
    assert f'href="{ours}"' in line
    theirs = f"/recalls/ours/?incident={other.incident.ref}"
    assert enter(press.person).get(theirs).context["blocks"] == []


def test_co_originators_see_the_board(press: Press, ee: Member) -> None:
    make_recall(press.incident, {ee: [Lost("one")]})
    lt = make_member("cert-lt")
    person = make_person(lt, "analyst", "analyst")
    assert enter(person).get("/recalls/ours/").context["blocks"] == []
    press.incident.co_originators.add(lt)
    assert len(enter(person).get("/recalls/ours/").context["blocks"]) == 1


def test_partial_answers_are_said_to_be_partial(press: Press, ee: Member) -> None:
    low = make_person(ee, "low", "reviewer")
    made = make_recall(press.incident, {ee: [Lost("one"), Lost("red", tlp=TLP.RED)]})
    reply(low, notice_of(made, ee), answer="confirm")
    page = enter(press.person).get("/recalls/ours/")
    assert page.context["blocks"][0]["rows"][0]["partly"] is True
    assert "Partly answered" in plain(page)
    assert "Partly" not in look(low, "/recalls/?show=all")


def test_queries_do_not_grow(press: Press, ee: Member, reviewer: Person) -> None:
    others = [make_member(f"cert-{number}") for number in range(10)]
    ours, theirs = enter(press.person), enter(reviewer)

    def counts() -> list[int]:
        theirs.get("/recalls/")  # notes what was seen for the first time
        found = []
        for client, path in ((theirs, "/recalls/"), (ours, "/recalls/ours/"), (theirs, "/")):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
        return found

    make_recall(press.incident, {ee: [Lost("one")]})
    few = counts()
    for number in range(5):
        make_recall(press.incident, {each: [Lost(str(number))] for each in (ee, *others)})
    assert counts() == few
    assert len(theirs.get("/recalls/").context["rows"]) == 6
    assert len(ours.get("/recalls/ours/").context["blocks"]) == 6
    assert max(few) <= 16
