"""STIX domain objects (STIX 2.1 §4). Open vocabularies are plain strings: any value is legal."""

from __future__ import annotations

from typing import Final

from incidents.stix.patterns import stix_pattern
from incidents.stix.report import Rule
from incidents.stix.rules import (
    boolean,
    dictionary,
    enumeration,
    integer,
    list_of,
    number,
    reference,
    string,
    timestamp,
)
from incidents.stix.shapes import (
    Constraint,
    ObjectType,
    after,
    at_most_one,
    needs,
    not_before,
    one_of,
    requires,
    shape,
    where,
)
from incidents.stix.types.common import (
    COMMON,
    COMMON_CONSTRAINTS,
    COMMON_REQUIRED,
    KILL_CHAIN_PHASES,
    STRINGS,
)

ANY_OBJECTS: Final = list_of(reference(except_types=("bundle",)))
LARGEST_COUNT: Final = 999_999_999
# The types without a `description` of their own; theirs has another name.
_UNDESCRIBED: Final = frozenset({"malware-analysis", "note", "observed-data", "opinion"})
SEEN: Final[dict[str, Rule]] = {"first_seen": timestamp, "last_seen": timestamp}
SEEN_IN_ORDER: Final = not_before("last_seen", "first_seen")


def _sdo(
    name: str, properties: dict[str, Rule], *constraints: Constraint, required: str = ""
) -> ObjectType:
    described = {} if name in _UNDESCRIBED else {"description": string}
    return ObjectType(
        name,
        "sdo",
        shape(
            {**COMMON, **described, **properties},
            *COMMON_CONSTRAINTS,
            *constraints,
            required=f"{COMMON_REQUIRED} {required}",
        ),
    )


_MOTIVES: Final[dict[str, Rule]] = {
    "goals": STRINGS,
    "resource_level": string,
    "primary_motivation": string,
    "secondary_motivations": STRINGS,
}

SDOS: Final = (
    _sdo(
        "attack-pattern",
        {"name": string, "aliases": STRINGS, "kill_chain_phases": KILL_CHAIN_PHASES},
        required="name",
    ),
    _sdo(
        "campaign",
        {"name": string, "aliases": STRINGS, "objective": string, **SEEN},
        SEEN_IN_ORDER,
        required="name",
    ),
    _sdo("course-of-action", {"name": string}, required="name"),
    _sdo(
        "grouping",
        {"name": string, "context": string, "object_refs": ANY_OBJECTS},
        required="context object_refs",
    ),
    _sdo(
        "identity",
        {
            "name": string,
            "roles": STRINGS,
            "identity_class": string,
            "sectors": STRINGS,
            "contact_information": string,
        },
        required="name",
    ),
    _sdo("incident", {"name": string}, required="name"),
    _sdo(
        "indicator",
        {
            "name": string,
            "indicator_types": STRINGS,
            "pattern": string,
            "pattern_type": string,
            "pattern_version": string,
            "valid_from": timestamp,
            "valid_until": timestamp,
            "kill_chain_phases": KILL_CHAIN_PHASES,
        },
        after("valid_until", "valid_from"),
        where("pattern_type", "stix", stix_pattern),
        required="pattern pattern_type valid_from",
    ),
    _sdo(
        "infrastructure",
        {
            "name": string,
            "infrastructure_types": STRINGS,
            "aliases": STRINGS,
            "kill_chain_phases": KILL_CHAIN_PHASES,
            **SEEN,
        },
        SEEN_IN_ORDER,
        required="name",
    ),
    _sdo(
        "intrusion-set",
        {"name": string, "aliases": STRINGS, **SEEN, **_MOTIVES},
        SEEN_IN_ORDER,
        required="name",
    ),
    _sdo(
        "location",
        {
            "name": string,
            "latitude": number(-90, 90),
            "longitude": number(-180, 180),
            "precision": number(0),
            "region": string,
            "country": string,
            "administrative_area": string,
            "city": string,
            "street_address": string,
            "postal_code": string,
        },
        one_of("region", "country", "latitude"),
        needs("latitude", "longitude"),
        needs("longitude", "latitude"),
        needs("precision", "latitude", "longitude"),
    ),
    _sdo(
        "malware",
        {
            "name": string,
            "malware_types": STRINGS,
            "is_family": boolean,
            "aliases": STRINGS,
            "kill_chain_phases": KILL_CHAIN_PHASES,
            **SEEN,
            "operating_system_refs": list_of(reference("software")),
            "architecture_execution_envs": STRINGS,
            "implementation_languages": STRINGS,
            "capabilities": STRINGS,
            "sample_refs": list_of(reference("file", "artifact")),
        },
        SEEN_IN_ORDER,
        where("is_family", True, requires("name")),
        required="is_family",
    ),
    _sdo(
        "malware-analysis",
        {
            "product": string,
            "version": string,
            "host_vm_ref": reference("software"),
            "operating_system_ref": reference("software"),
            "installed_software_refs": list_of(reference("software")),
            "configuration_version": string,
            "modules": STRINGS,
            "analysis_engine_version": string,
            "analysis_definition_version": string,
            "submitted": timestamp,
            "analysis_started": timestamp,
            "analysis_ended": timestamp,
            "result_name": string,
            "result": string,
            "analysis_sco_refs": ANY_OBJECTS,
            "sample_ref": reference("file", "artifact", "network-traffic"),
        },
        one_of("result", "analysis_sco_refs"),
        required="product",
    ),
    _sdo(
        "note",
        {"abstract": string, "content": string, "authors": STRINGS, "object_refs": ANY_OBJECTS},
        required="content object_refs",
    ),
    _sdo(
        "observed-data",
        {
            "first_observed": timestamp,
            "last_observed": timestamp,
            "number_observed": integer(1, LARGEST_COUNT),
            "objects": dictionary(dictionary()),
            "object_refs": ANY_OBJECTS,
        },
        not_before("last_observed", "first_observed"),
        one_of("object_refs", "objects"),
        at_most_one("objects", "object_refs"),
        required="first_observed last_observed number_observed",
    ),
    _sdo(
        "opinion",
        {
            "explanation": string,
            "authors": STRINGS,
            "opinion": enumeration(
                "strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"
            ),
            "object_refs": ANY_OBJECTS,
        },
        required="opinion object_refs",
    ),
    _sdo(
        "report",
        {
            "name": string,
            "report_types": STRINGS,
            "published": timestamp,
            "object_refs": ANY_OBJECTS,
        },
        required="name published object_refs",
    ),
    _sdo(
        "threat-actor",
        {
            "name": string,
            "threat_actor_types": STRINGS,
            "aliases": STRINGS,
            **SEEN,
            "roles": STRINGS,
            "sophistication": string,
            **_MOTIVES,
            "personal_motivations": STRINGS,
        },
        SEEN_IN_ORDER,
        required="name",
    ),
    _sdo(
        "tool",
        {
            "name": string,
            "tool_types": STRINGS,
            "aliases": STRINGS,
            "kill_chain_phases": KILL_CHAIN_PHASES,
            "tool_version": string,
        },
        required="name",
    ),
    _sdo("vulnerability", {"name": string}, required="name"),
)
