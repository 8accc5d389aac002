"""Writes docs/configuration.md from the one table of settings; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from cyberframe.config import DEVELOPMENT_SECRET, ROOT, VARIABLES

TARGET = ROOT / "docs" / "configuration.md"
_HEAD = """# Configuration

Every setting is an environment variable. `CYBERFRAME_<NAME>_FILE` instead names a file that holds
the value, for secrets. A wrong value stops the start with one line that names it.

Written by `make docs` from `cyberframe/config.py`; `make check` compares.

| variable | default | what it does |
| --- | --- | --- |
"""
_TAIL = """
In production (`CYBERFRAME_ENV=production`) a start is refused without `CYBERFRAME_DATABASE_URL`,
`CYBERFRAME_REDIS_URL`, an `https://` `CYBERFRAME_BASE_URL` and a `CYBERFRAME_SECRET_KEY` of its
own, and with `CYBERFRAME_DEBUG`.
"""


def page() -> str:
    """Return the text of docs/configuration.md."""
    rows = [
        f"| `CYBERFRAME_{v.name}` | {_shown(v.default)} | {v.help} |"
        for v in sorted(VARIABLES, key=lambda v: v.name)
    ]
    return _HEAD + "\n".join(rows) + "\n" + _TAIL


def _shown(default: str) -> str:
    if default == DEVELOPMENT_SECRET:
        return "for development only"
    return f"`{default.replace(str(ROOT), '.')}`" if default else ""


def main() -> int:
    """Write the page, or say whether it is current."""
    if "--check" not in sys.argv:
        TARGET.write_text(page())
        return 0
    if TARGET.exists() and Path(TARGET).read_text() == page():
        return 0
    print("docs/configuration.md is not current: make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
