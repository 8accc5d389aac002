"""Erasing by law: an owner's administrator asks, a platform administrator decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Incident
from incidents.pages import page, person_of
from members.authority import Authority, authority_of
from members.errors import Invalid, Refused
from members.roles import Right
from sharing.door import reader_of_person
from sharing.erasures import carried_on, erasable, erasures_for, extent_of
from sharing.models import Erasure, ErasureState
from sharing.services.erasure import Ground, approve, ask, decline, ground_and_case

ROWS = 100


class _Typed(forms.Form):
    """The reference typed by hand, so that no slip erases anything."""

    typed = forms.CharField(
        max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}), required=False
    )

    def __init__(self, data: Any = None, *, ref: str) -> None:
        super().__init__(data)
        self.ref = ref
        self.fields["typed"].label = _("Type %(ref)s to confirm") % {"ref": ref}

    def clean_typed(self) -> str:
        """Return the reference as typed.

        Raises:
            ValidationError: it is another one.
        """
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self.ref:
            raise forms.ValidationError(_("This is not its reference."))
        return typed


class AskForm(_Typed):
    """Why it has to go, without a word of what it is."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), choices=Ground.choices, widget=forms.RadioSelect
    )
    case = forms.CharField(
        label=gettext_lazy("File number"),
        help_text=gettext_lazy(
            "If there is one: letters, digits, dots, slashes and hyphens. It stays on record."
        ),
        required=False,
        max_length=40,
    )
    field_order = ("ground", "case", "typed")


@page("GET", "HEAD")
def erasures(request: HttpRequest) -> HttpResponse:
    """Show what was asked for: to platform administrators all, to a member's its own."""
    authority = authority_of(person_of(request).actor)
    found = erasures_for(authority)
    if found is None:
        raise Http404
    rows = list(found[: ROWS + 1])
    context = {
        "rows": [_row(each) for each in rows[:ROWS]],
        "more": len(rows) > ROWS,
        "decides": Right.STAFF in authority.rights,
    }
    return render(request, "sharing/erasures.html", context)


def _row(erasure: Erasure) -> dict[str, Any]:
    ground, case = ground_and_case(erasure)
    styles = {ErasureState.ASKED: "part", ErasureState.DONE: "bad", ErasureState.DECLINED: "line"}
    return {
        "erasure": erasure,
        "incident": erasure.incident,
        "ground": ground.label if ground else _("Not stated"),
        "case": case,
        "style": styles[ErasureState(erasure.state)],
        "url": reverse("sharing:erasure", args=[erasure.pk]),
    }


@page("GET", "HEAD", "POST")
def erase(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the erasure of an own incident, of which reference and state alone are shown."""
    person, now = person_of(request), timezone.now()
    incident = erasable(authority_of(person.actor), ref)
    if incident is None:
        raise Http404
    form = AskForm(request.POST if request.method == "POST" else None, ref=ref)
    if not form.is_bound:
        return _ask_page(request, form, incident, now)
    if not form.is_valid():
        return _ask_page(request, form, incident, now, status=422)
    try:
        asked = ask(
            actor=person.actor,
            incident=incident,
            ground=Ground(form.cleaned_data["ground"]),
            case=form.cleaned_data["case"],
            now=now,
        )
    except Invalid as refused:
        form.add_error(refused.field, refused.sentence)
        return _ask_page(request, form, incident, now, status=422)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _ask_page(request, form, incident, now, status=409)
    messages.success(
        request, _("Asked for. Nothing changes before a platform administrator agrees.")
    )
    return HttpResponseRedirect(reverse("sharing:erasure", args=[asked.pk]))


def _ask_page(
    request: HttpRequest, form: AskForm, incident: Incident, now: datetime, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "incident": incident,
        "before": incident.erasures.exclude(state=ErasureState.DECLINED).first(),
        **_about(request, incident, now),
    }
    return render(request, "sharing/erase.html", context, status=status)


def _about(request: HttpRequest, incident: Incident, now: datetime) -> dict[str, Any]:
    """Return the numbers, and for the owner who carries it on as far as it may see that."""
    person = person_of(request)
    reader = reader_of_person(person)
    own = reader is not None and person.member_id == incident.owner_id
    refs = carried_on(incident, reader=reader, now=now) if reader and own else ()
    return {"extent": extent_of(incident, now), "carried": refs, "own": own}


@page("GET", "HEAD", "POST")
def erasure(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one erasure and what it would do; agree to it, decline it or take it back."""
    authority = authority_of(person_of(request).actor)
    visible = erasures_for(authority)
    found = visible.filter(pk=pk).first() if visible is not None else None
    if found is None:
        raise Http404
    form = _Typed(request.POST if request.method == "POST" else None, ref=found.incident.ref)
    if not form.is_bound:
        return _decision_page(request, form, found, authority)
    return _decide(request, form, found, authority)


def _decide(
    request: HttpRequest, form: _Typed, found: Erasure, authority: Authority
) -> HttpResponse:
    actor, now = person_of(request).actor, timezone.now()
    agrees = request.POST.get("do") == "approve"
    if agrees and not form.is_valid():
        return _decision_page(request, form, found, authority, status=422)
    try:
        if agrees:
            approve(actor=actor, erasure=found, now=now)
        else:
            decline(actor=actor, erasure=found, now=now)
    except Refused as refused:
        form.full_clean()
        form.errors.clear()
        form.add_error(None, refused.sentence)
        return _decision_page(request, form, found, authority, status=409)
    done = _("Erased. Whoever had it is asked to delete it.") if agrees else _("Not erased.")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("sharing:erasure", args=[found.pk]))


def _decision_page(
    request: HttpRequest, form: _Typed, found: Erasure, authority: Authority, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "decides": Right.STAFF in authority.rights,
        "open": found.state == ErasureState.ASKED,
        **_row(found),
        **_about(request, found.incident, timezone.now()),
    }
    return render(request, "sharing/erasure.html", context, status=status)
