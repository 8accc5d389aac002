"""Ids and hashes that are the same at every seeding. Pure."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

import rfc8785

NAMESPACE: Final = uuid.UUID("b7a1f6de-30a4-5c1b-9e57-6d2c8f04a9e3")
# STIX 2.1 §2.9: the namespace of deterministic ids of cyber-observable objects.
SCO_NAMESPACE: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")


def fixed(kind: str, name: str) -> str:
    """Return the id of a demo object of that type and name."""
    return f"{kind}--{uuid.uuid5(NAMESPACE, f'{kind}/{name}')}"


def sha256(name: str) -> str:
    """Return the SHA-256 that a demo file of that name is said to have."""
    return hashlib.sha256(f"cyberframe-demo:{name}".encode()).hexdigest()


def observable_id(kind: str, contributing: Mapping[str, Any]) -> str:
    """Return the deterministic id of an observable from its contributing properties (§2.9)."""
    text = rfc8785.dumps(dict(contributing)).decode()
    return f"{kind}--{uuid.uuid5(SCO_NAMESPACE, text)}"
