"""What every test may use, and an honest word on what could not run."""

from __future__ import annotations

import os

import pytest
from _pytest.terminal import TerminalReporter
from pytest_django import DjangoDbBlocker

REQUIRE_ALL = "CYBERFRAME_REQUIRE_ALL"


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
