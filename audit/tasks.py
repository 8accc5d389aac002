"""The appender's task."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from audit import services


@shared_task(name="audit.tasks.seal")
def seal() -> None:
    """Seal what was recorded since the last call."""
    services.seal(timezone.now())
