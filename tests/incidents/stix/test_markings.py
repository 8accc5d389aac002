"""The well-known markings, letter by letter: a wrong id would open or hide everything."""

from __future__ import annotations

import pytest
import stix2

from incidents.stix.markings import PAP_WORD_OF, TLP_WORD_OF, WELL_KNOWN

from .samples import found

IDS = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": ("TLP:WHITE", "CLEAR"),
    "34098fce-860f-48ae-8e50-ebd3cc5e41da": ("TLP:GREEN", "GREEN"),
    "f88d31f6-486f-44da-b317-01333bde0b82": ("TLP:AMBER", "AMBER"),
    "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": ("TLP:RED", "RED"),
    "94868c89-83c2-464b-929b-a1a8aa3c8487": ("TLP:CLEAR", "CLEAR"),
    "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": ("TLP:GREEN", "GREEN"),
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": ("TLP:AMBER", "AMBER"),
    "939a9414-2ddd-4d32-a0cd-375ea402b003": ("TLP:AMBER+STRICT", "AMBER+STRICT"),
    "e828b379-4e03-4974-9ac4-e53a884c97c1": ("TLP:RED", "RED"),
    "ad15a0cd-55b6-4588-a14c-a66105329b92": ("PAP:CLEAR", "CLEAR"),
    "c43594d1-4b11-4c59-93ab-1c9b14d53ce9": ("PAP:GREEN", "GREEN"),
    "60f8932b-e51e-4458-b265-a2e8be9a80ab": ("PAP:AMBER", "AMBER"),
    "740d36e5-7714-4c30-961a-3ae632ceee0e": ("PAP:RED", "RED"),
    "a3bea94c-b469-41dc-9cfe-d6e7daba7730": ("PAP:WHITE", "CLEAR"),
}


def test_ids_are_those_of_the_standards() -> None:
    words = {**TLP_WORD_OF, **PAP_WORD_OF}
    assert {ref: (obj["name"], words[ref]) for ref, obj in WELL_KNOWN.items()} == {
        f"marking-definition--{ref}": names for ref, names in IDS.items()
    }
    assert set(words) == set(WELL_KNOWN)


@pytest.mark.parametrize(
    "theirs", [stix2.TLP_WHITE, stix2.TLP_GREEN, stix2.TLP_AMBER, stix2.TLP_RED]
)
def test_tlp_1_is_that_of_stix2(theirs: stix2.MarkingDefinition) -> None:
    ours = WELL_KNOWN[theirs.id]
    assert ours["definition"] == {"tlp": theirs.definition["tlp"]}
    assert stix2.parse(dict(ours)).created == theirs.created


def test_well_known_objects_are_valid() -> None:
    assert found(*map(dict, WELL_KNOWN.values())) == set()
