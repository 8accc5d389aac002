"""Opaque places in a list, bound to the member that they were given to."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core import signing

from sharing.queries import Place, Row


def write_cursor(row: Row, *, member_id: int) -> str:
    """Return the place of a row."""
    return _signer(member_id).sign_object([row.arrived_at.isoformat(), row.ref])


def read_cursor(text: str, *, member_id: int, newer: bool = False) -> Place:
    """Return the place that a cursor names.

    Raises:
        signing.BadSignature: it was not given to this member, or changed on the way.
    """
    at, ref = _signer(member_id).unsign_object(text)
    return Place(datetime.fromisoformat(at), ref, newer=newer)


def write_key(key: uuid.UUID, *, of: str, member_id: int) -> str:
    """Return the place of what is known by this key in the list `of`."""
    return _signer(member_id, of).sign_object(key.hex)


def read_key(text: str, *, of: str, member_id: int) -> uuid.UUID:
    """Return the key that a cursor of `write_key` names.

    Raises:
        signing.BadSignature: it was not given to this member for this list.
    """
    return uuid.UUID(_signer(member_id, of).unsign_object(text))


def _signer(member_id: int, of: str = "list") -> signing.Signer:
    return signing.Signer(salt=f"sharing.{of}:{member_id}")
