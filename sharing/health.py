"""How far behind fan-out is: for health checks and metrics, without any content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q

from sharing.models import Grant, Release, Settlement
from sharing.services.fanout import POISON


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that wait for a worker, the age of the oldest in seconds, and parked ones."""

    waiting: int
    oldest_seconds: float
    parked: int


def backlog(now: datetime) -> Backlog:
    """Return what fan-out still has to do. Five small indexed queries."""
    releases = Release.objects.filter(fanned_out_at=None, ended_at=None)
    settlements = Settlement.objects.filter(done_at=None)
    openings = Grant.objects.filter(position=None, withdrawn_at=None, visible_from__lte=now)
    oldest = [
        moment
        for moment in (
            releases.aggregate(at=Min("at"))["at"],
            settlements.aggregate(at=Min("asked_at"))["at"],
            openings.aggregate(at=Min("visible_from"))["at"],
        )
        if moment is not None
    ]
    parked = Q(attempts__gte=POISON)
    return Backlog(
        waiting=releases.count() + settlements.count() + openings.count(),
        oldest_seconds=max((now - min(oldest)).total_seconds(), 0.0) if oldest else 0.0,
        parked=releases.filter(parked).count() + settlements.filter(parked).count(),
    )
