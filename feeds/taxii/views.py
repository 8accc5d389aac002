"""TAXII 2.1, the read side (§4, §5): each route one function of who asks.

Two queries at most, and where objects of others are handed out a third that notes the receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection as Set
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from feeds.taxii import collections, envelopes
from feeds.taxii.answering import Answer, Asked, json_answer, taxii
from feeds.taxii.collections import (
    ALL_PERMITTED,
    API_ROOT,
    COLLECTIONS,
    Collection,
    collection_named,
)
from feeds.taxii.cursors import Holder, write_cursor
from feeds.taxii.errors import unknown_collection, unknown_object
from feeds.taxii.negotiation import MEDIA_TYPE
from feeds.taxii.parameters import ALL_FIELDS, OBJECT_FIELDS, VERSIONS_FIELDS, Query, read_query
from incidents.stix.identifiers import object_type_of
from incidents.stix.limits import LIMITS
from sharing.feed import Filters, Page, Versions
from sharing.services.receipts import note_page

_NOTHING: Final = Page((), more=False)


@taxii()
def discovery(asked: Asked) -> Answer:  # noqa: ARG001 - every route has it
    """Answer which API roots there are (§4.1)."""
    return json_answer(
        {
            "title": "cyberframe",
            "description": _("Incidents shared among the members of the coalition"),
            "default": API_ROOT,
            "api_roots": [API_ROOT],
        }
    )


@taxii()
def api_root(asked: Asked) -> Answer:  # noqa: ARG001
    """Answer what the API root speaks and takes (§4.2)."""
    return json_answer(
        {
            "title": _("Coalition"),
            "versions": [MEDIA_TYPE],
            "max_content_length": LIMITS.size_bytes,
        }
    )


@taxii()
def collection_list(asked: Asked) -> Answer:  # noqa: ARG001
    """Answer all collections, by id (§5.1)."""
    return json_answer({"collections": [each.as_json() for each in COLLECTIONS]})


@taxii()
def collection(asked: Asked, name: str) -> Answer:  # noqa: ARG001
    """Answer one collection (§5.2)."""
    return json_answer(_collection(name).as_json())


@taxii()
def manifest(asked: Asked, name: str) -> Answer:
    """Answer what versions there are, without their content (§5.3)."""
    return _many(asked, _collection(name), envelopes.manifest, bodies=False)


@taxii(refuses=("POST",))
def objects(asked: Asked, name: str) -> Answer:
    """Answer objects in the order in which they were added (§5.4)."""
    return _many(asked, _collection(name), envelopes.envelope, bodies=True)


@taxii(refuses=("DELETE",))
def single_object(asked: Asked, name: str, object_id: str) -> Answer:
    """Answer versions of one object (§5.6)."""
    found = _collection(name)
    query = _one(asked, found, object_id, OBJECT_FIELDS)
    page = _page_of_one(asked, found, query, bodies=True)
    _note(asked, found, page)
    return _answer(asked, found, page, envelopes.envelope)


@taxii()
def versions(asked: Asked, name: str, object_id: str) -> Answer:
    """Answer which versions of one object there are (§5.8)."""
    found = _collection(name)
    query = _one(asked, found, object_id, VERSIONS_FIELDS)
    every = replace(query.filters, versions=frozenset({Versions.ALL}))
    page = _page_of_one(asked, found, replace(query, filters=every), bodies=False)
    return _answer(asked, found, page, envelopes.versions)


def _collection(name: str) -> Collection:
    found = collection_named(name)
    if found is None:
        raise unknown_collection()
    return found


def _many(
    asked: Asked,
    found: Collection,
    write: Callable[[Page, str | None], str],
    *,
    bodies: bool,
) -> Answer:
    query = read_query(asked.request.GET, ALL_FIELDS, Holder.of(asked.reader, found.id))
    page = _read(asked, found, query, bodies=bodies)
    if bodies:
        _note(asked, found, page)
    return _answer(asked, found, page, write)


def _one(asked: Asked, found: Collection, object_id: str, fields: Set[str]) -> Query:
    query = read_query(asked.request.GET, fields, Holder.of(asked.reader, found.id))
    if object_type_of(object_id) is None:
        raise unknown_object()
    return replace(query, filters=replace(query.filters, ids=(object_id,)))


def _page_of_one(asked: Asked, found: Collection, query: Query, *, bodies: bool) -> Page:
    """Return versions of one object; if the query left none, a second one asks if there are any.

    Raises:
        TaxiiError: 404, the reader sees no version of it.
    """
    page = _read(asked, found, query, bodies=bodies)
    if page.entries:
        return page
    everything = replace(
        query, after=None, limit=1, filters=Filters(ids=query.filters.ids), nothing=False
    )
    if not query.narrows or not _read(asked, found, everything, bodies=False).entries:
        raise unknown_object()
    return page


def _read(asked: Asked, found: Collection, query: Query, *, bodies: bool) -> Page:
    if query.nothing:
        return _NOTHING
    return collections.read(
        found,
        reader=asked.reader,
        now=asked.now,
        after=query.after,
        limit=query.limit,
        filters=query.filters,
        bodies=bodies,
    )


def _note(asked: Asked, found: Collection, page: Page) -> None:
    """Write the receipt of others' objects before they are handed out; HEAD hands out nothing."""
    if found is ALL_PERMITTED and asked.request.method == "GET":
        note_page(taker=asked.taker, entries=page.entries, now=asked.now)


def _answer(
    asked: Asked, found: Collection, page: Page, write: Callable[[Page, str | None], str]
) -> Answer:
    cursor = None
    if page.more:
        cursor = write_cursor(page.entries[-1].added, Holder.of(asked.reader, found.id))
    return Answer(write(page, cursor), envelopes.date_headers(page))
