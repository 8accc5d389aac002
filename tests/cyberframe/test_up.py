"""`manage.py up`: what stops a start is one line; what was there survives kill -9."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from cyberframe import preflight
from cyberframe.config import ROOT
from cyberframe.embedded import account, folder, process, servers
from cyberframe.embedded.errors import StartError
from tests.processes import free_port
from tests.servers import Servers, new_folder, wait


def environment(var: Path, port: int, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CYBERFRAME_")}
    named = {f"CYBERFRAME_{name}": value for name, value in more.items()}
    return {**kept, "CYBERFRAME_VAR": str(var), "CYBERFRAME_PORT": str(port), **named}


def refused(var: Path, port: int, **more: str) -> str:
    """Start, expect a refusal; return its one line."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment(var, port, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def var() -> Iterator[Path]:
    outer = new_folder()
    yield outer / "var"
    shutil.rmtree(outer, ignore_errors=True)


def test_a_busy_port_is_refused_before_anything_is_touched(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        line = refused(var, busy.getsockname()[1])
    assert "is in use by another program: choose another with CYBERFRAME_PORT" in line
    assert not var.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///db.sqlite3", "must begin with postgresql://"),
        ("postgresql://me:hunter2@127.0.0.1:1/none", "Connection refused"),
        ("postgresql://me:hunter2@127.0.0.1:x/none", "CYBERFRAME_DATABASE_URL"),
    ],
)
def test_a_wrong_database_url_is_refused(var: Path, url: str, says: str) -> None:
    line = refused(var, free_port(), DATABASE_URL=url)
    assert "CYBERFRAME_DATABASE_URL" in line
    assert says in line
    assert "hunter2" not in line


def test_a_wrong_broker_url_is_refused(var: Path) -> None:
    line = refused(var, free_port(), REDIS_URL="redis://:hunter2@127.0.0.1:1/0")
    assert "CYBERFRAME_REDIS_URL: 127.0.0.1: " in line
    assert "hunter2" not in line


def test_a_folder_that_cannot_be_written_is_refused(var: Path) -> None:
    var.write_text("a file")
    line = refused(var / "inside", free_port())
    assert line == f"CommandError: data folder {var / 'inside'}: Not a directory"


def test_a_folder_of_another_version_is_refused_untouched(var: Path) -> None:
    var.mkdir()
    (var / "cyberframe.json").write_text('{"layout": 99}')
    assert "is of version 99, this cyberframe reads version 1" in refused(var, free_port())
    assert [path.name for path in var.iterdir()] == ["cyberframe.json"]


def test_a_database_of_another_postgresql_is_refused(var: Path) -> None:
    (var / "postgresql").mkdir(parents=True)
    (var / "postgresql" / "PG_VERSION").write_text("14\n")
    assert "was made by PostgreSQL 14, this is PostgreSQL" in refused(var, free_port())
    assert [path.name for path in (var / "postgresql").iterdir()] == ["PG_VERSION"]


def test_a_full_disk_is_refused(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    var.mkdir()
    monkeypatch.setattr(folder, "ROOM_NEEDED_MB", 10**9)
    with pytest.raises(StartError, match=r"is full: \d+ MB free, 1000000000 MB needed"):
        folder.check_room(var)


def test_an_unsupported_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "SUPPORTED", range(10, 12))
    url = re.sub(r"/cyberframe\?", "/postgres?", os.environ["CYBERFRAME_DATABASE_URL"])
    with pytest.raises(preflight.NotReady, match=r"PostgreSQL \d+ is not supported, 10 to 11 are"):
        preflight.check_database(url)


def test_two_starts_on_one_folder(var: Path) -> None:
    taken = folder.take(var, account.choose())
    try:
        line = refused(var, free_port())
    finally:
        folder.release(taken)
    assert f"is in use by process {os.getpid()}" in line


def test_a_folder_with_a_long_name_gets_short_sockets() -> None:
    outer = new_folder()
    long = outer / ("long-" * 30)
    who = account.choose()
    own = Servers(folder=folder.take(long, who), account=who)
    try:
        assert len(str(own.folder.sockets)) < 60
        assert own.folder.sockets.stat().st_mode & 0o077 == 0
        own.start_postgresql(lasting=False)
    finally:
        own.stop()
        shutil.rmtree(own.folder.sockets)
        shutil.rmtree(outer)


def test_the_database_survives_a_stranger_with_its_number(var: Path) -> None:
    """After a restart of the machine the number in postmaster.pid may be anybody's."""
    who = account.choose()
    own = Servers(folder=folder.take(var, who), account=who)
    own.start_postgresql(lasting=False)
    assert own.postgresql is not None
    process.kill_group(own.postgresql.pid)
    own.postgresql.wait()
    pid_file = own.folder.postgresql / "postmaster.pid"
    lines = pid_file.read_text().splitlines(keepends=True)
    stranger = subprocess.Popen(["sleep", "60"], **who.popen())
    pid_file.write_text(f"{stranger.pid}\n" + "".join(lines[1:]))
    try:
        assert servers.stop_leftovers(own.folder) == []
        own.start_postgresql(lasting=False)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        own.stop()


@contextmanager
def started(var: Path, port: int, seconds: float = 120) -> Iterator[subprocess.Popen[str]]:
    """Yield `up`, ready."""
    with (var.parent / "up.log").open("w") as log:
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=environment(var, port),
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready() -> bool:
        said = (var.parent / "up.log").read_text()
        assert up.poll() is None, said
        return f"cyberframe is ready: http://127.0.0.1:{port}/" in said

    try:
        wait(ready, seconds, "up")
        yield up
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGINT)
            up.wait(60)


def family(var: Path) -> list[int]:
    """Return every living process that works on this data folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            told = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
            state = (path / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(var) in told and state != "Z" and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


@pytest.mark.processes
def test_up_from_nothing_to_kill_9_and_back(var: Path) -> None:
    port = free_port()
    with started(var, port) as up:
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in/").status_code == 200
        world = json.loads((var / "demo.json").read_text())
        assert len(world["incidents"]) == 13
        before = _incidents(var)
        assert before == 13
        for pid in family(var):
            _kill(pid)
        wait(lambda: not family(var), 10, "the end of every process")
        up.wait()
    began = time.monotonic()
    with started(var, port) as up:
        assert time.monotonic() - began < 60
        assert _incidents(var) == before
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["status"] == "ready"
        up.kill()  # the supervisor alone: its children must not stay
        up.wait()
        wait(lambda: not family(var), 30, "the end of the children")
    with started(var, port) as up:
        assert _incidents(var) == before
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 0
    assert family(var) == []
    assert "stopping" in (var.parent / "up.log").read_text()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _incidents(var: Path) -> int:
    url = f"postgresql://cyberframe@/cyberframe?host={var}/sockets"
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from incidents_incident").fetchone()
    assert row is not None
    return int(row[0])
