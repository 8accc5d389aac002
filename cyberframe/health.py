"""For those who watch the platform: is it alive, can it work."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cyberframe import metrics, probes

LATE_SECONDS = 120
_LOG = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that this process is alive; asks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if database, migrations and broker stand, else 503; say which does not.

    `late`: releases wait longer than LATE_SECONDS, so workers are missing. This process serves all
    the same, hence 200. That something waits tells of a release, so only who may read the metrics
    is told.
    """
    wrong = {"database": probes.database(), "broker": probes.broker()}
    wrong["migrations"] = probes.migrations() if wrong["database"] is None else "unknown"
    works = wrong["database"] is None and wrong["migrations"] is None
    waiting = _waiting() if works and metrics.may_read(request) else None
    ready = not any(wrong.values())
    late = waiting is not None and waiting > LATE_SECONDS
    body = {
        "status": ("late" if late else "ready") if ready else "not ready",
        "checks": {name: problem or "ok" for name, problem in sorted(wrong.items())},
        "oldest_waiting_seconds": round(waiting, 1) if waiting is not None else None,
    }
    if not ready:
        _LOG.warning("not ready: %s", ", ".join(f"{k} {v}" for k, v in wrong.items() if v))
    response = JsonResponse(body, status=200 if ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log it as an error
    return response


def _waiting() -> float | None:
    try:
        return probes.oldest_waiting_seconds(timezone.now())
    except DatabaseError:
        return None
