"""Versions of an incident to compare: the owner's own, or those that a recipient was given.

A recipient compares what its live grants show through the door, each version as it stands there;
a number that it never got and one that does not exist are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec

from incidents.marking import NEUTRAL, Marking, from_json
from incidents.models import Incident, Working
from incidents.queries import places
from incidents.showing import obligations, rules
from members.models import Member
from members.tlp import PAP, TLP
from sharing.models import Release
from sharing.policy.types import Reach
from sharing.preview import preview
from sharing.queries import shared_incident
from sharing.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its objects as JSON, and its marking in words, a line each.

    `kind` and `at` are its release's; None for the one being worked on. `own_lines` are the own
    markings of objects, by id. `reaches` says who gets how much, None where that is not told.
    `grants` are what another member's version was read from, for its receipt.
    """

    number: int
    kind: str | None
    at: datetime | None
    objects: tuple[Mapping[str, Any], ...]
    lines: tuple[str, ...]
    own_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reaches: Mapping[str, str] | None = None
    grants: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A member that gets more or less in the second version than in the first."""

    member: Member
    before: str
    after: str


def own_numbers(incident: Incident, *, drafts: bool) -> tuple[int, ...]:
    """Return the numbers of the owner's versions; with `drafts` the one being worked on, last."""
    working = drafts and incident.working != Working.NONE
    return tuple(range(1, incident.version + 1 + working))


def own_version(incident: Incident, number: int, *, drafts: bool, now: datetime) -> Version | None:
    """Return one of the owner's versions, None for an unknown number.

    Without `drafts`, for readers, rules and audience are left out, as on the incident's page.
    """
    if number not in own_numbers(incident, drafts=drafts):
        return None
    if number > incident.version:
        return _working(incident, number, now)
    release = Release.objects.select_related("revision").get(incident=incident, version=number)
    marking = from_json(release.marking)
    rows = {row["member"]: row["outcome"] for row in release.audience}
    rest = _of_objects(places(release.revision))
    if not drafts:
        lines, rows_told = _reader_lines(marking), None
        rest = rest | {"own_lines": {}}
    else:
        lines, rows_told = _owner_lines(marking), rows
    return Version(number, release.report_kind, release.at, lines=lines, reaches=rows_told, **rest)


def _working(incident: Incident, number: int, now: datetime) -> Version | None:
    head = incident.head
    if head is None:
        return None
    seen = preview(incident=incident, now=now)
    return Version(
        number,
        None,
        None,
        lines=_owner_lines(from_json(head.marking)),
        reaches={row.member: row.outcome.value for row in seen.rows},
        **_of_objects(places(head)),
    )


def _of_objects(found: Iterable[Any]) -> dict[str, Any]:
    rows = list(found)
    own = {row.object.stix_id: from_json(row.marking, base=NEUTRAL) for row in rows if row.marking}
    return {
        "objects": tuple(msgspec.json.decode(row.object.text) for row in rows),
        # What an own marking does not state is neutral, and nothing is published by an object.
        "own_lines": {key: _owner_lines(replace(each, public=False)) for key, each in own.items()},
    }


def _owner_lines(marking: Marking) -> tuple[str, ...]:
    label = [] if marking.tlp is None else [marking.tlp.label]
    return (*label, *rules(marking))


def _reader_lines(marking: Marking) -> tuple[str, ...]:
    label = [] if marking.tlp is None else [marking.tlp.label]
    return (*label, *obligations(marking.pap, orcon=marking.orcon))


def shared_version(*, viewer: Viewer, ref: str, number: int, now: datetime) -> Version | None:
    """Return a version of another member's incident as the viewer was given it, or None."""
    shared = shared_incident(viewer=viewer, ref=ref, now=now, version=number)
    if shared is None:
        return None
    kind, at = next((kind, at) for each, kind, at in shared.versions if each == number)
    summary = shared.summary
    return Version(
        number,
        kind,
        at,
        objects=tuple(msgspec.json.decode(each.body) for each in shared.objects),
        lines=(
            TLP(summary["tlp"]).label,
            *obligations(PAP(summary["pap"]), orcon=summary["orcon"]),
        ),
        grants=shared.grants,
    )


def moves(before: Version, after: Version) -> list[Move]:
    """Return the members that get more or less in `after`, by name; nothing where untold."""
    if before.reaches is None or after.reaches is None:
        return []
    nothing = Reach.NONE.value
    slugs = before.reaches.keys() | after.reaches.keys()
    differing = {
        slug: (old, new)
        for slug in slugs
        if (old := before.reaches.get(slug, nothing)) != (new := after.reaches.get(slug, nothing))
    }
    members = Member.objects.filter(slug__in=differing).order_by("name")
    return [Move(member, *differing[member.slug]) for member in members]


def pairs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return each version with the one before it that the viewer has, the newest first."""
    found = sorted(numbers)
    return list(pairwise(found))[::-1]
