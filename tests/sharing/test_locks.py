"""Who holds a row while it waits for the publishing lock keeps nobody from referring to that row.

Each of these pairs waited on each other once: the database then ends one of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from incidents.models import Incident
from incidents.services import Filing, one_at_a_time
from incidents.stix import read
from members.models import Person
from sharing.models import Grant, GrantKind, Recall, RecallKind
from sharing.publishing import hold_positions
from sharing.services.fanout import settle
from sharing.services.filing import take_in
from sharing.services.working import amend_with
from tests.factories import NOW, bundle, by, file, incident, indicator, make_member, make_person
from tests.factories import release as release_of

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)
_WAITING = """SELECT count(*) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"""


@pytest.fixture
def author() -> Person:
    make_member("ee")
    return make_person(make_member("ua", country="UA"), "author", "analyst", "reviewer")


def drafted(author: Person) -> Incident:
    return file(author, bundle(incident("one", owner="ua")), marking={"tlp": "AMBER"}).incident


def next_version() -> Filing:
    data = bundle(incident("one", owner="ua"), indicator("i", owner="ua"))
    return Filing(submission=read(data), source=data.decode())


def cross(
    hold: Callable[[], object], act: Callable[[], object], refer: Callable[[], object]
) -> None:
    """Hold a lock, let `act` run into it beside this, then refer to what `act` has locked."""
    failures: list[BaseException] = []

    def whole() -> None:
        try:
            act()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=whole)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            hold()
            thread.start()
            until_it_waits(cursor)
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            refer()
    finally:
        thread.join()
    assert not failures, failures


def until_it_waits(cursor: CursorWrapper) -> None:
    for _try in range(200):
        cursor.execute(_WAITING)
        if cursor.fetchone() != (0,):
            return
        time.sleep(0.05)
    raise AssertionError("it never waited")


def test_a_release_that_is_settled_may_be_referred_to(author: Person) -> None:
    what = drafted(author)
    reviewer = make_person(author.member, "reviewer", "reviewer")
    release = release_of(what, author=author, reviewer=reviewer)
    settle(release.pk, now=NOW)
    grant = Grant.objects.filter(release=release, kind=GrantKind.SHARED).get()
    Grant.objects.filter(pk=grant.pk).update(withdrawn_at=NOW)  # so that there is one to give

    def another_grant() -> None:
        grant.pk, grant.withdrawn_at = None, NOW
        grant.save(force_insert=True)

    cross(hold_positions, lambda: settle(release.pk, now=LATER), another_grant)


def test_an_incident_that_is_filed_into_may_be_referred_to(author: Person) -> None:
    what = drafted(author)

    def revise() -> None:
        assert author.member is not None
        take_in(
            actor=author.actor,
            person=author,
            member=author.member,
            filing=next_version(),
            now=LATER,
        )

    def recall() -> None:
        Recall.objects.create(incident=what, kind=RecallKind.ORIGIN, at=LATER)

    cross(hold_positions, revise, recall)


def test_who_begins_the_next_version_waits_as_who_files_does(author: Person) -> None:
    what = drafted(author)
    reviewer = make_person(author.member, "reviewer", "reviewer")
    release_of(what, author=author, reviewer=reviewer)
    cross(
        lambda: one_at_a_time(what.owner),
        lambda: amend_with(by=by(author), incident=what, filing=next_version(), now=LATER),
        lambda: Incident.objects.select_for_update().get(pk=what.pk),
    )
