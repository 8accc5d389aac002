"""PostgreSQL and Valkey on Unix sockets, started from programs found on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psycopg
import redis

from cyberframe.embedded import binaries, process
from cyberframe.embedded.account import Account
from cyberframe.embedded.errors import StartError
from cyberframe.embedded.folder import Folder, check_postgresql

Output = int | IO[bytes]
DATABASE = "cyberframe"
POSTGRESQL_STOP = signal.SIGINT  # "fast": ends sessions, keeps what was committed
VALKEY_STOP = signal.SIGTERM


def database_url(folder: Folder, name: str = DATABASE) -> str:
    """Return the URL of a database of the folder's PostgreSQL."""
    return f"postgresql://{DATABASE}@/{name}?host={folder.sockets}"


def redis_url(folder: Folder, number: int = 0) -> str:
    """Return the URL of a database of the folder's Valkey."""
    return f"redis+socket://{folder.sockets}/valkey.sock?virtual_host={number}"


def stop_leftovers(folder: Folder) -> list[str]:
    """Stop what an earlier, killed start left running; return the names of what ran."""
    files = sorted(folder.run.glob("*.pid"), key=lambda path: path.stem in {"postgresql", "valkey"})
    names = [path.stem for path in files if process.stop_remembered(path)]
    _forget_other_process(folder.postgresql / "postmaster.pid")
    for socket in folder.sockets.iterdir():
        socket.unlink()
    return names


def _forget_other_process(path: Path) -> None:
    """Remove a postmaster.pid whose number now belongs to another program.

    PostgreSQL would refuse to start for it, as happens after a restart of a container. A file
    whose process is gone is left: PostgreSQL checks itself whether its backends still run.
    """
    try:
        pid = int(path.read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return
    if os.fsencode(path.parent) not in command:
        path.unlink()


def make_database(folder: Folder, account: Account, programs: binaries.PostgreSQL) -> None:
    """Make the folder's database cluster if there is none.

    It is made beside its place and moved there, so that an interrupted start leaves no half one.

    Raises:
        StartError: with initdb's own reason.
    """
    check_postgresql(folder, programs.major)
    if folder.postgresql.exists():
        return
    new = folder.place / "postgresql.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    account.owns(new)
    command = [
        str(_readable(folder, account, programs.bin) / "initdb"),
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
        f"--username={DATABASE}",
        "-D",
        str(new),
    ]
    done = subprocess.run(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **account.popen(),
    )
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise StartError(f"the database cannot be made: {_reason(done.stdout)}")
    new.rename(folder.postgresql)


def start_postgresql(
    folder: Folder,
    account: Account,
    programs: binaries.PostgreSQL,
    *,
    output: Output = subprocess.PIPE,
    options: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Return a starting PostgreSQL that listens on the folder's socket only."""
    settings = [
        "listen_addresses=",
        f"unix_socket_directories={folder.sockets}",
        "unix_socket_permissions=0700",
        "max_wal_size=256MB",
        "log_line_prefix=",
        "log_min_messages=fatal",  # an error's text and statement may quote what was shared
        "log_min_error_statement=panic",
        *options,
    ]
    command = [str(_readable(folder, account, programs.bin) / "postgres")]
    command += ["-D", str(folder.postgresql)]
    for setting in settings:
        command += ["-c", setting]
    started = process.spawn(
        command, account=account, cwd=folder.postgresql, output=output, death_signal=POSTGRESQL_STOP
    )
    process.remember(folder.run / "postgresql.pid", started.pid, POSTGRESQL_STOP)
    return started


def postgresql_ready(folder: Folder) -> bool:
    """Return whether PostgreSQL answers, after making our database if it is missing.

    Its pid file says when it is ready; to knock earlier leaves a FATAL line in the log.
    """
    try:
        status = (folder.postgresql / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    if len(status) < 8 or status[7].strip() != "ready":
        return False
    try:
        with psycopg.connect(
            database_url(folder, "postgres"), autocommit=True, connect_timeout=2
        ) as connection:
            query = "select 1 from pg_database where datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(f"create database {DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def start_valkey(
    folder: Folder,
    account: Account,
    programs: binaries.Valkey,
    *,
    output: Output = subprocess.PIPE,
    options: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Return a starting Valkey that listens on the folder's socket only and keeps what it has."""
    folder.valkey.mkdir(mode=0o700, exist_ok=True)
    account.owns(folder.valkey)
    server = _readable(folder, account, programs.server.parent) / programs.server.name
    command = [str(server), "--port", "0", "--dir", str(folder.valkey)]
    command += ["--unixsocket", str(folder.sockets / "valkey.sock"), "--unixsocketperm", "700"]
    command += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    command += ["--loglevel", "warning", *options]
    started = process.spawn(
        command, account=account, cwd=folder.valkey, output=output, death_signal=VALKEY_STOP
    )
    process.remember(folder.run / "valkey.pid", started.pid, VALKEY_STOP)
    return started


def valkey_ready(folder: Folder) -> bool:
    """Return whether Valkey answers."""
    client = redis.Redis(unix_socket_path=str(folder.sockets / "valkey.sock"), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _readable(folder: Folder, account: Account, programs: Path) -> Path:
    """Return `programs`, or a copy beside the data where the servers' user cannot read it.

    The environment of a root user lies in a home that nobody else may enter. Programs find their
    libraries relative to themselves, so the wheel's package is copied with its `.libs` folder.
    """
    if account.can("-x", programs):
        return programs
    site = next(path for path in programs.parents if path.name == "site-packages")
    package = programs.relative_to(site).parts[0]
    for name in (f"{package}.libs", package):
        if (site / name).exists() and not _same(site / name, folder.place / "programs" / name):
            _copy(site / name, folder.place / "programs" / name)
    return folder.place / "programs" / programs.relative_to(site)


def _copy(source: Path, target: Path) -> None:
    new = target.with_name(f"{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, new, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    new.rename(target)


def _same(source: Path, copy: Path) -> bool:
    """Return whether `copy` holds this very version of `source`."""
    files = (path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return all(_size(copy / path.relative_to(source)) == path.stat().st_size for path in files)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None


def _reason(output: bytes) -> str:
    """Return the line of a server's output that says what went wrong."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    telling = [
        line for line in lines if "No space left" in line or "rror" in line or "FATAL" in line
    ]
    return (telling or lines or ["no reason given"])[0]
