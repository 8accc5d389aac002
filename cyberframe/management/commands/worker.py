"""`manage.py worker`: does what waits in some queues."""

from __future__ import annotations

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cyberframe.celery import app
from cyberframe.management.commands._process import ask_first


class Command(BaseCommand):
    help = "Work on queues (Celery); CYBERFRAME_WORKER_CONCURRENCY tasks at once."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the queues and how many tasks at once."""
        parser.add_argument("queues", help="comma-separated: fanout, push, housekeeping")
        parser.add_argument("--concurrency", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until asked to stop."""
        queues = str(options["queues"])
        unknown = set(queues.split(",")) - {queue.name for queue in app.conf.task_queues}
        if unknown:
            raise CommandError(f"no such queue: {', '.join(sorted(unknown))}")
        concurrency = options["concurrency"] or settings.CONFIG.number("WORKER_CONCURRENCY")
        ask_first()
        app.start(
            [
                "--quiet",
                "worker",
                f"--queues={queues}",
                f"--concurrency={concurrency}",
                f"--hostname={queues.replace(',', '-')}-{os.getpid()}@%h",
                "--without-gossip",
                "--without-mingle",
            ],
        )
