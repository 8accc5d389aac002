"""Loading reference data: what the platform says, brought into the table that serves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from django.db import transaction

from incidents.services import digest_of
from incidents.stix.times import instant
from members.models import Member
from members.tiers import Status
from sharing.models import ReferenceObject
from sharing.publishing import MICROSECOND, hold_positions, take_position
from sharing.reference import OBJECTS

_Key = tuple[str, datetime]
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Given:
    """One object to be served, and the key it is served under."""

    object_id: str
    type: str
    version: datetime
    digest: str
    text: str

    @property
    def key(self) -> _Key:
        return self.object_id, self.version


@transaction.atomic
def load_reference(*, now: datetime, texts: Iterable[str] = ()) -> int:
    """Serve the platform's own objects, the members' identities and `texts` as reference data.

    `texts` are the JSON of further STIX objects, such as techniques. What is served already with
    the same content stays where it is; a new object or version, or other content under the same
    version, takes a new position. Nothing is ever taken away. Returns how many were placed.

    The sweep calls it, so that an admitted or renamed member and an updated platform are served
    within its interval; where nothing is new it takes no lock.
    """
    given = {each.key: each for each in (_given(text) for text in _texts(texts))}
    if not _news(given):
        return 0
    hold_positions()  # two loads at once would place objects twice
    news = _news(given)
    if news:
        _place(news, now)
    return len(news)


def _news(given: Mapping[_Key, _Given]) -> list[_Given]:
    """Return what is not served as it is given. One query."""
    rows = ReferenceObject.objects.values_list("object_id", "version", "digest")
    stored = {(object_id, version): digest for object_id, version, digest in rows}
    return [each for key, each in given.items() if stored.get(key) != each.digest]


def _texts(further: Iterable[str]) -> Iterator[str]:
    for value in OBJECTS:
        yield msgspec.json.encode(dict(value)).decode()
    # Who has only applied is the secretariat's to know.
    members = Member.objects.exclude(status=Status.APPLICANT.value).order_by("slug")
    yield from members.values_list("stix_identity", flat=True)
    yield from further


def _given(text: str) -> _Given:
    """Return the object that a JSON text holds.

    Raises:
        ValueError: it is no STIX object.
    """
    value = msgspec.json.decode(text)
    if not isinstance(value, dict) or not {"id", "type"} <= value.keys():
        raise ValueError("reference data must be STIX objects")
    stamp = value.get("modified", value.get("created"))
    version = _NO_TIME if stamp is None else instant(stamp)
    if version is None:
        raise ValueError(f"{value['id']}: {stamp!r} is no STIX timestamp")
    return _Given(value["id"], value["type"], version, digest_of(value), text)


def _place(news: list[_Given], now: datetime) -> None:
    first = take_position(slots=len(news), now=now)
    ReferenceObject.objects.bulk_create(
        [
            ReferenceObject(
                object_id=each.object_id,
                type=each.type,
                version=each.version,
                digest=each.digest,
                body=each.text,
                position=first + place * MICROSECOND,
            )
            for place, each in enumerate(news)
        ],
        update_conflicts=True,
        unique_fields=["object_id", "version"],
        update_fields=["digest", "body", "position"],
    )
