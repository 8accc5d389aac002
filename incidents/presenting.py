"""Incidents as REST and pages give them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents import showing
from incidents.marking import from_json
from incidents.models import Incident, Working
from incidents.queries import places
from incidents.showing import Body
from incidents.stix.facts import facts_of
from incidents.words import sector
from members.tlp import PAP, TLP
from sharing.models import ReportKind
from sharing.queries import Owner, Row, Shared

_BUNDLE: Final = uuid.UUID("f0a5f9be-6b1c-4d0e-9d0b-9d8b8d0f5a51")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One incident as a caller sees it; `texts` are its objects' JSON.

    `stix_id` is None where the incident object is none of what the caller may see.
    """

    ref: str
    stix_id: str | None
    title: str
    description: str
    level: int
    sectors: tuple[str, ...]
    tlp: TLP | None
    state: str
    working: str
    own: bool
    owner: Owner | None
    unconfirmed: bool
    facts: Mapping[str, Any]
    texts: tuple[str, ...]
    versions: tuple[tuple[int, str, datetime], ...]


def own_view(incident: Incident) -> View:
    """Return the caller's own incident, the version being worked on. Two queries."""
    head = incident.head
    assert head is not None  # filing makes both in one transaction
    rows = places(head)
    releases = list(incident.releases.order_by("-version"))
    sdo = next(row.object.text for row in rows if row.object.stix_id == incident.stix_id)
    owner = incident.owner
    return View(
        ref=incident.ref,
        stix_id=incident.stix_id,
        title=head.title,
        description=head.summary,
        level=head.level,
        sectors=tuple(head.sectors),
        tlp=from_json(head.marking).tlp,
        state=incident.state,
        working=incident.working,
        own=True,
        owner=Owner(owner.slug, owner.name, owner.country),
        unconfirmed=bool(
            releases and releases[0].confirm_by_at and releases[0].confirmed_at is None
        ),
        facts=_facts(msgspec.json.decode(sdo)),
        texts=tuple(row.object.text for row in rows),
        versions=tuple((each.version, each.report_kind, each.at) for each in releases),
    )


def shared_view(shared: Shared) -> View:
    """Return another member's incident as it was released to the caller."""
    sdo = next((o.body for o in shared.objects if o.object_id == shared.stix_id), None)
    value = msgspec.json.decode(sdo) if sdo else {}
    facts = facts_of(value)
    summary = shared.summary
    return View(
        ref=shared.ref,
        stix_id=None if sdo is None else shared.stix_id,
        title=summary["title"],
        description=facts.description,
        level=2 if summary["level"] is None else summary["level"],
        sectors=tuple(summary["sectors"]),
        tlp=TLP(summary["tlp"]),
        state=shared.state,
        working="none",
        own=False,
        owner=shared.owner,
        unconfirmed=shared.unconfirmed,
        facts=_facts(value),
        texts=tuple(each.body for each in shared.objects),
        versions=shared.versions,
    )


def _facts(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the incident object says, without what stands beside it in the answer."""
    found = facts_of(value).to_json()
    return {
        key: each
        for key, each in found.items()
        if key not in ("title", "description", "level", "sectors") and each not in (None, "", [])
    }


def incident_json(view: View) -> dict[str, Any]:
    """Return the facts, with the address of the objects."""
    return {
        "ref": view.ref,
        "stix_id": view.stix_id,
        "title": view.title,
        "description": view.description,
        "level": view.level,
        "sectors": view.sectors,
        "tlp": None if view.tlp is None else view.tlp.word,
        "state": view.state,
        "working": view.working,
        "own": view.own,
        "owner": view.owner,
        "unconfirmed": view.unconfirmed,
        "facts": view.facts,
        "objects": len(view.texts),
        "objects_url": reverse("incidents-api:objects", args=[view.ref]),
        "versions": [
            {"version": number, "report_kind": kind, "at": at} for number, kind, at in view.versions
        ],
    }


def bundle_of(view: View) -> str:
    """Return the objects as one bundle, each with its exact text; the same id for the same view."""
    objects = ",".join(view.texts)
    bundle_id = f"bundle--{uuid.uuid5(_BUNDLE, objects)}"
    return f'{{"type":"bundle","id":"{bundle_id}","objects":[{objects}]}}'


def shared_page(shared: Shared) -> dict[str, Any]:
    """Return what the incident page shows of another member's incident."""
    bodies = [_served(each.body, whole=each.whole) for each in shared.objects]
    value = showing.incident_in(bodies, shared.stix_id)
    summary = shared.summary
    tlp = TLP(summary["tlp"])
    return {
        "incident": {
            "ref": shared.ref,
            "title": summary["title"] or _("Part of an incident"),
            "summary": "",
            "description": value.get("description", ""),
            "level": 2 if summary["level"] is None else summary["level"],
            "state": shared.state,
            "working": Working.NONE.value,
            "sectors": [sector(each) for each in summary["sectors"]],
            "tlp": tlp,
            "tlp_sentence": showing.sentence(tlp, orcon=summary["orcon"]),
            "owner": shared.owner,
            "is_own": False,
            "facts": showing.fact_lines(value),
            "released_at": shared.released_at,
        },
        "others_count": shared.others,
        "unconfirmed": shared.unconfirmed,
        "versions": _versions(shared),
        "marking_lines": showing.obligations(PAP(summary["pap"]), orcon=summary["orcon"]),
        "actions": [],
        **objects_page(bodies),
    }


def _versions(shared: Shared) -> list[dict[str, Any]]:
    """Return the versions that the viewer was given, each with what changed since its last one."""
    numbers = [number for number, _kind, _at in shared.versions]
    before = dict(pairwise(numbers))  # newest first
    return [
        {
            "number": number,
            "label": ReportKind(kind).label,
            "at": at,
            "by": "",
            "changes": reverse("sharing:versions", args=[shared.ref, before[number], number])
            if number in before
            else "",
        }
        for number, kind, at in shared.versions
    ]


def _served(text: str, *, whole: bool) -> Body:
    value = msgspec.json.decode(text)
    return Body(value, showing.marked(value), whole=whole and not showing.is_redacted(value))


def objects_page(bodies: Iterable[Body]) -> dict[str, Any]:
    """Return what the incident page shows of objects."""
    bodies = list(bodies)
    found = showing.indicators(bodies)
    return {
        "indicators": found[: showing.MOST_INDICATORS],
        "indicators_total": len(found),
        "objects": showing.groups(bodies),
    }


def row_json(row: Row) -> dict[str, Any]:
    """Return a row of the list."""
    return {
        "ref": row.ref,
        "url": reverse("incidents-api:incident", args=[row.ref]),
        "title": row.title,
        "level": row.level,
        "sectors": row.sectors,
        "tlp": None if row.tlp is None else row.tlp.word,
        "owner": row.owner,
        "indicators": row.indicators,
        "state": row.state,
        "working": row.working,
        "own": row.is_own,
        "arrived_at": row.arrived_at,
    }
