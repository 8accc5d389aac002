"""STIX identifiers (§2.9): `type--UUID`."""

from __future__ import annotations

import re
from typing import Final

# The versions of RFC 4122, in lower case: one object never has two spellings of its id.
_IDENTIFIER: Final = re.compile(
    r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"
    r"--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
_TYPE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_TYPE: Final = 250
SHORTEST_TYPE: Final = 3


def object_type_of(identifier: str) -> str | None:
    """Return the type that a well-formed identifier names, else None."""
    match = _IDENTIFIER.fullmatch(identifier)
    return match.group(1) if match else None


def uuid_version(identifier: str) -> int:
    """Return the version digit of a well-formed identifier's UUID."""
    return int(identifier[-22])


def is_type_name(text: str) -> bool:
    """Return whether this may be the name of an object type (§3.1)."""
    return SHORTEST_TYPE <= len(text) <= LONGEST_TYPE and bool(_TYPE.fullmatch(text))
