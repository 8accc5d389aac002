"""Eight writers at once and readers that poll with added_after only: nothing missed or doubled.

The same run without the publishing lock, and with the search for recurring objects before it,
must fail: otherwise it would prove nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from members.models import Member
from sharing import publishing
from sharing.feed import Entry, Filters, Versions, page
from sharing.models import GrantKind
from tests.factories import NOW, make_member
from tests.sharing.feeding import Press, body, reader

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, RELEASES, OBJECTS = 8, 30, 6
LAST = Filters()
EVERY = Filters(versions=frozenset({Versions.ALL}))


@dataclass
class Run:
    """What was published and what each reader received, in order."""

    published: set[tuple[str, datetime]] = field(default_factory=set)
    received: dict[Filters, list[Entry]] = field(default_factory=lambda: {LAST: [], EVERY: []})
    failures: list[BaseException] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def problems(self) -> list[str]:
        """Return what a partner would complain about."""
        found = []
        for filters, entries in self.received.items():
            added = [entry.added for entry in entries]
            keys = [(entry.object_id, entry.version) for entry in entries]
            if added != sorted(set(added)):
                found.append("dates added do not rise")
            if len(keys) != len(set(keys)):
                found.append(f"{len(keys) - len(set(keys))} twice")
            if filters == EVERY and (missed := self.published - set(keys)):
                found.append(f"{len(missed)} of {len(self.published)} missed")
        newest = dict(sorted(self.published))  # the last version of each wins
        held = {entry.object_id: entry.version for entry in self.received[LAST]}
        if held != newest:
            found.append("not everything current was received last")
        return found


def run(*, overlapping: bool = True) -> Run:
    """Let all write and read at once; objects not `overlapping` stand in one release each."""
    presses = [Press(f"w{number}") for number in range(WRITERS)]
    member = make_member("ee")
    result = Run()
    writers = [_started(result, _write, press, member, result, overlapping) for press in presses]
    readers = [_started(result, _read, member, filters, result) for filters in (LAST, EVERY)]
    for writer in writers:
        writer.join()
    result.done.set()
    for thread in readers:
        thread.join()
    assert not result.failures, result.failures
    return result


def _started(result: Run, work: Callable[..., None], *args: object) -> threading.Thread:
    """Start work in a thread with a database connection of its own."""

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


def _write(press: Press, member: Member, result: Run, overlapping: bool) -> None:
    chance = random.Random(press.owner.slug)
    for number in range(RELEASES):
        prefix = "" if overlapping else f"{press.owner.slug}-{number}-"
        names = chance.sample([f"{prefix}o{n}" for n in range(40)], OBJECTS)
        bodies = [
            body(name, place, version=NOW + timedelta(days=chance.randrange(4)))
            for place, name in enumerate(names)
        ]
        with transaction.atomic():
            press.give(bodies, [member], now=datetime.now(UTC))
            time.sleep(chance.random() / 500)  # others must wait for the commit, not only the lock
        result.published.update((each.object_id, each.version) for each in bodies)


def _read(member: Member, filters: Filters, result: Run) -> None:
    entries = result.received[filters]
    while True:
        over = result.done.is_set()
        got = page(
            reader=reader(member),
            kind=GrantKind.SHARED,
            now=datetime.now(UTC),
            after=entries[-1].added if entries else None,
            limit=20,
            filters=filters,
        )
        entries += got.entries
        if over and not got.entries:
            return
        if not got.entries:
            time.sleep(0.002)


def test_nothing_is_missed_and_nothing_comes_twice() -> None:
    result = run()
    assert WRITERS * RELEASES >= 200
    assert result.problems() == []


def test_without_the_lock_a_reader_misses_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Lock()
    last = [datetime.now(UTC)]

    def unlocked(*, slots: int, now: datetime) -> datetime:
        """Give distinct rising positions, but before the commit and without waiting for others."""
        with taken:
            first = max(now, last[0] + publishing.MICROSECOND)
            last[0] = first + slots * publishing.MICROSECOND
        return first

    monkeypatch.setattr(publishing, "take_position", unlocked)
    assert any("missed" in problem for problem in run(overlapping=False).problems())


def test_searching_before_the_lock_doubles_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.local()
    search, store = publishing.occurring_elsewhere, publishing.store_rendering

    def stored(**kwargs: object) -> int:
        rendering_id = store(**kwargs)  # type: ignore[arg-type]
        found.early = search({rendering_id})
        return rendering_id

    def early(rendering_ids: Collection[int]) -> list[str]:
        ids: list[str] = found.early
        return ids

    monkeypatch.setattr("tests.sharing.feeding.store_rendering", stored)
    monkeypatch.setattr(publishing, "occurring_elsewhere", early)
    assert any("twice" in problem for problem in run().problems())
