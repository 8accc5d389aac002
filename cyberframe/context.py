"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cyberframe import nav
from members.roles import Role

THEME_COOKIE = "cf_theme"
KEYS_COOKIE = "cf_keys"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; counts are asked for only when a page draws the menu."""
    user = getattr(request, "user", None)
    me = user if user is not None and user.is_authenticated else None
    return {
        "me": me,
        "may_read": me is not None and me.has_role(*nav.READERS),
        "may_file": me is not None and me.has_role(Role.ANALYST),
        "nav": SimpleLazyObject(lambda: nav.groups(request)),
        "languages": settings.LANGUAGES,
        "theme": theme_of(request),
        "keys": request.COOKIES.get(KEYS_COOKIE, "on"),
        "now": timezone.now(),
        "demo": not settings.PRODUCTION and (settings.VAR_DIR / "demo.json").exists(),
        "request_id": request.META.get("CYBERFRAME_REQUEST_ID", ""),
    }


def theme_of(request: HttpRequest) -> str:
    """Return `light`, `dark`, or nothing where the system decides."""
    chosen = request.COOKIES.get(THEME_COOKIE) or getattr(
        getattr(request, "user", None),
        "theme",
        "",  # an error before sign-in was looked at
    )
    return chosen if chosen in {"light", "dark"} else ""
