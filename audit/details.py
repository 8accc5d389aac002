"""What an entry's details may hold: ids, numbers, codes, hashes; never text. Pure."""

from __future__ import annotations

import re
from typing import Any

_MAX_DEPTH = 3
_MAX_ITEMS = 500
_MAX_INT = 2**53 - 1
# No white space and no quotes: a slug, code, id, time or hash fits, a sentence does not. "@" is
# left out as well, so that an e-mail address cannot slip in.
_WORD = re.compile(r"[A-Za-z0-9._:/+-]{0,200}")


class DetailsRefused(ValueError):
    """The details hold something that may not enter the log. The message names the place."""


def check(details: Any, where: str = "details", depth: int = 0) -> None:
    """Return if everything in `details` may be kept.

    Raises:
        DetailsRefused: text, an address, a fraction, or too deep or too long.
    """
    match details:
        case bool() | None:
            return
        case int():
            if abs(details) > _MAX_INT:
                raise DetailsRefused(f"{where}: number too large")
        case str():
            if not _WORD.fullmatch(details):
                raise DetailsRefused(f"{where}: only ids, codes and hashes are kept")
        case dict() | list() | tuple():
            _check_items(details, where, depth)
        case _:
            raise DetailsRefused(f"{where}: {type(details).__name__} is not kept")


def _check_items(
    details: dict[Any, Any] | list[Any] | tuple[Any, ...], where: str, depth: int
) -> None:
    if depth >= _MAX_DEPTH or len(details) > _MAX_ITEMS:
        raise DetailsRefused(f"{where}: too deep or too long")
    if isinstance(details, dict):
        for key, value in details.items():
            if not isinstance(key, str):
                raise DetailsRefused(f"{where}: keys are words")
            check(key, where, depth + 1)
            check(value, f"{where}.{key}", depth + 1)
    else:
        for number, value in enumerate(details):
            check(value, f"{where}[{number}]", depth + 1)
