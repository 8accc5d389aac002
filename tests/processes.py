"""Real processes for journeys and crash tests: web, workers, beat, PostgreSQL and Valkey.

    def test_something(processes: Processes) -> None:
        httpx.get(processes.base_url + "/taxii2/", ...)
        processes.kill("worker-fanout")
        processes.start("worker-fanout")
        processes.manage("shell", "-c", "...")

Every set has a data folder, database and broker of its own, migrated and without the demo world;
`processes.demo()` builds it. `processes.database()` makes the models of the test process itself
speak to that database.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from cyberframe.config import ROOT
from cyberframe.embedded import account, folder, process, servers
from cyberframe.settings import _database as database_settings
from tests.servers import Servers, new_folder, wait

SERVERS = ("postgresql", "valkey")
COMMANDS: dict[str, tuple[str, ...]] = {
    "web": ("serve",),
    "worker-fanout": ("worker", "fanout", "--concurrency=2"),
    "worker-push": ("worker", "push,housekeeping", "--concurrency=1"),
    "beat": ("beat",),
}
READY_SECONDS = 60


@dataclass(slots=True)
class Processes:
    """A running platform; processes are named as in COMMANDS, servers as in SERVERS."""

    servers: Servers
    port: int
    address: str = ""  # of the proxy, if there is one
    extra: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def var(self) -> Path:
        return self.servers.folder.var

    @property
    def base_url(self) -> str:
        """Return where the web answers, without a slash at the end."""
        return self.address or f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return self.extra.get("CYBERFRAME_DATABASE_URL") or self.servers.database_url

    @property
    def redis_url(self) -> str:
        return self.extra.get("CYBERFRAME_REDIS_URL") or self.servers.redis_url

    @property
    def environment(self) -> dict[str, str]:
        """Return what our commands are started with; nothing of the test run's own settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CYBERFRAME_")}
        return {
            **kept,
            "CYBERFRAME_ENV": "test",
            "CYBERFRAME_VAR": str(self.var),
            "CYBERFRAME_PORT": str(self.port),
            "CYBERFRAME_DATABASE_URL": self.database_url,
            "CYBERFRAME_REDIS_URL": self.redis_url,
            "CYBERFRAME_WEB_WORKERS": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            **self.extra,
        }

    def start(self, *names: str) -> None:
        """Start these (all commands if none is named) and wait until they are at work."""
        chosen = names or tuple(COMMANDS)
        since = time.time()
        for name in chosen:
            if name == "postgresql":
                self.servers.start_postgresql()
            elif name == "valkey":
                self.servers.start_valkey()
            else:
                self._spawn(name)
        for name in chosen:
            if name not in SERVERS:
                self._wait(name, since)

    def kill(self, *names: str) -> None:
        """`kill -9` these with all that they started, as a power cut would."""
        for name in names:
            victim = self._process(name)
            process.kill_group(victim.pid)
            victim.kill()
            victim.wait()
            self.running.pop(name, None)

    def stop(self, *names: str) -> None:
        """Ask these to stop, wait for it."""
        for name in names:
            how = servers.POSTGRESQL_STOP if name == "postgresql" else signal.SIGTERM
            process.stop(self._process(name), how, seconds=20)
            self.running.pop(name, None)

    def restart(self, *names: str) -> None:
        """`kill -9` and start again."""
        self.kill(*names)
        self.start(*names)

    def manage(self, *arguments: str, **more: str) -> str:
        """Run `manage.py` against this platform; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def demo(self) -> dict[str, Any]:
        """Build the demo world; return demo.json."""
        self.manage("demo", CYBERFRAME_ENV="test")  # production refuses to
        world: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        return world

    def log(self, name: str) -> str:
        """Return what a process has said so far."""
        path = self.servers.folder.run / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @contextmanager
    def database(self) -> Iterator[None]:
        """Let this test's own models and services work on the platform's database.

        By a connection of its own: what another test holds open stays as it is.
        """
        kept = connections["default"]
        ours = connections.create_connection("default")
        ours.settings_dict = {**kept.settings_dict, **database_settings(self.database_url)}
        connections["default"] = ours
        try:
            yield
        finally:
            ours.close()
            connections["default"] = kept

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query, straight from the database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _process(self, name: str) -> subprocess.Popen[bytes]:
        found: subprocess.Popen[bytes] | None
        found = getattr(self.servers, name) if name in SERVERS else self.running[name]
        assert found is not None
        return found

    def _spawn(self, name: str) -> None:
        ourselves = account.Account(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)
        alive = self.servers.folder.run / f"{name}.alive"
        with (self.servers.folder.run / f"{name}.log").open("ab") as log:
            self.running[name] = process.spawn(
                [sys.executable, "manage.py", *COMMANDS[name]],
                account=ourselves,
                cwd=ROOT,
                env={**self.environment, "CYBERFRAME_ALIVE_FILE": str(alive)},
                output=log,
            )

    def _wait(self, name: str, since: float) -> None:
        alive = self.servers.folder.run / f"{name}.alive"

        def ready() -> bool:
            code = self.running[name].poll()
            assert code is None, f"{name} ended with {code}:\n{self.log(name)[-3000:]}"
            if name == "web":
                return answers(f"http://127.0.0.1:{self.port}/readyz", self.extra)
            return alive.exists() and alive.stat().st_mtime >= since

        try:
            wait(ready, READY_SECONDS, name)
        except TimeoutError as error:
            raise TimeoutError(f"{error}:\n{self.log(name)[-3000:]}") from None

    def close(self) -> None:
        """Stop everything and remove the data folder."""
        for name in [name for name in reversed(COMMANDS) if name in self.running]:
            self.running[name].terminate()
        for name in list(self.running):
            self.stop(name)
        self.servers.stop()
        shutil.rmtree(self.var, ignore_errors=True)


def answers(url: str, extra: Mapping[str, str], *, trust: Path | None = None) -> bool:
    """Return whether a page answers 200."""
    context = ssl.create_default_context(cafile=trust) if trust else None
    headers = {"Host": "127.0.0.1"}
    if extra.get("CYBERFRAME_ENV") == "production":
        headers["X-Forwarded-Proto"] = "https"
    try:
        asked = urllib.request.Request(url, headers=headers if not trust else {})
        with urllib.request.urlopen(asked, timeout=5, context=context) as got:
            return bool(got.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def platform(
    *, source: str = "", extra: Mapping[str, str] | None = None, template: Path | None = None
) -> Iterator[Processes]:
    """Yield a platform with migrated tables and running servers; its commands are not started.

    `template` is the data folder of an earlier one, stopped: its tables are copied, not migrated.
    """
    var, who = new_folder(), account.choose()
    taken = folder.take(var, who)
    if template is not None:
        subprocess.run(["cp", "-a", str(template / "postgresql"), str(taken.place)], check=True)
    made = Processes(
        Servers(folder=taken, account=who, source=source), free_port(), extra=dict(extra or {})
    )
    try:
        made.start(*SERVERS)
        if template is None:
            made.manage("migrate", "--no-input", "--verbosity=0")
        yield made
    finally:
        made.close()
