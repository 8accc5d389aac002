"""Request ids with one log line each, and machine routes without the cost of pages."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from audit.request import REQUEST_ID
from cyberframe import metrics
from cyberframe.logs import route_of
from cyberframe.machines import BareHandler, for_machines

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_LOG = logging.getLogger("cyberframe.request")


class RequestIdMiddleware:
    """Gives each request an id, in logs, error pages and the `X-Request-Id` header; counts it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex[:16]
        request.META["CYBERFRAME_REQUEST_ID"] = request_id
        token = REQUEST_ID.set(request_id)
        try:
            response = self.get_response(request)
            _record(request, response.status_code, time.perf_counter() - began)
        finally:
            REQUEST_ID.reset(token)
        response["X-Request-Id"] = request_id
        return response


def _record(request: HttpRequest, status: int, seconds: float) -> None:
    metrics.count(request, status, seconds)
    if request.path in _QUIET or request.path.startswith("/static/"):
        return
    _LOG.info(
        "answered",
        extra={
            "method": request.method,
            "route": route_of(request),
            "status": status,
            "ms": round(seconds * 1000, 1),
        },
    )


class MachineRoutesMiddleware:
    """Answers machine routes on the spot; pages go on through sessions, languages and CSRF."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.machines = BareHandler()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if for_machines(request.path):
            return self.machines.answer(request)
        return self.get_response(request)
