"""When two people must agree: a team may ask for more than the rules do, never for less."""

from __future__ import annotations

from typing import cast

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
from django.views.decorators.http import require_http_methods

from members import services
from members.errors import Refused
from members.models import Person
from members.roles import Right, rights_of


class TwoPeopleForm(forms.Form):
    """What the team adds to the rules."""

    two_people_always = forms.BooleanField(
        label=gettext_lazy("Every release needs a second person"),
        help_text=gettext_lazy(
            "Otherwise those of level 4 or higher, TLP:RED, and wider than the last release."
        ),
        required=False,
    )
    early_warning_by_author = forms.BooleanField(
        label=gettext_lazy("Its author alone may release a bare early warning"),
        help_text=gettext_lazy("A second person confirms it within 12 hours."),
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def two_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a member's administrator say when a second person is needed beyond the rules."""
    person = cast(Person, request.user)
    member = person.member
    if (
        member is None
        or member.slug != slug
        or Right.OWN_CONTACTS not in rights_of(person.role_set)
    ):
        raise Http404
    stored = {name: getattr(member, name) for name in TwoPeopleForm.base_fields}
    form = TwoPeopleForm(request.POST if request.method == "POST" else None, initial=stored)
    if request.method == "POST" and form.is_valid():
        changes = {key: value for key, value in form.cleaned_data.items() if value != stored[key]}
        try:
            if changes:
                services.edit_member(
                    member=member, changes=changes, actor=person.actor, now=timezone.now()
                )
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("members:detail", args=[slug]))
    return render(request, "members/two_people.html", {"member": member, "form": form})
