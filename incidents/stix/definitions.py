"""The two extension definitions of cyberframe and who makes them, as STIX objects.

docs/extensions.md shows the same objects; a test keeps the two equal. They are served as
reference data.
"""

from __future__ import annotations

from typing import Final

from incidents.stix.markings import (
    CYBERFRAME_IDENTITY,
    CYBERFRAME_INCIDENT_EXT,
    CYBERFRAME_REDACTED_EXT,
    StixObject,
)

_CREATED: Final = "2026-01-01T00:00:00.000Z"

IDENTITY: Final[StixObject] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": CYBERFRAME_IDENTITY,
    "created": _CREATED,
    "modified": _CREATED,
    "name": "cyberframe",
    "description": "The joint incident-sharing platform; it only defines extensions.",
    "identity_class": "system",
}


def _definition(*, ref: str, name: str, description: str) -> StixObject:
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": ref,
        "created_by_ref": CYBERFRAME_IDENTITY,
        "created": _CREATED,
        "modified": _CREATED,
        "name": name,
        "description": description,
        "schema": "The tables in docs/extensions.md of cyberframe define the properties.",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


INCIDENT_EXTENSION: Final = _definition(
    ref=CYBERFRAME_INCIDENT_EXT,
    name="cyberframe incident",
    description="What a coalition needs of an incident beyond OASIS Incident Core: level, "
    "clocks, kind, sectors, countries and handling.",
)
REDACTED_EXTENSION: Final = _definition(
    ref=CYBERFRAME_REDACTED_EXT,
    name="cyberframe redacted",
    description="Says that the receiver does not see every property of the object.",
)
EXTENSION_DEFINITIONS: Final = (INCIDENT_EXTENSION, REDACTED_EXTENSION)
