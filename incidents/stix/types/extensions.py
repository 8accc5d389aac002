"""Extensions (STIX 2.1 §7.3) that the platform knows by heart, by their id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from incidents.stix import markings, vocabularies
from incidents.stix.report import Report
from incidents.stix.rules import (
    anything,
    boolean,
    constant,
    enumeration,
    integer,
    list_of,
    matching,
    string,
    timestamp,
)
from incidents.stix.shapes import Shape, embedded, not_before, shape
from incidents.stix.types.suite import INCIDENT_CORE

EXTENSION_TYPES: Final = (
    "new-sdo",
    "new-sco",
    "new-sro",
    "property-extension",
    "toplevel-property-extension",
)


@dataclass(frozen=True, slots=True)
class Extension:
    """What an extension holds, how it extends, and which type it belongs to (None = any)."""

    kind: str
    shape: Shape
    belongs_to: str | None
    closed: bool = False


def _rsit(report: Report, path: str, value: Any) -> None:
    """class:type; later versions of RSIT add words, so an unknown one is only noted."""
    matching(r"[a-z0-9-]+:[a-z0-9-]+", "bad_rsit")(report, path, value)
    if isinstance(value, str) and ":" in value and value not in vocabularies.RSIT_WORDS:
        report.add("unknown_word", path, value=value, vocabulary="RSIT")


def _sector(report: Report, path: str, value: Any) -> None:
    matching(r"[a-z0-9]+(?:-[a-z0-9]+)*", "bad_sector")(report, path, value)
    if isinstance(value, str) and value not in vocabularies.SECTORS:
        report.add("unknown_word", path, value=value, vocabulary="sectors")


_IMPACT: Final = embedded(
    shape(
        {"kind": string, "degree": string, "service": string, "people": integer(0)},
        required="kind",
    )
)
_ATTRIBUTION: Final = embedded(
    shape(
        {
            "statement": string,
            "confidence": integer(0, 100),
            "level": enumeration(*vocabularies.ATTRIBUTION_LEVELS),
        },
        required="statement",
    )
)
_TERNARY: Final = enumeration(*vocabularies.TERNARY)

# docs/extensions.md describes each of these; a test keeps the two equal.
CYBERFRAME_INCIDENT: Final = shape(
    {
        "criticality_level": integer(0, 5),
        "clock_regime": enumeration(*vocabularies.CLOCK_REGIMES),
        "report_kind": enumeration(*vocabularies.REPORT_KINDS),
        "kind": enumeration(*vocabularies.KINDS),
        "rsit": _rsit,
        "summary": string,
        "handling": string,
        "significant": boolean,
        "malicious": _TERNARY,
        "cross_border": _TERNARY,
        "sectors": list_of(_sector),
        "countries_affected": list_of(matching(r"[A-Z]{2}", "bad_country")),
        "impacts": list_of(_IMPACT),
        "attribution": _ATTRIBUTION,
        "started_at": timestamp,
        "detected_at": timestamp,
        "aware_at": timestamp,
        "contained_at": timestamp,
        "resolved_at": timestamp,
    },
    not_before("detected_at", "started_at"),
    not_before("contained_at", "started_at"),
    not_before("resolved_at", "started_at"),
)
CYBERFRAME_REDACTED: Final = shape({"redacted": boolean}, required="redacted")

_IEP: Final = shape(
    {
        "encrypt_in_transit": enumeration("must", "may"),
        "permitted_actions": enumeration(
            "none",
            "contact-for-instruction",
            "internally-visible-actions",
            "externally-visible-indirect-actions",
            "externally-visible-direct-actions",
        ),
        "unmodified_resale": enumeration("may", "must-not"),
        "start_date": anything,
        "end_date": anything,
    },
    required="encrypt_in_transit permitted_actions unmodified_resale",
)
_PROPERTY: Final = "property-extension"
_NEW_SDO: Final = "new-sdo"

KNOWN: Final[Mapping[str, Extension]] = MappingProxyType(
    {
        markings.INCIDENT_CORE_ID: Extension(_PROPERTY, INCIDENT_CORE, "incident"),
        markings.CYBERFRAME_INCIDENT_EXT: Extension(
            _PROPERTY, CYBERFRAME_INCIDENT, "incident", closed=True
        ),
        markings.CYBERFRAME_REDACTED_EXT: Extension(
            _PROPERTY, CYBERFRAME_REDACTED, None, closed=True
        ),
        markings.EVENT_EXT: Extension(_NEW_SDO, shape({}), "event"),
        markings.IMPACT_EXT: Extension(_NEW_SDO, shape({}), "impact"),
        markings.TASK_EXT: Extension(_NEW_SDO, shape({}), "task"),
        markings.TLP2_EXT: Extension(
            _PROPERTY,
            shape(
                {"tlp_2_0": enumeration("clear", "green", "amber", "amber+strict", "red")},
                required="tlp_2_0",
            ),
            "marking-definition",
        ),
        markings.PAP_EXT: Extension(
            _PROPERTY,
            shape({"pap": enumeration("white", "clear", "green", "amber", "red")}, required="pap"),
            "marking-definition",
        ),
        markings.IEP_EXT: Extension(_PROPERTY, _IEP, "marking-definition"),
    }
)
# The objects that exist only through their extension.
EXTENSION_OF_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event": markings.EVENT_EXT,
        "impact": markings.IMPACT_EXT,
        "task": markings.TASK_EXT,
    }
)
EXTENSION_TYPE_RULE: Final = enumeration(*EXTENSION_TYPES)


def extension_type_rule(key: str) -> Any:
    """Return the rule for `extension_type` under a key: one value if the key is known."""
    known = KNOWN.get(key)
    return constant(known.kind) if known else EXTENSION_TYPE_RULE
