"""Reference data: objects of the platform itself, which every reader may see (domain §3, step 0).

Marking definitions, extension definitions, the members' identities and techniques live once,
outside releases, in a feed of their own with positions like any other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from incidents.stix.definitions import EXTENSION_DEFINITIONS, IDENTITY
from incidents.stix.markings import PAP_OBJECTS, TLP1_OBJECTS, TLP2_OBJECTS, StixObject
from sharing.feed import Filters, Page, fetch, matching, versions_wanted

# Extension definitions of OASIS are not among them: OASIS publishes those, and a copy of ours with
# other words would be a second body under the same id and version.
OBJECTS: Final[tuple[StixObject, ...]] = (
    IDENTITY,
    *EXTENSION_DEFINITIONS,
    *TLP2_OBJECTS,
    *PAP_OBJECTS,
    *TLP1_OBJECTS,
)


def reference_page(
    *,
    after: datetime | None = None,
    limit: int = 100,
    filters: Filters,
    bodies: bool = True,
) -> Page:
    """Return the next reference objects after `after`, oldest first; `limit` is 1 to MAX_PAGE.

    One query, the same for every reader.
    """
    named = "\n  AND r.object_id = ANY(%(ids)s)" if filters.ids else ""
    versions = versions_wanted(
        filters,
        row="r",
        later=_other("r2.version > r.version"),
        earlier=_other("r2.version < r.version"),
    )
    sql = f"""
SELECT r.position, r.object_id, r.version, {"r.body" if bodies else "''"}
FROM sharing_referenceobject r
WHERE r.position > %(after)s{named}{matching(filters, "r")}{versions}
ORDER BY r.position
LIMIT %(limit)s"""  # noqa: S608 - of our own pieces
    return fetch(sql, {}, filters=filters, after=after, limit=limit)


def _other(condition: str) -> str:
    return f"""EXISTS (SELECT 1 FROM sharing_referenceobject r2
    WHERE r2.object_id = r.object_id AND {condition})"""  # noqa: S608 - of our own pieces
