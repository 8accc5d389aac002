"""`manage.py serve`: the web server."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cyberframe.logs import dictionary
from cyberframe.management.commands._process import ask_first


class Command(BaseCommand):
    help = "Serve pages and feeds (granian); CYBERFRAME_HOST, _PORT, _WEB_WORKERS, _WEB_THREADS."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Become granian."""
        config = settings.CONFIG
        folder = _fresh(settings.VAR_DIR / "run" / f"web-{config['PORT']}")
        (folder / "logging.json").write_text(json.dumps(dictionary(settings.LOGGING)))
        (folder / "metrics").mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
        os.environ.setdefault("CYBERFRAME_DB_POOL", config["WEB_THREADS"])
        ask_first()
        os.chdir(settings.BASE_DIR)
        os.execv(  # noqa: S606 - no shell meant; granian's own process needs no Django
            sys.executable,
            [
                sys.executable,
                "-m",
                "granian",
                "cyberframe.wsgi:application",
                "--interface=wsgi",
                "--no-ws",
                f"--host={config['HOST']}",
                f"--port={config['PORT']}",
                f"--workers={config['WEB_WORKERS']}",
                f"--blocking-threads={config['WEB_THREADS']}",
                "--respawn-failed-workers",
                "--workers-kill-timeout=10",
                f"--log-config={folder / 'logging.json'}",
            ],
        )


def _fresh(folder: Path) -> Path:
    """Return the folder, made anew: an earlier server's counters are not ours."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise CommandError(f"CYBERFRAME_VAR: {folder}: {error.strerror}") from None
    return folder
