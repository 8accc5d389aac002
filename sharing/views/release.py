"""The release page: who gets it, why, and the approval that carries the list's digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.marking import Marking, from_json
from incidents.models import Incident, Working
from incidents.pages import by_of, own_or_404, page, person_of, refused
from incidents.queries import DRAFT_ROLES
from incidents.services import mark, return_to_draft
from members.errors import Conflict, NotPermitted
from members.models import Circle, Member
from members.models.choices import CircleState
from members.queries import chatham_circles
from members.tiers import Status
from sharing.forms import RulesForm
from sharing.models import Release, ReportKind
from sharing.policy.types import Reach
from sharing.services.release import (
    Approval,
    AudienceChanged,
    LintBlocks,
    may_go_early,
    release_incident,
)
from sharing.views.audience import context_of, look, may_be_these

_NO_PLACE = (Status.APPLICANT.value, Status.WITHDRAWN.value)


class NoteForm(forms.Form):
    """What goes with an incident that is sent back."""

    note = forms.CharField(max_length=4_000, required=False)


@dataclass
class _Page:
    """One request about one incident's release."""

    request: HttpRequest
    incident: Incident
    now: datetime

    @cached_property
    def last(self) -> Release | None:
        """Return the release in force, which this one replaces."""
        releases = self.incident.releases.select_related("revision")
        return releases.order_by("-version").first()

    @property
    def stored(self) -> Marking:
        assert self.incident.head is not None
        return from_json(self.incident.head.marking)

    def form(self, data: Any = None) -> RulesForm:
        owner, head = self.incident.owner, self.incident.head
        assert head is not None
        others = Member.objects.exclude(pk=owner.pk).exclude(status__in=_NO_PLACE)
        circles = Circle.objects.filter(
            memberships__member=owner, memberships__left_at=None, state=CircleState.ACTIVE
        )
        return RulesForm(
            data,
            stored=self.stored,
            confirmed=head.tlp_confirmed,
            members=[(slug, name) for slug, name in others.values_list("slug", "name")],
            circles=list(circles.order_by("name").values_list("slug", "name")),
            chatham=chatham_circles(owner),
            initial={"only_these": "yes", "report_kind": self._kind()},
        )

    def _kind(self) -> str:
        head = self.incident.head
        stated = str(head.facts.get("report_kind") or "") if head else ""
        before = self.last.revision.facts.get("report_kind") if self.last else None
        if stated in ReportKind.values and stated != before:
            return stated
        if may_go_early(self.incident):
            return ReportKind.EARLY_WARNING
        return ReportKind.UPDATE if self.incident.version else ReportKind.NOTIFICATION

    def show(
        self,
        form: RulesForm,
        *,
        status: int = 200,
        before: str | None = None,
        part: bool = False,
        blocked: str = "",
    ) -> HttpResponse:
        """Render the page, or the right side alone, for the rules of the form."""
        usable = form.is_bound and form.is_valid()
        marking = form.marking if usable else self.stored
        found = look(
            self.incident,
            marking,
            only_these=not usable or form.cleaned_data["only_these"] != "no",
            changed=usable and form.differs,
            now=self.now,
        )
        context = {
            "incident": self._incident(),
            "form": form,
            "part": part,
            "preview_url": reverse("sharing:preview", args=[self.incident.ref]),
            **context_of(found, by_of(self.request), before=before),
        }
        if blocked:
            context["blocked"] = blocked
        template = "sharing/parts/audience.html" if part else "sharing/release.html"
        return render(self.request, template, context, status=status)

    def _incident(self) -> dict[str, Any]:
        incident, head = self.incident, self.incident.head
        assert head is not None
        return {
            "ref": incident.ref,
            "title": head.title or _("Untitled"),
            "version": incident.version,
            "next": incident.version + 1,
            "indicators": head.indicator_count,
            "in_review": incident.working == Working.REVIEW,
        }

    def back(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("incidents:detail", args=[self.incident.ref]))


@page("GET", "HEAD", "POST")
def release(request: HttpRequest, ref: str) -> HttpResponse:
    """Show who gets it; save the rules, send it back, or release it to exactly that list."""
    here = _open(request, ref)
    if isinstance(here, HttpResponse):
        return here
    if request.method != "POST":
        return here.show(here.form())
    match request.POST.get("do"):
        case "return":
            return _send_back(here)
        case "save":
            return _save(here)
        case "release":
            return _release(here)
        case _:
            form = here.form(request.POST)
            return here.show(form, status=200 if form.is_valid() else 422)


@page("POST")
def preview_part(request: HttpRequest, ref: str) -> HttpResponse:
    """Show who would get it under rules that are not saved."""
    here = _open(request, ref)
    if isinstance(here, HttpResponse):
        return here
    form = here.form(request.POST)
    return here.show(form, part=True, status=200 if form.is_valid() else 422)


def _open(request: HttpRequest, ref: str) -> _Page | HttpResponse:
    incident = own_or_404(request, ref)
    here = _Page(request, incident, timezone.now())
    if not DRAFT_ROLES.intersection(person_of(request).roles):
        return refused(request, _("Only analysts and reviewers of your team see who gets it."))
    if incident.working == Working.NONE or incident.head is None:
        messages.info(request, _("This version is released; the list below is who has it."))
        return here.back()
    return here


def _send_back(here: _Page) -> HttpResponse:
    form = NoteForm(here.request.POST)
    if not form.is_valid():
        return here.show(here.form(here.request.POST), status=422)
    try:
        return_to_draft(
            by=by_of(here.request),
            incident=here.incident,
            note=form.cleaned_data["note"],
            now=here.now,
        )
    except NotPermitted as refusal:
        return here.show(here.form(), status=403, blocked=refusal.sentence)
    except Conflict as conflict:
        messages.warning(here.request, conflict.sentence)
    else:
        messages.success(here.request, _("Sent back to its author."))
    return here.back()


def _save(here: _Page) -> HttpResponse:
    form = here.form(here.request.POST)
    if not form.is_valid():
        return here.show(form, status=422)
    try:
        mark(by=by_of(here.request), incident=here.incident, marking=form.marking, now=here.now)
    except NotPermitted as refusal:
        return here.show(form, status=403, blocked=refusal.sentence)
    except Conflict as conflict:
        messages.warning(here.request, conflict.sentence)
        return here.back()
    messages.success(here.request, _("The rules are saved."))
    return HttpResponseRedirect(reverse("sharing:release", args=[here.incident.ref]))


def _release(here: _Page) -> HttpResponse:
    """Save changed rules and release, both or neither."""
    post, by = here.request.POST, by_of(here.request)
    form = here.form(post)
    if not form.is_valid() or not _reasoned(here, form):
        return here.show(form, status=422)
    only_these = form.cleaned_data["only_these"] != "no" and may_be_these(form.marking)
    approval = Approval(
        digest=post.get("digest", ""),
        report_kind=ReportKind(form.cleaned_data["report_kind"]),
        only_these=only_these,
        reason=form.cleaned_data["reason"],
    )
    try:
        with transaction.atomic():
            if form.differs:
                mark(by=by, incident=here.incident, marking=form.marking, now=here.now)
            done = release_incident(by=by, incident=here.incident, approval=approval, now=here.now)
    except NotPermitted as refusal:
        return here.show(form, status=403, blocked=refusal.sentence)
    except Conflict as conflict:
        messages.warning(here.request, conflict.sentence)
        return here.back()
    except LintBlocks:
        return here.show(form, status=422)
    except AudienceChanged:
        return here.show(form, status=409, before=post.get("seen", ""))
    messages.success(here.request, _released(done))
    return here.back()


def _released(done: Release) -> str:
    """Return to how many members it went, and to how many it goes by itself later."""
    got = sum(row["outcome"] != Reach.NONE.value for row in done.audience)
    later = sum(
        row["outcome"] == Reach.NONE.value and bool(row.get("from")) for row in done.audience
    )
    text = ngettext("Released to %(n)d member.", "Released to %(n)d members.", got) % {"n": got}
    if not later:
        return text
    more = ngettext(
        "It opens for %(n)d member later.", "It opens for %(n)d members later.", later
    ) % {"n": later}
    return f"{text} {more}" if got else more


def _reasoned(here: _Page, form: RulesForm) -> bool:
    """Ask for a reason where the TLP goes out lower than stated, or than it is in force."""
    now = form.marking.tlp
    before = [here.stored.tlp if form.confirmed else None]
    before += [from_json(here.last.marking).tlp] if here.last else []
    lowered = now is not None and any(tlp is not None and now < tlp for tlp in before)
    if lowered and not form.cleaned_data["reason"]:
        form.add_error("reason", _("Say why the TLP is lowered."))
        return False
    return True
