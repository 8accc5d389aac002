"""Who may do what: every role, for the own member and another's, against every action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from audit.actors import SYSTEM, Actor
from audit.models import Entry
from members import services
from members.errors import NotFound, NotPermitted
from members.models import Circle, Credential, Group, GroupEntry, Member, Person
from members.models.choices import CircleKind, Kind, SuspensionCause
from members.roles import Role, Scope
from members.services import Invitation, NewCircle, NewCredential, NewMember
from members.tiers import Health, Status, Tier
from members.tlp import TLP
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db

STAFF = (Role.SECRETARIAT, Role.PLATFORM_ADMIN, Role.AUDITOR)
MEMBERS = (Role.READER, Role.ANALYST, Role.REVIEWER, Role.MEMBER_ADMIN)


@dataclass
class World:
    """Two members with everything an action can be about."""

    own: Member
    applicant: Member
    probation: Member
    suspended: Member
    compromised: Member
    bare: Member
    circle: Circle
    group: Group
    entry: GroupEntry
    colleague: Person
    red: Person
    staff: Person
    credential: Credential
    actors: dict[str, Actor]


@pytest.fixture
def w() -> World:
    own = world.member("cert-ee", Tier.PARTNER)
    other = world.member("cert-de", Tier.PARTNER, "DE")
    compromised = world.member("cert-xx", Tier.PARTNER, "SE")
    services.suspend(
        member=compromised,
        cause=SuspensionCause.COMPROMISE,
        reason="x",
        actor=SYSTEM,
        now=NOW,
    )
    circle = world.circle("c-own", own, maker=own)
    group = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    services.enter_group(group=group, country="EE", actor=SYSTEM, now=NOW)
    colleague = world.person(own, Role.ANALYST, name="colleague")
    red = world.person(own, Role.ANALYST, name="red")
    services.grant_red(person=red, actor=SYSTEM, now=NOW)
    actors = {f"own {role}": world.person(own, role).actor for role in MEMBERS}
    actors |= {f"other {role}": world.person(other, role).actor for role in MEMBERS}
    actors |= {str(role): world.person(None, role).actor for role in STAFF}
    actors["nobody"] = Actor()
    issued = world.credential(own, colleague)
    return World(
        own=own,
        applicant=world.member("app-cz", Tier.PARTNER, "CZ", status=Status.APPLICANT),
        probation=world.member("cert-md", Tier.PARTNER, "MD", status=Status.PROBATION),
        suspended=world.member("nwt", Tier.PARTNER, "SE", status=Status.SUSPENDED),
        compromised=compromised,
        bare=world.member("cert-jp", Tier.PARTNER, "JP"),
        circle=circle,
        group=group,
        entry=GroupEntry.objects.get(),
        colleague=colleague,
        red=red,
        staff=world.person(None, name="staff"),
        credential=issued.credential,
        actors=actors,
    )


Act = Callable[[World, dict[str, Any]], object]
NEW = NewMember(slug="new", name="New", kind=Kind.ISAC, country="FI")
ADMITS = {"secretariat", "platform_admin"}
ADMIN = {"own member_admin"}


def _new_credential(w: World) -> NewCredential:
    return NewCredential(
        member=w.own, accountable_person=w.colleague, scopes=frozenset({Scope.FEED_READ})
    )


ACTIONS: dict[str, tuple[Act, set[str]]] = {
    "create member": (lambda w, s: services.create_member(new=NEW, **s), ADMITS),
    "describe member": (
        lambda w, s: services.edit_member(member=w.own, changes={"name": "N"}, **s),
        ADMITS,
    ),
    "edit own contacts": (
        lambda w, s: services.edit_member(member=w.own, changes={"contact_24x7": "1"}, **s),
        ADMITS | ADMIN,
    ),
    "demand two people": (
        lambda w, s: services.edit_member(member=w.own, changes={"two_people_always": True}, **s),
        ADMIN,
    ),
    "admit": (lambda w, s: services.admit_member(member=w.applicant, **s), ADMITS),
    "end probation": (lambda w, s: services.confirm_member(member=w.probation, **s), ADMITS),
    "raise tier": (
        lambda w, s: services.change_tier(member=w.own, tier=Tier.CORE, **s),
        ADMITS,
    ),
    "lower tier": (
        lambda w, s: services.change_tier(member=w.own, tier=Tier.OBSERVER, **s),
        ADMITS,
    ),
    "set standing": (
        lambda w, s: services.set_standing(member=w.own, standing=Health.LAPSED, **s),
        ADMITS,
    ),
    "suspend": (
        lambda w, s: services.suspend(
            member=w.own, cause=SuspensionCause.STANDING, reason="x", **s
        ),
        ADMITS,
    ),
    "confirm suspension": (
        lambda w, s: services.confirm_suspension(member=w.suspended, **s),
        ADMITS,
    ),
    "reinstate": (lambda w, s: services.reinstate(member=w.suspended, **s), ADMITS),
    "lift compromise": (
        lambda w, s: services.reinstate(member=w.compromised, **s),
        {"platform_admin"},
    ),
    "withdraw": (lambda w, s: services.withdraw(member=w.own, **s), ADMITS),
    "sign agreement": (
        lambda w, s: services.sign_agreement(
            member=w.own,
            version="2",
            signed_on=NOW.date(),
            valid_until=NOW + timedelta(days=9),
            **s,
        ),
        ADMITS,
    ),
    "end agreement": (lambda w, s: services.end_agreement(member=w.own, **s), ADMITS),
    "create circle": (
        lambda w, s: services.create_circle(
            new=NewCircle(
                slug="c-new",
                name="New",
                kind=CircleKind.BILATERAL,
                min_tier=Tier.CORE,
                max_tlp=TLP.RED,
            ),
            **s,
        ),
        {"platform_admin", "own reviewer", "other reviewer"},
    ),
    "take into circle": (
        lambda w, s: services.join_circle(circle=w.circle, member=w.bare, **s),
        {"platform_admin", "own reviewer"},
    ),
    "leave circle": (
        lambda w, s: services.leave_circle(circle=w.circle, member=w.own, **s),
        {"platform_admin", "own reviewer", "own member_admin"},
    ),
    "archive circle": (
        lambda w, s: services.archive_circle(circle=w.circle, **s),
        {"platform_admin", "own reviewer"},
    ),
    "close circle": (
        lambda w, s: services.close_circle(circle=w.circle, **s),
        {"platform_admin", "own reviewer"},
    ),
    "create group": (
        lambda w, s: services.create_group(name="EU", **s),
        {"platform_admin"},
    ),
    "enter group": (
        lambda w, s: services.enter_group(group=w.group, country="DE", **s),
        {"platform_admin"},
    ),
    "leave group": (
        lambda w, s: services.leave_group(entry=w.entry, **s),
        {"platform_admin"},
    ),
    "invite person": (
        lambda w, s: services.invite_person(
            invitation=Invitation(
                email="new@x.example", member=w.own, roles=frozenset({Role.ANALYST})
            ),
            **s,
        ),
        ADMIN,
    ),
    "invite a first administrator": (
        lambda w, s: services.invite_person(
            invitation=Invitation(
                email="new@x.example", member=w.bare, roles=frozenset({Role.MEMBER_ADMIN})
            ),
            **s,
        ),
        {"platform_admin"},
    ),
    "invite a further administrator": (
        lambda w, s: services.invite_person(
            invitation=Invitation(
                email="new@x.example", member=w.own, roles=frozenset({Role.MEMBER_ADMIN})
            ),
            **s,
        ),
        ADMIN,
    ),
    "invite staff": (
        lambda w, s: services.invite_person(invitation=Invitation(email="new@x.example"), **s),
        {"platform_admin"},
    ),
    "give roles": (
        lambda w, s: services.set_roles(person=w.colleague, roles={Role.REVIEWER}, **s),
        ADMIN,
    ),
    "take roles": (
        lambda w, s: services.set_roles(person=w.colleague, roles=set(), **s),
        ADMIN | {"platform_admin"},
    ),
    "give staff roles": (
        lambda w, s: services.set_roles(person=w.staff, roles={Role.AUDITOR}, **s),
        {"platform_admin"},
    ),
    "grant RED": (lambda w, s: services.grant_red(person=w.colleague, **s), ADMIN),
    "revoke RED": (
        lambda w, s: services.revoke_red(person=w.red, **s),
        ADMIN | {"platform_admin"},
    ),
    "close account": (
        lambda w, s: services.deactivate_person(person=w.colleague, **s),
        ADMIN | {"platform_admin"},
    ),
    "end sessions": (
        lambda w, s: services.end_person_sessions(person=w.colleague, **s),
        ADMIN | {"platform_admin"},
    ),
    "issue credential": (
        lambda w, s: services.issue_credential(new=_new_credential(w), **s),
        ADMIN,
    ),
    "rotate credential": (
        lambda w, s: services.rotate_credential(credential=w.credential, **s),
        ADMIN,
    ),
    "reassign credential": (
        lambda w, s: services.reassign_credential(credential=w.credential, person=w.red, **s),
        ADMIN,
    ),
    "revoke credential": (
        lambda w, s: services.revoke_credential(credential=w.credential, **s),
        ADMIN | {"platform_admin"},
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_exactly_these_may(name: str, w: World) -> None:
    from django.db import transaction

    act, expected = ACTIONS[name]
    allowed = set()
    for who, actor in w.actors.items():
        before = Entry.objects.count()
        undo = transaction.savepoint()
        try:
            act(w, {"actor": actor, "now": NOW})
        except (NotPermitted, NotFound):
            assert Entry.objects.count() == before
        else:
            allowed.add(who)
            assert Entry.objects.count() > before, "every action is audited"
        transaction.savepoint_rollback(undo)
        for row in (w.own, w.applicant, w.probation, w.suspended, w.compromised, w.circle):
            row.refresh_from_db()
    assert allowed == expected


def test_credential_acts_as_its_person_if_its_scope_lets_it(w: World) -> None:
    admin = world.person(None, Role.PLATFORM_ADMIN, name="automation")
    good = world.credential(None, admin, Scope.MEMBERS_ADMIN).credential
    member_admin = Person.objects.get(email="member_admin@cert-ee.example")
    reading = world.credential(w.own, member_admin, Scope.FEED_READ).credential

    def lower(actor: Actor, tier: Tier) -> object:
        return services.change_tier(member=w.own, tier=tier, actor=actor, now=NOW)

    acting = Actor(person_id=admin.pk, credential_id=good.pk)
    assert lower(acting, Tier.OBSERVER)
    stranger = Actor(person_id=admin.pk, credential_id=reading.pk)
    with pytest.raises(NotPermitted):
        lower(stranger, Tier.ASSOCIATE)
    without_scope = Actor(person_id=member_admin.pk, credential_id=reading.pk)
    with pytest.raises(NotPermitted):
        services.revoke_credential(credential=w.credential, actor=without_scope, now=NOW)
    services.revoke_credential(credential=good, actor=SYSTEM, now=NOW)
    with pytest.raises(NotPermitted):
        lower(acting, Tier.ASSOCIATE)


def test_operator_starts_a_member_s_accounts(w: World) -> None:
    operator = Person.objects.create_superuser("root@x.example")
    services.issue_credential(new=_new_credential(w), actor=operator.actor, now=NOW)


def test_suspended_members_administrators_may_only_narrow(w: World) -> None:
    admin = world.person(w.suspended, Role.MEMBER_ADMIN)
    colleague = world.person(w.suspended, Role.ANALYST)
    new = NewCredential(
        member=w.suspended, accountable_person=colleague, scopes=frozenset({Scope.FEED_READ})
    )
    with pytest.raises(NotPermitted):
        services.issue_credential(new=new, actor=admin.actor, now=NOW)
    services.deactivate_person(person=colleague, actor=admin.actor, now=NOW)
