"""Django's admin: membership and accounts only, through the services, for administrators only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from audit.models import Entry
from members.credentials import authenticate
from members.models import (
    Agreement,
    Circle,
    CircleMembership,
    Credential,
    Group,
    GroupEntry,
    Member,
    Person,
    Proposal,
)
from members.roles import Role
from members.tiers import Status, Tier
from tests.members import world

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def one() -> Client:
    return signed_in(world.person(None, Role.PLATFORM_ADMIN, name="one"))


@pytest.fixture
def two() -> Client:
    return signed_in(world.person(None, Role.PLATFORM_ADMIN, name="two"))


def url(what: str, *args: object) -> str:
    return reverse(f"admin:members_{what}", args=args)


def said(answer: Any) -> str:
    """Return the sentences that the page after a change shows."""
    return " ".join(str(message) for message in answer.context["messages"])


def inline(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": initial,
    }
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def test_only_membership_accounts_and_credentials_are_registered() -> None:
    ours = {"audit", "members", "incidents", "sharing", "feeds", "support"}
    registered = {
        model._meta.label for model in admin.site._registry if model._meta.app_label in ours
    }
    assert registered == {
        "members.Agreement",
        "members.Circle",
        "members.Credential",
        "members.Group",
        "members.Member",
        "members.Person",
        "members.Proposal",
    }
    inlines = {
        one.model._meta.label
        for model_admin in admin.site._registry.values()
        for one in model_admin.inlines
    }
    assert inlines == {"members.CircleMembership", "members.GroupEntry"}
    assert apps.get_app_configs()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLATFORM_ADMIN])
def test_admin_opens_for_platform_administrators_only(role: Role) -> None:
    staff = role in {Role.SECRETARIAT, Role.AUDITOR}
    person = world.person(None if staff else world.member("cert-ee"), role)
    for page in (reverse("admin:index"), url("member_changelist"), url("person_changelist")):
        assert signed_in(person).get(page).status_code in {302, 403}


@pytest.mark.parametrize(
    "what", ["member", "person", "circle", "group", "agreement", "credential", "proposal"]
)
def test_every_list_and_form_opens(what: str, one: Client) -> None:
    member = world.member("cert-ee")
    person = world.person(member, Role.ANALYST)
    world.circle("c-one", member)
    world.credential(member, person)
    Group.objects.create(name="NATO")
    one.post(url("member_standing", member.pk), {"change": "tier", "tier": Tier.CORE.value})
    assert one.get(url(f"{what}_changelist")).status_code == 200
    if what != "proposal":
        assert one.get(url(f"{what}_add")).status_code == 200
    row = apps.get_model("members", what).objects.first()
    assert one.get(url(f"{what}_change", row.pk)).status_code == 200
    assert one.post(url(f"{what}_delete", row.pk), {"post": "yes"}).status_code == 403
    assert apps.get_model("members", what).objects.filter(pk=row.pk).exists()


NEW = {
    "slug": "cert-fi",
    "name": "CERT-FI",
    "kind": "national-cert",
    "country": "FI",
    "tier": Tier.PARTNER.value,
    "sectors": "",
    "accreditation": "none",
    "clock_regime": "",
}


def test_member_is_entered_and_described_through_the_services(one: Client) -> None:
    answer = one.post(url("member_add"), NEW, follow=True)
    assert answer.status_code == 200
    member = Member.objects.get()
    assert (member.slug, member.status, member.tier) == ("cert-fi", "applicant", Tier.PARTNER)
    body = NEW | {"name": "New name", "tier": Tier.CORE.value, "status": "active"}
    one.post(url("member_change", member.pk), body)
    member.refresh_from_db()
    assert (member.name, member.status, member.tier) == ("New name", "applicant", Tier.PARTNER)
    assert '"name":"New name"' in member.stix_identity
    entries = Entry.objects.filter(member_id=member.pk).order_by("id")
    assert list(entries.values_list("action", flat=True)) == [
        "members:member:create",
        "members:member:edit",
    ]


def test_refusal_is_told_and_nothing_is_kept(one: Client) -> None:
    answer = one.post(url("member_add"), NEW | {"slug": "core"}, follow=True)
    assert "would be taken for the tier" in said(answer) or answer.context["errors"]
    assert not Member.objects.exists()


def test_standing_page_suspends_at_once_and_raises_with_two(one: Client, two: Client) -> None:
    member = world.member("cert-ie", Tier.ASSOCIATE)
    page = url("member_standing", member.pk)
    assert one.get(page).status_code == 200
    raised = one.post(page, {"change": "tier", "tier": Tier.CORE.value}, follow=True)
    assert "second administrator" in said(raised)
    member.refresh_from_db()
    assert member.tier == Tier.ASSOCIATE
    two.post(page, {"change": "tier", "tier": Tier.CORE.value})
    member.refresh_from_db()
    assert member.tier == Tier.CORE
    without = one.post(page, {"change": "suspend", "cause": "standing"})
    assert without.status_code == 422
    one.post(page, {"change": "suspend", "cause": "compromise", "reason": "lost key"})
    member.refresh_from_db()
    assert (member.status, member.suspension_cause) == (Status.SUSPENDED, "compromise")
    again = one.post(page, {"change": "suspend", "cause": "compromise", "reason": "again"})
    assert "suspended already" in said(again)
    for client in (one, two):
        client.post(page, {"change": "reinstate"})
    member.refresh_from_db()
    assert member.status == Status.ACTIVE


def test_proposals_are_approved_by_another_only(one: Client, two: Client) -> None:
    member = world.member("cert-ie", Tier.ASSOCIATE)
    one.post(url("member_standing", member.pk), {"change": "tier", "tier": Tier.CORE.value})
    body = {"action": "approve", "_selected_action": Proposal.objects.get().pk}
    told = said(one.post(url("proposal_changelist"), body, follow=True))
    assert "A second person must approve" in told
    two.post(url("proposal_changelist"), body)
    member.refresh_from_db()
    assert member.tier == Tier.CORE


def test_circle_is_made_joined_and_left(one: Client) -> None:
    member = world.member("cert-ie")
    terms = {
        "slug": "c-new",
        "name": "New",
        "kind": "multilateral",
        "min_tier": Tier.ASSOCIATE.value,
        "max_tlp": 2,
    }
    one.post(url("circle_add"), terms)
    circle = Circle.objects.get()
    page = url("circle_change", circle.pk)
    one.post(page, inline("memberships", {"member": member.pk}))
    membership = CircleMembership.objects.get(left_at=None)
    assert membership.member == member
    leaving = {"id": membership.pk, "circle": circle.pk, "DELETE": "on"}
    one.post(page, inline("memberships", leaving, initial=1))
    membership.refresh_from_db()
    assert membership.left_at is not None
    one.post(url("circle_changelist"), {"action": "close", "_selected_action": circle.pk})
    circle.refresh_from_db()
    assert circle.state == "closed"


def test_group_list_is_entered_and_ended(one: Client) -> None:
    one.post(url("group_add"), {"name": "NATO"})
    group = Group.objects.get()
    page = url("group_change", group.pk)
    one.post(page, inline("entries", {"country": "EE"}))
    entry = GroupEntry.objects.get()
    one.post(page, inline("entries", {"id": entry.pk, "DELETE": "on"}, initial=1))
    entry.refresh_from_db()
    assert entry.ends_at is not None


def test_agreement_is_signed_and_ended(one: Client) -> None:
    member = world.member("cert-ie", agreement=False)
    until = timezone.now() + timedelta(days=90)
    body = {
        "member": member.pk,
        "version": "1",
        "signed_on": timezone.now().date().isoformat(),
        "valid_until_0": until.date().isoformat(),
        "valid_until_1": "00:00:00",
    }
    one.post(url("agreement_add"), body)
    agreement = Agreement.objects.get()
    assert agreement.ended_at is None
    one.post(url("agreement_changelist"), {"action": "end", "_selected_action": agreement.pk})
    agreement.refresh_from_db()
    assert agreement.ended_at is not None


def test_staff_is_invited_and_gets_roles_from_two(
    one: Client, two: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    body = {"email": "new@coalition.example", "roles": ["auditor"]}
    with django_capture_on_commit_callbacks(execute=True):
        answer = one.post(url("person_add"), body, follow=True)
    assert "second administrator" in said(answer)
    person = Person.objects.get(email="new@coalition.example")
    assert (person.roles, person.has_usable_password()) == ([], False)
    assert [message.to for message in mail.outbox] == [["new@coalition.example"]]
    two.post(url("person_change", person.pk), {"roles": ["auditor"]})
    person.refresh_from_db()
    assert person.roles == ["auditor"]


def test_platform_administrator_opens_no_account_that_reads_content(one: Client) -> None:
    member = world.member("cert-ee")
    body = {"email": "spy@cert-ee.example", "member": member.pk, "roles": ["analyst"]}
    one.post(url("person_add"), body)
    assert not Person.objects.filter(email="spy@cert-ee.example").exists()
    analyst = world.person(member, Role.ANALYST)
    one.post(url("credential_add"), credential(member, analyst))
    assert not Credential.objects.exists()
    issued = world.credential(member, analyst)
    rotate = {"action": "rotate", "_selected_action": issued.credential.pk}
    assert "cfs_" not in said(one.post(url("credential_changelist"), rotate, follow=True))
    revoke = {"action": "revoke", "_selected_action": issued.credential.pk}
    one.post(url("credential_changelist"), revoke)
    issued.credential.refresh_from_db()
    assert issued.credential.revoked_at is not None


def credential(member: Member, person: Person) -> dict[str, Any]:
    return {
        "member": member.pk,
        "accountable_person": person.pk,
        "channel": "internal",
        "max_tlp": 3,
        "scopes": ["feed:read"],
        "days": 30,
    }


def test_secret_is_shown_once_to_the_operator(client: Client) -> None:
    member = world.member("cert-ee")
    analyst = world.person(member, Role.ANALYST)
    client.force_login(Person.objects.create_superuser("root@x.example"))
    answer = client.post(url("credential_add"), credential(member, analyst), follow=True)
    [secret] = re.findall(r"cfs_[A-Za-z0-9_-]{43}", said(answer))
    assert authenticate({"Authorization": f"Bearer {secret}"}, timezone.now())
    made = Credential.objects.get()
    for page in (url("credential_changelist"), url("credential_change", made.pk)):
        assert "cfs_" not in client.get(page).content.decode()
    body = {"max_tlp": 4, "scopes": ["members:admin"]}
    assert client.post(url("credential_change", made.pk), body).status_code == 403
