"""What goes wrong, as TAXII says it (§3.6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus


class TaxiiError(Exception):
    """An error of the protocol; the view answers it as a TAXII error object.

    `title` and `description` may repeat the request and nothing else: they read the same whether
    or not something exists.
    """

    def __init__(
        self,
        status: HTTPStatus,
        title: str,
        *,
        description: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.description = description
        self.headers = dict(headers or {})

    def as_json(self) -> dict[str, str]:
        """Return the error object; `http_status` is a string, equal to the response's status."""
        value = {"title": self.title, "http_status": str(self.status.value)}
        return value | {"description": self.description} if self.description else value


def malformed(parameter: str, description: str) -> TaxiiError:
    """Return the error for a parameter that cannot be read (§3.4: always 400)."""
    title = f"The parameter {parameter} is malformed"
    return TaxiiError(HTTPStatus.BAD_REQUEST, title, description=description)


def unknown_collection() -> TaxiiError:
    return TaxiiError(HTTPStatus.NOT_FOUND, "There is no such collection")


def unknown_object() -> TaxiiError:
    """Return the one answer for an object that does not exist or is not for this reader."""
    return TaxiiError(HTTPStatus.NOT_FOUND, "There is no such object in this collection")
