"""STIX timestamps (§2.15): RFC 3339 in UTC, with `Z`, of any precision."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_TIMESTAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z"
)
MILLISECOND_DIGITS: Final = 3
_MICROSECOND_DIGITS: Final = 6


def instant(text: str) -> datetime | None:
    """Return the moment, cut to microseconds, or None if this is no STIX timestamp.

    Leap seconds and the hour 24 are refused, as in stix2: no clock here can name them.
    """
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return None
    seconds, fraction = match.groups()
    micros = (fraction or "")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    try:
        return datetime.fromisoformat(f"{seconds}.{micros}+00:00")
    except ValueError:
        return None


def fraction_digits(text: str) -> int:
    """Return how many digits a well-formed timestamp has after its seconds."""
    match = _TIMESTAMP.fullmatch(text)
    return len(match.group(2) or "") if match else 0


def timestamp(moment: datetime) -> str:
    """Return a moment as a STIX timestamp with milliseconds, or with more if it needs them."""
    moment = moment.astimezone(UTC)
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
