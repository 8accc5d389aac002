"""Calling the API in tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from members.models import Person


class Api:
    """Calls the API as a credential, or as a person with a session and its CSRF token."""

    def __init__(self, secret: str | None = None, person: Person | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers: dict[str, str] = {}
        if secret:
            self.headers["Authorization"] = f"Bearer {secret}"
        if person:
            self.client.force_login(person)
            token = "a" * 32
            self.client.cookies["cf_csrf"] = token
            self.headers["X-CSRFToken"] = token

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("post", path, body)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        call = getattr(self.client, method)
        return call(
            f"/api/v1/{path}",
            data=body if body is not None else {},
            content_type="application/json",
            headers=self.headers,
        )
