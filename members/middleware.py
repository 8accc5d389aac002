"""The second factor: who needs one sets it up before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from members.accounts import lacks_second_factor
from members.models import Person

_FREE = ("/account/", "/sign-in/", "/static/", "/i18n/")


class SecondFactorMiddleware:
    """Leads staff and reviewers to set up their second factor, if it is required."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECOND_FACTOR_REQUIRED and not request.path.startswith(_FREE):
            person = request.user
            if isinstance(person, Person) and lacks_second_factor(person):
                return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return self.get_response(request)
