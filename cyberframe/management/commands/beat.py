"""`manage.py beat`: wakes the sweeps by the clock. One runs in the whole platform."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cyberframe.celery import app
from cyberframe.management.commands._process import ask_first


class Command(BaseCommand):
    help = "Wake the sweeps by the clock (Celery beat). Start one."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Beat until asked to stop."""
        ask_first()
        app.start(["--quiet", "beat", "--scheduler=cyberframe.alive:AliveScheduler", "--pidfile="])
