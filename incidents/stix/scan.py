"""Judging bytes before any parser sees them: nesting, measured without recursion."""

from __future__ import annotations

import re
from typing import Final

# A whole string; one that never ends matches up to the end of the text. The repeats are
# possessive, so the search is linear whatever comes.
_OPENING: Final = ord("[")
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# Braces count as brackets: whether they match is the parser's business.
_AS_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_REST: Final = bytes(set(range(256)) - set(b"[]{}"))


def deeper_than(data: bytes, limit: int) -> bool:
    """Return whether lists and objects nest more than `limit` deep, strings apart.

    Each pass removes the innermost pairs, one level; that takes milliseconds for megabytes of
    them. What is left then is too deep, or has no partner: there the parser meets at most
    twice the limit before it refuses the text.
    """
    brackets = _STRING.sub(b"", data).translate(_AS_BRACKETS, _REST)
    for _ in range(limit):
        brackets = brackets.replace(b"[]", b"")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket == _OPENING else -1
        if depth > limit:
            return True
    return b"[]" in brackets
