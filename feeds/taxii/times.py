"""TAXII timestamps (§2): RFC 3339 in UTC, with `Z` and exactly six digits. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return the moment as TAXII writes it."""
    bare = moment.astimezone(UTC).replace(tzinfo=None)
    return bare.isoformat(timespec="microseconds") + "Z"
