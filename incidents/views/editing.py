"""Editing a draft or a next version, each saving a new revision.

The short form where it can say everything; else the same form for the incident object, whose
further objects stay; or, asked for with `?how=text`, the bundle as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from incidents import drafts, rewriting, services
from incidents.forms import EditBundleForm, EditForm, EditObjectForm, minute
from incidents.marking import Marking, from_json, to_json
from incidents.models import Incident, Revision, RevisionObject, State, Working
from incidents.pages import by_of, own_or_404, page, person_of, refused
from incidents.queries import places
from incidents.services import Filed
from incidents.stix import RejectedForm, SubmissionRejected, read
from incidents.views.access import may_file
from incidents.views.filing import (
    NotFiled,
    add_lines,
    bounded,
    file_bytes,
    problem_context,
    saved,
)
from members.errors import Conflict, NotPermitted
from members.models import Person
from members.roles import Role
from members.tlp import TLP


@csrf_exempt  # the token is checked below, once the size is known
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Edit a draft: each saving is a new revision."""
    return bounded(request) or _edit(request, ref)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft being edited.

    `typed` are the short form's answers if the form can say all of it, `answers` those of the
    incident object if a form may change it; with neither, or if asked for, it is edited as text.
    """

    incident: Incident
    head: Revision
    typed: dict[str, Any] | None
    answers: dict[str, Any] | None
    as_text: bool

    @property
    def is_text(self) -> bool:
        return self.as_text or (self.typed is None and self.answers is None)


@csrf_protect
@page("GET", "HEAD", "POST")
def _edit(request: HttpRequest, ref: str) -> HttpResponse:
    incident, person = own_or_404(request, ref), person_of(request)
    if why_not := _may_not_edit(incident, person):
        return refused(request, why_not)
    head = incident.head
    if head is None or incident.working != Working.DRAFT:
        messages.warning(request, _not_a_draft(incident))
        return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))
    draft = _draft(incident, head, as_text=request.GET.get("how") == "text")
    if request.method == "POST":
        return _save_edit(request, draft)
    return _edit_page(request, draft, _form(draft, None))


def _not_a_draft(incident: Incident) -> str:
    if incident.working == Working.REVIEW:
        return _("Only a draft can be edited. Have it sent back first.")
    if incident.state == State.CLOSED:
        return _("This incident is closed; reopen it first.")
    if incident.state == State.RETRACTED:
        return _("This incident was retracted; that is final.")
    return _("This version is released. Begin a new version to change it.")


def _draft(incident: Incident, head: Revision, *, as_text: bool) -> _Draft:
    rows, ours = places(head), incident.owner.stix_identity_id
    typed = drafts.typed(rows, incident_id=incident.stix_id, identity_id=ours)
    answers = rewriting.answers_of(rows, incident_id=incident.stix_id, identity_id=ours)
    return _Draft(incident, head, typed, answers, as_text)


def _may_not_edit(incident: Incident, person: Person) -> str:
    if incident.owner_id != person.member_id or not person.has_role(Role.ANALYST):
        return _("Only an analyst of the originator's team can edit this.")
    return may_file(person)


_Form = EditForm | EditObjectForm | EditBundleForm


def _form(draft: _Draft, data: Mapping[str, Any] | None) -> _Form:
    initial = {"revision": draft.head.number, **_marks(draft.head)}
    if draft.is_text:
        source = drafts.as_bundle(draft.incident, places(draft.head))
        return EditBundleForm(data, initial={**initial, "bundle": source})
    known = draft.answers if draft.typed is None else draft.typed
    assert known is not None  # else it is text
    moments = {key: minute(known[key]) for key in ("aware_at", "detected_at", "started_at")}
    victims = "\n".join(known.get("victims", ()))
    shape = EditObjectForm if draft.typed is None else EditForm
    return shape(data, initial={**initial, **known, **moments, "victims": victims})


def _marks(head: Revision) -> dict[str, str]:
    marking = from_json(head.marking)
    tlp = marking.tlp.word if marking.tlp is not None and head.tlp_confirmed else ""
    return {"tlp": tlp, "pap": marking.pap.word}


def _save_edit(request: HttpRequest, draft: _Draft) -> HttpResponse:
    form = _form(draft, request.POST)
    if not form.is_valid():
        return _edit_page(request, draft, form, status=422)
    if form.cleaned_data["revision"] != draft.head.number:
        form.add_error(None, _("Somebody saved this draft after you opened it. Compare first."))
        return _edit_page(request, draft, form, status=409)
    try:
        filed = _revise(request, draft, form)
    except RejectedForm as rejected:
        add_lines(form, rejected)
        return _edit_page(request, draft, form, status=422)
    except NotFiled as not_filed:
        return _edit_page(request, draft, form, not_filed, status=422)
    except Conflict as conflict:
        form.add_error(None, conflict.sentence)
        return _edit_page(request, draft, form, status=409)
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    return saved(request, filed)


def _revise(request: HttpRequest, draft: _Draft, form: _Form) -> Filed:
    person, now, before = person_of(request), timezone.now(), places(draft.head)
    data = _data(draft, form, before, now)
    known = frozenset(place.object.stix_id for place in before)
    marking = _stated(draft.head, form)
    filed = file_bytes(
        person,
        data=data,
        title="",
        marking=marking,
        partial="partial" in request.POST,
        now=now,
        only=draft.incident,
        object_markings=drafts.object_markings_of(draft.head, known),
    )
    if not filed.changed and marking.tlp and to_json(marking) != filed.revision.marking:
        # The content is as it was first filed, but the marking was changed in between.
        revision = services.mark(
            by=by_of(request), incident=filed.incident, marking=marking, now=now
        )
        return replace(filed, revision=revision, changed=True)
    return filed


def _data(draft: _Draft, form: _Form, before: list[RevisionObject], now: datetime) -> bytes:
    """Return the bundle to file: new versions of what was changed, the rest as it was."""
    incident_id = draft.incident.stix_id
    ours = draft.incident.owner.stix_identity_id
    if isinstance(form, EditForm):
        return drafts.next_bundle(
            form.answers(), incident_id=incident_id, identity_id=ours, before=before, now=now
        )
    if isinstance(form, EditObjectForm):
        changes = form.changes()
        return rewriting.with_incident(before, incident_id=incident_id, changes=changes, now=now)
    data = form.data_bytes()
    try:
        submission = read(data)
    except SubmissionRejected:
        return data  # filing says what is wrong with it
    newer = rewriting.with_new_versions(submission, before=before, identity_id=ours, now=now)
    return data if newer is None else newer


def _stated(head: Revision, form: _Form) -> Marking:
    """Return what the revision states, with the TLP and PAP of the form."""
    before, given = drafts.stated_before(head), form.marking()
    if given is None:
        return before
    tlp: TLP | None = given.tlp if given.tlp is not None else before.tlp
    return replace(before, tlp=tlp, pap=given.pap)


def _edit_page(
    request: HttpRequest,
    draft: _Draft,
    form: forms.Form,
    not_filed: NotFiled | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    shown = {
        "ref": draft.incident.ref,
        "title": draft.head.title or _("Untitled"),
        "version": draft.incident.version,
    }
    context = {
        "incident": shown,
        "form": form,
        "how": "form",
        "as_text": draft.is_text,
        "as_form": draft.answers is not None,
        "others": draft.head.object_count - 1 if isinstance(form, EditObjectForm) else 0,
        **problem_context(not_filed),
    }
    template = "incidents/edit_bundle.html" if draft.is_text else "incidents/new.html"
    return render(request, template, context, status=status)
