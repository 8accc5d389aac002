"""Steps between filing and release that take one click, and dropping a next version."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import services
from incidents.models import Incident, Working
from incidents.pages import by_of, own_or_404, page, refused
from members.errors import Conflict, NotPermitted
from members.roles import Role
from sharing.services.life import discard_working
from sharing.services.working import begin_next


@page("POST")
def submit(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand a draft to the reviewers; a second click says that it is handed over already."""
    incident = own_or_404(request, ref)
    try:
        services.submit(by=by_of(request), incident=incident, now=timezone.now())
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    else:
        messages.success(request, _("Your reviewers have it now."))
    return _back(ref)


@page("POST")
def amend(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin the next version and open it for editing; a second click opens it again."""
    incident, by = own_or_404(request, ref), by_of(request)
    if not by.person.has_role(Role.ANALYST):
        return refused(request, _("Only an analyst of your team writes the next version."))
    try:
        services.require(by, incident, Role.ANALYST)
        if not _being_written(incident):
            begin_next(by=by, incident=incident, now=timezone.now())
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
        return _back(ref)
    return HttpResponseRedirect(reverse("incidents:edit", args=[ref]))


def _being_written(incident: Incident) -> bool:
    return incident.version > 0 and incident.working == Working.DRAFT


@page("GET", "HEAD", "POST")
def discard(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what dropping the next version means, and drop it."""
    incident, by = own_or_404(request, ref), by_of(request)
    try:
        services.require_hand(by, incident)
        if request.method == "POST":
            discard_working(by=by, incident=incident, now=timezone.now())
            messages.success(request, _("The next version is dropped."))
            return _back(ref)
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
        return _back(ref)
    if not incident.version or incident.working == Working.NONE:
        messages.info(request, _("No next version of this incident is being worked on."))
        return _back(ref)
    assert incident.head is not None  # it was released
    shown = {
        "ref": ref,
        "title": incident.head.title or _("Untitled"),
        "version": incident.version,
        "next": incident.version + 1,
        "in_review": incident.working == Working.REVIEW,
    }
    return render(request, "incidents/discard.html", {"incident": shown})


def _back(ref: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))
