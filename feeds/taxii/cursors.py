"""`next`: where a page ended, opaque to clients and good for one reader of one collection.

It carries the last date added, which `added_after` would do as well; it is signed so that one
that was cut or made up is refused instead of answered from somewhere else.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final

from django.utils.crypto import salted_hmac

from sharing.door import Reader

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIME_BYTES: Final = 8
_MARK_BYTES: Final = 16
_LENGTH: Final = 32  # of the two together in base64


class BadCursor(Exception):
    """It was not given to this reader for this collection, or changed on the way."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose cursor it is: positions belong to the member and its class of readers."""

    member_id: int
    readers: int
    whole_only: bool
    collection: str

    @classmethod
    def of(cls, reader: Reader, collection: str) -> Holder:
        return cls(reader.member_id, reader.readers, reader.whole_only, collection)


def write_cursor(at: datetime, holder: Holder) -> str:
    """Return the cursor that goes on after `at`."""
    place = ((at - _EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES, "big", signed=True)
    return urlsafe_b64encode(place + _mark(place, holder)).decode()


def read_cursor(text: str, holder: Holder) -> datetime:
    """Return where the cursor goes on.

    Raises:
        BadCursor
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii")) if len(text) == _LENGTH else b""
    except ValueError:
        raise BadCursor from None
    place, mark = raw[:_TIME_BYTES], raw[_TIME_BYTES:]
    if not compare_digest(mark, _mark(place, holder)):
        raise BadCursor
    return _EPOCH + int.from_bytes(place, "big", signed=True) * _MICROSECOND


def _mark(place: bytes, holder: Holder) -> bytes:
    whose = f"{holder.member_id}:{holder.readers}:{holder.whole_only:d}:{holder.collection}:"
    message = whose.encode() + place
    return salted_hmac("feeds.taxii.next", message, algorithm="sha256").digest()[:_MARK_BYTES]
