"""The queue of what waits for release, oldest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.marking import from_json
from incidents.models import Incident
from incidents.pages import page, person_of, refused
from incidents.queries import waiting_for_release
from members.roles import Role
from sharing.lint import lint
from sharing.preview import preview
from sharing.views.audience import may_be_these

# Each row is judged as its release page judges it, so the page is kept short.
ROWS: Final = 20


@page("GET", "HEAD")
def review(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person's team."""
    person, now = person_of(request), timezone.now()
    if not person.has_role(Role.REVIEWER):
        return refused(request, _("Only reviewers release incidents. Ask a reviewer of your team."))
    waiting = waiting_for_release(person).select_related("head__created_by")
    rows = [_row(incident, now) for incident in waiting[:ROWS]]
    more = max(0, waiting.count() - ROWS) if len(rows) == ROWS else 0
    return render(request, "sharing/review.html", {"rows": rows, "more": more})


def _row(incident: Incident, now: datetime) -> dict[str, Any]:
    head = incident.head
    assert head is not None  # in review, so there is a revision
    marking = from_json(head.marking)
    seen = preview(incident=incident, now=now, only_these=may_be_these(marking))
    findings = lint(incident=incident, preview=seen, now=now)
    blocks = sum(each.blocks for each in findings)
    return {
        "ref": incident.ref,
        "url": reverse("sharing:release", args=[incident.ref]),
        "title": head.title or _("Untitled"),
        "level": head.level,
        "tlp": marking.tlp,
        "author": str(head.created_by) if head.created_by else "",
        "submitted_at": incident.changed_at,
        "blocks": blocks,
        "warnings": len(findings) - blocks,
        "version": incident.version,
    }
