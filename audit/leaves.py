"""The bytes of an entry that its leaf hash covers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from audit.merkle import hash_leaf


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry's content together with its place in the tree."""

    index: int
    entry: int
    at: datetime
    action: str
    target_kind: str
    target_key: str
    actor_kind: str
    person_id: int | None
    credential_id: int | None
    actor_member_id: int | None
    member_id: int | None
    request_id: str
    details: Mapping[str, Any]

    def canonical(self) -> bytes:
        """Return the leaf's bytes: one JSON object in the canonical form of RFC 8785."""
        return rfc8785.dumps(
            {
                "index": self.index,
                "entry": self.entry,
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "action": self.action,
                "target": {"kind": self.target_kind, "key": self.target_key},
                "actor": {
                    "kind": self.actor_kind,
                    "person": self.person_id,
                    "credential": self.credential_id,
                    "member": self.actor_member_id,
                },
                "member": self.member_id,
                "request": self.request_id,
                "details": dict(self.details),
            }
        )

    def hash(self) -> bytes:
        """Return the leaf hash (RFC 6962 §2.1)."""
        return hash_leaf(self.canonical())
