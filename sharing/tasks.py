"""What Celery workers do: fetch ids, make one service call. Killed at any line, they run again."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from sharing.services import fanout, standing
from sharing.services.opening import open_due


@shared_task(name="sharing.tasks.fan_out")
def fan_out(release_id: int) -> None:
    """Settle one release."""
    fanout.settle(release_id, now=timezone.now())


@shared_task(name="sharing.tasks.settle_member")
def settle_member(settlement_id: int) -> None:
    """Decide again about one member whose standing changed."""
    standing.settle_member(settlement_id, now=timezone.now())


@shared_task(name="sharing.tasks.sweep")
def sweep() -> None:
    """Find rows that nobody woke a worker for, and what time alone has changed."""
    now = timezone.now()
    open_due(now=now)
    for release_id in fanout.waiting(now):
        fanout.settle(release_id, now=timezone.now())
    for settlement_id in standing.waiting():
        standing.settle_member(settlement_id, now=timezone.now())
