"""What every TAXII route has in common: who asks, whether the answer can be read, its headers."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec

import msgspec
from django.http import HttpRequest, HttpResponse

from feeds.taxii.errors import TaxiiError
from feeds.taxii.negotiation import MEDIA_TYPE, accepts_gzip, accepts_taxii
from members.credentials import CHALLENGE, authenticate
from members.roles import Scope
from sharing.door import Reader, reader_of_credential
from sharing.services.receipts import Taker

WORTH_PACKING: Final = 1_000  # bytes; below it gzip costs more than it saves
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Vary": "Authorization, Accept, Accept-Encoding",
}
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in: by whom, and when."""

    request: HttpRequest
    reader: Reader
    taker: Taker
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its JSON text, and headers beside the common ones."""

    body: str
    headers: Mapping[str, str]


def taxii(
    *, refuses: tuple[str, ...] = ()
) -> Callable[[Callable[Concatenate[Asked, P], Answer]], Callable[..., HttpResponse]]:
    """Make a view of a function that answers GET and HEAD.

    `refuses` are methods that the standard has here and no collection allows: 403, others 405.
    """

    def decorate(answer: Callable[Concatenate[Asked, P], Answer]) -> Callable[..., HttpResponse]:
        @wraps(answer)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                asked = _let_in(request, refuses)
                made = answer(asked, *args, **kwargs)
            except TaxiiError as error:
                body = msgspec.json.encode(error.as_json())
                return _response(request, body, error.headers, status=error.status)
            return _response(request, made.body.encode(), made.headers)

        return view

    return decorate


def json_answer(value: Mapping[str, Any]) -> Answer:
    """Return a resource as an answer."""
    return Answer(msgspec.json.encode(value).decode(), {})


def _let_in(request: HttpRequest, refuses: tuple[str, ...]) -> Asked:
    """Return the request with its reader. One query.

    Raises:
        TaxiiError: 401, 403, 405, 406
    """
    now = datetime.now(UTC)
    principal = authenticate(request.headers, now)
    if principal is None:
        title = "A credential is needed, and the one given was not accepted"
        raise TaxiiError(HTTPStatus.UNAUTHORIZED, title, headers={"WWW-Authenticate": CHALLENGE})
    if Scope.FEED_READ not in principal.scopes:
        title = f"The credential lacks the scope {Scope.FEED_READ}"
        raise TaxiiError(HTTPStatus.FORBIDDEN, title)
    if request.method in refuses:
        raise TaxiiError(HTTPStatus.FORBIDDEN, "This collection cannot be written to")
    if request.method not in {"GET", "HEAD"}:
        title = "This method is not possible here"
        raise TaxiiError(HTTPStatus.METHOD_NOT_ALLOWED, title, headers={"Allow": "GET, HEAD"})
    if not accepts_taxii(request.headers.get("Accept", "")):
        raise TaxiiError(HTTPStatus.NOT_ACCEPTABLE, f"This server speaks {MEDIA_TYPE}")
    return Asked(request, reader_of_credential(principal), Taker.of(principal), now)


def _response(
    request: HttpRequest,
    body: bytes,
    headers: Mapping[str, str],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    made = {**_HEADERS, **headers}
    if len(body) > WORTH_PACKING and accepts_gzip(request.headers.get("Accept-Encoding", "")):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        made["Content-Encoding"] = "gzip"
    made["Content-Length"] = str(len(body))
    return HttpResponse(
        b"" if request.method == "HEAD" else body,
        status=status,
        content_type=MEDIA_TYPE,
        headers=made,
    )
