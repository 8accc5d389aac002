"""Runs child processes: one readable log, restarts with a pause, an orderly end."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from cyberframe.embedded import process
from cyberframe.embedded.errors import StartError

Start = Callable[[], subprocess.Popen[bytes]]
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STEADY_SECONDS: Final = 60.0  # a child that ran this long starts again without a longer pause
_COLOURS: Final = (36, 35, 32, 33, 34, 96, 95)


@dataclass(slots=True)
class Child:
    """One process to keep running: how it starts, how it is stopped.

    Those of a later `stage` rest on those of an earlier one; `hide` leaves out lines with it.
    """

    name: str
    start: Start
    stage: int = 1
    how: signal.Signals = signal.SIGTERM
    seconds: float = 15
    hide: str = ""
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    pause: float = FIRST_PAUSE
    again_at: float | None = None
    tail: bytes = b""
    last: str = ""


def _runs(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """Starts children in order, shows their lines, stops them in reverse order.

    It has one thread and never waits for a child without reading its output, so none blocks on a
    full pipe.
    """

    children: list[Child] = field(default_factory=list)
    _selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def run(self, child: Child) -> None:
        """Start a child and keep it."""
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        child.process = child.start()
        child.since = time.monotonic()
        child.again_at = None
        if child.process.stdout is None:
            return
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Return as soon as `ready`; meanwhile show what the children say.

        Raises:
            StartError: a child ended, or the time is over.
        """
        end = time.monotonic() + seconds
        while not ready():
            self.turn(0.05)
            self._fail_if_ended()
            if time.monotonic() > end:
                raise StartError(f"{what} is not ready after {seconds:.0f} s")

    def _fail_if_ended(self) -> None:
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._drain(child)
                code = child.process.returncode
                raise StartError(
                    f"{child.name} ended with code {code}: {child.last or 'no reason'}"
                )

    def keep(self) -> NoReturn:
        """Show lines and restart what ends, until interrupted."""
        while True:
            self.turn(0.5)
            for child in self.children:
                self._mend(child)

    def _mend(self, child: Child) -> None:
        now = time.monotonic()
        if child.again_at is not None:
            if now >= child.again_at:
                self.say(f"{child.name} is started again")
                self._start(child)
            return
        if child.process is None or child.process.poll() is None:
            return
        self._drain(child)
        process.kill_group(child.process.pid)  # what it had started must not work on beside it
        if now - child.since > STEADY_SECONDS:
            child.pause = FIRST_PAUSE
        code = child.process.returncode
        self.say(f"{child.name} ended with code {code}; it starts again in {child.pause:.0f} s")
        child.again_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """Stop all children: those of the last stage together, then each earlier one."""
        for stage in sorted({child.stage for child in self.children}, reverse=True):
            going = [c for c in reversed(self.children) if c.stage == stage and c.process]
            for child in going:
                self._ask_to_stop(child)
            end = time.monotonic() + max((child.seconds for child in going), default=0)
            while any(map(_runs, going)) and time.monotonic() < end:
                self.turn(0.05)
            for child in going:
                assert child.process is not None
                process.stop(child.process, child.how, seconds=0)
                self._drain(child)

    def _ask_to_stop(self, child: Child) -> None:
        if _runs(child):
            assert child.process is not None
            child.process.send_signal(child.how)

    def finish(self, child: Child) -> int:
        """Return the exit code of a child that is to end by itself, once it has."""
        self.run(child)
        assert child.process is not None
        while child.process.poll() is None:
            self.turn(0.05)
        self._drain(child)
        self.children.remove(child)
        return int(child.process.returncode)

    def turn(self, seconds: float) -> None:
        """Show what the children said, waiting at most `seconds` for it."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _events in self._selector.select(seconds):
            self._read(key.data)

    def _read(self, child: Child) -> bool:
        """Show what the child has written; return whether there may be more."""
        pipe = child.process.stdout if child.process else None
        if pipe is None or pipe.closed:
            return False
        try:
            block = os.read(pipe.fileno(), 65536)
        except BlockingIOError:
            return False
        if not block:
            self._close(child)
            return False
        *lines, child.tail = (child.tail + block).split(b"\n")
        for line in lines:
            self._show_line(child, line)
        return True

    def _drain(self, child: Child) -> None:
        """Show what an ended child said last; whoever it left behind may hold the pipe open."""
        while self._read(child):
            pass
        self._close(child)

    def _close(self, child: Child) -> None:
        pipe = child.process.stdout if child.process else None
        if pipe is None or pipe.closed:
            return
        self._show_line(child, child.tail)
        child.tail = b""
        self._selector.unregister(pipe)
        pipe.close()

    def _show_line(self, child: Child, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text and not (child.hide and child.hide in text):
            child.last = text
            self.show(child.name, text)

    def say(self, text: str) -> None:
        """Show a line of our own."""
        self.show("cyberframe", text)

    def show(self, name: str, text: str) -> None:
        """Show one line with its origin; in colour on a terminal."""
        label = f"{name:<12}"
        if sys.stdout.isatty():
            colour = _COLOURS[sum(name.encode()) % len(_COLOURS)]
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            print(f"{label} {text}", flush=True)
        except OSError:  # the reader of our output is gone; the platform runs on
            return
