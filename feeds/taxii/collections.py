"""The collections of the API root (§5.1): fixed ids, aliases for people, one way to read each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from feeds.taxii.negotiation import STIX_MEDIA_TYPE
from sharing.door import Reader
from sharing.feed import Filters, Page, page
from sharing.models import GrantKind
from sharing.reference import reference_page

API_ROOT: Final = "/taxii2/coalition/"
DISCOVERY: Final = "/taxii2/"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection; its id is a version-4 UUID that never changes."""

    id: str
    alias: str
    title: str | Promise
    description: str | Promise

    def as_json(self) -> dict[str, Any]:
        """Return the collection resource (§5.2.1)."""
        return {
            "id": self.id,
            "title": str(self.title),
            "description": str(self.description),
            "alias": self.alias,
            "can_read": True,
            "can_write": False,
            "media_types": [STIX_MEDIA_TYPE],
        }


ALL_PERMITTED: Final = Collection(
    id="91313436-8406-4f46-9c1b-3805e3827f46",
    alias="all-permitted",
    title=_("All permitted"),
    description=_("Everything that others have released to your member, as far as you may see it."),
)
OWN: Final = Collection(
    id="72f49d84-776f-4a31-ba1d-790abd53f5d7",
    alias="own",
    title=_("Own"),
    description=_(
        "What your member has filed: in any state for internal credentials, else what is in force."
    ),
)
REFERENCE: Final = Collection(
    id="2457d72a-eecd-4bd0-8a22-474e688cbb51",
    alias="reference",
    title=_("Reference"),
    description=_("Markings, extension definitions, the members' identities and techniques."),
)
COLLECTIONS: Final = tuple(sorted((ALL_PERMITTED, OWN, REFERENCE), key=lambda each: each.id))
_BY_NAME: Final[Mapping[str, Collection]] = {
    name: each for each in COLLECTIONS for name in (each.id, each.alias)
}


def collection_named(name: str) -> Collection | None:
    """Return the collection with that id or alias."""
    return _BY_NAME.get(name.lower())


def read(
    collection: Collection,
    *,
    reader: Reader,
    now: datetime,
    after: datetime | None,
    limit: int,
    filters: Filters,
    bodies: bool,
) -> Page:
    """Return the next page of the collection as this reader may see it. One query."""
    if collection is REFERENCE:
        return reference_page(after=after, limit=limit, filters=filters, bodies=bodies)
    return page(
        reader=reader,
        kind=reader.own_kind() if collection is OWN else GrantKind.SHARED,
        now=now,
        after=after,
        limit=limit,
        filters=filters,
        bodies=bodies,
    )
