"""Filing and editing: the short form, a pasted bundle or a file; nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from incidents import drafts
from incidents.forms import NewForm, PasteForm, UploadForm
from incidents.marking import Marking
from incidents.models import Incident
from incidents.pages import page, person_of, refused
from incidents.services import Filed, Filing, FilingRefused
from incidents.stix import (
    LIMITS,
    Problem,
    RejectedForm,
    Submission,
    SubmissionRejected,
    check,
    read,
)
from incidents.translating import line_text, translated
from incidents.views.access import may_file
from members.errors import Conflict, NotPermitted
from members.models import Member, Person
from sharing.services.filing import take_in

# What a form adds to the bundle that it carries.
MOST_BYTES = LIMITS.size_bytes + 65_536
FORMS: Mapping[str, type[NewForm | PasteForm | UploadForm]] = {
    "form": NewForm,
    "paste": PasteForm,
    "file": UploadForm,
}


class NotFiled(Exception):
    """Nothing was stored; `problems` and `good_count` are for the table above the form."""

    def __init__(self, problems: Sequence[Problem] = (), good_count: int = 0) -> None:
        super().__init__()
        self.problems = tuple(problems)
        self.good_count = good_count


def bounded(request: HttpRequest) -> HttpResponse | None:
    """Answer 413 to a body that is too large, before any of it is read."""
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if size <= MOST_BYTES:
        return None
    text = _("This is larger than 5 MB. Split it into several incidents, or leave out payloads.")
    return render(request, "413.html", {"reason": text}, status=413)


@csrf_exempt  # the token is checked below, once the size is known: reading it reads the body
def new(request: HttpRequest) -> HttpResponse:
    """File an incident."""
    return bounded(request) or _new(request)


@csrf_protect
@page("GET", "HEAD", "POST")
def _new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if why_not := may_file(person):
        return refused(request, why_not)
    how = _how(request)
    if request.method != "POST":
        form = FORMS[how](initial=NewForm.empty() if how == "form" else None)
        return _new_page(request, how, form)
    form = FORMS[how](request.POST, request.FILES)
    return _file_new(request, how, form)


def _how(request: HttpRequest) -> str:
    how = request.POST.get("how") or request.GET.get("how") or "form"
    return how if how in FORMS else "form"


def _file_new(
    request: HttpRequest, how: str, form: NewForm | PasteForm | UploadForm
) -> HttpResponse:
    person = person_of(request)
    if not form.is_valid():
        return _new_page(request, how, form, status=422)
    now = timezone.now()
    try:
        filed = file_bytes(
            person,
            data=_bytes(form, person, now),
            title="" if how == "form" else form.cleaned_data["title"],
            marking=form.marking(),
            partial="partial" in request.POST,
            now=now,
        )
    except RejectedForm as rejected:
        add_lines(form, rejected)
        return _new_page(request, how, form, status=422)
    except NotFiled as not_filed:
        return _new_page(request, how, form, not_filed, status=422)
    except Conflict as conflict:
        form.add_error(None, conflict.sentence)
        return _new_page(request, how, form, status=409)
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    return saved(request, filed)


def _bytes(form: NewForm | PasteForm | UploadForm, person: Person, now: datetime) -> bytes:
    if not isinstance(form, NewForm):
        return form.data_bytes()
    member = _member(person)
    return drafts.new_bundle(
        form.answers(),
        incident_id=drafts.new_incident_id(
            member=member.slug, person_id=person.pk, key=form.cleaned_data["key"]
        ),
        identity_id=member.stix_identity_id,
        now=now,
    )


def file_bytes(
    person: Person,
    *,
    data: bytes,
    title: str,
    marking: Marking | None,
    partial: bool,
    now: datetime,
    only: Incident | None = None,
    object_markings: Mapping[str, Marking] | None = None,
) -> Filed:
    """File the bytes; with `only`, refuse a bundle of another incident.

    Raises:
        NotFiled, Conflict, NotPermitted
    """
    try:
        submission = read(data)
    except SubmissionRejected as rejected:
        raise NotFiled(rejected.problems) from None
    if only is not None:
        _require_same(submission, only)
    filing = Filing(
        submission=submission,
        source=data.decode("utf-8-sig"),
        title=title,
        marking=marking,
        object_markings=object_markings or {},
        partial=partial,
    )
    try:
        return take_in(
            actor=person.actor, person=person, member=_member(person), filing=filing, now=now
        )
    except FilingRefused as refusal:
        raise NotFiled(refusal.problems, _good(submission, now)) from None


def _require_same(submission: Submission, incident: Incident) -> None:
    ids = [
        raw.value.get("id")
        for raw in submission.objects
        if isinstance(raw.value, dict) and raw.value.get("type") == "incident"
    ]
    if ids != [incident.stix_id]:
        raise Conflict(
            _("This bundle is not of this incident. Keep its incident object, with its id.")
        )


def _good(submission: Submission, now: datetime) -> int:
    """Return how many objects could be kept while others are mended."""
    checked = check(submission, now)
    return 0 if checked.bundle_errors or not checked.errors else len(checked.good)


def add_lines(form: forms.Form, rejected: RejectedForm) -> None:
    for line in rejected.problems[:20]:
        form.add_error("indicators", line_text(line))


def _member(person: Person) -> Member:
    if person.member is None:
        raise NotPermitted(_("Only members file incidents."))
    return person.member


def _new_page(
    request: HttpRequest,
    how: str,
    form: forms.Form,
    not_filed: NotFiled | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"how": how, "form": form, **problem_context(not_filed)}
    return render(request, "incidents/new.html", context, status=status)


def problem_context(not_filed: NotFiled | None) -> dict[str, Any]:
    if not_filed is None:
        return {"problems": [], "good_count": 0}
    shown = sorted(not_filed.problems, key=lambda each: each.level != "error")
    return {
        "problems": [translated(each) for each in shown[:MOST_PROBLEMS]],
        "good_count": not_filed.good_count,
    }


MOST_PROBLEMS = 200


def saved(request: HttpRequest, filed: Filed) -> HttpResponse:
    """Go to the incident; say what was left out or needs a look."""
    if filed.changed:
        messages.success(request, _("Saved as a draft. Only your team sees it."))
    else:
        messages.info(request, _("Nothing has changed."))
    if left_out := {each.number for each in filed.problems if each.level == "error"}:
        text = ngettext("%(n)d object was left out.", "%(n)d objects were left out.", len(left_out))
        messages.warning(request, text % {"n": len(left_out)})
    return HttpResponseRedirect(reverse("incidents:detail", args=[filed.incident.ref]))
