"""What pages about incidents have in common: who opens them, and refusals that say why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from incidents.models import Incident
from incidents.queries import own_incident
from incidents.services import By
from members.models import Person

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


def by_of(request: HttpRequest) -> By:
    """Return the person as services take it."""
    person = person_of(request)
    return By(actor=person.actor, person=person)


def own_or_404(request: HttpRequest, ref: str) -> Incident:
    """Return an incident of the person's own member."""
    incident = own_incident(person_of(request), ref)
    if incident is None:
        raise Http404
    return incident


def refused(request: HttpRequest, sentence: str, *, status: int = 403) -> HttpResponse:
    """Answer a refusal that says why."""
    return render(request, "403.html", {"reason": sentence}, status=status)
