"""Polling leaves a receipt: once for each grant, credential and way, and never for a look."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from feeds.taxii.collections import OWN, REFERENCE
from members.models import Member
from members.tlp import TLP
from sharing.models import Fetch, GrantKind, Outlet
from sharing.services.reference import load_reference
from tests.factories import make_member
from tests.feeds.machines import ALL, ROOT, TAXII, Machine, make_machine
from tests.sharing.feeding import Press, body

pytestmark = pytest.mark.django_db


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def member() -> Member:
    return make_member("ee")


@pytest.fixture
def machine(member: Member) -> Machine:
    return make_machine(member)


def rows() -> list[tuple[Any, ...]]:
    """Return the receipts with where they lie and who touched them last, and the next number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.ctid::text, f.xmax::text, f.grant_id, f.last_at, f.through,"
            " (SELECT last_value FROM sharing_fetch_id_seq) FROM sharing_fetch f ORDER BY f.id"
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def test_a_poll_notes_each_grant_once_with_who_and_when(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body("a"), body("b", 1)], [member])
    press.give([body("c")], [member])
    began = datetime.now(UTC)

    assert machine.get(f"{ALL}objects/").status_code == 200

    grants = list(member.grants.order_by("pk"))
    found = list(Fetch.objects.order_by("pk"))
    assert [(f.grant_id, f.through) for f in found] == [(g.pk, g.last) for g in grants]
    for each in found:
        assert (each.credential, each.person_id) == (machine.credential, None)
        assert each.outlet == Outlet.TAXII
        assert began <= each.first_at == each.last_at


def test_a_repeated_poll_writes_nothing(press: Press, member: Member, machine: Machine) -> None:
    press.give([body("a"), body("b", 1)], [member])
    first = machine.get(f"{ALL}objects/")
    before = rows()
    assert len(before) == 1
    again = machine.get(f"{ALL}objects/")
    after = machine.get(f"{ALL}objects/", {"added_after": first["X-TAXII-Date-Added-Last"]})
    assert again.content == first.content
    assert after.json() == {}
    assert rows() == before


def test_pages_of_one_grant_move_its_receipt_forward_and_never_back(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body(f"o{n}", n) for n in range(3)], [member])
    grant = member.grants.get()
    assert grant.position is not None
    seen, query = [], {"limit": "1"}
    for number in range(3):
        page = machine.get(f"{ALL}objects/", query).json()
        query = {"limit": "1", "next": page.get("next", "")}
        seen.append(Fetch.objects.get().through)
        assert seen[-1] == grant.position + timedelta(microseconds=number)
    assert seen[-1] == grant.last
    machine.get(f"{ALL}objects/", {"limit": "1"})
    assert Fetch.objects.get().through == grant.last


def test_one_object_is_noted_too_and_a_look_is_not(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body("a")], [member])
    one = body("a").object_id
    for look in ("manifest/", f"objects/{one}/versions/", f"objects/{body('x').object_id}/"):
        machine.get(ALL + look)
    for path in ("objects/", f"objects/{one}/"):
        assert machine.ask("HEAD", ALL + path).status_code == 200
    machine.get(f"{ALL}objects/", {"match[type]": "malware"})
    assert rows() == []
    assert machine.get(f"{ALL}objects/{one}/").status_code == 200
    assert [row[2] for row in rows()] == [member.grants.get().pk]


def test_own_and_reference_leave_no_receipt(press: Press) -> None:
    machine = make_machine(press.owner)
    press.give([body("a")], [press.owner], kind=GrantKind.OWN)
    load_reference(now=datetime.now(UTC))
    for collection in (OWN, REFERENCE):
        got = machine.get(f"{ROOT}collections/{collection.id}/objects/")
        assert got.json()["objects"]
    assert rows() == []


def test_each_credential_has_its_own_and_only_of_what_it_was_given(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body("a")], [member])
    press.give([body("b")], [member], tlp=3, readers=1 << 19)
    low = make_machine(member, max_tlp=TLP.GREEN)
    cleared = make_machine(member, max_tlp=TLP.RED)
    first, second = member.grants.order_by("pk").values_list("pk", flat=True)
    for each in (machine, low, cleared):
        each.get(f"{ALL}objects/")
    by_credential = {
        each: set(Fetch.objects.filter(credential=each.credential).values_list("grant", flat=True))
        for each in (machine, low, cleared)
    }
    assert by_credential == {machine: {first}, low: {first}, cleared: {first, second}}


@pytest.mark.django_db(transaction=True)
def test_polls_at_once_do_not_clash(press: Press, member: Member, machine: Machine) -> None:
    for number in range(20):
        press.give([body(f"o{number}")], [member])
    start = threading.Barrier(6)
    statuses: list[int] = []

    def poll() -> None:
        start.wait()
        statuses.extend(machine.get(f"{ALL}objects/").status_code for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=poll) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 30
    assert Fetch.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_noted_is_not_handed_out(
    press: Press, member: Member, machine: Machine
) -> None:
    """The poller is told, keeps its cursor, and gets everything once receipts can be written."""
    press.give([body("a")], [member])
    headers = {"authorization": machine.basic, "accept": TAXII}

    def poll() -> Any:
        return Client(raise_request_exception=False).get(f"{ALL}objects/", headers=headers)

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sharing_fetch ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    try:
        refused = poll()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sharing_fetch DROP CONSTRAINT full_disk")
    assert refused.status_code == 500
    assert "objects" not in refused.json()
    assert [each["name"] for each in poll().json()["objects"]] == ["a"]
    assert Fetch.objects.count() == 1
