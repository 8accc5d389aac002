"""Two requests at once change no more than one after the other would."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from audit.actors import SYSTEM
from audit.models import Entry
from members import services
from members.credentials import authenticate
from members.errors import Refused
from members.models import Member, Proposal
from members.models.choices import SuspensionCause
from members.roles import Role, Scope
from members.services import Issued, NewCredential
from members.tiers import Tier
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Return what the acts gave or refused, run at the same time."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[number] = act()
        except Refused as refused:
            results[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_person_asking_twice_at_once_makes_one_proposal() -> None:
    member = world.member("cert-ie", Tier.ASSOCIATE)
    actor = world.person(None, Role.PLATFORM_ADMIN).actor

    def ask() -> object:
        return services.change_tier(member=member, tier=Tier.CORE, actor=actor, now=NOW)

    results = at_once(*[ask] * 4)
    assert {type(result) for result in results} == {Proposal}
    assert Proposal.objects.count() == 1
    member.refresh_from_db()
    assert member.tier == Tier.ASSOCIATE


def test_two_approvals_at_once_perform_once() -> None:
    member = world.member("cert-ie", Tier.ASSOCIATE)
    people = [world.person(None, Role.PLATFORM_ADMIN, name=str(n)) for n in range(3)]
    waiting = services.change_tier(member=member, tier=Tier.CORE, actor=people[0].actor, now=NOW)
    assert isinstance(waiting, Proposal)

    def approve(number: int) -> Callable[[], object]:
        actor = people[number].actor
        return lambda: services.approve(proposal=waiting, actor=actor, now=NOW)

    at_once(approve(1), approve(2))
    assert Entry.objects.filter(action="members:member:tier").count() == 1
    member.refresh_from_db()
    assert member.tier == Tier.CORE


@pytest.mark.parametrize("attempt", range(5))
def test_credential_issued_while_a_compromise_is_declared_never_enters(attempt: int) -> None:
    member = world.member(f"cert-{attempt}")
    analyst = world.person(member, Role.ANALYST)
    new = NewCredential(
        member=member, accountable_person=analyst, scopes=frozenset({Scope.FEED_READ})
    )
    issued, _ = at_once(
        lambda: services.issue_credential(new=new, actor=SYSTEM, now=NOW),
        lambda: services.suspend(
            member=member,
            cause=SuspensionCause.COMPROMISE,
            reason="x",
            actor=SYSTEM,
            now=NOW,
        ),
    )
    services.reinstate(member=Member.objects.get(pk=member.pk), actor=SYSTEM, now=NOW)
    if isinstance(issued, Issued):
        assert authenticate({"Authorization": f"Bearer {issued.secret}"}, NOW) is None
