"""What `serve`, `worker` and `beat` share: they ask first whether they can work."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError

from cyberframe.preflight import NotReady, check_broker, check_database


def ask_first() -> None:
    """Return if database and broker can be used.

    Raises:
        CommandError: one cannot; one line says why.
    """
    try:
        check_database(settings.CONFIG["DATABASE_URL"] or "postgresql:///cyberframe")
        check_broker(settings.REDIS_URL)
    except NotReady as error:
        raise CommandError(str(error)) from None
