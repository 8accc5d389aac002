"""How much one submission may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds judged before anything is parsed; each is inclusive."""

    size_bytes: int = 5_000_000
    depth: int = 64
    objects: int = 5_000
    properties_per_object: int = 10_000
    properties: int = 500_000
    problems: int = 2_000


LIMITS: Final = Limits()

# Bounds of check(). Patterns beyond them are kept as text that nobody has checked.
PATTERN_LENGTH: Final = 10_000
PATTERN_NESTING: Final = 20
PATTERN_BUDGET: Final = 100_000
# Problems kept of one object, and of one once the submission has more than enough.
PROBLEMS_PER_OBJECT: Final = 200
PROBLEMS_PER_LATER_OBJECT: Final = 5
