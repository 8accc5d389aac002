"""Common properties (STIX 2.1 §3.2) and data types that many objects share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.addresses import url
from incidents.stix.report import Report, Rule
from incidents.stix.rules import (
    anything,
    boolean,
    constant,
    dictionary,
    hashes,
    integer,
    language,
    list_of,
    matching,
    precise_timestamp,
    reference,
    string,
)
from incidents.stix.shapes import at_most_one, embedded, not_before, one_of, requires, shape, where

_CVE: Final = matching(r"CVE-[0-9]{4}-(?:0[0-9]{3}|[1-9][0-9]{3,})", "bad_external_id")
_CAPEC: Final = matching(r"CAPEC-[0-9]+", "bad_external_id")


def _cve(report: Report, path: str, value: Mapping[str, Any]) -> None:
    """§4.18: the number of a CVE."""
    if "external_id" in value:
        _CVE(report, f"{path}.external_id", value["external_id"])


def _capec(report: Report, path: str, value: Mapping[str, Any]) -> None:
    """§4.1: the number of a CAPEC."""
    if "external_id" in value:
        _CAPEC(report, f"{path}.external_id", value["external_id"])


EXTERNAL_REFERENCE: Final = embedded(
    shape(
        {
            "source_name": string,
            "description": string,
            "url": url,
            "hashes": hashes,
            "external_id": string,
        },
        one_of("description", "url", "external_id"),
        where("source_name", "cve", requires("external_id")),
        where("source_name", "capec", requires("external_id")),
        where("source_name", "cve", _cve),
        where("source_name", "capec", _capec),
        required="source_name",
    )
)

KILL_CHAIN_PHASES: Final = list_of(
    embedded(
        shape(
            {"kill_chain_name": string, "phase_name": string},
            required="kill_chain_name phase_name",
        )
    )
)

MARKING_REF: Final = reference("marking-definition")

# Whether the selectors select anything is looked at apart (granular.py).
GRANULAR_MARKINGS: Final = list_of(
    embedded(
        shape(
            {"lang": language, "marking_ref": MARKING_REF, "selectors": list_of(string)},
            one_of("marking_ref", "lang"),
            at_most_one("marking_ref", "lang"),
            required="selectors",
        )
    )
)

# `type`, `id` and `extensions` are looked at apart, because more than one value decides.
_EVERYWHERE: Final[dict[str, Rule]] = {
    "type": anything,
    "id": anything,
    "spec_version": constant("2.1"),
    "object_marking_refs": list_of(MARKING_REF),
    "granular_markings": GRANULAR_MARKINGS,
    "extensions": anything,
}

COMMON: Final[dict[str, Rule]] = {
    **_EVERYWHERE,
    "created_by_ref": reference("identity"),
    "created": precise_timestamp,
    "modified": precise_timestamp,
    "revoked": boolean,
    "labels": list_of(string),
    "confidence": integer(0, 100),
    "lang": language,
    "external_references": list_of(EXTERNAL_REFERENCE),
}
COMMON_REQUIRED: Final = "spec_version created modified"
COMMON_CONSTRAINTS: Final = (not_before("modified", "created"),)

COMMON_SCO: Final[dict[str, Rule]] = {**_EVERYWHERE, "defanged": boolean}

STRINGS: Final = list_of(string)
TEXT_DICTIONARY: Final = dictionary(string)
