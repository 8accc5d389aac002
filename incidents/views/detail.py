"""The incident page: the owner's whole one, or what was shared with the viewer's member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import showing
from incidents.marking import NEUTRAL, Marking, from_json, meet
from incidents.models import IN_FORCE, Incident, Revision, State, Working
from incidents.pages import page, person_of
from incidents.presenting import objects_page, shared_page
from incidents.queries import own_incident, places
from incidents.showing import Body
from incidents.views.access import viewer_of
from incidents.views.actions import actions, erasing, may_discard, unconfirmed
from incidents.views.taking import hand_out
from incidents.words import sector
from members.models import Member, Person
from sharing.holders import InForce, in_force
from sharing.models import RecallKind, Release
from sharing.policy.types import Reach
from sharing.queries import shared_incident
from sharing.recall_board import tally_of

MOST_HOLDERS = 60


@page("GET", "HEAD")
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one incident; 404 alike for what is hidden and what does not exist."""
    viewer, now = viewer_of(request), timezone.now()
    own = own_incident(person_of(request), ref)
    if own is not None:
        context = _own(own, person_of(request), drafts=viewer.drafts)
    else:
        shared = shared_incident(viewer=viewer, ref=ref, now=now)
        if shared is None:
            raise Http404
        context = shared_page(shared) | hand_out(request, shared, now)
    return render(request, "incidents/detail.html", context)


def _own(incident: Incident, person: Person, *, drafts: bool) -> dict[str, Any]:
    now = timezone.now()
    held = in_force(incident, now) if drafts else None
    releases = list(incident.releases.select_related("by", "revision").order_by("-version"))
    revision, marking = _revision(incident, releases, drafts=drafts)
    bodies = [
        Body(
            msgspec.json.decode(place.object.text),
            meet(marking, from_json(place.marking, base=NEUTRAL) if place.marking else NEUTRAL).tlp,
        )
        for place in places(revision)
    ]
    value = showing.incident_in(bodies, incident.stix_id)
    return {
        "incident": {
            "ref": incident.ref,
            "title": revision.title or _("Untitled"),
            "summary": "",
            "description": revision.summary,
            "level": revision.level,
            "state": incident.state,
            "working": _working(incident) if drafts else "none",
            "working_label": incident.get_working_display(),
            "sectors": [sector(each) for each in revision.sectors],
            "tlp": marking.tlp,
            "tlp_sentence": showing.sentence(marking.tlp, orcon=marking.orcon),
            "owner": incident.owner,
            "is_own": True,
            "facts": showing.fact_lines(value),
            "released_at": releases[0].at if releases else None,
            "filed_at": incident.created_at,
            "version": incident.version,
        },
        "audience": _holders(held) if held else [],
        "recalls": tally_of(incident, now) if drafts else None,
        "audience_more": max(0, len(_reached(held)) - MOST_HOLDERS) if held else 0,
        "held_url": reverse("sharing:deliveries", args=[incident.ref]) if held else "",
        "versions": [_version(release, incident) for release in releases],
        "marking_lines": showing.rules(marking) if drafts else [],
        "actions": (actions(incident, person, releases) if drafts else erasing(incident, person)),
        "next": _next(incident, person) if drafts else None,
        "openings": _openings(held) if held else [],
        "retracted": _retracted(incident) if drafts else None,
        "found": revision.problems if drafts else [],
        "note": _note(incident) if drafts else None,
        "unconfirmed": bool(releases) and unconfirmed(releases[0]),
        **objects_page(bodies),
    }


def _revision(
    incident: Incident, releases: Sequence[Release], *, drafts: bool
) -> tuple[Revision, Marking]:
    """Return what is shown: the version being worked on, or the one in force."""
    if releases and (not drafts or incident.working == Working.NONE):
        return releases[0].revision, from_json(releases[0].marking)
    if incident.head is None:
        raise Http404
    return incident.head, from_json(incident.head.marking)


def _working(incident: Incident) -> str:
    """Return the next version's state where it is not the incident's own."""
    first = incident.state in (State.DRAFT, State.REVIEW)
    return Working.NONE.value if first else incident.working


def _reached(held: InForce) -> list[Any]:
    return [row for row in held.rows if row.outcome is not Reach.NONE]


def _holders(held: InForce) -> list[dict[str, Any]]:
    rows = _reached(held)[:MOST_HOLDERS]
    members = Member.objects.in_bulk([row.member for row in rows], field_name="slug")
    return [{"member": members[row.member], "outcome": row.outcome.value} for row in rows]


def _openings(held: InForce) -> list[dict[str, Any]]:
    """Return from when on more members get it without anyone's decision, and how many."""
    waiting = Counter(
        row.opens_at for row in held.rows if row.outcome is Reach.NONE and row.opens_at is not None
    )
    return [{"at": at, "members": n} for at, n in sorted(waiting.items())]


def _version(release: Release, incident: Incident) -> dict[str, Any]:
    number = release.version
    return {
        "number": number,
        "label": release.get_report_kind_display(),
        "at": release.at,
        "by": str(release.by),
        "changes": _changes(incident, number - 1, number) if number > 1 else "",
    }


def _changes(incident: Incident, older: int, newer: int) -> str:
    """Return the address of what changed between two versions, nothing where there is none."""
    try:
        return reverse("sharing:versions", args=[incident.ref, older, newer])
    except NoReverseMatch:
        return ""


def _next(incident: Incident, person: Person) -> dict[str, Any] | None:
    """Return what is said of the next version of what is in force, None without one."""
    if incident.state not in IN_FORCE or incident.working == Working.NONE:
        return None
    number = incident.version + 1
    return {
        "number": number,
        "in_review": incident.working == Working.REVIEW,
        "closed": incident.state == State.CLOSED,
        "changes": _changes(incident, incident.version, number),
        "discard": (
            reverse("incidents:discard", args=[incident.ref])
            if may_discard(incident, person)
            else ""
        ),
    }


def _retracted(incident: Incident) -> dict[str, Any] | None:
    """Return when, by whom and why it was retracted; None if it was not."""
    if incident.state != State.RETRACTED:
        return None
    recall = incident.recalls.filter(kind=RecallKind.RETRACTED).select_related("by").first()
    return {
        "at": recall.at if recall else incident.changed_at,
        "by": str(recall.by) if recall and recall.by else "",
        "reason": recall.reason if recall else "",
    }


def _note(incident: Incident) -> dict[str, Any] | None:
    """Return what a reviewer wrote when sending the draft back."""
    if incident.working != Working.DRAFT:
        return None
    last = incident.notes.select_related("author").first()
    return {"text": last.text, "by": str(last.author), "at": last.at} if last else None
