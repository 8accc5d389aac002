"""A sheet on which one incident's STIX objects are written down, then bound to a bundle. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cyberframe.demo.ids import fixed, observable_id, sha256
from cyberframe.demo.techniques import TECHNIQUES, reference
from incidents.stix.markings import (
    CYBERFRAME_INCIDENT_EXT,
    INCIDENT_CORE_ID,
    PAP_IDS,
    TLP2_IDS,
)
from incidents.stix.times import timestamp
from members.identity import identity_id

# Incident Extension Suite, appendix B: level → criticality.
CRITICALITY: Final = (0, 15, 40, 70, 85, 95)
# Copies of ATT&CK entries are filed once per owner, before any incident.
CATALOGUED: Final = timedelta(days=90)
GOOD_FOR: Final = timedelta(days=180)


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The objects of one incident, filled in from top to bottom.

    `aware_at` is when the owner learned of it, `made_at` when the objects were written. SDOs and
    SROs carry the incident's TLP and PAP unless told otherwise, SCOs none (nobody owns them).
    `catalogue` names whose copies of ATT&CK entries are used, by default the owner's; an
    anonymous incident has its own, since the owner could be found by its other copies.
    """

    key: str
    owner: str
    seeded_at: datetime
    aware_at: datetime
    made_at: datetime
    tlp: str
    pap: str = "CLEAR"
    catalogue: str = ""
    objects: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, name: str, /, *, tlp: str = "", **properties: Any) -> str:
        """Write down an SDO or SRO and return its id; `name` tells it from others of its type."""
        made = timestamp(self.made_at)
        return self._put(
            {
                "type": kind,
                "spec_version": "2.1",
                "id": fixed(kind, f"{self.key}/{name}"),
                "created_by_ref": identity_id(self.owner),
                "created": made,
                "modified": made,
                **properties,
                "object_marking_refs": self._marks(tlp or self.tlp),
            }
        )

    def _marks(self, tlp: str) -> list[str]:
        pap = [] if self.pap == "CLEAR" or tlp == "CLEAR" else [PAP_IDS[self.pap]]
        return [TLP2_IDS[tlp], *pap]

    def _put(self, value: dict[str, Any]) -> str:
        found = str(value["id"])
        if all(obj["id"] != found for obj in self.objects):
            self.objects.append(value)
        return found

    def hours(self, hours: float) -> str:
        """Return the timestamp so many hours after the owner became aware."""
        return timestamp(self.aware_at + timedelta(hours=hours))

    def incident(
        self,
        title: str,
        description: str,
        *,
        level: int,
        facts: Mapping[str, Any],
        core: Mapping[str, Any],
        references: list[dict[str, Any]] | None = None,
    ) -> str:
        """Write down the incident with Incident Core and our own extension; return its id."""
        more: dict[str, Any] = {"external_references": references} if references else {}
        return self.add(
            "incident",
            "incident",
            name=title,
            description=description,
            **more,
            extensions={
                INCIDENT_CORE_ID: {
                    "extension_type": "property-extension",
                    "determination": "confirmed",
                    "investigation_status": "open",
                    "criticality": CRITICALITY[level],
                    **core,
                },
                CYBERFRAME_INCIDENT_EXT: {
                    "extension_type": "property-extension",
                    "criticality_level": level,
                    "kind": "incident",
                    "aware_at": timestamp(self.aware_at),
                    **facts,
                },
            },
        )

    def techniques(self, numbers: str) -> dict[str, str]:
        """Write down the owner's copies of ATT&CK techniques; return id by number."""
        return {number: self._technique(number) for number in numbers.split()}

    def _technique(self, number: str) -> str:
        entry = TECHNIQUES[number]
        made = timestamp(self.seeded_at - CATALOGUED)
        return self._put(
            {
                "type": "attack-pattern",
                "spec_version": "2.1",
                "id": fixed("attack-pattern", f"{self.catalogue or self.owner}/{number}"),
                "created_by_ref": identity_id(self.owner),
                "created": made,
                "modified": made,
                "name": entry.name,
                "description": entry.text,
                "kill_chain_phases": entry.kill_chain_phases,
                "external_references": [reference(number)],
                "object_marking_refs": [TLP2_IDS["CLEAR"]],
            }
        )

    def indicator(
        self, name: str, pattern: str, *, description: str, kind: str = "malicious-activity"
    ) -> str:
        """Write down an indicator with a STIX pattern; return its id."""
        return self.add(
            "indicator",
            name,
            name=name,
            description=description,
            indicator_types=[kind],
            pattern=pattern,
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=timestamp(self.aware_at),
            valid_until=timestamp(self.aware_at + GOOD_FOR),
            confidence=80,
        )

    def file_indicator(self, name: str, *, description: str) -> str:
        """Write down an indicator for the demo file of that name; return its id."""
        return self.indicator(name, file_pattern(name), description=description)

    def relate(self, source: str, kind: str, target: str, description: str = "") -> str:
        """Write down a relationship; return its id."""
        more = {"description": description} if description else {}
        return self.add(
            "relationship",
            f"{source} {kind} {target}",
            relationship_type=kind,
            **more,
            source_ref=source,
            target_ref=target,
        )

    def relate_all(self, sources: Iterable[str], kind: str, targets: Iterable[str]) -> None:
        """Write down a relationship from each source to each target."""
        ends = list(targets)
        for source in sources:
            for target in ends:
                self.relate(source, kind, target)

    def observable(
        self, kind: str, properties: dict[str, Any], contributing: Mapping[str, Any]
    ) -> str:
        """Write down an SCO under its deterministic id; return the id."""
        found = observable_id(kind, contributing)
        return self._put({"type": kind, "spec_version": "2.1", "id": found, **properties})

    def value(self, kind: str, value: str) -> str:
        """Write down an ipv4-addr, domain-name or url; return its id."""
        return self.observable(kind, {"value": value}, {"value": value})

    def file(self, name: str, *, size: int) -> str:
        """Write down a file by name, size and SHA-256; return its id."""
        hashes = {"SHA-256": sha256(name)}
        return self.observable(
            "file",
            {"hashes": hashes, "name": name, "size": size},
            {"hashes": hashes, "name": name},
        )

    def bundle(self) -> dict[str, Any]:
        """Return the bundle of all that was written down."""
        return {"type": "bundle", "id": fixed("bundle", self.key), "objects": list(self.objects)}


def file_pattern(name: str) -> str:
    """Return the STIX pattern that matches the demo file of that name by its hash."""
    return f"[file:hashes.'SHA-256' = '{sha256(name)}']"
