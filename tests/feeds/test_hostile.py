"""Whatever is sent, the answer is a TAXII error or a result: never a 5xx, never a trace."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest

from tests.factories import make_member
from tests.feeds.machines import ALL, ROOT, TAXII, Machine, make_machine
from tests.sharing.feeding import Press, body

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine() -> Machine:
    member = make_member("ee")
    Press().give([body("a"), body("b", 1)], [member])
    return make_machine(member)


MALFORMED = {
    "added_after": [
        "", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00",
        "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00Z,2026-01-01T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z", "\x00", "-1",
    ],
    "limit": ["", "0", "-1", "1.0", "1e3", "+1", " 1", "0x10", "١", "9" * 17, str(2**53), "null"],
    "next": ["", "0", "A" * 32, "=" * 32, "%", "a" * 10_000],
    "match[id]": ["", ",", "x", "indicator--1", "indicator--*", "a--\x00", "a" * 5_000],
    "match[type]": ["", "indicator,", ",", "Indicator", "in dicator", "'", "a" * 251, "\x00"],
    "match[spec_version]": ["", "2", "latest", "2.1,", "2.1;2.0", "v2.1"],
    "match[version]": [
        "", "latest", "Last", "last,last", "all,last", "last,all", "all,all", "first,",
        "2026-01-01", "2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_parameter_is_400_and_named(machine: Machine, name: str) -> None:
    for value in MALFORMED[name]:
        for route in ("objects/", "manifest/"):
            response = machine.get(ALL + route, {name: value})
            assert response.status_code == 400, value
            assert response["Content-Type"] == TAXII
            error = response.json()
            assert name in error["title"]
            assert error["http_status"] == "400"
            assert not value.strip(",") or len(value) < 5 or value not in response.content.decode()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_parameter_given_twice_is_400_and_named(machine: Machine, name: str) -> None:
    response = machine.get(f"{ALL}objects/", f"{quote(name)}=x&{quote(name)}=x")
    assert response.status_code == 400
    assert name in response.json()["title"]


def test_parameters_of_other_endpoints_and_unknown_ones_are_ignored(machine: Machine) -> None:
    one = f"{ALL}objects/{body('a').object_id}/"
    plain = machine.get(one)
    odd = machine.get(one, {"match[id]": "x", "match[type]": "X", "match[x]": "y", "order": "up"})
    assert odd.content == plain.content
    assert machine.get(f"{one}versions/", {"match[version]": "x"}).status_code == 200


@pytest.mark.parametrize(
    "added_after",
    ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.123456789Z"],
)
def test_timestamps_of_any_precision_are_read(machine: Machine, added_after: str) -> None:
    found = machine.get(f"{ALL}objects/", {"added_after": added_after})
    assert len(found.json()["objects"]) == 2


def test_what_cannot_be_read_by_the_client_is_406(machine: Machine) -> None:
    for path in ("/taxii2/", f"{ALL}objects/"):
        response = machine.get(path, accept="text/html")
        assert (response.status_code, response["Content-Type"]) == (406, TAXII)
        assert response.json()["http_status"] == "406"


def test_odd_paths_are_404_or_405_in_taxii(machine: Machine) -> None:
    for path in (
        "/taxii2/other/",
        f"{ROOT}status/2cf4f1a4-7a2c-4a5e-9b43-6d1f7b1c2f3e/",
        f"{ROOT}collections/%00/objects/",
        f"{ROOT}collections/{'a' * 5000}/objects/",
        f"{ALL}objects/%00/",
        f"{ALL}objects/%ff%fe/",
        f"{ALL}objects/{quote('індикатор--1')}/",
        f"{ALL}objects/indicator--{'0' * 4000}/",
        f"{ALL}objects/a/b/",
        f"{ALL}nothing/",
    ):
        response = machine.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, TAXII), path
        assert response.json()["http_status"] == "404"


NAMES = [*MALFORMED, "match[", "match[x]", "%00", "é"]
PIECES = [
    "%00", "%ff", "%ED%A0%80", ",", "all", "first", "last", "2.1", "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "1", "1000", "-1", "indicator",
    "indicator--8b1aa84c-5532-4c69-a8e7-b6170facfd3d", "'", '"', "\\", ";", "%27%20OR%201=1--",
    "{}", "[]", "%s", "%(member)s", "%25s", "$1", "null", " ", "+", "é", "💥", "&", "=",
]  # fmt: skip
HEADERS = [
    "*/*", "application/taxii+json", "q=", ";", ",", "gzip", "Basic ", "Bearer ", "Token ", "=",
    "Og==", "\t", "é", "0", "a" * 300, '"', "version=2.1",
]  # fmt: skip


def test_random_queries_and_headers_never_fail_inside(machine: Machine) -> None:
    chance = random.Random(20)
    paths = [
        f"{ALL}objects/", f"{ALL}manifest/", f"{ALL}objects/{body('a').object_id}/",
        f"{ALL}objects/{body('a').object_id}/versions/", f"{ROOT}collections/reference/objects/",
        f"{ROOT}collections/own/manifest/", "/taxii2/",
    ]  # fmt: skip
    statuses = set()
    for _ in range(250):
        query = "&".join(
            f"{name}={''.join(chance.choices(PIECES, k=chance.choice([1, 1, 1, 2, 5])))}"
            for name in chance.sample(NAMES, chance.randint(0, 3))
        )
        named = {
            name: "".join(chance.choices(HEADERS, k=chance.randint(0, 4)))
            for name in ("accept", "accept_encoding", "authorization", "if_none_match")
            if chance.random() < 0.2
        }
        response = machine.ask(
            chance.choice(["GET", "GET", "GET", "HEAD", "POST", "DELETE", "BREW"]),
            chance.choice(paths),
            query,
            **named,
        )
        statuses.add(response.status_code)
        assert response.status_code < 500, (query, named)
        assert response["Content-Type"] == TAXII
    assert {200, 400, 401, 403, 405, 406} <= statuses


def test_too_many_parameters_are_400(machine: Machine) -> None:
    response: Any = machine.get(f"{ALL}objects/", "&".join(f"a{n}=1" for n in range(3_000)))
    assert (response.status_code, response["Content-Type"]) == (400, TAXII)
