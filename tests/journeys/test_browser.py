"""The main job in a real browser: wide and in English, on a phone and in Ukrainian."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cyberframe.demo.people import PASSWORD
from tests.factories import bundle, indicator, stix_id
from tests.journeys.machines import Machine, machine
from tests.processes import Processes, platform

pytestmark = [pytest.mark.browser, pytest.mark.processes]

Browsers = Callable[..., BrowserContext]
PATIENCE = 60_000  # milliseconds; the machine may be busy
MALWARE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
INDICATORS = f"hxxps://login[.]update-portal[.]example/a\n203[.]0[.]113[.]7\n{MALWARE}"


@dataclass(frozen=True, slots=True)
class Site:
    """A platform with the demo world."""

    processes: Processes
    world: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How a visitor looks at the site."""

    language: str
    width: int
    height: int
    incidents: str  # the menu's word


LOOKS = [
    pytest.param(Look("en", 1440, 900, "Incidents"), id="en-1440"),
    pytest.param(Look("uk", 390, 844, "Інциденти"), id="uk-390"),
]


@pytest.fixture(scope="module")
def site(migrated: Path) -> Iterator[Site]:
    """One platform for all journeys of this module; each files incidents of its own."""
    with platform(template=migrated) as processes:
        processes.start()
        yield Site(processes, processes.demo())


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in, at one page."""

    page: Page
    base_url: str

    def go(self, path: str) -> int:
        """Open a page, which must fit the screen; return its status."""
        answer = self.page.goto(self.base_url + path)
        assert answer is not None
        self.fits()
        return answer.status

    def fits(self) -> None:
        """Check that nothing makes the page scroll sideways."""
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{self.page.url} is {width} px too wide"

    def press(self, selector: str) -> None:
        """Press a button or link and wait for the page behind it."""
        before = self.page.url
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.fits()
        assert "/sign-in/" not in self.page.url, f"signed out on the way from {before}"


def enter(site: Site, browsers: Browsers, email: str, look: Look) -> Visitor:
    """Sign in."""
    url = site.processes.base_url
    context = browsers(viewport={"width": look.width, "height": look.height})
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "cf_language", "value": look.language, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in/'] button")
    expect(page).to_have_url(f"{url}/", timeout=PATIENCE)
    assert page.locator("html").get_attribute("lang") == look.language
    visitor = Visitor(page, url)
    visitor.fits()
    return visitor


def file(analyst: Visitor, title: str) -> str:
    """File the short form; return the reference of the draft."""
    page = analyst.page
    assert analyst.go("/incidents/new") == 200
    page.fill("input[name=title]", title)
    page.check("input[name=level][value='3']")
    page.fill("textarea[name=description]", "Листи з підробленим оновленням.")
    page.check("input[name=sectors][value=energy]")
    page.fill("textarea[name=indicators]", INDICATORS)
    page.check("input[name=tlp][value='AMBER+STRICT']")
    analyst.press("button[data-save]")
    found = re.search(r"/incidents/(CF-\d{4}-[A-Z0-9]{6})/$", page.url)
    assert found, page.locator("main").inner_text()
    return found[1]


def numbers(page: Page) -> list[int]:
    """Return the three counts: get it, redacted, do not."""
    return [int(text) for text in page.locator("#preview .sum3 .n").all_inner_texts()]


def release(reviewer: Visitor, ref: str, title: str) -> int:
    """Release from the queue; return how many members it was promised to."""
    page = reviewer.page
    assert reviewer.go("/review/") == 200
    expect(page.locator("a.ttl", has_text=title)).to_be_visible()
    reviewer.press(f"a.ttl[href='/incidents/{ref}/release']")
    full, redacted, none = numbers(page)
    assert full > 0
    assert none > 0
    rows = page.locator("#recipients tbody tr:not(.grp)")
    assert rows.count() == full + redacted + none
    assert rows.locator(".chip.ok").count() == full
    only = page.locator("input[name=only_these][value=yes]")
    expect(only).to_be_visible()
    expect(only).to_be_checked()
    # A rule is judged again on the server, on the page that is open.
    page.check("input[name=tlp][value=RED]")
    expect(page.locator("#preview .sum3 .n").first).to_have_text("0")
    page.check("input[name=tlp][value='AMBER+STRICT']")
    expect(page.locator("#preview .sum3 .n").first).to_have_text(str(full))
    button = page.locator("button[name=do][value=release]")
    assert str(full) in button.inner_text()
    reviewer.press("button[name=do][value=release]")
    assert page.url.endswith(f"/incidents/{ref}/"), page.locator("main").inner_text()
    assert page.locator("#audience tbody tr").count() == full + redacted
    return full + redacted


def masked(page: str) -> str:
    """Return a page without what differs from answer to answer."""
    page = re.sub(r'nonce="[^"]*"', "", page)
    page = re.sub(r'(name="csrfmiddlewaretoken" value=)"[^"]*"', r"\1", page)
    return re.sub(r'<span class="mono">[0-9a-f]{16}</span>', "", page)


@pytest.mark.parametrize("look", LOOKS)
def test_from_the_short_form_to_a_partners_screen(
    site: Site, browsers: Browsers, look: Look
) -> None:
    title = f"Fake update portal, {look.language}"
    analyst = enter(site, browsers, "analyst@cert-ua.example", look)
    ref = file(analyst, title)
    page = analyst.page
    expect(page.locator("h1")).to_have_text(title)
    shown = page.locator("#ioc .ioc").all_inner_texts()
    assert shown == ["hxxps://login[.]update-portal[.]example/a", "203[.]0[.]113[.]7", MALWARE]
    assert page.locator("#ioc a").count() == 0
    assert look.incidents in page.locator(".crumb").inner_text()
    analyst.press(f"form[action='/incidents/{ref}/submit'] button")

    reviewer = enter(site, browsers, "reviewer@cert-ua.example", look)
    promised = release(reviewer, ref, title)

    partner = enter(site, browsers, "analyst@cert-ee.example", look)
    end = time.monotonic() + 60
    while partner.go("/incidents/") == 200 and not partner.page.get_by_text(title).count():
        assert time.monotonic() < end, site.processes.log("worker-fanout")[-2000:]
        time.sleep(0.3)
    partner.press(f"a.ttl[href='/incidents/{ref}/']")
    expect(partner.page.locator("h1")).to_have_text(title)
    assert partner.page.locator("#ioc .ioc").all_inner_texts() == shown
    assert str(promised - 1) in partner.page.locator("#audience p").inner_text()

    stranger = enter(site, browsers, "analyst@eu-cert.example", look)
    assert stranger.go(f"/incidents/{ref}/") == 404
    hidden = masked(stranger.page.content())
    assert stranger.go("/incidents/CF-2026-ZZZZZZ/") == 404
    assert masked(stranger.page.content()) == hidden
    assert title not in hidden


@pytest.mark.parametrize("look", LOOKS)
def test_a_bad_object_is_named_and_the_good_ones_are_kept(
    site: Site, browsers: Browsers, look: Look
) -> None:
    key = f"paste-{look.language}"
    good = [indicator(f"{key}-{n}", owner="cert-ua") for n in range(2)]
    bad = indicator(f"{key}-bad", owner="cert-ua")
    del bad["pattern"]
    text = json.dumps(json.loads(bundle(good[0], bad, good[1])), indent=1)
    analyst = enter(site, browsers, "analyst@cert-ua.example", look)
    page = analyst.page
    analyst.go("/incidents/new?how=paste")
    page.fill("textarea[name=bundle]", text)
    page.fill("input[name=title]", f"Pasted, {look.language}")
    page.check("input[name=tlp][value=GREEN]")
    analyst.press("button[data-save]")

    row = page.locator("table.tb.cardy tbody tr")
    expect(row).to_have_count(1)
    cells = row.locator("td").all_inner_texts()
    assert cells[0].split()[-1] == "2"
    assert cells[1].split() == ["indicator", stix_id("indicator", f"{key}-bad")]
    assert cells[2] == "pattern"
    assert row.locator("td b").inner_text()  # the fix
    assert page.input_value("textarea[name=bundle]") == text
    assert page.input_value("input[name=title]") == f"Pasted, {look.language}"
    assert page.is_checked("input[name=tlp][value=GREEN]")

    analyst.press("button[name=partial]")
    expect(page.locator("h1")).to_have_text(f"Pasted, {look.language}")
    assert page.locator("#ioc tbody tr").count() == len(good)


def collects(member: Machine) -> int:
    """Return the status that the member's credential gets from its feed."""
    return member.ask().status_code


def test_a_compromised_member_is_out_at_the_next_request(
    site: Site, browsers: Browsers, capsys: pytest.CaptureFixture[str]
) -> None:
    look = Look("en", 1440, 900, "Incidents")
    member = machine(site.processes.base_url, site.world, "cert-no")
    victim = enter(site, browsers, "analyst@cert-no.example", look)
    assert collects(member) == 200

    begun = time.monotonic()
    admin = enter(site, browsers, "platform-admin@coalition.example", look)
    admin.go("/members/cert-no/")
    admin.press("a[href='/members/cert-no/suspend']")
    admin.page.check("input[name=cause][value=compromise]")
    admin.page.fill("textarea[name=reason]", "Its keys were seen for sale.")
    admin.page.fill("input[name=typed]", "cert-de")
    admin.press("main form.card button")
    assert collects(member) == 200  # another name was typed, so nothing happened
    admin.page.fill("input[name=typed]", "cert-no")
    admin.press("main form.card button")
    refused = collects(member)
    seconds = time.monotonic() - begun
    assert refused == 401
    with capsys.disabled():
        print(f"\nfrom the administrator's sign-in to the refused request: {seconds:.1f} s")  # noqa: T201
    expect(admin.page.locator(".chip.bad")).to_be_visible()
    victim.page.goto(f"{victim.base_url}/incidents/")
    assert "/sign-in/" in victim.page.url

    confirm = "form[action='/members/cert-no/confirm-suspension'] button"
    second = enter(site, browsers, "platform-admin-2@coalition.example", look)
    second.go("/members/cert-no/")
    second.press(confirm)
    assert second.page.locator(".note.ok").count() == 1
    assert second.page.locator(confirm).count() == 0
