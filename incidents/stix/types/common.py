"""Common properties (STIX 2.1 §3.2) and data types that many objects share."""

from __future__ import annotations

from typing import Final

from incidents.stix.report import Rule
from incidents.stix.rules import (
    anything,
    boolean,
    constant,
    dictionary,
    hashes,
    integer,
    language,
    list_of,
    precise_timestamp,
    reference,
    string,
)
from incidents.stix.shapes import at_most_one, embedded, not_before, one_of, shape

EXTERNAL_REFERENCE: Final = embedded(
    shape(
        {
            "source_name": string,
            "description": string,
            "url": string,
            "hashes": hashes,
            "external_id": string,
        },
        one_of("description", "url", "external_id"),
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
