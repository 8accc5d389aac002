"""Start a process that does not outlive us, and recognise it again if it did."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from cyberframe.embedded.account import Account

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    argv: Sequence[str],
    *,
    account: Account,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    output: int | IO[bytes] = subprocess.PIPE,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Return a started process in a session of its own, its two outputs joined.

    On Linux the kernel sends it `death_signal` should we be killed; elsewhere the pid file tells
    the next start what to stop. A session of its own keeps Ctrl-C for the supervisor, which stops
    its children in order.
    """
    return subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_dies_with(os.getpid(), death_signal),  # noqa: PLW1509 - we have no threads
        **account.popen(),
    )


def _dies_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def before_exec() -> None:
        # After the change of user, which would clear it.
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def stop(process: subprocess.Popen[bytes], how: signal.Signals, *, seconds: float) -> None:
    """Stop the process with signal `how`; after `seconds` kill it and all that it started."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of the session that process `pid` led."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def started(pid: int) -> str:
    """Return a mark that tells process `pid` from a later one of the same number; "" if gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def remember(path: Path, pid: int, how: signal.Signals) -> None:
    """Write a pid file: which process, since when, and how it is stopped."""
    path.write_text(json.dumps({"pid": pid, "started": started(pid), "signal": int(how)}))


def stop_remembered(path: Path, *, seconds: float = 10) -> bool:
    """Stop the process of a pid file if it still runs, remove the file; return whether it ran."""
    try:
        entry = json.loads(path.read_text())
        pid, mark, how = int(entry["pid"]), str(entry["started"]), int(entry["signal"])
    except (OSError, ValueError, KeyError, TypeError):
        path.unlink(missing_ok=True)
        return False
    ran = bool(mark) and started(pid) == mark
    if ran:
        os.kill(pid, how)
        until = time.monotonic() + seconds
        while started(pid) == mark and time.monotonic() < until:
            time.sleep(0.05)
        kill_group(pid)
    path.unlink(missing_ok=True)
    return ran
