"""Ids and objects of the marking definitions and extensions that the platform knows.

Well-known ids are constants: nothing that is submitted can redefine them (`check` refuses
a bundle that tries). Every id is compared exactly, because wrong copies of TLP:GREEN and
TLP:AMBER+STRICT stand in public documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

StixObject = Mapping[str, Any]

# Extensions ---------------------------------------------------------------------------------
TLP2_EXT: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
PAP_EXT: Final = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
IEP_EXT: Final = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
INCIDENT_CORE_ID: Final = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
EVENT_EXT: Final = "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e"
IMPACT_EXT: Final = "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9"
TASK_EXT: Final = "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030"
CYBERFRAME_INCIDENT_EXT: Final = "extension-definition--6f4d1c0a-2b7e-4f0c-9d35-8a1e5c7b2f60"
CYBERFRAME_REDACTED_EXT: Final = "extension-definition--b3a9e7d2-51c8-4a64-8f1b-0d6c9e2a7f45"
CYBERFRAME_IDENTITY: Final = "identity--0c5d8b1e-7f3a-4e92-a6d4-3b9f1c8e5a70"

# Marking definitions, by the word of the level (`TLP.word`, `PAP.name`) ---------------------
TLP1_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "WHITE": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "GREEN": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        "AMBER": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
        "RED": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
    }
)
TLP2_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
)
PAP_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLEAR": "marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92",
        "GREEN": "marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9",
        "AMBER": "marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab",
        "RED": "marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e",
    }
)
PAP_WHITE_ID: Final = "marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730"

# id → word. WHITE reads as CLEAR. TLP 1.0 AMBER, which allowed clients, stays AMBER.
TLP_WORD_OF: Final[Mapping[str, str]] = MappingProxyType(
    {ref: "CLEAR" if word == "WHITE" else word for word, ref in TLP1_IDS.items()}
    | {ref: word for word, ref in TLP2_IDS.items()}
)
PAP_WORD_OF: Final[Mapping[str, str]] = MappingProxyType(
    {ref: word for word, ref in PAP_IDS.items()} | {PAP_WHITE_ID: "CLEAR"}
)


def _tlp1(word: str) -> StixObject:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP1_IDS[word],
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": f"TLP:{word}",
        "definition": {"tlp": word.lower()},
    }


def _extended(*, ref: str, created: str, name: str, extension: str, key: str) -> StixObject:
    """Return a marking definition that says its level in a property extension."""
    value = name.partition(":")[2].lower()
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": ref,
        "created": created,
        "name": name,
        "extensions": {extension: {"extension_type": "property-extension", key: value}},
    }


def _tlp2(word: str) -> StixObject:
    return _extended(
        ref=TLP2_IDS[word],
        created="2022-10-01T00:00:00.000Z",
        name=f"TLP:{word}",
        extension=TLP2_EXT,
        key="tlp_2_0",
    )


def _pap(ref: str, word: str, day: str) -> StixObject:
    return _extended(
        ref=ref,
        created=f"2022-10-{day}T00:00:00.000Z",
        name=f"PAP:{word}",
        extension=PAP_EXT,
        key="pap",
    )


TLP1_OBJECTS: Final[tuple[StixObject, ...]] = tuple(_tlp1(word) for word in TLP1_IDS)
TLP2_OBJECTS: Final[tuple[StixObject, ...]] = tuple(_tlp2(word) for word in TLP2_IDS)
PAP_OBJECTS: Final[tuple[StixObject, ...]] = (
    _pap(PAP_IDS["CLEAR"], "CLEAR", "01"),
    _pap(PAP_IDS["GREEN"], "GREEN", "09"),
    _pap(PAP_IDS["AMBER"], "AMBER", "02"),
    _pap(PAP_IDS["RED"], "RED", "06"),
    _pap(PAP_WHITE_ID, "WHITE", "01"),
)

# id → the one true object of every marking definition that the platform knows.
WELL_KNOWN: Final[Mapping[str, StixObject]] = MappingProxyType(
    {obj["id"]: obj for obj in (*TLP1_OBJECTS, *TLP2_OBJECTS, *PAP_OBJECTS)}
)
