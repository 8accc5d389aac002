"""Opaque places in a list, bound to the member that they were given to."""

from __future__ import annotations

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


def _signer(member_id: int) -> signing.Signer:
    return signing.Signer(salt=f"sharing.list:{member_id}")
