"""How REST requests are authenticated: credentials everywhere, sessions for administration."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from members.credentials import (
    CHALLENGE,
    CredentialPrincipal,
    StaffPrincipal,
    authenticate,
    authenticate_administrator,
)


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
    """
