"""Steps after a release that take one click."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.pages import by_of, own_or_404, page, refused
from members.errors import Conflict, NotPermitted
from sharing.services.release import confirm_early_warning


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
