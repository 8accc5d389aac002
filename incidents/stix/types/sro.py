"""STIX relationship objects (STIX 2.1 §5)."""

from __future__ import annotations

from typing import Final

from incidents.stix.rules import boolean, integer, list_of, matching, reference, string, timestamp
from incidents.stix.shapes import ObjectType, after, shape
from incidents.stix.types.common import COMMON, COMMON_CONSTRAINTS, COMMON_REQUIRED
from incidents.stix.types.sdo import LARGEST_COUNT, SEEN, SEEN_IN_ORDER

# Relationships link domain objects and observables (§5.1: "an SDO or SCO").
_END: Final = reference(
    except_types=(
        "bundle",
        "language-content",
        "marking-definition",
        "extension-definition",
        "relationship",
        "sighting",
    )
)
_SIGHTED: Final = reference(
    except_types=(
        "bundle",
        "language-content",
        "marking-definition",
        "extension-definition",
        "relationship",
        "sighting",
    )
)

SROS: Final = (
    ObjectType(
        "relationship",
        "sro",
        shape(
            {
                **COMMON,
                "relationship_type": matching(r"[a-z0-9-]+", "relationship_type"),
                "description": string,
                "source_ref": _END,
                "target_ref": _END,
                "start_time": timestamp,
                "stop_time": timestamp,
            },
            *COMMON_CONSTRAINTS,
            after("stop_time", "start_time"),
            required=f"{COMMON_REQUIRED} relationship_type source_ref target_ref",
        ),
    ),
    ObjectType(
        "sighting",
        "sro",
        shape(
            {
                **COMMON,
                "description": string,
                **SEEN,
                "count": integer(0, LARGEST_COUNT),
                "sighting_of_ref": _SIGHTED,
                "observed_data_refs": list_of(reference("observed-data")),
                "where_sighted_refs": list_of(reference("identity", "location")),
                "summary": boolean,
            },
            *COMMON_CONSTRAINTS,
            SEEN_IN_ORDER,
            required=f"{COMMON_REQUIRED} sighting_of_ref",
        ),
    ),
)
