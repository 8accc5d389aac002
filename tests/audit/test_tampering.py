"""The database refuses to rewrite the log; who can switch that off is found out."""

from __future__ import annotations

from collections.abc import Generator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.models import Entry, TreeHead
from audit.services import seal
from audit.verification import Fault, verify
from tests.audit.log import NOW, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> list[Entry]:
    """Nine sealed entries in three batches, and one not sealed yet."""
    made = []
    for batch in range(3):
        made += write(3, first=3 * batch)
        seal(NOW)
    return [*made, *write(1, first=9)]


@pytest.fixture
def unguarded() -> Generator[None]:
    """Act as a superuser who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def run(sql: str, *values: int | str | bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE leaf_index IS NULL",
        "UPDATE audit_entry SET action = 'audit:entry:other'",
        "UPDATE audit_entry SET details = '{}' WHERE leaf_index IS NULL",
        "UPDATE audit_entry SET leaf_index = leaf_index + 100 WHERE leaf_index IS NOT NULL",
        "UPDATE audit_entry SET leaf_index = NULL, leaf_hash = NULL",
        "UPDATE audit_entry SET leaf_index = 99, leaf_hash = 'x', person_id = 1"
        " WHERE leaf_index IS NULL",
        "UPDATE audit_treehead SET root = 'x'",
        "DELETE FROM audit_treehead",
        "INSERT INTO audit_entry (at, action, target_kind, target_key, actor_kind, request_id,"
        " details, leaf_index, leaf_hash) VALUES"
        " (current_timestamp, 'a:b:c', 'x', 'x', 'system', '-', '{}', 10, 'x')",
    ],
)
@pytest.mark.usefixtures("entries")
def test_the_database_refuses_to_rewrite(sql: str) -> None:
    before = list(Entry.objects.order_by("id").values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql)
    assert list(Entry.objects.order_by("id").values()) == before
    assert TreeHead.objects.count() == 3


@pytest.mark.parametrize("table", ["audit_entry", "audit_treehead"])
def test_the_database_refuses_to_empty(table: str) -> None:
    """The suite switches this one off to empty tables after tests; here it is on."""
    run(f"ALTER TABLE {table} ENABLE TRIGGER {table}_keep_all")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {table}")


@pytest.mark.usefixtures("entries")
def test_an_untouched_log_is_sound() -> None:
    verdict = verify()
    assert (verdict.sound, verdict.size, verdict.unsealed) == (True, 9, 1)
    assert verdict.root == bytes(TreeHead.objects.get(size=9).root)


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    "change",
    [
        "action = 'audit:entry:other'",
        "details = '{\"number\": 400}'",
        "person_id = 8",
        "person_id = NULL",
        "member_id = 4",
        "actor_member_id = NULL",
        "credential_id = 1",
        "actor_kind = 'person'",
        "target_key = '40'",
        "target_kind = 'other'",
        "request_id = 'other'",
        "at = at + interval '1 microsecond'",
    ],
)
def test_a_changed_entry_is_named(entries: list[Entry], change: str) -> None:
    run(f"UPDATE audit_entry SET {change} WHERE id = %s", entries[4].pk)
    finding = verify().finding
    assert finding is not None
    assert (finding.fault, finding.index, finding.entry_id) == (Fault.CHANGED, 4, entries[4].pk)


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("place", [0, 4, 8])
def test_a_missing_entry_is_named(entries: list[Entry], place: int) -> None:
    run("DELETE FROM audit_entry WHERE id = %s", entries[place].pk)
    finding = verify().finding
    assert finding is not None
    assert (finding.fault, finding.index) == (Fault.MISSING, place)


@pytest.mark.usefixtures("unguarded")
def test_reordered_entries_are_named(entries: list[Entry]) -> None:
    for entry, place in ((entries[2], 100), (entries[7], 2), (entries[2], 7)):
        run("UPDATE audit_entry SET leaf_index = %s WHERE id = %s", place, entry.pk)
    finding = verify().finding
    assert finding is not None
    assert (finding.fault, finding.index, finding.entry_id) == (Fault.REORDERED, 2, entries[7].pk)


@pytest.mark.usefixtures("unguarded")
def test_an_entry_slipped_in_is_found(entries: list[Entry]) -> None:
    run(
        "UPDATE audit_entry SET leaf_index = 9, leaf_hash = %s WHERE id = %s",
        entries[9].leaf(9).hash(),
        entries[9].pk,
    )
    finding = verify().finding
    assert finding is not None
    assert (finding.fault, finding.index) == (Fault.HEAD, 10)


@pytest.mark.usefixtures("unguarded")
def test_an_entry_rewritten_with_its_leaf_is_found_by_the_head(entries: list[Entry]) -> None:
    forged = entries[4]
    forged.person_id = 8
    run(
        "UPDATE audit_entry SET person_id = 8, leaf_hash = %s WHERE id = %s",
        forged.leaf(4).hash(),
        forged.pk,
    )
    finding = verify().finding
    assert finding is not None
    assert (finding.fault, finding.index) == (Fault.CHANGED, 3)
    assert "places 3 to 5" in finding.sentence


@pytest.mark.usefixtures("unguarded")
def test_a_whole_log_rewritten_is_found_by_a_head_kept_elsewhere(entries: list[Entry]) -> None:
    noted = verify()
    run("UPDATE audit_entry SET person_id = 8, leaf_index = NULL, leaf_hash = NULL")
    run("DELETE FROM audit_treehead")
    seal(NOW)
    assert entries
    assert verify().sound
    finding = verify(known=(noted.size, noted.root)).finding
    assert finding is not None


@pytest.mark.usefixtures("entries")
def test_command_prints_the_head_to_keep() -> None:
    out = StringIO()
    call_command("audit_verify", stdout=out)
    root = verify().root.hex()
    assert out.getvalue() == f"Sound: 9 entries, head 9:{root}, 1 not sealed yet.\n"
    call_command("audit_verify", head=f"9:{root}", stdout=StringIO())


@pytest.mark.usefixtures("unguarded")
def test_command_fails_with_the_first_fault(entries: list[Entry]) -> None:
    run("UPDATE audit_entry SET person_id = 8 WHERE id = %s", entries[1].pk)
    with pytest.raises(CommandError, match=f"Entry {entries[1].pk} at place 1 was changed"):
        call_command("audit_verify")


@pytest.mark.parametrize("head", ["9", "x:y", "9:zz"])
def test_command_refuses_what_is_no_head(head: str) -> None:
    with pytest.raises(CommandError, match="SIZE:ROOT"):
        call_command("audit_verify", head=head)
