"""How REST requests are authenticated: credentials everywhere, sessions for administration."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from members.accounts import lacks_second_factor
from members.credentials import (
    CHALLENGE,
    CredentialPrincipal,
    StaffPrincipal,
    authenticate,
    authenticate_administrator,
)
from members.models import Person


class CredentialAuthentication(BaseAuthentication):
    """Lets members' credentials in; `request.user` is a CredentialPrincipal."""

    def authenticate(
        self, request: Request
    ) -> tuple[CredentialPrincipal | StaffPrincipal, None] | None:
        if "Authorization" not in request.headers:
            return None
        principal = self.find(request, datetime.now(UTC))
        if principal is None:
            raise AuthenticationFailed(_("The credential was not accepted."))
        return principal, None

    def find(self, request: Request, now: datetime) -> CredentialPrincipal | StaffPrincipal | None:
        return authenticate(request.headers, now)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return CHALLENGE


class AdministratorAuthentication(CredentialAuthentication):
    """Lets staff credentials in as well; for the routes that administer members."""

    def find(self, request: Request, now: datetime) -> CredentialPrincipal | StaffPrincipal | None:
        return authenticate_administrator(request.headers, now)


class PersonAuthentication(SessionAuthentication):
    """Lets signed-in people in, with CSRF checked on every request that changes something.

    Listed after a credential class: a request that names a credential is that credential's.
    Machine routes run without the middleware of pages, so the session is opened here, and only if
    the request brings one.
    """

    def authenticate(self, request: Request) -> tuple[Person, None] | None:
        http = request._request
        key = http.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if not key:
            return None
        if not hasattr(http, "session"):
            http.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        person = get_user(http)
        if not isinstance(person, Person) or lacks_second_factor(person):
            return None
        self.enforce_csrf(request)
        return person, None
