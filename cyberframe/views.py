"""The frame's own pages: settings, shortcuts, errors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from cyberframe.context import KEYS_COOKIE, THEME_COOKIE, theme_of

COOKIE_SECONDS = 365 * 86_400
COOKIES = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": THEME_COOKIE, "keys": KEYS_COOKIE}
CHOICES: dict[str, frozenset[str]] = {
    "language": frozenset(code for code, _name in settings.LANGUAGES),
    "theme": frozenset({"auto", "light", "dark"}),
    "keys": frozenset({"on", "off"}),
}

SHORTCUTS = (
    (
        _("Everywhere"),
        (
            (("/",), _("search")),
            (("c",), _("file an incident")),
            (("?",), _("this list")),
            (("Ctrl", "Enter"), _("save or send the form")),
            (("Esc",), _("close a menu")),
        ),
    ),
    (
        _("Go to"),
        (
            (("g", "s"), _("Situation")),
            (("g", "i"), _("Incidents")),
            (("g", "r"), _("To release")),
            (("g", "h"), _("Support")),
            (("g", "f"), _("Feeds")),
            (("g", "m"), _("Members")),
            (("g", "t"), _("Tiers")),
            (("g", "a"), _("Audit log")),
        ),
    ),
    (
        _("In a list"),
        (
            (("j",), _("next row")),
            (("k",), _("row before")),
            (("Enter",), _("open")),
            (("x",), _("select")),
            ((".",), _("show newer incidents")),
        ),
    ),
    (_("On an incident"), ((("a",), _("acknowledge")), (("e",), _("edit")))),
)


class SettingsForm(forms.Form):
    """What a person sets for the device."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[("en", "English"), ("uk", "Українська")]
    )
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    keys = forms.BooleanField(
        label=_("Single-key shortcuts"),
        help_text=_("Switch them off if you dictate or your keyboard sends stray keys."),
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show the settings; a POST keeps those it names, signed in or not, and goes on to `next`."""
    if request.method == "POST":
        return _keep(request)
    return _settings_page(request)


@login_required
def _settings_page(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(
        initial={
            "language": get_language(),
            "theme": theme_of(request) or "auto",
            "keys": request.COOKIES.get(KEYS_COOKIE, "on") == "on",
        }
    )
    return render(request, "cyberframe/settings.html", {"form": form})


def _keep(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.POST[name] for name in COOKIES if name in request.POST}
    target = request.POST.get("next", "")
    if not target:  # the settings page itself, where an unticked box is an answer
        chosen["keys"] = "on" if "keys" in request.POST else "off"
        with override(chosen.get("language", get_language())):
            messages.success(request, str(_("Saved.")))
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("settings")
    response = HttpResponseRedirect(target)
    for name, value in chosen.items():
        if value in CHOICES[name]:
            response.set_cookie(
                COOKIES[name],
                value,
                max_age=COOKIE_SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
    return response


@login_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Show the keyboard shortcuts."""
    return render(request, "cyberframe/keys.html", {"shortcuts": SHORTCUTS})


def no_such_page(request: HttpRequest, key: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer as for any address that does not exist."""
    raise Http404


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without the database: no session, no menu, only the request's number."""
    context: dict[str, Any] = {"request_id": request.META.get("CYBERFRAME_REQUEST_ID", "")}
    return HttpResponse(loader.render_to_string("500.html", context), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer 403 where a form came without its token: most often a page left open too long."""
    text = _("This page was open for too long or came from elsewhere. Go back, reload, try again.")
    return render(request, "403.html", {"reason": text}, status=403)
