"""`manage.py up`: the whole platform on this machine, for evaluation."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cyberframe.config import Config
from cyberframe.embedded import account, folder
from cyberframe.embedded.errors import StartError
from cyberframe.embedded.platform import Platform, check_port

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Start the whole platform with its demo world on this machine; Ctrl-C stops it."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start all, show one log, stop all in order.

        Raises:
            CommandError: it cannot start; one line says why, and nothing was changed or lost.
        """
        config: Config = settings.CONFIG
        if config.production:
            raise CommandError("up is for evaluation; production starts serve, worker and beat")
        for kind in _ENDS:
            signal.signal(kind, signal.default_int_handler)
        try:
            check_port(config["HOST"], config.number("PORT"))
            who = account.choose()
            platform = Platform(config, folder.take(Path(config["VAR"]), who), who)
        except StartError as error:
            raise CommandError(str(error)) from None
        try:
            _run(platform)
        except StartError as error:
            raise CommandError(" ".join(str(error).split())) from None
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename or config['VAR']}") from None
        finally:
            for kind in _ENDS:  # stopping is not interrupted
                signal.signal(kind, signal.SIG_IGN)
            platform.stop()


def _run(platform: Platform) -> None:
    """Return when asked to stop; exit with 130 where that comes before the start is finished."""
    try:
        platform.start_servers()
        platform.prepare()
        platform.start_processes()
    except KeyboardInterrupt:
        platform.supervisor.say("stopping before the start was finished")
        sys.exit(130)
    print("\n".join(platform.welcome()), flush=True)
    try:
        platform.supervisor.keep()
    except KeyboardInterrupt:
        platform.supervisor.say("stopping")
