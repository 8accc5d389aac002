"""Drafts as people edit them: the short form to STIX and back, or the bundle as text.

Ids follow from the incident's own, so that an edit makes new versions and no new objects.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from incidents.marking import NEUTRAL, Marking, from_json
from incidents.models import Incident, Revision, RevisionObject
from incidents.stix import IncidentForm, RejectedForm, build_incident
from incidents.stix.building import Ids
from incidents.stix.facts import IncidentFacts, facts_of
from incidents.stix.times import instant

_FORM: Final = uuid.UUID("5b0a3c7e-6a55-4e0e-8c39-2f6d1d0b9c41")


def new_incident_id(*, member: str, person_id: int, key: uuid.UUID) -> str:
    """Return the id of the incident that a form makes, the same for each sending of it."""
    return f"incident--{uuid.uuid5(_FORM, f'{member}|{person_id}|{key}')}"


def ids_of(incident_id: str) -> Ids:
    """Return the id factory of an incident's form: its own id, and the others from it."""
    seed = uuid.UUID(incident_id.partition("--")[2])

    def give(type_: str, key: str) -> str:
        return incident_id if type_ == "incident" else f"{type_}--{uuid.uuid5(seed, type_ + key)}"

    return give


def new_bundle(
    answers: IncidentForm, *, incident_id: str, identity_id: str, now: datetime
) -> bytes:
    """Return the bundle of a new short form.

    Raises:
        RejectedForm: lines that are no indicators.
    """
    at = _to_millisecond(now)
    return build_incident(answers, identity_id=identity_id, now=at, ids=ids_of(incident_id))


def next_bundle(
    answers: IncidentForm,
    *,
    incident_id: str,
    identity_id: str,
    before: Sequence[RevisionObject],
    now: datetime,
) -> bytes:
    """Return the bundle of an edited short form; what did not change keeps its version.

    Raises:
        RejectedForm: lines that are no indicators.
    """
    old = {place.object.stix_id: msgspec.json.decode(place.object.text) for place in before}
    data = build_incident(
        answers,
        identity_id=identity_id,
        now=_to_millisecond(now),
        ids=ids_of(incident_id),
        created=instant(old[incident_id]["created"]),
    )
    bundle = msgspec.json.decode(data)
    bundle["objects"] = [_kept(new, old.get(new["id"])) for new in bundle["objects"]]
    return _text(bundle).encode("utf-8")


def _kept(new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    """Return the old version where only times differ: it is the same object still."""
    if old is None:
        return new
    same = _timeless(new) == _timeless(old)
    return old if same else new


_TIMES: Final = frozenset({"created", "modified", "valid_from"})


def _timeless(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key not in _TIMES}


def typed(
    places: Sequence[RevisionObject], *, incident_id: str, identity_id: str
) -> dict[str, Any] | None:
    """Return the short form's answers for a revision, None where the form cannot say all of it."""
    values = {place.object.stix_id: msgspec.json.decode(place.object.text) for place in places}
    incident = values.get(incident_id)
    if incident is None or incident.get("created_by_ref") != identity_id:
        return None
    facts = facts_of(incident)
    answers = _answers(facts, list(values.values()))
    try:
        again = build_incident(
            IncidentForm(**answers),
            identity_id=identity_id,
            now=datetime(2000, 1, 1, tzinfo=UTC),
            ids=ids_of(incident_id),
        )
    except (RejectedForm, IndexError, ValueError):
        return None
    rebuilt = {each["id"]: _timeless(each) for each in msgspec.json.decode(again)["objects"]}
    if rebuilt != {key: _timeless(each) for key, each in values.items()}:
        return None
    return answers


def _answers(facts: IncidentFacts, objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lines = [
        each["name"]
        for each in objects
        if each.get("type") == "indicator" and isinstance(each.get("name"), str)
    ]
    names = [
        each["name"]
        for each in objects
        if each.get("type") == "identity" and isinstance(each.get("name"), str)
    ]
    return {
        "title": facts.title,
        "description": facts.description,
        "level": facts.level,
        "rsit": facts.rsit,
        "determination": facts.determination or "suspected",
        "sectors": facts.sectors,
        "significant": True if facts.significant else None,
        "malicious": None if facts.malicious == "unknown" else facts.malicious,
        "cross_border": None if facts.cross_border == "unknown" else facts.cross_border,
        "started_at": facts.started_at,
        "detected_at": facts.detected_at,
        "aware_at": facts.aware_at,
        "indicators": "\n".join(lines),
        "victims": tuple(names),
    }


def as_bundle(incident: Incident, places: Sequence[RevisionObject]) -> str:
    """Return a revision as one bundle's text, each object exactly as it was submitted."""
    bundle_id = f"bundle--{uuid.uuid5(_FORM, f'{incident.stix_id}|{incident.head_id}')}"
    objects = ",\n".join(place.object.text for place in places)
    return f'{{"type":"bundle","id":"{bundle_id}","objects":[\n{objects}\n]}}'


def stated_before(revision: Revision) -> Marking:
    """Return what was stated beside the bundle; a TLP that nobody confirmed is none."""
    marking = from_json(revision.marking)
    if revision.tlp_confirmed:
        return marking
    return from_json({key: value for key, value in revision.marking.items() if key != "tlp"})


def object_markings_of(revision: Revision, known: frozenset[str]) -> dict[str, Marking]:
    """Return what was stated for the objects that are still there."""
    return {
        key: from_json(value, base=NEUTRAL)
        for key, value in revision.object_markings.items()
        if key in known
    }


def _to_millisecond(now: datetime) -> datetime:
    """Return the time as STIX writes it, so that building twice in one second differs little."""
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
