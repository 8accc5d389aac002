"""What every test may use, and an honest word on what could not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from pytest_django import DjangoDbBlocker

from tests import production as production_set_up
from tests.processes import SERVERS, Processes, platform

REQUIRE_ALL = "CYBERFRAME_REQUIRE_ALL"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let Django empty the tables after a test with real transactions: only tests ever truncate.

    The audit log refuses that (a test of its own shows it); deleting and rewriting stay refused.
    """
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_keep_all")
        cursor.execute("ALTER TABLE audit_treehead DISABLE TRIGGER audit_treehead_keep_all")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with processes of their own take turns: two sets at once would starve each other."""
    for item in items:
        if item.get_closest_marker("processes") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("processes"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that must leave nothing out but did."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and os.environ.get(REQUIRE_ALL) and _reasons(reporter):
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name what could not run, and why."""
    reasons = _reasons(terminalreporter)
    if not reasons:
        return
    terminalreporter.section("could not run")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} × {reason}")
    if os.environ.get(REQUIRE_ALL):
        terminalreporter.line(f"{REQUIRE_ALL} is set: this run has failed.", red=True)


def _reasons(reporter: TerminalReporter | None) -> dict[str, int]:
    """Return how many tests were skipped, by reason."""
    counts: dict[str, int] = {}
    for report in reporter.stats.get("skipped", []) if reporter else []:
        found = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = found.removeprefix("Skipped: ")
        counts[reason] = counts.get(reason, 0) + 1
    return counts


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a migrated platform, copied by each `processes`."""
    with platform() as made:
        made.stop(*SERVERS)
        yield made.var


@pytest.fixture
def processes(migrated: Path) -> Iterator[Processes]:
    """Real web, workers and beat on a database and broker of their own. See tests/processes.py."""
    with platform(template=migrated) as made:
        made.start()
        yield made


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """The production set-up on Debian's servers behind TLS; see tests/production.py."""
    lack = production_set_up.missing()
    if lack:
        pytest.skip(lack)
    with production_set_up.site() as made:
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):  # httpx, requests
            monkeypatch.setenv(name, str(made.var / "tls" / "certificate"))
        yield made


@pytest.fixture(params=["processes", "production"])
def anywhere(request: pytest.FixtureRequest) -> Processes:
    """One journey on both set-ups: the embedded one and production's."""
    found: Processes = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's own, else Playwright's.

    Playwright keeps an event loop in this thread until the end of the run. No code of ours runs in
    it, but Django would refuse the database to every later test of this process.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        except PlaywrightError:
            if found:
                raise
            pytest.skip("no Chromium: install the system's package (scripts/browser)")
        yield browser
        browser.close()


@contextmanager
def _profile(chromium: Browser, errors: list[str], **options: Any) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile; what its pages log as an error goes to `errors`."""
    context = chromium.new_context(
        **{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options},
        ignore_https_errors=True,  # production's certificate is made for the test
    )
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console",
        lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield context
    context.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile; anything the page logs as an error fails the test."""
    errors: list[str] = []
    with _profile(chromium, errors) as context:
        yield context
    assert errors == []


@pytest.fixture
def browsers(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser profile for each person of a journey, as strict as `browser`."""
    errors: list[str] = []
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(_profile(chromium, errors, **options))
    assert errors == []


@pytest.fixture
def fast_passwords(settings: Any) -> None:
    """Hash passwords cheaply: what the test is about is something else."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
