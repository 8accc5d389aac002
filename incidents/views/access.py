"""Who may open these pages; what is not theirs is as if it were not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from incidents.models import Incident
from incidents.queries import own_incident
from incidents.services import By
from members.models import Member, Person
from members.roles import Role
from sharing.live import RECEIVING
from sharing.viewers import Viewer, viewer_of_person

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(*methods: str) -> Callable[[View[P]], View[P]]:
    """Make a view a private page for signed-in people, answering these methods."""

    def decorate(view: View[P]) -> View[P]:
        guarded: View[P] = login_required(require_http_methods([*methods])(view))
        private: View[P] = cache_control(private=True, no_store=True)(guarded)
        return private

    return decorate


def person_of(request: HttpRequest) -> Person:
    """Return the signed-in person, with its member."""
    person = request.user
    if not isinstance(person, Person):
        raise Http404
    return person


def viewer_of(request: HttpRequest) -> Viewer:
    """Return the viewer.

    Raises:
        Http404: the person's roles read no incidents.
    """
    viewer = viewer_of_person(person_of(request))
    if viewer is None:
        raise Http404
    return viewer


def own_or_404(request: HttpRequest, ref: str) -> Incident:
    """Return an incident of the person's own member."""
    incident = own_incident(person_of(request), ref)
    if incident is None:
        raise Http404
    return incident


def by_of(request: HttpRequest) -> By:
    """Return the person as services take it."""
    person = person_of(request)
    return By(actor=person.actor, person=person)


def may_file(person: Person) -> str:
    """Return why the person may not file, nothing if it may."""
    if person.member is None or not person.has_role(Role.ANALYST):
        return _("Only analysts file incidents. Ask an analyst of your team.")
    return "" if takes_part(person.member) else _("Your team cannot file incidents at present.")


def takes_part(member: Member) -> bool:
    """Say whether the member may file and release now."""
    return member.status in RECEIVING


def refused(request: HttpRequest, sentence: str, *, status: int = 403) -> HttpResponse:
    """Answer a refusal that says why."""
    return render(request, "403.html", {"reason": sentence}, status=status)
