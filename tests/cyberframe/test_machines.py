"""Machine routes: no cookie, no language, errors in their own form; a request id on all."""

from __future__ import annotations

import pytest
from django.test import Client

from cyberframe.machines import for_machines


@pytest.mark.parametrize(
    ("path", "machine"),
    [
        ("/taxii2/", True),
        ("/api/v1/incidents/", True),
        ("/api/v1/schema/", True),
        ("/feeds/2f1c1f0e-0000-4000-8000-000000000000/manifest.json", True),
        ("/feeds/", False),
        ("/feeds/tokens/", False),
        ("/api/v1/docs/", False),
        ("/incidents/", False),
        ("/", False),
    ],
)
def test_for_machines(path: str, machine: bool) -> None:
    assert for_machines(path) is machine


def test_taxii_errors_are_taxii_error_objects(client: Client) -> None:
    answer = client.get("/taxii2/nowhere/", headers={"X-Request-Id": "abcdefgh"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/taxii+json;version=2.1"
    body = {"title": "Not Found", "http_status": "404", "error_id": "abcdefgh"}
    assert answer.json() == body
    assert answer.headers["X-Request-Id"] == "abcdefgh"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_rest_errors_are_problem_details(client: Client) -> None:
    answer = client.get("/api/v1/nowhere/", headers={"Accept-Language": "uk"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"
    assert not answer.cookies
    assert "Vary" not in answer.headers


def test_a_forged_request_id_is_replaced(client: Client) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "a\nb forged"})
    assert answer.headers["X-Request-Id"].isalnum()


def test_an_unknown_host_is_refused(client: Client) -> None:
    assert client.get("/api/v1/schema/", headers={"Host": "evil.example"}).status_code == 400
