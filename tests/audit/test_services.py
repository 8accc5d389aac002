"""Recording and sealing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit import merkle
from audit.actions import Target
from audit.actors import SYSTEM
from audit.details import DetailsRefused
from audit.models import Entry, TreeHead
from audit.request import REQUEST_ID
from audit.services import OutsideTransaction, record, seal
from audit.tasks import seal as seal_task
from audit.verification import verify
from tests.audit.log import ACTOR, NOW, TESTED, write


@pytest.mark.django_db
def test_record_keeps_who_what_when_and_the_request() -> None:
    token = REQUEST_ID.set("request-1")
    try:
        [entry] = write(1)
    finally:
        REQUEST_ID.reset(token)
    entry.refresh_from_db()
    stored = {field.name: getattr(entry, field.name) for field in Entry._meta.fields}
    assert stored == {
        "id": entry.pk,
        "at": NOW,
        "action": "audit:entry:test",
        "target_kind": "thing",
        "target_key": "0",
        "actor_kind": "credential",
        "person_id": 7,
        "credential_id": 9,
        "actor_member_id": 3,
        "member_id": 3,
        "request_id": "request-1",
        "details": {"number": 0},
        "leaf_index": None,
        "leaf_hash": None,
    }


@pytest.mark.django_db
def test_record_keeps_nobody_s_name() -> None:
    [entry] = write(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM audit_entry e WHERE id = %s", [entry.pk])
        assert ACTOR.label not in cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        record(actor=SYSTEM, action=TESTED, target=Target("thing", "1"), at=NOW)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_record_goes_with_its_transaction() -> None:
    def write_and_fail() -> None:
        with transaction.atomic():
            write(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_record_refuses_content() -> None:
    with pytest.raises(DetailsRefused):
        record(
            actor=SYSTEM,
            action=TESTED,
            target=Target("thing", "1"),
            at=NOW,
            details={"title": "A wiper at the ministry"},
        )


@pytest.mark.django_db
def test_seal_appends_in_order_and_stores_a_head() -> None:
    first = write(3)
    head = seal(NOW)
    second = write(2, first=3)
    head2 = seal(NOW + timedelta(seconds=10))
    assert head is not None
    assert head2 is not None
    assert (head.size, head2.size) == (3, 5)
    rows = list(Entry.objects.order_by("leaf_index"))
    assert [row.pk for row in rows] == [entry.pk for entry in (*first, *second)]
    hashes = [row.leaf(index).hash() for index, row in enumerate(rows)]
    assert [bytes(row.leaf_hash or b"") for row in rows] == hashes
    assert bytes(head.root) == merkle.root(hashes[:3])
    assert bytes(head2.root) == merkle.root(hashes)
    assert merkle.verify_consistency(
        old_size=3,
        new_size=5,
        proof=merkle.consistency_proof(hashes, 3),
        old_root=bytes(head.root),
        new_root=bytes(head2.root),
    )


@pytest.mark.django_db
def test_seal_of_nothing_stores_nothing() -> None:
    assert seal(NOW) is None
    write(1)
    assert seal(NOW) is not None
    assert seal(NOW) is None
    assert TreeHead.objects.count() == 1


@pytest.mark.django_db
def test_seal_stops_at_its_limit_and_goes_on() -> None:
    write(5)
    sizes = [head.size if head else None for head in (seal(NOW, 2), seal(NOW, 2), seal(NOW, 2))]
    assert [*sizes, seal(NOW, 2)] == [2, 4, 5, None]


@pytest.mark.django_db
def test_task_seals() -> None:
    write(2)
    seal_task()
    assert TreeHead.objects.get().size == 2


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_is_sealed_after_those_that_committed_before_it() -> None:
    opened, may_commit = threading.Event(), threading.Event()
    slow: list[int] = []

    def write_slowly() -> None:
        with transaction.atomic():
            slow.extend(entry.pk for entry in write(1))
            opened.set()
            may_commit.wait(10)
        connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    opened.wait(10)
    [quick] = write(1, first=1)
    assert quick.pk > slow[0]
    seal(NOW)
    may_commit.set()
    writer.join()
    seal(NOW)
    order = list(Entry.objects.order_by("leaf_index").values_list("pk", flat=True))
    assert order == [quick.pk, slow[0]]
    assert verify().sound


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_three_appenders_lose_and_double_nothing() -> None:
    per_writer, failures = 15, []
    writing = threading.Event()

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def writer() -> None:
        for number in range(per_writer):
            write(1, first=number)

    def appender() -> None:
        while writing.is_set():
            seal(NOW, 7)

    writing.set()
    writers = [threading.Thread(target=guarded, args=[writer]) for _ in range(8)]
    appenders = [threading.Thread(target=guarded, args=[appender]) for _ in range(3)]
    for thread in (*writers, *appenders):
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in appenders:
        thread.join()
    while seal(NOW):
        pass
    assert failures == []
    places = list(Entry.objects.order_by("leaf_index").values_list("leaf_index", flat=True))
    assert places == list(range(8 * per_writer))
    assert verify().sound
