"""The life of a release in a real browser: updated, tightened, taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.test_browser import Browsers, Look, Site, Visitor, enter, file, release
from tests.processes import Processes, platform

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDE = Look("en", 1440, 900, "Incidents")
PHONE = Look("uk", 390, 844, "Інциденти")
WORKERS = ("worker-fanout", "worker-push", "beat")


@pytest.fixture(scope="module")
def ours(migrated: Path) -> Iterator[Site]:
    """A platform of this module's own: its workers are stopped on the way."""
    with platform(template=migrated) as processes:
        processes.start()
        yield Site(processes, processes.demo())


def until_titled(partner: Visitor, path: str, title: str, processes: Processes) -> None:
    """Wait until a partner's page bears a title."""
    end = time.monotonic() + 60
    while partner.go(path) != 200 or partner.page.locator("h1").inner_text() != title:
        assert time.monotonic() < end, processes.log("worker-fanout")[-2000:]
        time.sleep(0.3)


@pytest.mark.parametrize(
    "look", [pytest.param(WIDE, id="en-1440"), pytest.param(PHONE, id="uk-390")]
)
def test_updated_tightened_and_taken_back(ours: Site, browsers: Browsers, look: Look) -> None:
    first, second = f"Staged wiper, {look.language}", f"Staged wiper, two sites, {look.language}"
    analyst = enter(ours, browsers, "analyst@cert-ua.example", look)
    reviewer = enter(ours, browsers, "reviewer@cert-ua.example", look)
    partner = enter(ours, browsers, "analyst@cert-ee.example", look)
    ref = file(analyst, first)
    path = f"/incidents/{ref}/"
    analyst.press(f"form[action='{path}submit'] button")
    promised = release(reviewer, ref, first)
    until_titled(partner, path, first, ours.processes)

    # The next version is written beside the one in force.
    analyst.go(path)
    analyst.press(f"form[action='{path}amend'] button")
    analyst.page.fill("input[name=title]", second)
    analyst.press("button[data-save]")
    expect(analyst.page.locator("h1")).to_have_text(second)
    expect(analyst.page.locator("#next")).to_be_visible()
    partner.go(path)
    expect(partner.page.locator("h1")).to_have_text(first)
    expect(partner.page.locator("#next")).to_have_count(0)
    analyst.press(f"form[action='{path}submit'] button")

    reviewer.go(f"{path}release")
    update = reviewer.page.locator("#update")
    expect(update.locator("h2")).to_contain_text("2")
    expect(update.locator("del, ins")).to_have_count(0)
    assert reviewer.page.locator("select[name=report_kind]").input_value() == "update"
    reviewer.press("button[name=do][value=release]")
    until_titled(partner, path, second, ours.processes)

    # Tightening: the excluded member's next request is without it, though no worker runs.
    ours.processes.stop(*WORKERS)
    reviewer.press(f"form[action='{path}change'] button")
    page = reviewer.page
    page.locator("input[name=exclude][value=cert-ee]").check()
    expect(update.locator("ins")).to_have_count(1)
    expect(update.locator("dd b").first).to_have_text("1")
    reviewer.press("button[name=do][value=release]")
    assert page.locator("#audience tbody tr").count() == promised - 1
    assert partner.go(path) == 404
    assert second not in partner.page.content()
    ours.processes.start(*WORKERS)

    # Taken back for good.
    other = enter(ours, browsers, "analyst@csirt-pl.example", look)
    until_titled(other, path, second, ours.processes)
    reviewer.press(f"a[href='{path}retract']")
    assert page.locator("#holders tbody tr").count() == promised
    reviewer.press("form.card button.btn-d")
    expect(page.locator("textarea[name=reason]")).to_be_visible()  # a reason is asked for
    page.fill("textarea[name=reason]", "The sample was our own test.")
    reviewer.press("form.card button.btn-d")
    expect(page.locator(".note.bad")).to_contain_text("The sample was our own test.")
    assert page.locator(".ph .act").count() == 0
    assert other.go(path) == 404
