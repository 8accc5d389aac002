"""Bodies of answers that carry entries: envelope, manifest, versions (§3.7, §5.3.1, §5.8.1).

Objects are the stored texts, joined: nothing is parsed on the way out. An empty answer is `{}`:
lists are never empty (§2).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from feeds.taxii.negotiation import STIX_MEDIA_TYPE
from feeds.taxii.times import timestamp
from sharing.feed import Entry, Page


def envelope(page: Page, cursor: str | None) -> str:
    """Return the objects of a page; `cursor` is `next`, given exactly where more follows."""
    return _listing("objects", [entry.body for entry in page.entries], cursor)


def manifest(page: Page, cursor: str | None) -> str:
    """Return one record for each version of a page."""
    return _listing("objects", [_record(entry) for entry in page.entries], cursor)


def versions(page: Page, cursor: str | None) -> str:
    """Return the versions of one object, the earliest added first."""
    return _listing("versions", [f'"{timestamp(e.version)}"' for e in page.entries], cursor)


def date_headers(page: Page) -> dict[str, str]:
    """Return the dates added of the first and last entry (§3.2); an empty page has none."""
    if not page.entries:
        return {}
    return {
        "X-TAXII-Date-Added-First": timestamp(page.entries[0].added),
        "X-TAXII-Date-Added-Last": timestamp(page.entries[-1].added),
    }


def _listing(name: str, items: Sequence[str], cursor: str | None) -> str:
    if not items:
        return "{}"
    more = "false" if cursor is None else f'true,"next":"{cursor}"'
    return f'{{"more":{more},"{name}":[{",".join(items)}]}}'


def _record(entry: Entry) -> str:
    value = {
        "id": entry.object_id,
        "date_added": timestamp(entry.added),
        "version": timestamp(entry.version),
        "media_type": STIX_MEDIA_TYPE,
    }
    return msgspec.json.encode(value).decode()
