"""Steps between filing and release that take one click."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import services
from incidents.pages import by_of, own_or_404, page, refused
from members.errors import Conflict, NotPermitted


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
    return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))
