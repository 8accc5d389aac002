"""Judging bytes before any parser sees them: nesting, measured without recursion."""

from __future__ import annotations

import re
from typing import Final

# Each match swallows a whole string or is one bracket. A string that never ends matches up
# to the end of the text, and the repeats are possessive, so the scan is linear whatever comes.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_OPENING: Final = frozenset(b"[{")
_CLOSING: Final = frozenset(b"]}")


def deeper_than(data: bytes, limit: int) -> bool:
    """Return whether lists and dictionaries nest more than `limit` deep, strings apart."""
    depth = 0
    for token in _TOKEN.finditer(data):
        char = data[token.start()]
        if char in _OPENING:
            depth += 1
            if depth > limit:
                return True
        elif char in _CLOSING:
            depth -= 1
    return False
