"""Signing in: who may, and that nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from members.models import Person
from members.roles import COALITION_ROLES, Role


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped
    """Signs people in by address and password, and asks again at every request.

    Django calls `get_user` for each request of a session: a member suspended for compromise is out
    at the next one, even if a session row was written after its sessions were deleted.
    """

    def user_can_authenticate(self, user: Person) -> bool:
        return user.may_enter

    def get_user(self, user_id: int) -> Person | None:
        person = Person.objects.select_related("member").filter(pk=user_id).first()
        return person if person and person.may_enter else None


def needs_second_factor(person: Person) -> bool:
    """Say whether the person is staff or a reviewer, who must have one in production."""
    return person.is_superuser or person.has_role(Role.REVIEWER, *COALITION_ROLES)


def lacks_second_factor(person: Person) -> bool:
    """Say whether the person needs a second factor and has set none up. At most one query."""
    if not settings.SECOND_FACTOR_REQUIRED or not needs_second_factor(person):
        return False
    factors = Authenticator.objects.filter(user=person)
    return not factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Closes sign-up; people are invited by their member's or the platform's administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - its signature
        return False

    def pre_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> Any:
        """Refuse, whichever way of signing in led here."""
        if not user.may_enter:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)
