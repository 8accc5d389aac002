"""The platform as real processes: it starts, answers, survives kill -9, and shows pages."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext

from tests.processes import Processes
from tests.servers import wait

pytestmark = pytest.mark.processes


def test_every_process_survives_kill_9(processes: Processes) -> None:
    processes.sql("create table kept (n int)")
    processes.sql("insert into kept values (1)")
    processes.kill("web", "worker-fanout", "worker-push", "beat", "valkey", "postgresql")
    processes.start("postgresql", "valkey")
    processes.start()
    assert processes.sql("select n from kept") == [(1,)]
    assert httpx.get(processes.base_url + "/readyz").json()["status"] == "ready"


def test_web_says_what_is_missing_and_comes_back(processes: Processes) -> None:
    processes.kill("valkey")
    answer = httpx.get(processes.base_url + "/readyz")
    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "does not answer")
    assert httpx.get(processes.base_url + "/healthz").status_code == 200
    processes.start("valkey")
    url = processes.base_url + "/readyz"
    wait(lambda: httpx.get(url).status_code == 200, 20, "web after the broker came back")


def test_a_killed_worker_leaves_nobody_behind(processes: Processes) -> None:
    """Its pool must not take tasks on without it."""
    main = processes.running["worker-fanout"]
    main.kill()
    main.wait()
    wait(lambda: not _session(main.pid), 20, "the end of the killed worker's pool")


def _session(leader: int) -> list[int]:
    """Return the living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3] == str(leader) and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.browser
def test_the_sign_in_page_keeps_the_content_security_policy(
    processes: Processes, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.goto(processes.base_url + "/sign-in/")
    assert page.get_by_label("Password").first.is_visible()
