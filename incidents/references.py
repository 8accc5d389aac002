"""The shape of a reference in addresses: what cannot be one reaches no view."""

from __future__ import annotations

from django.urls import register_converter


class Reference:
    """`CF-<year>-<6 random base32>`."""

    regex = "CF-[0-9]{4}-[A-Z2-7]{6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Reference, "incident_ref")
