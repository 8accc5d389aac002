"""The first page: what waits on whom, and nothing of incidents for staff."""

from __future__ import annotations

import pytest
from django.test import Client

from incidents.services import submit
from members.models import Person
from members.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def first_page(client: Client, person: Person) -> str:
    client.force_login(person)
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_reviewer_sees_what_waits_and_how_much(client: Client) -> None:
    member = factories.make_member("cert-ee")
    author = factories.make_person(member, "author", Role.ANALYST)
    reviewer = factories.make_person(member, "reviewer", Role.REVIEWER)
    document = factories.bundle(factories.incident("Quiet wiper", owner="cert-ee"))
    filed = factories.file(author, document)

    assert "Continue" in first_page(client, author)
    assert "1 thing waits on you" not in first_page(client, reviewer)

    submit(by=factories.by(author), incident=filed.incident, now=factories.NOW)
    page = first_page(client, reviewer)
    assert "1 thing waits on you" in page
    assert f"/incidents/{filed.incident.ref}/release" in page
    assert '<span class="cnt hot">1</span>' in page


def test_another_member_sees_nothing_of_it(client: Client) -> None:
    member, other = factories.make_member("cert-ee"), factories.make_member("cert-lt")
    author = factories.make_person(member, "author", Role.ANALYST)
    factories.file(author, factories.bundle(factories.incident("Quiet wiper", owner="cert-ee")))
    stranger = factories.make_person(other, "reviewer", Role.ANALYST, Role.REVIEWER)
    page = first_page(client, stranger)
    assert "Nothing waits on you." in page
    assert "wiper" not in page


def test_staff_sees_no_incidents(client: Client) -> None:
    staff = factories.make_person(None, "front", Role.SECRETARIAT)
    page = first_page(client, staff)
    assert "Nothing waits on you." in page
    assert "incidents you may see" not in page


def test_without_a_session_it_asks_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
