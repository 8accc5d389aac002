"""Suspending a member at once by one person, and a second person's confirmation."""

from __future__ import annotations

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
from django.views.decorators.http import require_http_methods, require_POST

from members import services
from members.errors import Refused
from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.roles import Right
from members.tiers import Status
from members.visibility import members_visible_to, viewer_of
from sharing import standing_changes
from sharing.exposure import sight_of
from sharing.proposed import StatusTo
from sharing.small_cells import told
from sharing.what_if import what_if


class SuspendForm(forms.Form):
    """Why, and the member's short name typed by hand, so that no slip suspends anyone."""

    cause = forms.ChoiceField(
        label=gettext_lazy("Cause"),
        choices=[
            (
                SuspensionCause.COMPROMISE,
                gettext_lazy(
                    "Compromise: its sessions, credentials and passwords end at once, for good"
                ),
            ),
            (
                SuspensionCause.STANDING,
                gettext_lazy("Standing: its people still sign in and see what is their own"),
            ),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Read by the secretariat and the member itself."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
    )
    typed = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Any = None, *, slug: str) -> None:
        super().__init__(data)
        self.slug = slug
        self.fields["typed"].label = _("Type %(slug)s to confirm") % {"slug": slug}

    def clean_typed(self) -> str:
        """Return the name as typed.

        Raises:
            ValidationError: it is not the member's.
        """
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self.slug:
            raise forms.ValidationError(_("This is not its name."))
        return typed


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def suspend(request: HttpRequest, slug: str) -> HttpResponse:
    """Suspend a member: felt by the next request of its people and credentials."""
    person, found = _asked(request, slug)
    form = SuspendForm(request.POST if request.method == "POST" else None, slug=slug)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            standing_changes.suspend_member(
                member=found,
                cause=SuspensionCause(form.cleaned_data["cause"]),
                reason=form.cleaned_data["reason"],
                actor=person.actor,
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
            status = 409
        else:
            messages.success(request, _("Suspended. A second person confirms it within 24 hours."))
            return _back(slug)
    elif form.is_bound:
        status = 422
    exposed = sight_of(person, found) is not None
    change = StatusTo(found, Status.SUSPENDED)
    [counts] = told(what_if(change=change, now=timezone.now()))
    context = {"member": found, "form": form, "exposed": exposed, "what_if": counts}
    return render(request, "members/suspend.html", context, status=status)


@require_POST
@login_required
@never_cache
def confirm_suspension(request: HttpRequest, slug: str) -> HttpResponse:
    """Confirm as the second person what another one decided alone."""
    person, found = _asked(request, slug)
    try:
        services.confirm_suspension(member=found, actor=person.actor, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, _("The suspension is confirmed."))
    return _back(slug)


def _asked(request: HttpRequest, slug: str) -> tuple[Person, Member]:
    """Return who asks and about whom; for everyone without the right there is no such page."""
    person = cast(Person, request.user)
    viewer = viewer_of(person.actor)
    found = members_visible_to(viewer).filter(slug=slug).first()
    if found is None or Right.SUSPEND not in viewer.rights:
        raise Http404
    return person, found


def _back(slug: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("members:detail", args=[slug]))
