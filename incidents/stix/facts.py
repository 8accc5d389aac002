"""What an incident SDO says about the incident, as one value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from incidents.stix.objects import ParsedObject
from incidents.stix.times import instant, timestamp

Impact = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is said to have done it; confidence 0 to 100."""

    statement: str
    confidence: int | None
    level: str | None


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """The fields of an incident that Incident Core and the cyberframe extension carry.

    None, or an empty tuple, where the object does not say. `level` is None where missing: the
    caller assumes 2 and flags it. Times are aware, cut to microseconds.
    """

    title: str
    description: str
    summary: str
    level: int | None
    kind: str
    rsit: str | None
    determination: str | None
    investigation_status: str | None
    criticality: int | None
    significant: bool | None
    malicious: str
    cross_border: str
    sectors: tuple[str, ...]
    countries_affected: tuple[str, ...]
    impacts: tuple[Impact, ...]
    attribution: Attribution | None
    clock_regime: str | None
    report_kind: str | None
    handling: str
    started_at: datetime | None
    detected_at: datetime | None
    aware_at: datetime | None
    contained_at: datetime | None
    resolved_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON values; times are STIX timestamps."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Attribution):
        return dataclasses.asdict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def incident_facts(obj: ParsedObject) -> IncidentFacts:
    """Return the facts of a checked incident SDO."""
    return facts_of(obj.value)


def facts_of(value: Mapping[str, Any]) -> IncidentFacts:
    """Return the facts of an incident SDO's JSON; total, so that a bad one gives few facts."""
    own = _Values(value)
    extensions = own.values("extensions")
    core, ours = extensions.values(INCIDENT_CORE_ID), extensions.values(CYBERFRAME_INCIDENT_EXT)
    return IncidentFacts(
        title=own.text("name") or "",
        description=own.text("description") or "",
        summary=ours.text("summary") or "",
        level=ours.integer("criticality_level"),
        kind=ours.text("kind") or "incident",
        rsit=ours.text("rsit"),
        determination=core.text("determination"),
        investigation_status=core.text("investigation_status"),
        criticality=core.integer("criticality"),
        significant=ours.boolean("significant"),
        malicious=ours.text("malicious") or "unknown",
        cross_border=ours.text("cross_border") or "unknown",
        sectors=ours.texts("sectors"),
        countries_affected=ours.texts("countries_affected"),
        impacts=ours.dicts("impacts"),
        attribution=_attribution(ours.values("attribution")),
        clock_regime=ours.text("clock_regime"),
        report_kind=ours.text("report_kind"),
        handling=ours.text("handling") or "",
        started_at=ours.moment("started_at"),
        detected_at=ours.moment("detected_at"),
        aware_at=ours.moment("aware_at"),
        contained_at=ours.moment("contained_at"),
        resolved_at=ours.moment("resolved_at"),
    )


def _attribution(values: _Values) -> Attribution | None:
    statement = values.text("statement")
    if not statement:
        return None
    return Attribution(statement, values.integer("confidence"), values.text("level"))


class _Values:
    """Reads typed values out of a dictionary; what has another type is not there."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Mapping[str, Any]) -> None:
        self._owner = owner

    def text(self, name: str) -> str | None:
        value = self._owner.get(name)
        return value if isinstance(value, str) else None

    def integer(self, name: str) -> int | None:
        value = self._owner.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def boolean(self, name: str) -> bool | None:
        value = self._owner.get(name)
        return value if isinstance(value, bool) else None

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        return instant(text) if text else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._owner.get(name)
        items = value if isinstance(value, list) else ()
        return tuple(item for item in items if isinstance(item, str))

    def dicts(self, name: str) -> tuple[Mapping[str, Any], ...]:
        value = self._owner.get(name)
        items = value if isinstance(value, list) else ()
        return tuple(item for item in items if isinstance(item, dict))

    def values(self, name: str) -> _Values:
        value = self._owner.get(name)
        return _Values(value if isinstance(value, dict) else {})
