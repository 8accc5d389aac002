"""Asking an originator for consent to carry its ORCON object, and answering; each audited.

Whoever asks learns nothing by asking: every request is stored and answered alike. It reaches an
originator only where the asker holds that originator's object; any other waits for ever.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.services import record
from incidents.marking import NEUTRAL, Marking, from_json, meet, to_json
from incidents.models import Incident
from incidents.services import By, locked, require
from members.errors import Conflict, NotPermitted
from members.roles import Role
from sharing.carried import recheck
from sharing.floors import holding
from sharing.live import RECEIVING
from sharing.locks import standings_change
from sharing.models import Release, ReuseRequest, ReuseState
from sharing.services.carrying import resettle_carriers

ASKED = Action("sharing:reuse:ask")
ENDED = Action("sharing:reuse:withdraw")
ANSWERED = {
    ReuseState.GRANTED: Action("sharing:reuse:grant"),
    ReuseState.REFUSED: Action("sharing:reuse:refuse"),
}


@transaction.atomic
def ask(*, by: By, incident: Incident, object_id: str, purpose: str, now: datetime) -> ReuseRequest:
    """Ask for consent to carry the object in the incident, under the marking it has there now.

    The same number of queries whatever stands behind the id. Asking again under a marking that was
    asked for or granted changes nothing; under another it replaces what was asked, and what was
    granted holds until the answer.

    Raises:
        NotPermitted: no analyst of the owner.
        Conflict: nothing is being worked on, or in force.
    """
    incident = locked(incident)
    require(by, incident, Role.ANALYST)
    marking = to_json(_marking_of(incident, object_id))
    originator_id = _originator(incident, object_id, now)
    stand = (ReuseState.ASKED, ReuseState.GRANTED)
    open_ones = ReuseRequest.objects.filter(incident=incident, object_id=object_id, state__in=stand)
    for each in open_ones:
        if (each.marking, each.originator_id) == (marking, originator_id):
            return each
    open_ones.filter(state=ReuseState.ASKED).update(state=ReuseState.ENDED, ended_at=now)
    request = ReuseRequest.objects.create(
        incident=incident,
        object_id=object_id,
        originator_id=originator_id,
        marking=marking,
        purpose=purpose,
        asked_by=by.person,
        asked_at=now,
    )
    record(
        actor=by.actor,
        action=ASKED,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={"request": str(request.key)},
    )
    return request


def _marking_of(incident: Incident, object_id: str) -> Marking:
    """Return under what the object would go out: what is asked for, and all that is consented."""
    head = incident.head
    if head is None:
        raise Conflict(_("There is no version to ask for."))
    place = head.places.filter(object__stix_id=object_id).values_list("marking", flat=True).first()
    own = NEUTRAL if place is None else from_json(place, base=NEUTRAL)
    return meet(from_json(head.marking), own)


def _originator(incident: Incident, object_id: str, now: datetime) -> int | None:
    """Return who is asked: the maker of an ORCON object that the asker holds, else nobody."""
    held = holding(owner=incident.owner, object_ids=[object_id], now=now, incident=incident)
    found = held.of.get(object_id)
    bound = found is not None and any(marking.orcon for marking in found.received)
    return found.originator if found is not None and bound else None


@transaction.atomic
def answer(
    *, by: By, request: ReuseRequest, state: ReuseState, note: str = "", now: datetime
) -> ReuseRequest:
    """Grant or refuse; what is granted goes out with what is in force, at new positions.

    Answering the same twice is harmless.

    Raises:
        NotPermitted: no reviewer of the originator.
        Conflict: it was answered otherwise, or replaced by another request, meanwhile.
    """
    if state is ReuseState.GRANTED:
        standings_change()  # nobody decides by the consent that this one replaces
    replaced = 0
    request = _locked(request)
    _require_originator(by, request)
    if request.state == state:
        return request
    if request.state != ReuseState.ASKED:
        raise Conflict(_("This request is not open any more."))
    if state is ReuseState.GRANTED:
        replaced = ReuseRequest.objects.filter(
            incident=request.incident_id, object_id=request.object_id, state=ReuseState.GRANTED
        ).update(state=ReuseState.ENDED, ended_at=now)
    request.state, request.note = state, note
    request.answered_by, request.answered_at = by.person, now
    request.save(update_fields=["state", "note", "answered_by", "answered_at"])
    _record(by, request, ANSWERED[state], now)
    if state is ReuseState.GRANTED:
        if replaced:
            resettle_carriers(_in_force(request), now=now)
        recheck(_in_force(request), now=now)
    return request


@transaction.atomic
def withdraw_consent(*, by: By, request: ReuseRequest, now: datetime) -> ReuseRequest:
    """Take a consent back: the object is gone from the incident at once, and recalled.

    Raises:
        NotPermitted: no reviewer of the originator.
        Conflict: it is not granted.
    """
    standings_change()
    request = _locked(request)
    _require_originator(by, request)
    if request.state == ReuseState.ENDED and request.answered_at is not None:
        return request
    if request.state != ReuseState.GRANTED:
        raise Conflict(_("There is no consent to withdraw."))
    request.state, request.ended_at = ReuseState.ENDED, now
    request.save(update_fields=["state", "ended_at"])
    _record(by, request, ENDED, now)
    resettle_carriers(_in_force(request), now=now)
    return request


def _in_force(request: ReuseRequest) -> list[int]:
    return list(
        Release.objects.filter(
            incident=request.incident_id, ended_at=None, fanned_out_at__isnull=False
        ).values_list("pk", flat=True)
    )


def _locked(request: ReuseRequest) -> ReuseRequest:
    return (
        ReuseRequest.objects.select_for_update(of=("self",))
        .select_related("originator", "incident")
        .get(pk=request.pk)
    )


def _require_originator(by: By, request: ReuseRequest) -> None:
    if request.originator is None or by.person.member_id != request.originator_id:
        raise NotPermitted(_("Only the originator of an object consents to its reuse."))
    if request.originator.status not in RECEIVING:
        raise NotPermitted(_("Your team's membership does not allow this at present."))
    if not by.scoped and not by.person.has_role(Role.REVIEWER):
        raise NotPermitted(_("Only a reviewer of your team can do this."))


def _record(by: By, request: ReuseRequest, action: Action, now: datetime) -> None:
    record(
        actor=by.actor,
        action=action,
        target=Target("reuse", str(request.key)),
        at=now,
        member_id=request.originator_id,
    )
