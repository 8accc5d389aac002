"""Our tables of types against those of stix2: same properties, same requirements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from stix2.registry import STIX2_OBJ_MAPS

from incidents.stix.types import OBJECT_TYPES
from incidents.stix.types.observable_extensions import (
    FILE,
    NETWORK_TRAFFIC,
    PROCESS,
    USER_ACCOUNT,
)

_MAPS: Mapping[str, Mapping[str, Any]] = STIX2_OBJ_MAPS["2.1"]
THEIRS = {**_MAPS["objects"], **_MAPS["observables"]}
EXTENSIONS = {**FILE, **NETWORK_TRAFFIC, **PROCESS, **USER_ACCOUNT}

# What stix2 invents where it is missing, or demands by code.
THEY_INVENT = {"spec_version", "created", "modified", "valid_from"}
# Properties that only one of us knows, because …
DIFFERENT = {
    ("incident", "kill_chain_phases"): "an early draft had it; §4.6 does not",
    ("extension-definition", "extensions"): "stix2 does not expect any, but they do no harm",
}
WE_REQUIRE = {
    ("extension-definition", "created_by_ref"),  # §7.3: required
}


def test_every_type_of_stix2_is_known() -> None:
    assert set(THEIRS) - {"bundle"} == set(OBJECT_TYPES) - {"event", "impact", "task"}


@pytest.mark.parametrize("name", sorted(set(THEIRS) - {"bundle"}))
def test_properties_are_those_of_stix2(name: str) -> None:
    theirs = set(THEIRS[name]._properties)
    ours = set(OBJECT_TYPES[name].shape.properties)
    assert {(name, item) for item in theirs ^ ours} <= set(DIFFERENT)


@pytest.mark.parametrize("name", sorted(set(THEIRS) - {"bundle"}))
def test_required_properties_are_those_of_stix2(name: str) -> None:
    theirs = {key for key, rule in THEIRS[name]._properties.items() if rule.required}
    ours = set(OBJECT_TYPES[name].shape.required)
    assert theirs - {"type", "id"} <= ours
    assert {(name, item) for item in ours - theirs - THEY_INVENT} <= WE_REQUIRE


@pytest.mark.parametrize("name", sorted(EXTENSIONS))
def test_predefined_extensions_are_those_of_stix2(name: str) -> None:
    theirs = _MAPS["extensions"][name]._properties
    ours = EXTENSIONS[name]
    assert set(theirs) - {"extension_type"} == set(ours.properties)
    assert {key for key, rule in theirs.items() if rule.required} == set(ours.required)


def test_every_predefined_extension_is_known() -> None:
    named = {key for key in _MAPS["extensions"] if not key.startswith("extension-definition")}
    assert named == set(EXTENSIONS)


@pytest.mark.parametrize("name", sorted(_MAPS["observables"]))
def test_observables_are_observables(name: str) -> None:
    assert OBJECT_TYPES[name].kind == "sco"
