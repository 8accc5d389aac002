"""Consent to carry another member's object: asked for by one team, given by another."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.marking import from_json
from incidents.pages import by_of, own_or_404, page, person_of, refused
from incidents.queries import DRAFT_ROLES
from incidents.showing import rules
from members.errors import Conflict, NotPermitted
from members.models import Member
from members.roles import Role
from sharing import reuse
from sharing.models import ReuseRequest, ReuseState
from sharing.reuse import Asking
from sharing.services.reuse import answer, ask, withdraw_consent

_STYLES: Final = {
    ReuseState.ASKED: ("", "clock"),
    ReuseState.GRANTED: ("ok", "check"),
    ReuseState.REFUSED: ("bad", "minus"),
    ReuseState.ENDED: ("part", "back"),
}
_DONE: Final = {
    "grant": gettext_lazy("Consent given."),
    "refuse": gettext_lazy("Refused."),
    "withdraw": gettext_lazy(
        "Consent withdrawn. The object has left the incident, and is recalled."
    ),
}


class AskForm(forms.Form):
    """Which object, and what for."""

    object_id = forms.RegexField(
        r"^[a-z0-9-]{1,250}--[0-9a-f-]{36}$", max_length=300, label=gettext_lazy("Object")
    )
    purpose = forms.CharField(
        label=gettext_lazy("What you need it for"),
        help_text=gettext_lazy("The originator reads this, and who you are; not your incident."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NoteForm(forms.Form):
    """What goes back with an answer."""

    note = forms.CharField(max_length=1000, required=False)


@page("GET", "HEAD", "POST")
def ask_originator(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for consent to carry an object in an own incident; show what was asked before."""
    incident = own_or_404(request, ref)
    person = person_of(request)
    if not DRAFT_ROLES.intersection(person.roles) or person.member_id != incident.owner_id:
        return refused(request, _("Only analysts and reviewers of the owner see this."))
    form = AskForm(request.POST or None, initial={"object_id": request.GET.get("object", "")})
    if request.method == "POST" and form.is_valid():
        try:
            ask(by=by_of(request), incident=incident, now=timezone.now(), **form.cleaned_data)
        except NotPermitted as refusal:
            return refused(request, refusal.sentence)
        except Conflict as conflict:
            messages.warning(request, conflict.sentence)
        else:
            messages.success(request, _("Asked. If the object has an originator, it will answer."))
        return HttpResponseRedirect(reverse("sharing:reuse-ask", args=[ref]))
    head = incident.head
    context = {
        "form": form,
        "incident": {"ref": ref, "title": head.title if head else ""},
        "rows": [_own_row(row) for row in reuse.asked_for(incident)],
        "may_ask": person.has_role(Role.ANALYST),
    }
    status = 422 if form.is_bound else 200
    return render(request, "sharing/reuse_ask.html", context, status=status)


def _own_row(row: ReuseRequest) -> dict[str, Any]:
    style, icon = _STYLES[ReuseState(row.state)]
    marking = from_json(row.marking)
    return {"request": row, "style": style, "icon": icon, "tlp": marking.tlp}


@page("GET", "HEAD")
def requests(request: HttpRequest) -> HttpResponse:
    """Show what others ask of the person's team, what waits first."""
    member = _reviewing(request)
    if member is None:
        return refused(request, _("Only reviewers consent to the reuse of an object."))
    rows = [_row(each) for each in reuse.asked_of(member)]
    return render(request, "sharing/reuse.html", {"rows": rows})


def _row(asking: Asking) -> dict[str, Any]:
    style, icon = _STYLES[ReuseState(asking.state)]
    return {
        "asking": asking,
        "tlp": asking.marking.tlp,
        "rules": rules(asking.marking),
        "style": style,
        "icon": icon,
        "open": asking.state == ReuseState.ASKED,
        "granted": asking.state == ReuseState.GRANTED,
    }


@page("POST")
def decide(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Grant, refuse or withdraw."""
    member = _reviewing(request)
    found = None if member is None else reuse.request_to(member, key)
    if found is None:
        raise Http404
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("The note has more than 1000 characters, or unusable ones."))
        return HttpResponseRedirect(reverse("sharing:reuse"))
    do, note = request.POST.get("do", ""), form.cleaned_data["note"]
    by, now = by_of(request), timezone.now()
    try:
        match do:
            case "grant":
                answer(by=by, request=found, state=ReuseState.GRANTED, note=note, now=now)
            case "refuse":
                answer(by=by, request=found, state=ReuseState.REFUSED, note=note, now=now)
            case "withdraw":
                withdraw_consent(by=by, request=found, now=now)
            case _:
                raise Http404
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except Conflict as conflict:
        messages.warning(request, conflict.sentence)
    else:
        messages.success(request, _DONE[do])
    return HttpResponseRedirect(reverse("sharing:reuse"))


def _reviewing(request: HttpRequest) -> Member | None:
    """Return the member that the person reviews for, if it does."""
    person = person_of(request)
    return person.member if person.has_role(Role.REVIEWER) else None
