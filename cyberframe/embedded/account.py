"""Which user the database runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyberframe.embedded.errors import StartError


@dataclass(frozen=True, slots=True)
class Account:
    """A user that servers run as; `switch` is False when it is the one we already are."""

    name: str
    uid: int
    gid: int
    switch: bool

    def popen(self) -> dict[str, Any]:
        """Return what `subprocess` needs to start a process as this user."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Give `path` to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can(self, test: str, path: Path) -> bool:
        """Return whether this user passes test(1) `-x`, `-r` or `-w` on `path`."""
        command = ["/bin/sh", "-c", f'test {test} "$0"', str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.popen()).returncode == 0


def choose() -> Account:
    """Return ourselves, or as root the first unprivileged user that this machine has.

    Raises:
        StartError: root on a machine without such a user.
    """
    if os.geteuid() != 0:
        return Account(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    raise StartError("PostgreSQL does not run as root and there is no user postgres or nobody here")
