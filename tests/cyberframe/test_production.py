"""Production mode on Debian's servers behind the proxy: what must hold before any journey."""

from __future__ import annotations

import json

import httpx
import psycopg
import pytest

from tests.processes import Processes

pytestmark = pytest.mark.processes


def test_production_stands_and_gives_nothing_away(production: Processes) -> None:
    with psycopg.connect(production.database_url) as connection:
        assert connection.info.server_version // 10_000 in range(15, 19)
    with httpx.Client(base_url=production.base_url) as client:
        page = client.get("/sign-in/")
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert all("Secure" in c for c in page.headers.get_list("set-cookie"))
        assert "nginx/" not in page.headers["Server"]
        for hidden in ("/metrics", "/readyz"):
            assert client.get(hidden).status_code == 404
        assert client.get("/healthz").status_code == 200
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
        forged = {"X-Forwarded-Proto": "http", "Forwarded": "for=127.0.0.1"}
        assert client.get("/sign-in/", headers=forged).status_code == 200
    _plain_http_goes_to_https(production)
    _metrics_ask_for_the_token(production)
    _what_is_for_evaluation_is_refused(production)
    lines = production.log("web").splitlines()
    assert all(json.loads(line)["level"] for line in lines)
    assert set(production.running) == {"web", "worker-fanout", "worker-push", "beat"}


def _plain_http_goes_to_https(production: Processes) -> None:
    straight = httpx.get(f"http://127.0.0.1:{production.port}/sign-in/")
    assert straight.status_code == 301
    assert straight.headers["Location"].startswith("https://")


def _metrics_ask_for_the_token(production: Processes) -> None:
    url = f"http://127.0.0.1:{production.port}/metrics"
    assert httpx.get(url).status_code == 404
    token = production.extra["CYBERFRAME_METRICS_TOKEN"]
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
    assert "cyberframe_broker_up 1.0" in answer.text
    assert "cyberframe_requests_total" in answer.text


def _what_is_for_evaluation_is_refused(production: Processes) -> None:
    for command in ("up", "demo"):
        with pytest.raises(AssertionError, match=r"production|Production"):
            production.manage(command)
    with pytest.raises(AssertionError, match="CYBERFRAME_SECRET_KEY"):
        production.manage("serve", CYBERFRAME_SECRET_KEY="")
    with pytest.raises(AssertionError, match="CYBERFRAME_DEBUG"):
        production.manage("serve", CYBERFRAME_DEBUG="1")
