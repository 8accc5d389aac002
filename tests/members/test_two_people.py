"""Widening takes two people of the same right; narrowing one; none of it can be got round."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.actors import SYSTEM, Actor
from audit.models import Entry
from members import services
from members.changes import Change, Effect, Matter
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.models import Credential, Member, Person, Proposal
from members.models.choices import ProposalState, SuspensionCause
from members.roles import Role, Scope
from members.services import NewCredential
from members.tiers import Health, Status, Tier
from members.tlp import TLP
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return world.member("cert-ie", Tier.ASSOCIATE, "IE")


@pytest.fixture
def first() -> dict[str, Any]:
    return {"actor": world.person(None, Role.PLATFORM_ADMIN, name="one").actor, "now": NOW}


@pytest.fixture
def second() -> dict[str, Any]:
    return {"actor": world.person(None, Role.PLATFORM_ADMIN, name="two").actor, "now": NOW}


def tier_of(member: Member) -> Tier:
    member.refresh_from_db()
    return Tier(member.tier)


def test_raise_waits_and_the_second_request_performs(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    assert tier_of(member) is Tier.ASSOCIATE
    again = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert again == waiting
    assert tier_of(member) is Tier.ASSOCIATE
    done = services.change_tier(member=member, tier=Tier.CORE, **second)
    assert done == Change(Matter.TIER, Effect.WIDENED, (member.pk,))
    assert tier_of(member) is Tier.CORE
    actions = list(
        Entry.objects.filter(member_id=member.pk).order_by("id").values_list("action", flat=True)
    )
    assert actions[-3:] == [
        "members:proposal:make",
        "members:proposal:approve",
        "members:member:tier",
    ]


def test_approve_performs(member: Member, first: dict[str, Any], second: dict[str, Any]) -> None:
    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    with pytest.raises(NotPermitted):
        services.approve(proposal=waiting, **first)
    assert tier_of(member) is Tier.ASSOCIATE
    services.approve(proposal=waiting, **second)
    assert tier_of(member) is Tier.CORE
    waiting.refresh_from_db()
    with pytest.raises(Conflict):
        services.approve(proposal=waiting, **second)


def test_secretariat_and_platform_admin_hold_the_same_right(
    member: Member, first: dict[str, Any]
) -> None:
    office = world.person(None, Role.SECRETARIAT).actor
    services.change_tier(member=member, tier=Tier.CORE, actor=office, now=NOW)
    services.change_tier(member=member, tier=Tier.CORE, **first)
    assert tier_of(member) is Tier.CORE


def test_lower_is_done_at_once_and_ends_a_waiting_raise(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    done = services.change_tier(member=member, tier=Tier.OBSERVER, **second)
    assert done == Change(Matter.TIER, Effect.NARROWED, (member.pk,))
    waiting.refresh_from_db()
    assert waiting.state == ProposalState.DECLINED
    with pytest.raises(Conflict):
        services.approve(proposal=waiting, **second)
    assert tier_of(member) is Tier.OBSERVER


def test_another_raise_while_one_waits_is_refused(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    services.change_tier(member=member, tier=Tier.CORE, **first)
    with pytest.raises(Conflict):
        services.change_tier(member=member, tier=Tier.PARTNER, **second)
    assert tier_of(member) is Tier.ASSOCIATE


def test_declined_is_not_performed(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    services.decline(proposal=waiting, **second)
    with pytest.raises(Conflict):
        services.decline(proposal=waiting, **second)
    assert isinstance(services.change_tier(member=member, tier=Tier.CORE, **second), Proposal)
    assert tier_of(member) is Tier.ASSOCIATE


@pytest.mark.parametrize("lost", ["roles", "account"])
def test_proposal_of_someone_who_lost_the_right_counts_no_more(
    member: Member, first: dict[str, Any], second: dict[str, Any], lost: str
) -> None:
    services.change_tier(member=member, tier=Tier.CORE, **first)
    proposer = Person.objects.get(pk=first["actor"].person_id)
    if lost == "roles":
        services.set_roles(person=proposer, roles=set(), **second)
    else:
        services.deactivate_person(person=proposer, **second)
    with pytest.raises(NotPermitted):
        services.change_tier(member=member, tier=Tier.CORE, **second)
    assert tier_of(member) is Tier.ASSOCIATE


def test_one_person_s_credential_is_no_second_person(member: Member, first: dict[str, Any]) -> None:
    person = Person.objects.get(pk=first["actor"].person_id)
    issued = world.credential(None, person, Scope.MEMBERS_ADMIN)
    services.change_tier(member=member, tier=Tier.CORE, **first)
    machine = services.change_tier(
        member=member,
        tier=Tier.CORE,
        actor=type(first["actor"])(person_id=person.pk, credential_id=issued.credential.pk),
        now=NOW,
    )
    assert isinstance(machine, Proposal)
    assert tier_of(member) is Tier.ASSOCIATE


def test_database_refuses_one_person_twice(member: Member, first: dict[str, Any]) -> None:
    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=waiting.pk).update(
            state=ProposalState.APPROVED, decided_by=waiting.proposed_by, decided_at=NOW
        )


def test_standing_out_of_lapsed_takes_two_and_warnings_one(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    def put(standing: Health, said: dict[str, Any]) -> object:
        return services.set_standing(member=member, standing=standing, **said)

    assert put(Health.AT_RISK, first) == Change(Matter.STANDING, Effect.NONE, (member.pk,))
    assert put(Health.LAPSED, first) == Change(Matter.STANDING, Effect.NARROWED, (member.pk,))
    assert isinstance(put(Health.GOOD, first), Proposal)
    assert put(Health.GOOD, second) == Change(Matter.STANDING, Effect.WIDENED, (member.pk,))


def test_admission_and_the_end_of_probation_take_two(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    applicant = world.member("app-cz", status=Status.APPLICANT)
    for act, status in (
        (services.admit_member, Status.PROBATION),
        (services.confirm_member, Status.ACTIVE),
    ):
        assert isinstance(act(member=applicant, **first), Proposal)
        act(member=applicant, **second)
        applicant.refresh_from_db()
        assert applicant.status == status


def test_suspension_takes_one_and_reinstating_two(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    change = services.suspend(
        member=member, cause=SuspensionCause.STANDING, reason="no contact", **first
    )
    assert change == Change(Matter.STATUS, Effect.NARROWED, (member.pk,))
    with pytest.raises(NotPermitted):
        services.confirm_suspension(member=member, **first)
    services.confirm_suspension(member=member, **second)
    member.refresh_from_db()
    assert (member.status, member.suspension_reason) == ("suspended", "no contact")
    assert member.suspension_confirmed_by_id == second["actor"].person_id
    assert isinstance(services.reinstate(member=member, **first), Proposal)
    assert services.reinstate(member=member, **second) == Change(
        Matter.STATUS, Effect.WIDENED, (member.pk,)
    )
    member.refresh_from_db()
    assert (member.status, member.suspension_cause, member.suspension_reason) == (
        "active",
        None,
        "",
    )


def test_reinstating_gives_probation_back_to_who_was_on_probation() -> None:
    member = world.member("cert-md", status=Status.PROBATION)
    said: dict[str, Any] = {"member": member, "actor": SYSTEM, "now": NOW}
    services.suspend(**said, cause=SuspensionCause.STANDING, reason="x")
    services.reinstate(**said)
    member.refresh_from_db()
    assert member.status == Status.PROBATION


def test_compromise_is_lifted_by_two_platform_admins_only(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    office: dict[str, Any] = {"actor": world.person(None, Role.SECRETARIAT).actor, "now": NOW}
    services.suspend(member=member, cause=SuspensionCause.COMPROMISE, reason="x", **office)
    with pytest.raises(NotPermitted):
        services.reinstate(member=member, **office)
    waiting = services.reinstate(member=member, **first)
    assert isinstance(waiting, Proposal)
    with pytest.raises(NotPermitted):
        services.approve(proposal=waiting, **office)
    services.approve(proposal=waiting, **second)
    member.refresh_from_db()
    assert member.status == Status.ACTIVE


def test_graver_cause_replaces_the_lesser_and_never_the_other_way(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    def suspend(cause: SuspensionCause, said: dict[str, Any]) -> None:
        services.suspend(member=member, cause=cause, reason="x", **said)

    suspend(SuspensionCause.STANDING, first)
    waiting = services.reinstate(member=member, **first)
    assert isinstance(waiting, Proposal)
    suspend(SuspensionCause.COMPROMISE, second)
    member.refresh_from_db()
    assert (member.suspension_cause, member.suspended_from) == ("compromise", "active")
    with pytest.raises(Conflict):
        services.approve(proposal=waiting, **second)
    with pytest.raises(Conflict):
        suspend(SuspensionCause.STANDING, first)


@pytest.mark.parametrize("status", [Status.APPLICANT, Status.WITHDRAWN])
def test_who_is_no_member_cannot_be_suspended(status: Status, first: dict[str, Any]) -> None:
    member = world.member("app-cz", status=status)
    with pytest.raises(Conflict):
        services.suspend(member=member, cause=SuspensionCause.STANDING, reason="x", **first)


def test_red_takes_two_administrators_of_the_member(member: Member) -> None:
    one, two = (world.person(member, Role.MEMBER_ADMIN, name=name) for name in ("one", "two"))
    outsider = world.person(world.member("cert-de", country="DE"), Role.MEMBER_ADMIN)
    analyst = world.person(member, Role.ANALYST)
    waiting = services.grant_red(person=analyst, actor=one.actor, now=NOW)
    assert isinstance(waiting, Proposal)
    with pytest.raises(NotFound):
        services.approve(proposal=waiting, actor=outsider.actor, now=NOW)
    with pytest.raises(NotPermitted):
        services.approve(proposal=waiting, actor=one.actor, now=NOW)
    services.approve(proposal=waiting, actor=two.actor, now=NOW)
    analyst.refresh_from_db()
    assert analyst.max_tlp == TLP.RED


def test_red_credential_needs_a_person_with_the_grant_and_ends_with_it(member: Member) -> None:
    analyst = world.person(member, Role.ANALYST)
    new = NewCredential(
        member=member,
        accountable_person=analyst,
        scopes=frozenset({Scope.FEED_READ}),
        max_tlp=TLP.RED,
    )
    with pytest.raises(Invalid):
        services.issue_credential(new=new, actor=SYSTEM, now=NOW)
    services.grant_red(person=analyst, actor=SYSTEM, now=NOW)
    red = services.issue_credential(new=new, actor=SYSTEM, now=NOW).credential
    plain = world.credential(member, analyst).credential
    services.revoke_red(person=analyst, actor=SYSTEM, now=NOW)
    live = Credential.objects.filter(revoked_at=None)
    assert set(live) == {plain}
    red.refresh_from_db()
    assert red.revoked_at == NOW


def test_staff_roles_take_two_platform_admins(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    newcomer = world.person(None, name="newcomer")
    waiting = services.set_roles(person=newcomer, roles={Role.AUDITOR}, **first)
    assert isinstance(waiting, Proposal)
    newcomer.refresh_from_db()
    assert newcomer.roles == []
    services.approve(proposal=waiting, **second)
    newcomer.refresh_from_db()
    assert newcomer.roles == ["auditor"]


def test_nobody_changes_their_own_roles(member: Member, first: dict[str, Any]) -> None:
    admin = world.person(member, Role.MEMBER_ADMIN)
    with pytest.raises(NotPermitted):
        services.set_roles(
            person=admin, roles={Role.MEMBER_ADMIN, Role.REVIEWER}, actor=admin.actor, now=NOW
        )
    own = Person.objects.get(pk=first["actor"].person_id)
    with pytest.raises(NotPermitted):
        services.set_roles(person=own, roles={Role.PLATFORM_ADMIN, Role.AUDITOR}, **first)


@pytest.mark.parametrize("roles", [{Role.PLATFORM_ADMIN}, {Role.ANALYST, Role.AUDITOR}])
def test_members_people_hold_no_staff_role(member: Member, roles: set[Role]) -> None:
    person = world.person(member, Role.ANALYST)
    with pytest.raises(Invalid):
        services.set_roles(person=person, roles=roles, actor=SYSTEM, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(roles=sorted(roles))


def test_a_credential_that_one_issued_for_another_is_no_second_person(
    member: Member, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Whoever issued it was shown its secret, and would approve its own proposals by it."""
    two = Person.objects.get(pk=second["actor"].person_id)
    new = NewCredential(
        member=None, accountable_person=two, scopes=frozenset({Scope.MEMBERS_ADMIN})
    )
    issued = services.issue_credential(new=new, **first).credential
    machine: dict[str, Any] = {
        "actor": Actor(person_id=two.pk, credential_id=issued.pk),
        "now": NOW,
    }

    waiting = services.change_tier(member=member, tier=Tier.CORE, **first)
    assert isinstance(waiting, Proposal)
    assert services.change_tier(member=member, tier=Tier.CORE, **machine) == waiting
    with pytest.raises(NotPermitted):
        services.approve(proposal=waiting, **machine)
    services.decline(proposal=waiting, **first)
    waiting = services.change_tier(member=member, tier=Tier.CORE, **machine)
    assert isinstance(waiting, Proposal)
    with pytest.raises(NotPermitted):
        services.approve(proposal=waiting, **first)
    assert tier_of(member) is Tier.ASSOCIATE

    services.suspend(member=member, cause=SuspensionCause.STANDING, reason="silent", **first)
    member.refresh_from_db()
    with pytest.raises(NotPermitted):
        services.confirm_suspension(member=member, **machine)
    assert services.confirm_suspension(member=member, **second).suspension_confirmed_by == two
