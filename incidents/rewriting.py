"""New versions of what is edited: of the incident object by a form, of any object as text.

What was not touched keeps its exact text and version, so that an edit of one object is no news of
the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from incidents.models import RevisionObject
from incidents.stix import Submission
from incidents.stix.building import CRITICALITY
from incidents.stix.facts import facts_of
from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from incidents.stix.times import instant, timestamp

_OWN: Final = {"title": "name", "description": "description"}
_EXTENDED: Final = frozenset(
    {"rsit", "significant", "malicious", "cross_border", "started_at", "detected_at", "aware_at"}
)
_CORE_NEEDS: Final = {"determination": "suspected", "investigation_status": "open"}


def answers_of(
    places: Sequence[RevisionObject], *, incident_id: str, identity_id: str
) -> dict[str, Any] | None:
    """Return what the form shows of the incident object; None where it is not its owner's own."""
    value = _values(places).get(incident_id)
    if value is None or value.get("created_by_ref") != identity_id:
        return None
    facts = facts_of(value)
    return {
        "title": facts.title,
        "description": facts.description,
        "level": facts.level,
        "rsit": facts.rsit,
        "determination": facts.determination,
        "sectors": facts.sectors,
        "significant": bool(facts.significant),
        "malicious": facts.malicious,
        "cross_border": facts.cross_border,
        "started_at": facts.started_at,
        "detected_at": facts.detected_at,
        "aware_at": facts.aware_at,
    }


def with_incident(
    places: Sequence[RevisionObject],
    *,
    incident_id: str,
    changes: Mapping[str, Any],
    now: datetime,
) -> bytes:
    """Return the revision's bundle with some answers of its incident object changed."""
    texts = [place.object.text for place in places]
    if changes:
        at = next(n for n, place in enumerate(places) if place.object.stix_id == incident_id)
        value = msgspec.json.decode(texts[at])
        _answer(value, changes)
        texts[at] = _text(_newer(value, value["modified"], now))
    return _bundle(f"bundle--{incident_id.partition('--')[2]}", texts)


def with_new_versions(
    submission: Submission,
    *,
    before: Sequence[RevisionObject],
    identity_id: str,
    now: datetime,
) -> bytes | None:
    """Return the bundle with a new version of each own object that was changed under its old one.

    None where none was: the text is filed as it came.
    """
    old = _values(before)
    texts, touched = [], False
    for raw in submission.objects:
        value, known = raw.value, old.get(_id(raw.value))
        if known is None or not _changed_under_its_version(value, known, identity_id):
            texts.append(raw.text)
            continue
        touched = True
        texts.append(_text(_newer(value, known["modified"], now)))
    return _bundle(submission.bundle_id, texts) if touched else None


def _values(places: Sequence[RevisionObject]) -> dict[str, dict[str, Any]]:
    return {place.object.stix_id: msgspec.json.decode(place.object.text) for place in places}


def _id(value: Any) -> str:
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _changed_under_its_version(
    value: Mapping[str, Any], known: Mapping[str, Any], identity_id: str
) -> bool:
    own = known.get("created_by_ref") == value.get("created_by_ref") == identity_id
    same_version = "modified" in known and known["modified"] == value.get("modified")
    return own and same_version and value != known


def _newer(value: Mapping[str, Any], last: str, now: datetime) -> dict[str, Any]:
    """Return the object as a version of now, behind its last one also where that is ahead."""
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    before = instant(last)
    if before is not None and at <= before:
        at = before + timedelta(milliseconds=1)
    return {**value, "modified": timestamp(at)}


def _answer(value: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Put changed answers where an incident object says them; an empty one is taken out."""
    for name in _OWN.keys() & changes.keys():
        _put(value, _OWN[name], changes[name])
    ours = _extension(value, CYBERFRAME_INCIDENT_EXT, {})
    for name in sorted(_EXTENDED & changes.keys()):
        given = changes[name]
        _put(ours, name, timestamp(given) if isinstance(given, datetime) else given)
    if "sectors" in changes:
        _put(ours, "sectors", list(changes["sectors"]))
    if "level" in changes:
        _put(ours, "criticality_level", changes["level"])
        core = _extension(value, INCIDENT_CORE_ID, _CORE_NEEDS)
        level = changes["level"]
        _put(core, "criticality", None if level is None else CRITICALITY[level])
    if changes.get("determination"):
        core = _extension(value, INCIDENT_CORE_ID, _CORE_NEEDS)
        core["determination"] = changes["determination"]
    if ours.keys() <= {"extension_type"}:
        del value["extensions"][CYBERFRAME_INCIDENT_EXT]


def _extension(value: dict[str, Any], key: str, needed: Mapping[str, str]) -> dict[str, Any]:
    extensions = value.setdefault("extensions", {})
    found: dict[str, Any] = extensions.setdefault(
        key, {"extension_type": "property-extension", **needed}
    )
    return found


def _put(target: dict[str, Any], name: str, given: Any) -> None:
    if given is None or given is False or given in ("", []):
        target.pop(name, None)
    else:
        target[name] = given


def _bundle(bundle_id: str | None, texts: Sequence[str]) -> bytes:
    head = '{"type":"bundle"'
    if bundle_id:
        head += f',"id":{json.dumps(bundle_id)}'
    objects = ",\n".join(texts)
    return f'{head},"objects":[\n{objects}\n]}}'.encode()


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
