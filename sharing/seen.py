"""What an approver saw, in a few bytes that the form carries: to show what changed since.

It decides nothing: the digest does. Each row is its member, its outcome and a short hash of all
the rest, so that any difference in a row shows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

import rfc8785

from sharing.policy.audience import row_json
from sharing.policy.types import Reach, Row

_LETTERS: Final = {Reach.FULL: "f", Reach.REDACTED: "r", Reach.NONE: "n"}
_REACHES: Final = {letter: reach for reach, letter in _LETTERS.items()}
_ENTRY: Final = re.compile(r"([a-z0-9-]{1,60})=([frn])([0-9a-f]{8})")
MOST: Final = 200_000


def write(rows: Sequence[Row]) -> str:
    """Return the rows as `slug=<outcome><hash>`, separated by spaces."""
    return " ".join(f"{row.member}={_LETTERS[row.outcome]}{_hash(row)}" for row in rows)


def changes(seen: str, rows: Sequence[Row]) -> list[tuple[str, Reach | None, Row | None]]:
    """Return (member, outcome before, row now) for every row that differs, by slug."""
    before = {m[1]: (m[2], m[3]) for m in _ENTRY.finditer(seen[:MOST])}
    if not before:
        return []
    now: Mapping[str, Row] = {row.member: row for row in rows}
    found: list[tuple[str, Reach | None, Row | None]] = []
    for slug in sorted(before.keys() | now.keys()):
        was, row = before.get(slug), now.get(slug)
        if row is not None and was == (_LETTERS[row.outcome], _hash(row)):
            continue
        found.append((slug, _REACHES[was[0]] if was else None, row))
    return found


def _hash(row: Row) -> str:
    return hashlib.sha256(rfc8785.dumps(row_json(row))).hexdigest()[:8]
