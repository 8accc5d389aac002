"""Signs of life of worker and beat: a file touched while their loop turns.

Whoever watches (`manage.py up`, a container's health check) looks at its age.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.beat import Scheduler

SECONDS = 5


def touch() -> None:
    """Touch the file that `CYBERFRAME_ALIVE_FILE` names, if any."""
    path = os.environ.get("CYBERFRAME_ALIVE_FILE")
    if path:
        Path(path).touch()


class WorkerAlive(bootsteps.StartStopStep):
    """Starts after the consumer: a worker that cannot reach its broker is not alive."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        touch()
        self.timer = parent.timer.call_repeatedly(SECONDS, touch)

    def stop(self, parent: Any) -> None:  # noqa: ARG002 - its signature
        if self.timer:
            self.timer.cancel()
            self.timer = None


class AliveScheduler(Scheduler):
    """Beat's schedule, kept in memory: it stands in code, and a file could be damaged."""

    max_interval = SECONDS

    def tick(self, *args: Any, **kwargs: Any) -> float:
        touch()
        wait: float = super().tick(*args, **kwargs)
        return wait
