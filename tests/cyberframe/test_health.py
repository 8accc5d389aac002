"""Health pages tell the truth, metrics tell it only to those who may ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cyberframe import celery, probes
from sharing.models import Settlement
from sharing.services.fanout import POISON
from tests.factories import make_member

HOUR = timedelta(hours=1)


def test_healthz_asks_nothing(client: Client) -> None:
    answer = client.get("/healthz")  # without the database mark: any query would fail
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_ready_with_everything_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"broker": "ok", "database": "ok", "migrations": "ok"},
        "oldest_waiting_seconds": None,
    }


@pytest.mark.django_db
def test_readyz_tells_the_operator_alone_that_something_waits(client: Client) -> None:
    quiet = client.get("/readyz", headers={"X-Forwarded-For": "192.0.2.1"}).json()
    long_ago = timezone.now() - HOUR
    member = make_member("cert-ee")
    Settlement.objects.create(member=member, cause="tier", asked_at=long_ago)
    assert client.get("/readyz", headers={"X-Forwarded-For": "192.0.2.1"}).json() == quiet
    operators = client.get("/readyz").json()
    assert operators["status"] == "late"
    assert operators["oldest_waiting_seconds"] >= 3_600


@pytest.mark.django_db
def test_readyz_names_a_missing_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery.app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "broker": "does not answer",
        "database": "ok",
        "migrations": "ok",
    }


@pytest.mark.django_db
def test_metrics_count_requests_and_queues(client: Client) -> None:
    client.get("/taxii2/canary-path/")
    text = client.get("/metrics").content.decode()
    assert 'cyberframe_requests_total{method="GET",status="404",surface="taxii2"}' in text
    assert 'cyberframe_queue_length{queue="fanout"}' in text
    assert "cyberframe_database_up 1.0" in text
    assert "canary" not in text


@pytest.mark.django_db
def test_a_standing_that_could_not_be_settled_is_seen(client: Client) -> None:
    Settlement.objects.create(
        member=make_member("ee"), cause="agreement", asked_at=timezone.now() - HOUR, attempts=POISON
    )
    text = client.get("/metrics").content.decode()
    assert "cyberframe_parked 1.0" in text
    assert "cyberframe_waiting 1.0" in text
    assert client.get("/readyz").json()["status"] == "late"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_metrics_do_not_exist_behind_a_proxy(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_metrics_do_not_exist_for_other_machines(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404


@pytest.mark.django_db
def test_metrics_with_a_token_ask_for_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "t" * 40
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    good = client.get(
        "/metrics", headers={"Authorization": "Bearer " + "t" * 40}, REMOTE_ADDR="192.0.2.1"
    )
    assert good.status_code == 200


def test_queue_lengths_cover_every_declared_queue() -> None:
    lengths = probes.queue_lengths()
    assert lengths is not None
    assert set(lengths) == {"fanout", "push", "housekeeping"}
