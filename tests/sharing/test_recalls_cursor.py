"""Owners that recall all at once, and a program that polls with `next` only: none is missed.

The same run without the publishing lock must fail: otherwise it would prove nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from members.models import Member
from members.tlp import ALL_READERS
from sharing import recalling
from sharing.models import RecallKind
from sharing.publishing import hold_positions
from sharing.recalls import place_of, since
from tests.factories import NOW, make_member
from tests.sharing.feeding import Press, reader

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, RECALLS = 6, 25


@dataclass
class Run:
    """What was recalled, and what the program received, in order."""

    made: set[str] = field(default_factory=set)
    received: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def run(name: str = "a") -> Run:
    """Let all write and read at once; `name` tells the members of several runs apart."""
    presses = [Press(f"{name}-w{number}") for number in range(WRITERS)]
    member = make_member(f"{name}-ee")
    result = Run()
    writers = [_started(result, _write, press, member, result) for press in presses]
    poller = _started(result, _poll, member, result)
    for writer in writers:
        writer.join()
    result.done.set()
    poller.join()
    assert not result.failures, result.failures
    assert len(result.made) == WRITERS * RECALLS
    return result


def _started(result: Run, work: Callable[..., None], *args: object) -> threading.Thread:
    def whole() -> None:
        try:
            work(*args)
        except BaseException as error:
            result.failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=whole)
    thread.start()
    return thread


def _write(press: Press, member: Member, result: Run) -> None:
    chance = random.Random(press.owner.slug)
    for number in range(RECALLS):
        name = f"indicator--{press.owner.slug}-{number}"
        now = datetime.now(UTC)
        time.sleep(chance.random() / 500)
        with transaction.atomic():
            recalling.recall(
                incident=press.incident,
                release=None,
                kind=RecallKind.TIGHTENED,
                lost=[recalling.Lost(member.pk, name, "indicator", NOW, 2, ALL_READERS)],
                by=None,
                reason="",
                now=now,
            )
            time.sleep(chance.random() / 200)
        result.made.add(name)


def _poll(member: Member, result: Run) -> None:
    after = 0
    while True:
        last = result.done.is_set()
        page = since(reader=reader(member), now=NOW, after=after, limit=7)
        result.received += [item.object_id for row in page.rows for item in row.items]
        if page.rows:
            place = place_of(page.rows[-1].key, member_id=member.pk)
            assert place is not None
            after = place
        elif last:
            return


def test_every_recall_is_received_once() -> None:
    result = run()
    assert sorted(result.received) == sorted(result.made)


def test_without_the_lock_some_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalling, "hold_positions", lambda: None)
    missed = 0
    for name in "abcde":
        result = run(name)
        missed += len(result.made - set(result.received))
        if missed:
            break
    assert missed


def test_a_recall_holds_the_publishing_lock_until_its_commit() -> None:
    press, member = Press("w0"), make_member("ee")
    options = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    address = {name: options[name] for name in names if options.get(name)}
    lost = recalling.Lost(member.pk, "indicator--a", "indicator", NOW, 2, ALL_READERS)
    with transaction.atomic():
        hold_positions()  # the row is there
    with psycopg.connect(**address, autocommit=True) as other:
        with transaction.atomic():
            recalling.recall(
                incident=press.incident,
                release=None,
                kind=RecallKind.TIGHTENED,
                lost=[lost],
                by=None,
                reason="",
                now=NOW,
            )
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("SELECT last FROM sharing_feedclock FOR UPDATE NOWAIT")
        other.execute("SELECT last FROM sharing_feedclock FOR UPDATE NOWAIT")
