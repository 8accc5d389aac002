"""The page that compares two versions of an incident, as its viewer sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.diffing import Change, Changed, Difference, difference, lines
from incidents.models import Incident
from incidents.pages import page, person_of
from incidents.queries import DRAFT_ROLES, own_incident
from incidents.showing import Body, defanged, name_of
from incidents.stix.markings import (
    CYBERFRAME_INCIDENT_EXT,
    INCIDENT_CORE_ID,
    PAP_WORD_OF,
    TLP_WORD_OF,
)
from incidents.words import TYPES
from members.models import Person
from members.tlp import PAP, TLP
from sharing.models import Outlet, ReportKind
from sharing.policy.types import Reach
from sharing.queries import shared_incident
from sharing.services.receipts import Taker, note_fetched
from sharing.versions import (
    Version,
    moves,
    own_numbers,
    own_version,
    pairs,
    shared_version,
)
from sharing.viewers import viewer_of_person

MOST_MOVES: Final = 60
_EXTENSIONS: Final = {INCIDENT_CORE_ID: "incident-core", CYBERFRAME_INCIDENT_EXT: "cyberframe"}
_ADDRESSES: Final = frozenset({"value", "pattern"})


@page("GET", "HEAD")
def versions(request: HttpRequest, ref: str, a: int, b: int) -> HttpResponse:
    """Compare two versions; 404 alike for one that the viewer never got and one that is none."""
    person = person_of(request)
    own = own_incident(person, ref)
    numbers, found = _own(own, person, a, b) if own else _shared(person, ref, a, b)
    before, after = found
    if before is None or after is None:
        raise Http404
    if own is None and request.method == "GET":
        grants = {*before.grants, *after.grants}
        note_fetched(taker=Taker.of(person), grants=grants, outlet=Outlet.WEB, now=timezone.now())
    return render(request, "sharing/versions.html", _context(ref, numbers, before, after))


_Two = tuple[Version | None, Version | None]


def _own(incident: Incident, person: Person, a: int, b: int) -> tuple[tuple[int, ...], _Two]:
    drafts, now = bool(DRAFT_ROLES.intersection(person.roles)), timezone.now()
    first, second = (own_version(incident, n, drafts=drafts, now=now) for n in (a, b))
    return own_numbers(incident, drafts=drafts), (first, second)


def _shared(person: Person, ref: str, a: int, b: int) -> tuple[tuple[int, ...], _Two]:
    viewer, now = viewer_of_person(person), timezone.now()
    shared = shared_incident(viewer=viewer, ref=ref, now=now) if viewer else None
    if viewer is None or shared is None:
        raise Http404
    first, second = (shared_version(viewer=viewer, ref=ref, number=n, now=now) for n in (a, b))
    return tuple(number for number, _kind, _at in shared.versions), (first, second)


def _context(ref: str, numbers: tuple[int, ...], before: Version, after: Version) -> dict[str, Any]:
    found = difference(before.objects, after.objects)
    gone, fresh = lines(before.lines, after.lines)
    moved = moves(before, after)
    own = _own_lines(before, after)
    return {
        "ref": ref,
        "before": _head(before),
        "after": _head(after),
        "gone": gone,
        "fresh": fresh,
        "own_lines": own,
        "moves": [_move(each) for each in moved[:MOST_MOVES]],
        "moves_more": max(0, len(moved) - MOST_MOVES),
        "difference": _difference(found),
        "same": not (found or gone or fresh or moved or own),
        "pairs": [
            {
                "label": _("Version %(a)d to %(b)d") % {"a": a, "b": b},
                "url": reverse("sharing:versions", args=[ref, a, b]),
                "current": (a, b) == (before.number, after.number),
            }
            for a, b in pairs(numbers)
        ],
    }


def _head(version: Version) -> dict[str, Any]:
    label = ReportKind(version.kind).label if version.kind else _("being worked on")
    return {"number": version.number, "label": label, "at": version.at}


def _move(move: Any) -> dict[str, Any]:
    none = Reach.NONE.value
    word = _("changed")
    if move.before == none:
        word = _("gained")
    elif move.after == none:
        word = _("lost")
    return {"member": move.member, "before": move.before, "after": move.after, "word": word}


def _own_lines(before: Version, after: Version) -> list[dict[str, Any]]:
    """Return how objects' own markings differ, for objects that are in both."""
    there = {str(value.get("id")): value for value in before.objects}
    found = []
    for value in after.objects:
        key = str(value.get("id"))
        old, new = before.own_lines.get(key, ()), after.own_lines.get(key, ())
        gone, fresh = lines(old, new)
        if key in there and (gone or fresh):
            found.append({"name": _name(value), "gone": gone, "fresh": fresh})
    return found[:MOST_MOVES]


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "added": [_named(value) for value in found.added],
        "removed": [_named(value) for value in found.removed],
        "changed": [_changed(each) for each in found.changed],
        "added_total": found.added_total,
        "removed_total": found.removed_total,
        "changed_total": found.changed_total,
        "added_more": found.added_total - len(found.added),
        "removed_more": found.removed_total - len(found.removed),
        "changed_more": found.changed_total - len(found.changed),
    }


def _changed(each: Changed) -> dict[str, Any]:
    changes = [_change(change) for change in each.changes]
    return _named(each.after) | {"changes": changes, "more": each.more}


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": _path(change.path),
        "before": _shown(change.path, change.before),
        "after": _shown(change.path, change.after),
    }


def _path(path: str) -> str:
    """Return a path without the extensions' long ids, where it is known whose they are."""
    for definition, name in _EXTENSIONS.items():
        path = path.replace(f"extensions.{definition}", name)
    return path


def _shown(path: str, value: str | None) -> str | None:
    """Return a value as pages show it: levels by their label, addresses that nobody can click."""
    if value is None:
        return None
    if value in TLP_WORD_OF:
        return TLP.parse(TLP_WORD_OF[value]).label
    if value in PAP_WORD_OF:
        return PAP.parse(PAP_WORD_OF[value]).label
    return defanged(value) if path.rpartition(".")[2] in _ADDRESSES else value


def _named(value: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(value.get("type"))
    return {
        "id": str(value.get("id")),
        "type": str(TYPES.get(kind, kind)),
        "name": _name(value),
    }


def _name(value: Mapping[str, Any]) -> str:
    definition = value.get("definition")
    said = definition.get("statement") if isinstance(definition, dict) else None
    name = name_of(Body(value, None)) or (said if isinstance(said, str) else "")
    return (name or str(value.get("id")))[:300]
