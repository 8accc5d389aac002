"""The register: identities stay the same bytes, groups and circles keep their rules."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from audit.actors import SYSTEM
from members import services
from members.changes import Change, Effect, Matter
from members.errors import Conflict, Invalid
from members.identity import identity_id
from members.models import Credential, Group, GroupEntry, Member
from members.models.choices import Kind
from members.roles import Role
from members.services import NewMember
from members.tiers import Status, Tier
from tests.members import world
from tests.members.world import NOW

pytestmark = pytest.mark.django_db


def test_identity_is_fixed_by_the_slug_and_rendered_once() -> None:
    member = world.member("cert-ee")
    assert member.stix_identity_id == identity_id("cert-ee")
    assert json.loads(member.stix_identity) == {
        "type": "identity",
        "spec_version": "2.1",
        "id": member.stix_identity_id,
        "created": "2026-03-01T12:00:00.000Z",
        "modified": "2026-03-01T12:00:00.000Z",
        "name": "CERT-EE",
        "identity_class": "organization",
    }
    before = member.stix_identity
    services.edit_member(
        member=member, changes={"contact_24x7": "+372"}, actor=SYSTEM, now=NOW + timedelta(days=1)
    )
    member.refresh_from_db()
    assert member.stix_identity == before


def test_new_name_gives_the_identity_a_new_version() -> None:
    member = world.member("cert-ee")
    services.edit_member(
        member=member,
        changes={"name": "RIA", "sectors": ["energy"]},
        actor=SYSTEM,
        now=NOW + timedelta(days=1),
    )
    member.refresh_from_db()
    value = json.loads(member.stix_identity)
    assert (value["name"], value["sectors"]) == ("RIA", ["energy"])
    assert (value["created"], value["modified"]) == (
        "2026-03-01T12:00:00.000Z",
        "2026-03-02T12:00:00.000Z",
    )


def test_country_and_group_names_never_meet() -> None:
    world.member("cert-ee", country="EE")
    with pytest.raises(Invalid):
        services.create_group(name="EE", actor=SYSTEM, now=NOW)
    services.create_group(name="EU", actor=SYSTEM, now=NOW)
    new = NewMember(slug="x", name="X", kind=Kind.ISAC, country="EU")
    with pytest.raises(Invalid):
        services.create_member(new=new, actor=SYSTEM, now=NOW)


def test_group_change_names_every_member_it_concerns() -> None:
    one, two = world.member("a", country="EE"), world.member("b", country="EE")
    world.member("c", country="DE")
    group = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    change = services.enter_group(group=group, country="EE", actor=SYSTEM, now=NOW)
    assert change == Change(Matter.GROUP, Effect.BOTH, (one.pk, two.pk), group="NATO")


def test_group_entries_do_not_overlap() -> None:
    group = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    said = {"group": group, "country": "EE", "actor": SYSTEM, "now": NOW}
    first, second = NOW + timedelta(days=10), NOW + timedelta(days=20)
    services.enter_group(**said, starts_at=first, ends_at=second)  # type: ignore[arg-type]
    for starts, ends in ((None, None), (None, second), (first, None), (first, second)):
        with pytest.raises(Conflict):
            services.enter_group(**said, starts_at=starts, ends_at=ends)  # type: ignore[arg-type]
    services.enter_group(**said, starts_at=second)  # type: ignore[arg-type]
    services.enter_group(**said, ends_at=first)  # type: ignore[arg-type]
    assert GroupEntry.objects.count() == 3


def test_leaving_a_group_ends_the_entry_and_removes_one_not_begun() -> None:
    group = services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    services.enter_group(group=group, country="EE", actor=SYSTEM, now=NOW)
    later = NOW + timedelta(days=10)
    services.enter_group(group=group, country="DE", starts_at=later, actor=SYSTEM, now=NOW)
    for entry in GroupEntry.objects.all():
        services.leave_group(entry=entry, actor=SYSTEM, now=NOW)
    assert list(GroupEntry.objects.values_list("country", "ends_at")) == [("EE", NOW)]
    with pytest.raises(Conflict):
        services.leave_group(entry=GroupEntry.objects.get(), actor=SYSTEM, now=NOW)


def test_member_called_as_a_tier_is_refused_by_the_database_too() -> None:
    member = world.member("cert-ee")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(slug="core")


@pytest.mark.parametrize(
    "change",
    [
        {"tier": 7},
        {"status": "unknown"},
        {"standing": "fine"},
        {"country": "ee"},
        {"status": "suspended"},
        {"suspension_cause": "standing"},
        {"slug": "Two Words"},
    ],
)
def test_database_keeps_members_whole(change: dict[str, object]) -> None:
    member = world.member("cert-ee")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"max_tlp": 1},
        {"channel": "downstream"},
        {"public_id": "cfc_other"},
        {"member": None},
    ],
)
def test_database_fixes_a_credential_s_reader_class(change: dict[str, object]) -> None:
    member = world.member("cert-ee")
    made = world.credential(member, world.person(member, Role.ANALYST)).credential
    with pytest.raises(DatabaseError, match="for life"), transaction.atomic():
        Credential.objects.filter(pk=made.pk).update(**change)


def test_database_brings_no_revoked_credential_back() -> None:
    member = world.member("cert-ee")
    made = world.credential(member, world.person(member, Role.ANALYST)).credential
    services.revoke_credential(credential=made, actor=SYSTEM, now=NOW)
    with pytest.raises(DatabaseError, match="for life"), transaction.atomic():
        Credential.objects.filter(pk=made.pk).update(revoked_at=None)


def test_members_with_anything_of_theirs_are_never_deleted() -> None:
    member = world.member("cert-ee")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).delete()


@pytest.mark.parametrize("status", [Status.APPLICANT, Status.WITHDRAWN])
def test_who_takes_no_part_joins_no_circle_and_gets_no_credential(status: Status) -> None:
    member = world.member("app-cz", status=status)
    circle = world.circle("c-one")
    with pytest.raises(Conflict):
        services.join_circle(circle=circle, member=member, actor=SYSTEM, now=NOW)
    if status == Status.APPLICANT:
        person = world.person(member, Role.ANALYST)
        with pytest.raises(Conflict):
            world.credential(member, person)


def test_closed_archived_and_ended_circles_take_nobody_in() -> None:
    member = world.member("cert-ee")
    closed, archived = world.circle("c-closed"), world.circle("c-kept")
    ended = world.circle("c-ended", ends_at=NOW + timedelta(days=1))
    services.close_circle(circle=closed, actor=SYSTEM, now=NOW)
    services.archive_circle(circle=archived, actor=SYSTEM, now=NOW)
    for circle in (closed, archived, ended):
        with pytest.raises(Conflict):
            services.join_circle(
                circle=circle, member=member, actor=SYSTEM, now=NOW + timedelta(days=1)
            )
    with pytest.raises(Conflict):
        services.close_circle(circle=closed, actor=SYSTEM, now=NOW)


def test_circle_maker_belongs_to_its_circle() -> None:
    member = world.member("cert-ee", Tier.PARTNER)
    reviewer = world.person(member, Role.REVIEWER)
    from members.models.choices import CircleKind
    from members.services import NewCircle
    from members.tlp import TLP

    new = NewCircle(
        slug="c-own",
        name="Own",
        kind=CircleKind.TASK_FORCE,
        min_tier=Tier.PARTNER,
        max_tlp=TLP.AMBER,
    )
    circle = services.create_circle(new=new, actor=reviewer.actor, now=NOW)
    assert circle.maker == member
    assert [row.member for row in circle.memberships.all()] == [member]


def test_group_name_is_unique_and_plain() -> None:
    services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    with pytest.raises(Conflict):
        services.create_group(name="NATO", actor=SYSTEM, now=NOW)
    for name in ("nato", "N", "NA TO", ""):
        with pytest.raises(Invalid):
            services.create_group(name=name, actor=SYSTEM, now=NOW)
    assert Group.objects.count() == 1


def test_an_agreement_s_version_is_a_word_that_the_log_can_hold() -> None:
    member = world.member("cert-ee")
    for version in ("2026 edition", "", "x" * 41):
        with pytest.raises(Invalid):
            services.sign_agreement(
                member=member,
                version=version,
                signed_on=NOW.date(),
                valid_until=NOW + timedelta(days=90),
                actor=SYSTEM,
                now=NOW,
            )
