"""Clients that partners run, over a real socket: OASIS taxii2-client, and plain HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer
from requests import HTTPError
from taxii2client.common import TokenAuth
from taxii2client.exceptions import AccessError
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from feeds.taxii.collections import ALL_PERMITTED, API_ROOT
from members.models import Member
from sharing.models import GrantKind
from sharing.services.reference import load_reference
from tests.factories import NOW, make_member
from tests.feeds.machines import ALL, TAXII, Machine, make_machine
from tests.sharing.feeding import Press, body

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 23


@pytest.fixture
def press(transactional_db: None) -> Press:
    return Press()


@pytest.fixture
def member(press: Press) -> Member:
    member = make_member("ee")
    press.give([body(f"o{n}", n) for n in range(COUNT)], [member])
    press.give([body("mine"), body("mine-too", 1)], [member], kind=GrantKind.OWN)
    load_reference(now=datetime.now(UTC))
    return member


@pytest.fixture
def machine(member: Member) -> Machine:
    return make_machine(member)


@pytest.fixture
def root(live_server: LiveServer, machine: Machine) -> Iterator[ApiRoot]:
    server = Server(
        f"{live_server.url}/taxii2/", user=machine.credential.public_id, password=machine.secret
    )
    assert server.default is not None
    yield server.default
    server.close()


def collection(root: ApiRoot, alias: str) -> Collection:
    return next(each for each in root.collections if each.alias == alias)


@pytest.mark.parametrize("alias", ["all-permitted", "own", "reference"])
@pytest.mark.parametrize("limit", [1, 10, 23, 1000])
def test_as_pages_gets_every_object_once(root: ApiRoot, alias: str, limit: int) -> None:
    found = collection(root, alias)
    whole = found.get_objects()["objects"]
    pages = list(as_pages(found.get_objects, per_request=limit))
    got = [each for page in pages for each in page.get("objects", [])]
    assert got == whole
    assert all(len(page["objects"]) <= limit for page in pages)

    records = [
        each for page in as_pages(found.get_manifest, per_request=limit) for each in page["objects"]
    ]
    assert [each["id"] for each in records] == [each["id"] for each in whole]
    expected = {"all-permitted": COUNT, "own": 2, "reference": len(whole)}
    assert len(whole) == expected[alias] > 0


def test_added_after_gets_what_came_since(root: ApiRoot, press: Press, member: Member) -> None:
    found = collection(root, "all-permitted")
    last = max(each["date_added"] for each in found.get_manifest()["objects"])
    assert found.get_objects(added_after=last) == {}

    press.give([body("new")], [member])

    assert [each["name"] for each in found.get_objects(added_after=last)["objects"]] == ["new"]


def test_filters_and_single_objects(root: ApiRoot, press: Press, member: Member) -> None:
    later = NOW + timedelta(hours=1)
    press.give([body("o0", version=later)], [member])
    found = collection(root, "all-permitted")
    one = body("o0").object_id

    assert len(found.get_objects(id=[one, body("o1").object_id])["objects"]) == 2
    assert found.get_objects(type="malware") == {}
    assert len(found.get_object(one)["objects"]) == 1
    assert len(found.get_object(one, version="all")["objects"]) == 2
    assert len(found.object_versions(one)["versions"]) == 2
    with pytest.raises(HTTPError, match="404"):
        found.get_object(body("never").object_id)
    with pytest.raises(AccessError):
        found.add_objects({"objects": [json.loads(body("x").body)]})


def test_token_authentication(live_server: LiveServer, machine: Machine) -> None:
    url = f"{live_server.url}{API_ROOT}collections/{ALL_PERMITTED.id}/"
    found = Collection(url, auth=TokenAuth(machine.secret))
    assert len(found.get_objects()["objects"]) == COUNT


def test_wrong_secret_is_refused(live_server: LiveServer, machine: Machine) -> None:
    server = Server(f"{live_server.url}/taxii2/", user=machine.credential.public_id, password="no")
    with pytest.raises(HTTPError, match="401"):
        server.refresh()


def test_plain_http_with_keep_alive(live_server: LiveServer, machine: Machine) -> None:
    """HEAD answers no body on the wire either: the next request on the connection still works."""
    parts = urlsplit(live_server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Authorization": f"Bearer {machine.secret}"}

    def ask(method: str, path: str, **more: str) -> tuple[Any, bytes]:
        connection.request(method, path, headers=headers | more)
        response = connection.getresponse()
        return response, response.read()

    got, text = ask("GET", f"{ALL}objects/")
    head, nothing = ask("HEAD", f"{ALL}objects/")
    assert (head.status, nothing) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(text))
    assert got.headers["Content-Type"] == TAXII
    assert got.headers["X-TAXII-Date-Added-First"] < got.headers["X-TAXII-Date-Added-Last"]
    packed, data = ask("GET", f"{ALL}objects/", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(data) < len(text)
    connection.close()
