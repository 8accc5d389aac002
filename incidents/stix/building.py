"""Making STIX: from the short form, and the incident that a bundle without one lacks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import rfc8785

from incidents.stix.check import references
from incidents.stix.form import IncidentForm, RejectedForm
from incidents.stix.lines import Found, read_lines
from incidents.stix.markings import (
    CYBERFRAME_INCIDENT_EXT,
    INCIDENT_CORE_ID,
    PAP_IDS,
    TLP2_IDS,
)
from incidents.stix.objects import ParsedObject
from incidents.stix.shapes import words
from incidents.stix.times import instant, timestamp

# Gives the id of a new object from its type and a key that is unique in the bundle.
Ids = Callable[[str, str], str]

# §2.9: the namespace of deterministic ids of observables.
SCO_NAMESPACE: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
# Level → criticality of Incident Core, inside the ranges of its Appendix B.
CRITICALITY: Final = (0, 15, 40, 60, 80, 95)
_CORE_DEFAULTS: Final = {"determination": "suspected", "investigation_status": "new"}
_TEXTS: Final = words("kind rsit summary handling malicious cross_border clock_regime report_kind")
_TIMES: Final = words("started_at detected_at aware_at contained_at resolved_at")
_NAMED_TYPES: Final = ("report", "grouping", "campaign")
_FALLBACK_TYPES: Final = ("malware", "intrusion-set", "threat-actor", "vulnerability")
LONGEST_TITLE: Final = 200


def seeded_ids(seed: uuid.UUID) -> Ids:
    """Return an id factory that gives the same ids for the same seed."""
    return lambda type_, key: f"{type_}--{uuid.uuid5(seed, f'{type_}:{key}')}"


def sco_id(type_: str, contributing: Mapping[str, Any]) -> str:
    """Return the deterministic id of an observable from its contributing properties (§2.9)."""
    canonical = rfc8785.dumps(dict(contributing)).decode("utf-8")
    return f"{type_}--{uuid.uuid5(SCO_NAMESPACE, canonical)}"


def build_incident(
    form: IncidentForm,
    *,
    identity_id: str,
    now: datetime,
    ids: Ids,
    created: datetime | None = None,
) -> bytes:
    """Return a STIX 2.1 bundle for the answers of the short form.

    The incident, for each line of indicators an indicator, its observable, and the relationships
    indicator based-on observable and indicator related-to incident, and for each victim an
    identity that the incident targets. The same arguments give the same bytes. `created` is when
    the incident was first filed, for an edit.

    Raises:
        RejectedForm: lines that are no indicators.
    """
    found, problems = read_lines(form.indicators)
    if problems:
        raise RejectedForm(problems)
    head = _Head(identity_id, timestamp(now), timestamp(created or now))
    incident = _incident(form, head, ids("incident", "incident"))
    objects = [incident]
    for item in found:
        objects += _indicator(item, head, ids, incident["id"])
    for name in dict.fromkeys(form.victims):
        objects += _victim(name, head, ids, incident["id"])
    bundle = {"type": "bundle", "id": ids("bundle", "bundle"), "objects": objects}
    return _json(bundle).encode("utf-8")


class _Head:
    """The common properties of every object of one bundle."""

    __slots__ = ("created", "identity_id", "modified")

    def __init__(self, identity_id: str, modified: str, created: str) -> None:
        self.identity_id, self.modified, self.created = identity_id, modified, created

    def of(self, type_: str, id_: str) -> dict[str, Any]:
        return {
            "type": type_,
            "spec_version": "2.1",
            "id": id_,
            "created_by_ref": self.identity_id,
            "created": self.created,
            "modified": self.modified,
        }


def _incident(form: IncidentForm, head: _Head, id_: str) -> dict[str, Any]:
    incident = head.of("incident", id_)
    incident["name"] = form.title
    if form.description:
        incident["description"] = form.description
    refs = [TLP2_IDS[form.tlp.word]] if form.tlp is not None else []
    refs += [PAP_IDS[form.pap.word]] if form.pap is not None else []
    if refs:
        incident["object_marking_refs"] = refs
    incident["extensions"] = {
        INCIDENT_CORE_ID: _core(form),
        CYBERFRAME_INCIDENT_EXT: _ours(form),
    }
    return incident


def _core(form: IncidentForm) -> dict[str, Any]:
    core: dict[str, Any] = {
        "extension_type": "property-extension",
        "determination": form.determination,
        "investigation_status": form.investigation_status,
    }
    if form.level is not None:
        core["criticality"] = CRITICALITY[form.level]
    return core


def _ours(form: IncidentForm) -> dict[str, Any]:
    ours: dict[str, Any] = {"extension_type": "property-extension"}
    if form.level is not None:
        ours["criticality_level"] = form.level
    for name in _TEXTS:
        if text := getattr(form, name):
            ours[name] = text
    if form.significant is not None:
        ours["significant"] = form.significant
    for name in ("sectors", "countries_affected"):
        if values := getattr(form, name):
            ours[name] = list(values)
    for name in _TIMES:
        moment: datetime | None = getattr(form, name)
        if moment is not None:
            ours[name] = timestamp(moment)
    return ours


def _indicator(item: Found, head: _Head, ids: Ids, incident_id: str) -> Iterator[dict[str, Any]]:
    """Yield the indicator of one line, its observable, and what links them."""
    key = f"{item.type}:{item.pattern}"
    observable = {
        "type": item.type,
        "spec_version": "2.1",
        "id": sco_id(item.type, item.value),
        **item.value,
    }
    indicator = head.of("indicator", ids("indicator", key)) | {
        "name": item.shown,
        "indicator_types": ["malicious-activity"],
        "pattern": item.pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": head.created,
    }
    yield indicator
    yield observable
    for kind, target in (("based-on", observable["id"]), ("related-to", incident_id)):
        yield head.of("relationship", ids("relationship", f"{key}:{kind}")) | {
            "relationship_type": kind,
            "source_ref": indicator["id"],
            "target_ref": target,
        }


def _victim(name: str, head: _Head, ids: Ids, incident_id: str) -> Iterator[dict[str, Any]]:
    """Yield the identity of a victim, and that the incident targets it."""
    identity = head.of("identity", ids("identity", name)) | {
        "name": name,
        "identity_class": "organization",
    }
    yield identity
    yield head.of("relationship", ids("relationship", f"victim:{name}")) | {
        "relationship_type": "targets",
        "source_ref": incident_id,
        "target_ref": identity["id"],
    }


def synthetic_incident(
    *,
    objects: Sequence[ParsedObject],
    title: str,
    identity_id: str,
    now: datetime,
    seed: uuid.UUID,
) -> tuple[ParsedObject, ParsedObject]:
    """Return an incident in the member's name and a report listing all objects, for a bundle
    without an incident SDO.

    Same objects and seed, same result: both are as old as the newest object, and `now` counts
    only where no object has a time. Their numbers follow the last one's.
    """
    ids = seeded_ids(seed)
    at = _newest(objects) or now
    head = _Head(identity_id, timestamp(at), timestamp(at))
    name = title.strip() or _name_for(objects, at)
    incident = head.of("incident", ids("incident", "incident")) | {
        "name": name,
        "extensions": {
            INCIDENT_CORE_ID: {"extension_type": "property-extension", **_CORE_DEFAULTS}
        },
    }
    listed = dict.fromkeys([incident["id"], *(obj.id for obj in objects)])
    report = head.of("report", ids("report", "report")) | {
        "name": name,
        "report_types": ["threat-report"],
        "published": timestamp(at),
        "object_refs": list(listed),
    }
    last = max((obj.number for obj in objects), default=0)
    return _made(incident, last + 1, at), _made(report, last + 2, at)


def _newest(objects: Sequence[ParsedObject]) -> datetime | None:
    texts = [obj.modified or obj.created for obj in objects]
    moments = [moment for text in texts if text and (moment := instant(text))]
    return max(moments, default=None)


def _name_for(objects: Sequence[ParsedObject], at: datetime) -> str:
    """Return the name of the first report, grouping or campaign, else of what it is about."""
    for type_ in (*_NAMED_TYPES, *_FALLBACK_TYPES):
        for obj in objects:
            name = obj.value.get("name")
            if obj.type == type_ and isinstance(name, str) and name.strip():
                return name.strip()[:LONGEST_TITLE]
    return f"Incident of {at:%Y-%m-%d}"


def _made(value: dict[str, Any], number: int, at: datetime) -> ParsedObject:
    return ParsedObject(
        number=number,
        id=value["id"],
        type=value["type"],
        spec_version="2.1",
        created=value["created"],
        modified=value["modified"],
        version=at,
        text=_json(value),
        value=value,
        sco=False,
        creator_ref=value["created_by_ref"],
        marking_refs=(),
        granular=(),
        refs=tuple(references(value)),
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
