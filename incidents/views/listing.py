"""The incident list: own and shared in one, every filter in the URL, paged by keyset."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.forms import NarrowForm
from incidents.pages import page, person_of
from incidents.views.access import may_file, viewer_of
from incidents.words import sector
from members.tlp import TLP
from sharing.paging import read_cursor, write_cursor
from sharing.queries import Counts, Narrow, Page, Place, Row, counts, incidents

ROWS: Final = 25
FRESH: Final = timedelta(hours=24)


@page("GET", "HEAD")
def listing(request: HttpRequest) -> HttpResponse:
    """Show what the person may see, newest first."""
    viewer, now = viewer_of(request), timezone.now()
    found = counts(viewer=viewer, now=now, since=now - FRESH)
    form = NarrowForm(request.GET or None, sectors=found.sectors, sources=found.sources)
    chosen = form.chosen() if form.is_bound else {}
    place = _place(request, viewer.member_id)
    rows = incidents(viewer=viewer, now=now, narrow=_narrow(chosen), place=place, limit=ROWS)
    context = {
        "page": {"rows": [row_context(row) for row in rows.rows]},
        "total": found.total,
        "new_since_yesterday": found.fresh,
        "filters": form,
        "views": _views(found, str(chosen.get("view", "")), drafts=viewer.drafts),
        **_pages(request, rows, viewer.member_id),
        "can_file": not may_file(person_of(request)),
    }
    return render(request, "incidents/list.html", context)


def row_context(row: Row) -> dict[str, Any]:
    """Return a row as the templates draw it."""
    return asdict(row) | {
        "owner": row.owner,
        "url": reverse("incidents:detail", args=[row.ref]),
        "title": row.title or _("Part of an incident"),
        "sectors": [sector(each) for each in row.sectors],
    }


def _narrow(chosen: dict[str, Any]) -> Narrow:
    return Narrow(
        text=chosen.get("q", ""),
        level=chosen.get("level"),
        sector=chosen.get("sector", ""),
        state=chosen.get("state", ""),
        tlp=TLP.parse(chosen["tlp"]) if "tlp" in chosen else None,
        source=chosen.get("from", ""),
        view=chosen.get("view", "") if chosen.get("view") in _VIEWS else "",
    )


_VIEWS: Final = ("", "own", "shared", "drafts", "review")


def _views(found: Counts, active: str, *, drafts: bool) -> list[dict[str, Any]]:
    tabs = [
        ("", _("All"), found.total),
        ("shared", _("From partners"), found.shared),
        ("own", _("Your own"), found.own),
    ]
    if drafts:
        tabs += [
            ("drafts", _("Drafts"), found.drafts),
            ("review", _("Waiting for release"), found.review),
        ]
    address = reverse("incidents:list")
    return [
        {
            "label": label,
            "url": f"{address}?view={key}" if key else address,
            "active": key == active,
            "count": count,
        }
        for key, label, count in tabs
    ]


def _place(request: HttpRequest, member_id: int) -> Place | None:
    """Return where the page begins; a cursor that is not ours is as if not given."""
    for name, newer in (("after", False), ("before", True)):
        if given := request.GET.get(name):
            try:
                return read_cursor(given, member_id=member_id, newer=newer)
            except signing.BadSignature:
                return None
    return None


def _pages(request: HttpRequest, rows: Page, member_id: int) -> dict[str, str]:
    if not rows.rows:
        return {"next_url": "", "prev_url": ""}
    first, last = rows.rows[0], rows.rows[-1]
    return {
        "prev_url": _with(request, "before", first, member_id) if rows.newer else "",
        "next_url": _with(request, "after", last, member_id) if rows.older else "",
    }


def _with(request: HttpRequest, name: str, row: Row, member_id: int) -> str:
    kept = [
        (key, value)
        for key, values in request.GET.lists()
        for value in values
        if key not in ("after", "before") and value
    ]
    cursor = write_cursor(row, member_id=member_id)
    return "?" + urlencode([*kept, (name, cursor)])
