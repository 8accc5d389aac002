"""How the API's schema describes authentication. Loaded when the room is ready."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class CredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "members.authentication.CredentialAuthentication"
    name = ["credentialBasic", "credentialBearer"]

    def get_security_requirement(
        self,
        auto_schema: Any,  # noqa: ARG002
    ) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # either of them, not both

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:  # noqa: ARG002
        return [
            {"type": "http", "scheme": "basic", "description": "Credential id and secret"},
            {"type": "http", "scheme": "bearer", "description": "Credential secret"},
        ]


class AdministratorScheme(CredentialScheme):  # type: ignore[no-untyped-call]
    target_class = "members.authentication.AdministratorAuthentication"
    name = ["administratorBasic", "administratorBearer"]


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "members.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
