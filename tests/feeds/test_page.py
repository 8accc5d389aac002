"""The page for integrators: right addresses, one's own credentials, and never a secret."""

from __future__ import annotations

import pytest
from django.test import Client

from feeds.taxii.collections import COLLECTIONS
from members.roles import Role
from tests.factories import make_member, make_person
from tests.feeds.machines import make_machine

pytestmark = pytest.mark.django_db


def test_page_shows_addresses_and_the_own_credentials() -> None:
    member, other = make_member("ee"), make_member("de")
    machine, foreign = make_machine(member), make_machine(other)
    client = Client()
    client.force_login(make_person(member, "analyst", Role.ANALYST.value))

    page = client.get("/feeds/").content.decode()

    assert "http://testserver/taxii2/" in page
    for each in COLLECTIONS:
        assert each.id in page
        assert each.alias in page
    assert machine.credential.public_id in page
    assert foreign.credential.public_id not in page
    assert machine.secret not in page


def test_readers_see_no_credentials() -> None:
    member = make_member("ee")
    machine = make_machine(member)
    client = Client()
    client.force_login(make_person(member, "reader", Role.READER.value))
    assert machine.credential.public_id not in client.get("/feeds/").content.decode()


def test_page_is_for_signed_in_people_and_only_shown() -> None:
    assert Client().get("/feeds/").status_code == 302
    client = Client()
    client.force_login(make_person(None, "staff", Role.SECRETARIAT.value))
    assert client.get("/feeds/").status_code == 200
    assert client.post("/feeds/").status_code == 405
    assert client.get("/feeds/").headers["Cache-Control"] == "private, no-store"


def test_a_credential_opens_no_page() -> None:
    machine = make_machine(make_member("ee"))
    assert Client().get("/feeds/", headers={"authorization": machine.basic}).status_code == 302
