"""The frame: no inline code, small files, settings kept, the menu by roles."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import loader
from django.test import RequestFactory

from cyberframe import nav, views
from cyberframe.context import frame
from members.roles import Role

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "cyberframe/static"
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))


def request_of(rf: RequestFactory, *roles: Role, path: str = "/") -> HttpRequest:
    request = rf.get(path)
    request.user = SimpleNamespace(  # type: ignore[assignment]
        is_authenticated=True,
        role_set=frozenset(roles),
        has_role=lambda *r: not set(r).isdisjoint(roles),
        theme="",
    )
    return request


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_have_no_inline_code(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)


def size(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names)


def test_budgets() -> None:
    css = size("vendor/tabler/tabler.css", "cyberframe/tokens.css", "cyberframe/cyberframe.css")
    assert css <= 20_000
    assert size("vendor/htmx/htmx.min.js", "cyberframe/app.js") <= 30_000
    assert (STATIC / "cyberframe/app.js").stat().st_size < 8_000


def test_vendor_files_are_the_ones_listed() -> None:
    listed = re.findall(
        r"\| `([^`]+)` \|.*`([0-9a-f]{64})`", (STATIC / "vendor/README.md").read_text()
    )
    files = {p.relative_to(STATIC / "vendor").as_posix() for p in (STATIC / "vendor").rglob("*.*")}
    assert {name for name, _ in listed} == files - {"README.md"}
    for name, digest in listed:
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest
        assert (STATIC / "vendor" / name).with_name("LICENSE").exists()


def test_every_icon_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'symbol id="([\w-]+)"', (STATIC / "cyberframe/icons.svg").read_text()))
    used = {n for p in TEMPLATES for n in re.findall(r'{% icon "([\w-]+)"', p.read_text())}
    used |= {item.icon for group in nav.GROUPS for item in group.items}
    assert used <= sprite


def urls_of(request: HttpRequest) -> set[str]:
    return {link.item.name for group in nav.groups(request) for link in group.links}


def test_menu_follows_roles(rf: RequestFactory) -> None:
    assert "incidents" not in urls_of(request_of(rf, Role.SECRETARIAT))
    assert "review" not in urls_of(request_of(rf, Role.ANALYST))


def test_only_one_entry_is_current(rf: RequestFactory) -> None:
    request = request_of(rf, Role.ANALYST, path="/settings/")
    current = [k.item.name for g in nav.groups(request) for k in g.links if k.is_current]
    assert current == ["settings"]


@pytest.mark.parametrize(
    ("roles", "may"), [((Role.ANALYST,), True), ((Role.REVIEWER,), False), ((), False)]
)
def test_only_analysts_see_the_file_button(
    rf: RequestFactory, roles: tuple[Role, ...], may: bool
) -> None:
    assert frame(request_of(rf, *roles))["may_file"] is may


def test_theme_cookie_wins_and_nonsense_is_ignored(rf: RequestFactory) -> None:
    request = request_of(rf)
    setattr(request.user, "theme", "dark")  # noqa: B010 - a stand-in for a person
    assert frame(request)["theme"] == "dark"
    request.COOKIES["cf_theme"] = "light"
    assert frame(request)["theme"] == "light"
    request.COOKIES["cf_theme"] = '"><script>'
    assert frame(request)["theme"] == ""


@pytest.mark.parametrize(
    ("sent", "target"),
    [("/incidents/?q=x", "/incidents/?q=x"), ("https://evil.example/", "/settings/")],
)
def test_settings_go_back_to_this_site_only(rf: RequestFactory, sent: str, target: str) -> None:
    answer: Any = views.preferences(rf.post("/settings/", {"language": "uk", "next": sent}))
    assert answer.url == target
    assert answer.cookies["cf_language"].value == "uk"
    assert answer.cookies["cf_language"]["httponly"]


def test_settings_refuse_unknown_values(rf: RequestFactory) -> None:
    answer = views.preferences(rf.post("/settings/", {"theme": "pink", "next": "/"}))
    assert "cf_theme" not in answer.cookies


def test_server_error_needs_nothing(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.META["CYBERFRAME_REQUEST_ID"] = "55d0-9c17"
    answer = views.server_error(request)
    assert answer.status_code == 500
    assert b"55d0-9c17" in answer.content


@pytest.mark.parametrize("code", ["400", "403", "404", "500"])
def test_error_pages_have_one_heading(code: str) -> None:
    assert loader.render_to_string(f"{code}.html", {}).count("<h1>") == 1
