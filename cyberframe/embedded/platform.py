"""The platform on one machine: servers, tables, demo world, web, workers, beat; in this order."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg
from django.db.migrations.loader import MigrationLoader

from cyberframe.config import ROOT, Config
from cyberframe.embedded import account, binaries, folder, process, servers
from cyberframe.embedded.errors import StartError
from cyberframe.embedded.supervisor import Child, Supervisor
from cyberframe.preflight import NotReady, check_broker, check_database

START_SECONDS = 60.0
WORKERS = (("worker-fanout", "fanout", 2), ("worker-push", "push,housekeeping", 1))
_BUILDING = "demo-unfinished"


@dataclass(slots=True)
class Platform:
    """Everything `manage.py up` starts."""

    config: Config
    folder: folder.Folder
    account: account.Account
    supervisor: Supervisor = field(default_factory=Supervisor)
    database_url: str = ""
    redis_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of our processes."""
        return {
            **os.environ,
            "CYBERFRAME_DATABASE_URL": self.database_url,
            "CYBERFRAME_REDIS_URL": self.redis_url,
            "CYBERFRAME_VAR": str(self.folder.var),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey, or take those that the environment names.

        Raises:
            StartError: one cannot be had, or what the environment names is of no use.
        """
        left = servers.stop_leftovers(self.folder)
        if left:
            self.supervisor.say(f"stopped what an earlier start left: {', '.join(left)}")
        try:
            self.database_url = self.config["DATABASE_URL"] or self._start_postgresql()
            check_database(self.database_url)
            self.redis_url = self.config["REDIS_URL"] or self._start_valkey()
            check_broker(self.redis_url)
        except NotReady as error:
            raise StartError(str(error)) from None

    def _start_postgresql(self) -> str:
        programs = binaries.postgresql(self.config["SERVERS"])
        servers.make_database(self.folder, self.account, programs)
        self._say_place(f"PostgreSQL {programs.major}", programs.bundled)
        start = partial(servers.start_postgresql, self.folder, self.account, programs)
        self.supervisor.run(Child("postgresql", start, stage=0, how=servers.POSTGRESQL_STOP))
        ready = partial(servers.postgresql_ready, self.folder)
        self.supervisor.until(ready, seconds=START_SECONDS, what="PostgreSQL")
        return servers.database_url(self.folder)

    def _start_valkey(self) -> str:
        programs = binaries.valkey(self.config["SERVERS"])
        self._say_place(programs.server.name, programs.bundled)
        start = partial(servers.start_valkey, self.folder, self.account, programs)
        advice = "Memory overcommit"  # about saving a large memory; ours is small and is a log
        self.supervisor.run(Child("valkey", start, stage=0, how=servers.VALKEY_STOP, hide=advice))
        ready = partial(servers.valkey_ready, self.folder)
        self.supervisor.until(ready, seconds=START_SECONDS, what="Valkey")
        return servers.redis_url(self.folder)

    def _say_place(self, what: str, bundled: bool) -> None:
        self.supervisor.say(f"starting {what} ({'bundled' if bundled else 'of the system'})")

    def prepare(self) -> None:
        """Bring the tables up to date; on the first start build the demo world.

        Raises:
            StartError: a step failed; its own last line says why.
        """
        if not self._is_migrated():
            self.supervisor.say("bringing the tables up to date")
            self._step("migrate", "--no-input", "--verbosity=0")
        unfinished = self.folder.run / _BUILDING
        if unfinished.exists() or self._is_empty():
            self.supervisor.say("building the demo world")
            unfinished.touch()
            self._step("demo")
            unfinished.unlink()

    def _is_migrated(self) -> bool:
        """Return whether every migration is applied; asked here it takes a fifth of the command."""
        ours = set(MigrationLoader(None).disk_migrations)
        with psycopg.connect(self.database_url) as connection:
            try:
                rows = connection.execute("select app, name from django_migrations").fetchall()
            except psycopg.errors.UndefinedTable:
                return False
        return ours <= set(rows)

    def _is_empty(self) -> bool:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute("select exists (select 1 from members_member)").fetchone()
        return not (row and row[0])

    def _step(self, *arguments: str) -> None:
        """Run a command of ours to its end, its lines in our log."""
        child = Child(arguments[0], partial(self._spawn, arguments[0], arguments, {}))
        if self.supervisor.finish(child):
            raise StartError(f"{arguments[0]}: {child.last or 'failed'}")

    def start_processes(self) -> None:
        """Start web, workers and beat and wait until each is at work.

        Raises:
            StartError: one ended or is not ready in time.
        """
        since = time.time()
        self._run("web", ["serve"], {})
        for name, queues, concurrency in WORKERS:
            arguments = ["worker", queues, f"--concurrency={concurrency}"]
            self._run(name, arguments, {"CYBERFRAME_ALIVE_FILE": str(self._alive(name))})
        self._run("beat", ["beat"], {"CYBERFRAME_ALIVE_FILE": str(self._alive("beat"))})
        names = [*(name for name, _queues, _concurrency in WORKERS), "beat"]
        self.supervisor.until(self._web_ready, seconds=START_SECONDS, what="web")
        for name in names:
            ready = partial(_newer, self._alive(name), since)
            self.supervisor.until(ready, seconds=START_SECONDS, what=name)

    def _alive(self, name: str) -> Path:
        return self.folder.run / f"{name}.alive"

    def _run(self, name: str, arguments: Sequence[str], more: Mapping[str, str]) -> None:
        self.supervisor.run(Child(name, partial(self._spawn, name, arguments, more)))

    def _spawn(
        self, name: str, arguments: Sequence[str], more: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        ourselves = account.Account(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)
        started = process.spawn(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            account=ourselves,
            cwd=ROOT,
            env={**self.environment, **more},
        )
        process.remember(self.folder.run / f"{name}.pid", started.pid, signal.SIGTERM)
        return started

    def _web_ready(self) -> bool:
        host = self.config["HOST"]
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only
        url = f"http://{host}:{self.config['PORT']}/readyz"
        request = urllib.request.Request(url, headers={"Host": "127.0.0.1"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - http above
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def welcome(self) -> list[str]:
        """Return what the person who started it wants to know."""
        lines = ["", f"  cyberframe is ready: {self.config.base_url}/", ""]
        lines += sign_ins(self.folder.var / "demo.json")
        return [*lines, "  Ctrl-C stops it; everything is kept in " + str(self.folder.var), ""]

    def stop(self) -> None:
        """Stop everything, the last started first, and give the data folder up."""
        self.supervisor.stop()
        for path in self.folder.run.glob("*.pid"):
            path.unlink(missing_ok=True)
        folder.release(self.folder)


def _newer(path: Path, since: float) -> bool:
    return path.exists() and path.stat().st_mtime >= since


def sign_ins(path: Path) -> list[str]:
    """Return lines with some demo accounts, one of each kind of role; none without demo.json."""
    try:
        world = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    people = [p for member in world.get("members", [])[:1] for p in member.get("people", [])]
    people += (
        world.get("staff", [])[:1]
        + [p for p in world.get("staff", []) if "platform_admin" in p.get("roles", [])][:1]
    )
    lines = [
        f"    {person['email']:<38} {person['password']:<22} {', '.join(person['roles'])}"
        for person in people
    ]
    return ["  Demo sign-ins (all of them in " + str(path) + "):", *lines, ""] if lines else []


def check_port(host: str, port: int) -> None:
    """Refuse an address that another program listens on.

    granian shares its port with whoever allows it, so it would not notice.

    Raises:
        StartError: the port is busy, not ours to take, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
            trial.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use by another program"
        else:
            reason = f"cannot be used: {error.strerror or error}"
        raise StartError(
            f"port {port} of {host} {reason}: choose another with CYBERFRAME_PORT"
        ) from None
