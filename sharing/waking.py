"""Waking a worker by task name. The row it is about is the truth; a lost message costs seconds."""

from __future__ import annotations

import logging

from celery import current_app

log = logging.getLogger(__name__)


def wake(task: str, *ids: int) -> None:
    """Send a task; a broker that is away is no error, since the sweep finds the row."""
    try:
        current_app.send_task(task, args=list(ids), retry=False)
    except Exception as error:
        log.warning("could not wake %s: %s", task, type(error).__name__)
