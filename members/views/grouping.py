"""The dated lists of country groups, and what putting somebody on one or off it would do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.errors import Refused
from members.models import Group, GroupEntry, Member, Person
from members.roles import Right
from members.views.circling import named
from members.visibility import viewer_of
from sharing import standing_changes
from sharing.proposed import EnterGroup, LeaveGroup
from sharing.small_cells import told
from sharing.what_if import what_if


class EntryForm(forms.Form):
    """Who is put on the list, and for how long: a country's code or one member."""

    country = forms.RegexField(
        r"^[A-Z]{2}$",
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("ISO 3166 alpha-2, such as EE; all its members"),
        required=False,
    )
    member = forms.ModelChoiceField(
        Member.objects.filter(country=None).order_by("slug"),
        label=gettext_lazy("Or one body"),
        to_field_name="slug",
        required=False,
    )
    starts_on = forms.DateField(
        label=gettext_lazy("From, 0:00 UTC"),
        help_text=gettext_lazy("Empty: at once"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Until, 0:00 UTC"),
        help_text=gettext_lazy("Empty: without end"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the values.

        Raises:
            ValidationError: neither or both are named, or the times are the wrong way round.
        """
        said = super().clean() or {}
        if not self.errors and bool(said.get("country")) == bool(said.get("member")):
            raise forms.ValidationError(_("Name a country or a body, one of them."))
        starts, ends = said.get("starts_on"), said.get("ends_on")
        if starts and ends and starts >= ends:
            raise forms.ValidationError(_("It must end after it begins."))
        return said

    def entry(self, now: datetime) -> dict[str, Any]:
        """Return what the service takes; without a date it begins now."""
        said = self.cleaned_data
        return {
            "country": said["country"] or None,
            "member": said["member"],
            "starts_at": _midnight(said["starts_on"]) or now,
            "ends_at": _midnight(said["ends_on"]),
        }


def _midnight(day: Any) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.now().tzinfo) if day else None


@require_safe
@login_required
@never_cache
def groups(request: HttpRequest) -> HttpResponse:
    """Show every group with its list, what is over left out."""
    _who(request)
    now = timezone.now()
    entries = GroupEntry.objects.select_related("member").order_by("country", "member__slug")
    listed: dict[int, list[GroupEntry]] = {}
    for entry in entries:
        if entry.ends_at is None or entry.ends_at > now:
            listed.setdefault(entry.group_id, []).append(entry)
    rows = [{"group": each, "entries": listed.get(each.pk, [])} for each in Group.objects.all()]
    return render(request, "members/groups.html", {"groups": rows, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def enter(request: HttpRequest, name: str) -> HttpResponse:
    """Put a country or body on a group's list; GET with values shows what it would do."""
    person = _who(request)
    group = Group.objects.filter(name=name).first()
    if group is None:
        raise Http404
    now = timezone.now()
    said = request.POST if request.method == "POST" else request.GET
    form = EntryForm(said or None)
    found, status = None, 200
    if form.is_bound and form.is_valid():
        entry = form.entry(now)
        if request.method == "POST":
            try:
                standing_changes.enter_group(group=group, **entry, actor=person.actor, now=now)
            except Refused as refused:
                form.add_error(None, refused.sentence)
                status = 409
            else:
                return _done(request)
        found = named(told(what_if(change=EnterGroup(group, **entry), now=now)))
    elif form.is_bound:
        status = 422
    context = {"group": group, "form": form, "found": found, "about_all": True}
    return render(request, "members/group_enter.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an entry of a group's list; shows what it would do first."""
    person = _who(request)
    entry = GroupEntry.objects.select_related("group", "member").filter(pk=pk).first()
    if entry is None:
        raise Http404
    now, error, status = timezone.now(), "", 200
    if request.method == "POST":
        try:
            standing_changes.leave_group(entry=entry, actor=person.actor, now=now)
        except Refused as refused:
            error, status = refused.sentence, 409
        else:
            return _done(request)
    found = named(told(what_if(change=LeaveGroup(entry), now=now)))
    context = {"entry": entry, "found": found, "error": error, "about_all": True}
    return render(request, "members/group_end.html", context, status=status)


def _done(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Done. The next read obeys it."))
    return HttpResponseRedirect(reverse("members:groups"))


def _who(request: HttpRequest) -> Person:
    person = cast(Person, request.user)
    if Right.GROUPS not in viewer_of(person.actor).rights:
        raise Http404
    return person
