"""The data folder: its version, its lock, its room, and where the servers' files go."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from cyberframe.embedded.account import Account
from cyberframe.embedded.errors import StartError

LAYOUT = 1
ROOM_NEEDED_MB = 300
_MARKER = "cyberframe.json"
_OWNER = "data-folder"
_SOCKET_LIMIT = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder in use.

    `var` holds the marker, pid files and demo.json; `place` the servers' data, which is `var`
    itself unless the servers' user cannot reach it (root's home); `sockets` the Unix sockets.
    """

    var: Path
    place: Path
    sockets: Path
    lock: int

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def postgresql(self) -> Path:
        return self.place / "postgresql"

    @property
    def valkey(self) -> Path:
        return self.place / "valkey"


def take(var: Path, account: Account) -> Folder:
    """Return the data folder, made where it is missing and locked for this process.

    Raises:
        StartError: it cannot be written, another process uses it, it is another version's, or the
            disk is full. Nothing in it was changed.
    """
    var = var.absolute()
    marker = _read_marker(var)
    try:
        var.mkdir(mode=0o755, parents=True, exist_ok=True)
        (var / "run").mkdir(mode=0o755, exist_ok=True)
        lock = _lock(var / "run" / "lock")
    except OSError as error:
        raise StartError(f"data folder {var}: {error.strerror}") from None
    check_room(var)
    place = _place(var, marker, account)
    folder = Folder(var=var, place=place, sockets=_sockets(place, account), lock=lock)
    if not marker:
        elsewhere = str(place) if place != var else ""
        _write(var / _MARKER, {"layout": LAYOUT, "elsewhere": elsewhere})
    return folder


def release(folder: Folder) -> None:
    """Give the data folder up."""
    os.close(folder.lock)


def check_room(path: Path) -> None:
    """Refuse a disk with less room than a first start takes.

    Raises:
        StartError: there are fewer than ROOM_NEEDED_MB free.
    """
    free = shutil.disk_usage(path).free // 2**20
    if free < ROOM_NEEDED_MB:
        raise StartError(
            f"the disk of {path} is full: {free} MB free, {ROOM_NEEDED_MB} MB needed "
            "(CYBERFRAME_VAR names another folder)"
        )


def check_postgresql(folder: Folder, major: int) -> None:
    """Refuse a database that another PostgreSQL version made.

    Raises:
        StartError: with both versions named.
    """
    try:
        found = (folder.postgresql / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if found != str(major):
        raise StartError(
            f"data folder {folder.var} was made by PostgreSQL {found}, this is PostgreSQL {major}: "
            "start with another CYBERFRAME_VAR, or move that folder away"
        )


def _read_marker(var: Path) -> dict[str, object]:
    try:
        marker = json.loads((var / _MARKER).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        raise StartError(f"data folder {var}: Permission denied") from None
    except ValueError:
        marker = {}
    found = marker.get("layout") if isinstance(marker, dict) else None
    if found != LAYOUT:
        raise StartError(
            f"data folder {var} is of version {found}, this cyberframe reads version {LAYOUT}: "
            "start with another CYBERFRAME_VAR, or move that folder away"
        )
    return dict(marker)


def _write(path: Path, value: dict[str, object]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(value) + "\n")
    new.replace(path)


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(handle, 20).decode(errors="replace").strip()
        os.close(handle)
        if error.errno not in {errno.EAGAIN, errno.EACCES}:
            raise
        raise StartError(
            f"data folder {path.parent.parent} is in use by process {owner}: stop it, or start "
            "with another CYBERFRAME_VAR and CYBERFRAME_PORT"
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _place(var: Path, marker: dict[str, object], account: Account) -> Path:
    """Return where the servers' data lives: `var`, unless their user cannot get there."""
    known = marker.get("elsewhere")
    if known:
        return _checked_elsewhere(Path(str(known)), var)
    if account.can("-x", var):
        return var
    place = Path("/var/lib/cyberframe") / secrets.token_hex(8)
    place.mkdir(mode=0o755, parents=True)
    (place / _OWNER).write_text(str(var))
    return place


def _checked_elsewhere(place: Path, var: Path) -> Path:
    """Return `place` if it is this folder's: a copied folder must not open the first one's data."""
    try:
        owner = (place / _OWNER).read_text()
    except OSError as error:
        raise StartError(f"data folder {var} keeps its data in {place}: {error.strerror}") from None
    if owner != str(var):
        raise StartError(f"data folder {var} is a copy of {owner}, whose data lies in {place}")
    return place


def _sockets(place: Path, account: Account) -> Path:
    """Return a private folder for sockets whose path is short enough for the kernel."""
    path = place / "sockets"
    if len(os.fsencode(path)) > _SOCKET_LIMIT:
        short = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]
        path = Path("/tmp") / f"cyberframe-{short}"  # noqa: S108 - made private and checked below
    try:
        path.mkdir(mode=0o700)
        account.owns(path)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise StartError(f"{path} is not a private folder of ours: remove it")
    return path
