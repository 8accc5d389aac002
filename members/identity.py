"""The STIX identity of a member: fixed id, stable bytes. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

NAMESPACE = uuid.UUID("6f1d3c52-8a0e-5b7c-9d1f-2c4e7a9b0d13")


def identity_id(slug: str) -> str:
    """Return the identity id that belongs to a member's slug, the same on every instance."""
    return f"identity--{uuid.uuid5(NAMESPACE, f'member:{slug}')}"


def render(
    *, stix_id: str, name: str, sectors: Sequence[str], created: datetime, modified: datetime
) -> str:
    """Return the identity object's JSON text (STIX 2.1 §4.5), the same for the same arguments."""
    value: dict[str, object] = {
        "type": "identity",
        "spec_version": "2.1",
        "id": stix_id,
        "created": _stamp(created),
        "modified": _stamp(modified),
        "name": name,
        "identity_class": "organization",
    }
    if sectors:
        value["sectors"] = list(sectors)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
