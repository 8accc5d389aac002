"""The suite's own PostgreSQL and Valkey, started once a run when no URL of others is given.

A pytest plugin (`-p tests.servers`): Django reads its settings before any conftest is imported, so
the addresses are laid into the environment first and the servers start with the session.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cyberframe.embedded import account, binaries, folder, process, servers

_OWN = "CYBERFRAME_TEST_FOLDER"
_NEEDS = ("CYBERFRAME_DATABASE_URL", "CYBERFRAME_REDIS_URL")


@dataclass(slots=True)
class Servers:
    """A running PostgreSQL and Valkey with a data folder of their own."""

    folder: folder.Folder
    account: account.Account
    source: str = ""
    postgresql: subprocess.Popen[bytes] | None = None
    valkey: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        return servers.database_url(self.folder)

    @property
    def redis_url(self) -> str:
        return servers.redis_url(self.folder)

    def start_postgresql(self, *, lasting: bool = True) -> None:
        """Start PostgreSQL and wait for it; `lasting` False forgoes surviving a power cut."""
        programs = binaries.postgresql(self.source)
        servers.make_database(self.folder, self.account, programs)
        with (self.folder.run / "postgresql.log").open("ab") as log:
            self.postgresql = servers.start_postgresql(
                self.folder,
                self.account,
                programs,
                output=log,
                options=["max_connections=200"]
                if lasting
                else ["max_connections=200", "fsync=off"],
            )
        wait(lambda: servers.postgresql_ready(self.folder), 30, "PostgreSQL")

    def start_valkey(self) -> None:
        """Start Valkey and wait for it."""
        with (self.folder.run / "valkey.log").open("ab") as log:
            self.valkey = servers.start_valkey(
                self.folder, self.account, binaries.valkey(self.source), output=log
            )
        wait(lambda: servers.valkey_ready(self.folder), 30, "Valkey")

    def stop(self) -> None:
        """Stop both and give the folder up."""
        if self.valkey:
            process.stop(self.valkey, servers.VALKEY_STOP, seconds=5)
        if self.postgresql:
            process.stop(self.postgresql, servers.POSTGRESQL_STOP, seconds=15)
        folder.release(self.folder)


def wait(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as `ready`; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} not ready after {seconds} s")
        time.sleep(0.05)


def new_folder() -> Path:
    """Return a new temporary folder that the servers' user can reach, its path short."""
    path = Path(tempfile.mkdtemp(prefix="cf-tests-", dir="/tmp"))
    path.chmod(0o755)
    return path


def _worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Before Django is set up: say where the servers of this run will be."""
    os.environ.setdefault("CYBERFRAME_ENV", "test")
    if not _worker() and not any(os.environ.get(name) for name in _NEEDS):
        path = new_folder()
        os.environ[_OWN] = str(path)
        for name in _NEEDS:
            make = servers.database_url if "DATABASE" in name else servers.redis_url
            os.environ[name] = make(_planned(path))
    return (yield)


def _planned(path: Path) -> folder.Folder:
    return folder.Folder(var=path, place=path, sockets=path / "sockets", lock=-1)


_running: list[Servers] = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers of this run, in the one process that all others share."""
    if _worker() or _OWN not in os.environ or session.config.option.collectonly:
        return
    signal.signal(signal.SIGTERM, _end)
    who = account.choose()
    own = Servers(folder=folder.take(Path(os.environ[_OWN]), who), account=who)
    _running.append(own)
    own.start_postgresql(lasting=False)
    own.start_valkey()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what was started and remove its folder."""
    if _worker() or _OWN not in os.environ:
        return
    while _running:
        _running.pop().stop()
    path = os.environ.pop(_OWN)
    for name in _NEEDS:
        os.environ.pop(name, None)
    shutil.rmtree(path, ignore_errors=True)
