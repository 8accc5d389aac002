"""Handing another member's incident to a person: its receipt, and taking note of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.pages import person_of
from members.roles import Role
from sharing.models import Outlet
from sharing.queries import Shared
from sharing.received import acknowledged
from sharing.services.receipts import Taker, note_fetched


def hand_out(request: HttpRequest, shared: Shared, now: datetime) -> dict[str, Any]:
    """Note that the person is given this incident; return what the page shows of it. Two queries.

    A HEAD gives nothing and is not noted.
    """
    person = person_of(request)
    if request.method == "GET":
        note_fetched(taker=Taker.of(person), grants=shared.grants, outlet=Outlet.WEB, now=now)
    assert person.member_id is not None  # else nothing is shared with it
    said = acknowledged(member_id=person.member_id, release_id=shared.release_id)
    offered = said is None and person.has_role(Role.ANALYST)
    return {"acknowledged": said, "actions": [_acknowledge(shared)] if offered else []}


def _acknowledge(shared: Shared) -> dict[str, str]:
    return {
        "label": _("Acknowledge"),
        "url": reverse("sharing:acknowledge", args=[shared.ref]),
        "method": "post",
        "style": "primary",
        "hotkey": "a",
    }
