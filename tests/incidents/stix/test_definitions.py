"""The extensions in docs/extensions.md are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from incidents.stix.building import CRITICALITY
from incidents.stix.definitions import EXTENSION_DEFINITIONS, IDENTITY
from incidents.stix.types.extensions import CYBERFRAME_INCIDENT, CYBERFRAME_REDACTED
from incidents.stix.vocabularies import CLOCK_REGIMES, KINDS, REPORT_KINDS

from .samples import found

DOCUMENT = (Path(__file__).parents[3] / "docs" / "extensions.md").read_text()


def test_definitions_in_the_document_are_ours() -> None:
    shown = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
    assert shown == list(EXTENSION_DEFINITIONS)


def test_document_lists_every_property() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)
    assert listed == [*CYBERFRAME_INCIDENT.properties, *CYBERFRAME_REDACTED.properties]


def test_document_lists_every_word() -> None:
    for word in (*CLOCK_REGIMES, *KINDS, *REPORT_KINDS):
        assert f"`{word}`" in DOCUMENT


def test_document_has_the_criticality_of_each_level() -> None:
    assert ", ".join(f"{n} → {value}" for n, value in enumerate(CRITICALITY)) in DOCUMENT


def test_definitions_are_valid() -> None:
    assert found(IDENTITY, *EXTENSION_DEFINITIONS) == set()
