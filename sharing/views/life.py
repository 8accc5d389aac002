"""What a reviewer does to what is in force: close it, reopen it, take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.models import IN_FORCE, Incident, State, Working
from incidents.pages import by_of, own_or_404, page, person_of, refused
from incidents.queries import DRAFT_ROLES
from members.errors import Conflict, NotPermitted
from members.roles import Role
from sharing.retracting import retraction_of
from sharing.services.life import (
    LONGEST_REASON,
    close_incident,
    reopen_incident,
    retract_incident,
)

MOST_HOLDERS: Final = 200


class RetractForm(forms.Form):
    """Why it is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For your team's own record. Members are told only: retracted."),
        widget=forms.Textarea,
        max_length=LONGEST_REASON,
    )


@page("POST")
def close(request: HttpRequest, ref: str) -> HttpResponse:
    """Close an incident; what was released stays in force."""
    said = _("Closed. What was released stays in force.")
    return _step(request, ref, close_incident, said)


@page("POST")
def reopen(request: HttpRequest, ref: str) -> HttpResponse:
    """Open a closed incident again."""
    return _step(request, ref, reopen_incident, _("Open again."))


def _step(
    request: HttpRequest, ref: str, service: Callable[..., Incident], said: str
) -> HttpResponse:
    """Do one step; a second click says that it was done already."""
    incident = own_or_404(request, ref)
    try:
        service(by=by_of(request), incident=incident, now=timezone.now())
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    else:
        messages.success(request, said)
    return _back(ref)


@page("GET", "HEAD", "POST")
def retract(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what taking it back does and to whom; take it back for a reason."""
    incident, person = own_or_404(request, ref), person_of(request)
    if incident.owner_id != person.member_id or not person.has_role(Role.REVIEWER):
        return _refuse(request)
    if incident.state not in IN_FORCE:
        messages.info(request, _not_in_force(incident))
        return _back(ref)
    form = RetractForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, incident, form, status=422 if form.is_bound else 200)
    try:
        retract_incident(
            by=by_of(request),
            incident=incident,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    else:
        messages.success(request, _("Retracted. Who had it is asked to delete it."))
    return _back(ref)


def _refuse(request: HttpRequest) -> HttpResponse:
    """Refuse whoever may see the incident and not take it back."""
    sentence = _("Only a reviewer of the originator's team retracts it. Ask one of yours.")
    if not DRAFT_ROLES.intersection(person_of(request).roles):
        sentence = _("Only a reviewer of the originator's team retracts it.")
    return refused(request, sentence)


def _not_in_force(incident: Incident) -> str:
    if incident.state == State.RETRACTED:
        return _("This incident was retracted; that is final.")
    return _("Nothing of this incident has been released yet.")


def _ask(
    request: HttpRequest, incident: Incident, form: RetractForm, *, status: int
) -> HttpResponse:
    found = retraction_of(incident, now=timezone.now())
    release = incident.releases.select_related("revision").latest("version")
    context: dict[str, Any] = {
        "incident": {
            "ref": incident.ref,
            "title": release.revision.title or _("Untitled"),
            "version": incident.version,
            "next": incident.version + 1 if incident.working != Working.NONE else 0,
        },
        "form": form,
        "holders": found.holders[:MOST_HOLDERS],
        "total": len(found.holders),
        "more": max(0, len(found.holders) - MOST_HOLDERS),
        "revoked": found.revoked,
        "told": found.told,
        "term": _term(found.hours),
    }
    return render(request, "sharing/retract.html", context, status=status)


def _term(hours: int | None) -> str:
    if hours is None:
        return _("They are asked to delete it and to confirm that; there is no deadline.")
    text = ngettext(
        "They are asked to delete it and to confirm that within %(n)d hour.",
        "They are asked to delete it and to confirm that within %(n)d hours.",
        hours,
    )
    return text % {"n": hours}


def _back(ref: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))
