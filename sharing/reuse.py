"""Requests for consent, as who asked and who is asked may read them.

Who asked sees its own words and the answer, if there is an originator who gave one. Who is asked
sees its own object, who asks, why, and under which marking it would go out; of the incident that
would carry it nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db.models import Case, IntegerField, QuerySet, Value, When

from incidents.marking import Marking, from_json, to_json
from incidents.models import Incident, StixObject
from members.models import Circle, Member
from sharing.models import ReuseRequest, ReuseState

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Asking:
    """One request as its originator sees it; `marking` leaves out what is none of its business.

    `circles` counts the circles of the marking that the originator does not belong to, `persons`
    the people named in it: it learns of neither more than that they narrow.
    """

    key: uuid.UUID
    object_id: str
    type: str
    name: str
    pattern: str
    asker: Member
    purpose: str
    marking: Marking
    circles: int
    persons: int | None
    state: str
    state_label: str
    asked_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    note: str

    @property
    def marking_json(self) -> dict[str, Any]:
        return to_json(self.marking)


def asked_for(incident: Incident) -> list[ReuseRequest]:
    """Return what was asked for an own incident, the latest first. One query."""
    return list(ReuseRequest.objects.filter(incident=incident).order_by("-asked_at", "-pk")[:MOST])


def waiting(member: Member) -> int:
    """Return how many requests wait for the member's answer."""
    return _of(member).filter(state=ReuseState.ASKED).count()


def asked_of(member: Member) -> list[Asking]:
    """Return what others ask of the member: what waits first, then the latest. Three queries."""
    first = Case(When(state=ReuseState.ASKED, then=Value(0)), default=Value(1),
                 output_field=IntegerField())  # fmt: skip
    return _read(member, _of(member).order_by(first, "-asked_at", "-pk")[:MOST])


def request_to(member: Member, key: uuid.UUID) -> ReuseRequest | None:
    """Return a request to the member, or None as for an unknown one."""
    return _of(member).filter(key=key).first()


def one(member: Member, key: uuid.UUID) -> Asking | None:
    """Return a request to the member as it sees it. Three queries."""
    return next(iter(_read(member, _of(member).filter(key=key))), None)


def _of(member: Member) -> QuerySet[ReuseRequest]:
    """Return what reached the member; what was replaced before an answer is not there."""
    requests = ReuseRequest.objects.filter(originator=member)
    return requests.exclude(state=ReuseState.ENDED, answered_at=None)


def _read(member: Member, requests: QuerySet[ReuseRequest]) -> list[Asking]:
    rows = list(requests.select_related("incident__owner"))
    bodies = _bodies(member, {row.object_id for row in rows})
    own = Circle.objects.filter(memberships__member=member, memberships__left_at=None)
    circles = frozenset(own.values_list("slug", flat=True))
    return [_asking(row, bodies.get(row.object_id, {}), circles) for row in rows]


def _bodies(member: Member, ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    rows = StixObject.objects.filter(owner=member, stix_id__in=list(ids)).order_by("version")
    return {row.stix_id: msgspec.json.decode(row.text) for row in rows}


def _asking(row: ReuseRequest, body: Mapping[str, Any], own: frozenset[str]) -> Asking:
    stated = from_json(row.marking)
    named = frozenset(slug for any_of in stated.circles for slug in any_of)
    shown = {**row.marking}
    shown["circles"] = [sorted(any_of & own) for any_of in stated.circles if any_of & own]
    shown.pop("persons", None)
    return Asking(
        key=row.key,
        object_id=row.object_id,
        type=row.object_id.partition("--")[0],
        name=_text(body.get("name")),
        pattern=_text(body.get("pattern")),
        asker=row.incident.owner,
        purpose=row.purpose,
        marking=from_json(shown),
        circles=len(named - own),
        persons=None if stated.persons is None else len(stated.persons),
        state=row.state,
        state_label=row.get_state_display(),
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        note=row.note,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
