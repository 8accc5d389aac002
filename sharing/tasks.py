"""What Celery workers do: fetch ids, make one service call. Killed at any line, they run again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from celery import shared_task
from django.utils import timezone

from sharing.services import fanout, standing
from sharing.services.opening import open_due
from sharing.services.recalls import remind
from sharing.services.reference import load_reference

log = logging.getLogger(__name__)


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
    open_due(now=timezone.now())
    load_reference(now=timezone.now())
    _each(fanout.waiting(timezone.now()), fan_out, fanout.note_failure)
    _each(standing.waiting(), settle_member, standing.note_failure)
    remind(now=timezone.now())


def _each(ids: Iterable[int], act: Callable[[int], None], failed: Callable[[int], None]) -> None:
    """Act on each row by itself, so that one that fails holds up no other."""
    for pk in ids:
        try:
            act(pk)
        except Exception:
            log.exception("%s failed for row %s; the next sweep tries again", act.__name__, pk)
            failed(pk)
