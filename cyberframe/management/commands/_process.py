"""What `serve`, `worker` and `beat` share: ask first, then become the real program."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.management.base import CommandError

from cyberframe.preflight import NotReady, check_broker, check_database


def become(module: str, arguments: Sequence[str]) -> None:
    """Replace this process by `python -m module`, so that signals reach it directly.

    Raises:
        CommandError: the database or the broker cannot be used; one line says why.
    """
    try:
        check_database(settings.CONFIG["DATABASE_URL"] or "postgresql:///cyberframe")
        check_broker(settings.REDIS_URL)
    except NotReady as error:
        raise CommandError(str(error)) from None
    os.chdir(settings.BASE_DIR)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell meant
