"""What Prometheus may ask: requests by surface, queues, the oldest waiting release."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from cyberframe import probes
from sharing.health import backlog

REGISTRY = CollectorRegistry(auto_describe=True)
REQUESTS = Counter(
    "cyberframe_requests", "Requests answered.", ["surface", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "cyberframe_request_seconds",
    "Time to answer.",
    ["surface"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SURFACES = ("taxii2", "api", "feeds", "advisories", "static", "admin")


def count(request: HttpRequest, status: int, seconds: float) -> None:
    """Count one answered request; only known words become labels."""
    first = request.path.split("/", 2)[1]
    surface = first if first in _SURFACES else "pages"
    method = request.method if request.method in _METHODS else "OTHER"
    REQUESTS.labels(surface, method, str(status)).inc()
    SECONDS.labels(surface).observe(seconds)


class State(Collector):
    """Reads, when asked, what the database and the broker hold."""

    def collect(self) -> Iterable[Metric]:
        """Yield gauges of the whole platform; the same from every web process."""
        database = probes.database()
        yield _gauge("database_up", "The database answers.", float(database is None))
        lengths = probes.queue_lengths()
        yield _gauge("broker_up", "The broker answers.", float(lengths is not None))
        queues = GaugeMetricFamily(
            "cyberframe_queue_length", "Messages waiting in a queue.", labels=["queue"]
        )
        for name, length in (lengths or {}).items():
            queues.add_metric([name], length)
        yield queues
        if database is None:
            found = backlog(timezone.now())
            oldest = found.oldest_seconds
            yield _gauge("oldest_waiting_seconds", "Age of the oldest row that waits.", oldest)
            yield _gauge("waiting", "Releases, standings and openings that wait.", found.waiting)
            yield _gauge("parked", "Rows that failed too often and were given up.", found.parked)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cyberframe_{name}", text, value=value)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus; to all others this address does not exist."""
    if not may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(State())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        answer = generate_latest(registry)
    else:
        answer = generate_latest(registry) + generate_latest(REGISTRY)
    return HttpResponse(answer, content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Return whether the caller has the token or, where none is set, sits on this machine.

    A request that a proxy passed on comes from the proxy's address and is refused.
    """
    token = str(settings.METRICS_TOKEN)
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
