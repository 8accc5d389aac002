"""Pages of receipts: taking note, who has an own incident, what one's member was given."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from incidents.models import Incident
from incidents.pages import by_of, own_or_404, page, person_of, refused
from incidents.queries import DRAFT_ROLES
from members.errors import NotFound, NotPermitted
from members.tlp import Channel
from sharing.models import Outlet
from sharing.receipts import First, Receipt, ReceiptState, Tally, View, receipts, tally
from sharing.received import GivenState, Place, read_place, received, write_place
from sharing.services.receipts import acknowledge
from sharing.viewers import Viewer, viewer_of_person

MEMBERS: Final = 40  # on one page
ROWS: Final = 25

OUTLETS: Final = {
    Outlet.WEB: gettext_lazy("on the web"),
    Outlet.REST: "REST",
    Outlet.TAXII: "TAXII",
}
READERS: Final = {
    "person": gettext_lazy("a person"),
    Channel.INTERNAL.value: gettext_lazy("internal credential"),
    Channel.DOWNSTREAM.value: gettext_lazy("downstream credential"),
    Channel.BLOCKLIST.value: gettext_lazy("block-list credential"),
    Channel.PEER.value: gettext_lazy("peer credential"),
}
STATES: Final = {
    ReceiptState.LATER: ("acc", pgettext_lazy("a version", "Opens later")),
    ReceiptState.IN_FORCE: ("ok", pgettext_lazy("a version", "In force")),
    ReceiptState.SUPERSEDED: ("line", pgettext_lazy("a version", "Superseded")),
    ReceiptState.WITHDRAWN: ("no", pgettext_lazy("a version", "Withdrawn")),
    ReceiptState.RECALLED: ("part", pgettext_lazy("a version", "Recalled")),
}


@page("POST")
def take_note(request: HttpRequest, ref: str) -> HttpResponse:
    """Say for the member that it took note of the version shown."""
    viewer, person = _viewer(request), person_of(request)
    by, now = by_of(request), timezone.now()
    try:
        acknowledge(by=by, viewer=viewer, ref=ref, now=now)
    except NotPermitted as refusal:
        return refused(request, refusal.sentence)
    except NotFound:
        raise Http404 from None
    messages.success(
        request,
        _("Acknowledged for %(member)s.") % {"member": person.member.name if person.member else ""},
    )
    return HttpResponseRedirect(reverse("incidents:detail", args=[ref]))


def _viewer(request: HttpRequest) -> Viewer:
    viewer = viewer_of_person(person_of(request))
    if viewer is None:
        raise Http404
    return viewer


@page("GET", "HEAD")
def deliveries(request: HttpRequest, ref: str) -> HttpResponse:
    """Show who has which version of an own incident."""
    incident = own_or_404(request, ref)
    if not DRAFT_ROLES.intersection(person_of(request).roles):
        return refused(request, _("Only analysts and reviewers of your team see who has it."))
    now, view = timezone.now(), _view(request)
    after = request.GET.get("after", "")[:60].replace("\x00", "")
    counts = tally(incident=incident, now=now)
    found = receipts(incident=incident, now=now, view=view, after=after, limit=MEMBERS)
    context = {
        "incident": {"ref": incident.ref, "version": incident.version, "title": _title(incident)},
        "counts": counts,
        "view": view.value,
        "views": _views(incident, counts, view),
        "rows": [_receipt(row) for row in found.rows],
        "is_start": not after,
        "first_url": _address(incident, view),
        "next_url": _address(incident, view, found.next) if found.next else "",
    }
    return render(request, "sharing/deliveries.html", context)


def _title(incident: Incident) -> str:
    return (incident.head.title if incident.head else "") or _("Untitled")


def _view(request: HttpRequest) -> View:
    """Return the view asked for; a word that is none asks for all."""
    given = request.GET.get("view", "")
    return View(given) if given in [view.value for view in View] else View.ALL


def _views(incident: Incident, counts: Tally, active: View) -> list[dict[str, Any]]:
    labels = {
        View.ALL: _("All"),
        View.WAITING: _("Not fetched yet"),
        View.RECALLED: _("Recalled"),
    }
    return [
        {
            "label": label,
            "url": _address(incident, view),
            "count": counts.views[view],
            "active": view is active,
        }
        for view, label in labels.items()
    ]


def _address(incident: Incident, view: View, after: str | None = None) -> str:
    query = {"view": view.value} if view is not View.ALL else {}
    query |= {"after": after} if after else {}
    address = reverse("sharing:deliveries", args=[incident.ref])
    return f"{address}?{urlencode(query)}" if query else address


def _receipt(row: Receipt) -> dict[str, Any]:
    style, label = STATES[row.state]
    return {
        "member": row.member,
        "version": row.version,
        "outcome": "full" if row.whole else "redacted",
        "granted_at": row.granted_at,
        "backfill": row.backfill,
        "opens_at": row.opens_at,
        "fetched_at": row.first.at if row.first else None,
        "fetched_by": _by(row.first) if row.first else "",
        "acknowledged_at": row.acknowledged_at,
        "state": row.state.value,
        "state_style": style,
        "state_label": label,
        "withdrawn_at": row.withdrawn_at,
        "recall": row.recall,
    }


def _by(first: First) -> str:
    """Return by which outlet and what kind of reader: "TAXII · internal credential"."""
    return f"{OUTLETS[first.outlet]} · {READERS[first.by]}"


@page("GET", "HEAD")
def given(request: HttpRequest) -> HttpResponse:
    """Show what the person's member was given by others, the latest first."""
    viewer, now = _viewer(request), timezone.now()
    after = _place(request, viewer.member_id)
    found = received(viewer=viewer, now=now, after=after, limit=ROWS)
    rest = found.next and write_place(found.next, member_id=viewer.member_id)
    context = {
        "rows": [
            {
                "row": row,
                "url": reverse("incidents:detail", args=[row.ref]) if row.title is not None else "",
                "title": row.title or _("Part of an incident"),
                "outlet": OUTLETS[row.collected.outlet] if row.collected else "",
                "state_style": STATES[_STATE_OF[row.state]][0],
                "state_label": STATES[_STATE_OF[row.state]][1],
            }
            for row in found.rows
        ],
        "is_start": after is None,
        "next_url": "?" + urlencode({"after": rest}) if rest else "",
    }
    return render(request, "sharing/received.html", context)


_STATE_OF: Final = {state: ReceiptState(state.value) for state in GivenState}


def _place(request: HttpRequest, member_id: int) -> Place | None:
    """Return where the page begins; a cursor that is not ours is as if not given."""
    try:
        return read_place(request.GET["after"], member_id=member_id)
    except (KeyError, signing.BadSignature):
        return None
