"""Scripted cases of the feed beside the model: persons, bounds, and a cursor across withdrawals."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from members.models import Member
from sharing import publishing
from sharing.door import Reader, reader_of_credential, reader_of_person
from sharing.feed import MAX_PAGE, Filters, Page, page
from sharing.models import FeedClock, Grant, GrantKind, Release
from sharing.withdrawing import withdraw
from tests.factories import NOW, make_member, make_person
from tests.feeds.machines import make_machine
from tests.sharing.feeding import Press, body, reader

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def member() -> Member:
    return make_member("ee")


def read(who: Reader, after: datetime | None = None, now: datetime = NOW) -> Page:
    return page(reader=who, kind=GrantKind.SHARED, now=now, after=after)


def versions(found: Page) -> list[datetime]:
    return [entry.version for entry in found.entries]


def test_one_query_however_many_objects(press: Press, member: Member) -> None:
    for number in range(30):
        press.give([body("a"), body(f"o{number}", 1)], [member])
    with CaptureQueriesContext(connection) as queries:
        assert len(read(reader(member)).entries) == 31
    assert len(queries) == 1


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1])
def test_limit_has_bounds(member: Member, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        page(reader=reader(member), kind=GrantKind.SHARED, now=NOW, limit=limit)


def test_named_persons_alone_see_what_is_for_them(press: Press, member: Member) -> None:
    press.give([body("hers")], [member], persons=("ann@ee.example",))
    press.give([body("theirs")], [member], not_persons=("ann@ee.example",))
    ann, bob = make_person(member, "ann"), make_person(member, "bob")

    def seen(who: Reader | None) -> set[str]:
        assert who is not None
        wanted = {body(name).object_id: name for name in ("hers", "theirs")}
        return {wanted[entry.object_id] for entry in read(who).entries}

    ann.email = "Ann@EE.example"  # e-mail addresses are compared in lower case
    assert seen(reader_of_person(ann)) == {"hers"}
    assert seen(reader_of_person(bob)) == {"theirs"}
    assert seen(reader(member)) == {"theirs"}  # a credential is nobody's


def test_staff_are_no_readers() -> None:
    assert reader_of_person(make_person(None, "staff", "secretariat")) is None


def test_a_credential_reads_as_its_member_stands(member: Member) -> None:
    machine = make_machine(member, withhold=True)
    from members.credentials import authenticate

    def now_reads() -> Reader:
        principal = authenticate({"Authorization": machine.basic}, machine.credential.issued_at)
        assert principal is not None
        return reader_of_credential(principal)

    before = now_reads()
    assert (before.ceiling, before.tier, before.shared, before.whole_only) == (4, 3, True, True)
    assert before.readers == 1 << machine.credential.reader.bit
    Member.objects.filter(pk=member.pk).update(tier=1, status="probation")
    assert (now_reads().ceiling, now_reads().shared) == (2, True)


def last_grant(release: Release) -> int:
    return Grant.objects.get(release=release, single_ordinal=None).pk


def test_an_older_version_current_again_reaches_who_never_saw_it(
    press: Press, member: Member
) -> None:
    """The case that a stored old place would lose: the cursor is behind both versions."""
    press.give([body("a")], [member])
    second = press.give([body("a", version=LATER)], [member])
    first_pull = read(reader(member))
    assert versions(first_pull) == [LATER]

    withdraw([last_grant(second)], now=NOW)

    rest = read(reader(member), after=first_pull.entries[-1].added)
    assert versions(rest) == [NOW]
    assert versions(read(reader(member))) == [NOW]


def test_a_body_carried_twice_is_not_sent_again_when_one_carrier_goes(
    press: Press, member: Member
) -> None:
    first = press.give([body("a")], [member])
    got = read(reader(member))
    press.give([body("a"), body("b", 1)], [member])

    withdraw([last_grant(first)], now=NOW)

    rest = read(reader(member), after=got.entries[-1].added)
    assert [entry.object_id for entry in rest.entries] == [body("b").object_id]
    assert read(reader(member)).entries[0] == got.entries[0]


def test_withdrawing_the_carrier_takes_what_hangs_on_it(press: Press, member: Member) -> None:
    first = press.give([body("a")], [member])
    second = press.give([body("a")], [member])
    assert withdraw([last_grant(first)], now=NOW) == 1
    assert Grant.objects.filter(single_ordinal=0, withdrawn_at=None).count() == 1
    assert withdraw([last_grant(second)], now=NOW) == 1
    assert read(reader(member)).entries == ()
    assert not Grant.objects.filter(withdrawn_at=None).exists()


def test_a_merged_feed_shows_the_strictest_marking(press: Press, member: Member) -> None:
    press.give([body("ip", tlp=1)], [member])
    got = read(reader(member))
    press.give([body("ip", tlp=2)], [member])
    press.give([body("ip", tlp=0)], [member])

    (entry,) = read(reader(member)).entries
    assert '"x_tlp": 2' in entry.body
    assert [e.added for e in read(reader(member), after=got.entries[-1].added).entries] == [
        entry.added
    ]


def test_positions_rise_even_if_the_clock_falls() -> None:
    first = publishing.take_position(slots=3, now=NOW)
    second = publishing.take_position(slots=2, now=NOW - timedelta(hours=1))
    third = publishing.take_position(slots=1, now=NOW + timedelta(hours=1))
    micro = publishing.MICROSECOND
    assert (first, second, third) == (NOW, NOW + 3 * micro, NOW + timedelta(hours=1))
    assert publishing.take_position(slots=1, now=NOW) == third + micro


def test_the_clock_comes_back_by_itself() -> None:
    FeedClock.objects.all().delete()
    with transaction.atomic():
        publishing.hold_positions()
    FeedClock.objects.all().delete()
    assert publishing.take_position(slots=1, now=NOW) == NOW


def test_ids_and_pages_agree(press: Press, member: Member) -> None:
    for number in range(3):
        press.give([body("a", version=NOW + number * timedelta(days=1)), body("b", 1)], [member])
    every = read(reader(member)).entries
    one = page(
        reader=reader(member),
        kind=GrantKind.SHARED,
        now=NOW,
        filters=Filters(ids=(body("a").object_id,)),
    )
    assert one.entries == tuple(e for e in every if e.object_id == body("a").object_id)
