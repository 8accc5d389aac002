"""Secrets of credentials: how they are made, recognised and compared. Pure but for randomness."""

from __future__ import annotations

import secrets
from hashlib import sha256

ID_PREFIX = "cfc_"
SECRET_PREFIX = "cfs_"  # noqa: S105 - how a leaked secret is recognised
_SECRET_BYTES = 32


def new_public_id() -> str:
    """Return a new credential's id."""
    return ID_PREFIX + secrets.token_hex(10)


def new_secret() -> str:
    """Return a new secret: 256 random bits after the prefix."""
    return SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret. With 256 random bits a slow hash adds nothing but time."""
    return sha256(secret.encode()).digest()
