"""Steps after a release that take one click."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.pages import by_of, own_or_404, page, refused
from members.errors import Conflict, NotPermitted
from members.roles import Role
from sharing.services.release import confirm_early_warning
from sharing.services.working import change_audience


@page("POST")
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """Say as a second person that an early warning is right."""
    incident = own_or_404(request, ref)
    release = incident.releases.order_by("-version").first()
    try:
        if release is None:
            raise Conflict(_("Nothing of this incident has been released yet."))
        confirm_early_warning(by=by_of(request), release=release, now=timezone.now())
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    else:
        messages.success(request, _("Confirmed."))
    return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))


@page("POST")
def change(request: HttpRequest, ref: str) -> HttpResponse:
    """Open the release page of a next version with the same content: to change who has it.

    A second click opens it again.
    """
    incident, by = own_or_404(request, ref), by_of(request)
    if not by.person.has_role(Role.REVIEWER):
        return refused(request, _("Only a reviewer of your team changes who has it."))
    try:
        change_audience(by=by, incident=incident, now=timezone.now())
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
        return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))
    return HttpResponseRedirect(reverse("sharing:release", args=[ref]))
