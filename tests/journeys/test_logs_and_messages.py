"""Logs of all processes and messages in the broker hold no content, whatever goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import redis
from pytest_django import DjangoDbBlocker

from cyberframe.demo.founding import secret_of
from cyberframe.settings import _cache_url
from incidents.models import Incident
from members.models import Credential
from tests.factories import bundle
from tests.leaks.tokens import found, token
from tests.leaks.world import build, by, objects
from tests.processes import COMMANDS, Processes

pytestmark = pytest.mark.processes
CREDENTIAL = "cfc_demo-cert-ee"
AT_WORK = 40  # seconds until the workers have settled what was released


@contextmanager
def overheard(url: str) -> Iterator[list[str]]:
    """Yield all that is said to the broker meanwhile."""
    said: list[str] = []
    ready, done = threading.Event(), threading.Event()
    client = redis.Redis.from_url(_cache_url(url))

    def listen() -> None:
        with client.monitor() as monitor:  # type: ignore[no-untyped-call]
            ready.set()
            while not done.is_set():
                said.append(str(monitor.next_command()))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield said
    finally:
        done.set()
        redis.Redis.from_url(_cache_url(url)).ping()  # wakes the listener
        thread.join(10)
    assert not thread.is_alive()


def test_logs_and_messages_hold_no_content(
    processes: Processes, django_db_blocker: DjangoDbBlocker
) -> None:
    with (
        django_db_blocker.unblock(),
        processes.database(),
        overheard(processes.redis_url) as said,
    ):
        world = build(datetime.now(UTC).replace(microsecond=0))
        scopes = ["feed:read", "incidents:write", "incidents:submit", "incidents:release"]
        reviewer = by("reviewer", "cert-ee").person
        Credential.objects.filter(public_id=CREDENTIAL).update(
            scopes=scopes, accountable_person=reviewer
        )
        draft = Incident.objects.get(pk=world.incidents["draft"].pk)
        _work(processes, draft)
        _wait_for(lambda: _settled(draft))
        secret = {*Incident.objects.values_list("ref", flat=True)}
    messages = "\n".join(said).encode()
    assert b"sharing.tasks.fan_out" in messages
    assert _content(messages, secret) == set()
    for name in COMMANDS:
        assert _content(processes.log(name).encode(), secret) == set(), name
    assert "cyberframe.request" in processes.log("web")


def _content(data: bytes, refs: set[str]) -> set[str]:
    return {each for each in found(data) if each.startswith("cnr") or each in refs}


def _work(processes: Processes, draft: Incident) -> None:
    """Release the draft, and make every mistake with texts that nobody else may read."""
    secret = secret_of(CREDENTIAL)
    client = httpx.Client(
        base_url=f"{processes.base_url}/api/v1/incidents/",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=60,
    )
    with client:
        assert client.post(f"{draft.ref}/submit/", json={}).status_code == 200
        digest = client.get(f"{draft.ref}/audience/").json()["digest"]
        asked = {"digest": digest, "report_kind": "notification"}
        answer = client.post(f"{draft.ref}/release/", json=asked)
        assert answer.status_code == 200, answer.text
        for wrong in _mistakes():
            assert client.post("", **wrong).status_code in {400, 415, 422}
        assert client.get(f"{draft.ref}/nothing/{token('path')}/").status_code == 404
        assert client.get(f"?q={token('query')}&level={token('level')}").status_code == 422
    with httpx.Client(base_url=processes.base_url, timeout=60) as person:
        person.get("/sign-in/")
        form = {"login": f"{token('login')}@cert-ee.example", "password": token("password")}
        given = form | {"csrfmiddlewaretoken": person.cookies.get("cf_csrf", "")}
        person.post("/sign-in/", data=given)
        person.get(f"/incidents/{draft.ref}/", follow_redirects=True)
        headers = {"Authorization": f"Bearer {token('secret')}", "Accept": token("accept")}
        person.get(f"/taxii2/coalition/collections/{token('name')}/objects/", headers=headers)


def _mistakes() -> list[dict[str, Any]]:
    now = datetime.now(UTC).replace(microsecond=0)
    broken = bundle(*objects("broken", "cert-ee", now))
    return [
        {"content": broken[:-40]},
        {"content": broken.replace(b'"spec_version": "2.1"', b'"spec_version": 2.1')},
        {"json": {"bundle": token("bundle"), token("key"): 1}},
        {"content": token("text").encode(), "headers": {"Content-Type": token("type")}},
        {"content": b"\xff" + token("bytes").encode()},
    ]


def _settled(incident: Incident) -> bool:
    release = incident.releases.order_by("-version").first()
    return release is not None and release.fanned_out_at is not None


def _wait_for(true: Any) -> None:
    until = time.monotonic() + AT_WORK
    while not true():
        assert time.monotonic() < until
        time.sleep(0.2)
