"""What stands between the objects of a bundle: repeats and markings."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.stix.markings import PAP_IDS, TLP1_IDS, TLP2_EXT, TLP2_IDS, WELL_KNOWN

from .samples import LATER, Value, checked, found, ref, sample

UNKNOWN = "marking-definition--0a1b2c3d-4e5f-4061-8273-8495a6b7c8d9"


def known(name: str, /, **changes: Any) -> Value:
    value = next(dict(obj) for obj in WELL_KNOWN.values() if obj["name"] == name)
    return {k: v for k, v in (value | changes).items() if v is not ...}


def test_same_object_twice_is_taken_once() -> None:
    result = checked(sample("tool"), sample("mutex"), sample("tool"))
    assert [(p.number, p.code, p.level) for p in result.problems] == [(3, "repeated", "warning")]
    assert [obj.number for obj in result.objects] == [1, 2]


def test_same_version_with_other_content_is_refused() -> None:
    result = checked(sample("tool"), sample("tool", name="other"))
    assert [(p.number, p.code) for p in result.errors] == [(2, "repeated_differently")]
    assert "1" in result.errors[0].message
    assert result.bad == {2}


def test_times_beyond_microseconds_do_not_make_another_version() -> None:
    first = sample("tool", modified="2026-02-20T09:00:00.0000001Z")
    second = sample("tool", modified="2026-02-20T09:00:00.0000002Z")
    assert ("repeated_differently", "id") in found(first, second)


def test_two_versions_of_an_object_are_noted() -> None:
    result = checked(sample("tool"), sample("tool", modified=LATER))
    assert [(p.number, p.code, p.level) for p in result.problems] == [
        (2, "two_versions", "warning")
    ]
    assert len(result.good) == 2


@pytest.mark.parametrize("value", WELL_KNOWN.values(), ids=lambda value: value["name"])
def test_well_known_marking_may_come_along(value: Value) -> None:
    assert found(value) == set()
    assert found(value | {"created_by_ref": ref("identity")}) == set()


@pytest.mark.parametrize(
    "value",
    [
        known("TLP:RED", definition={"tlp": "green"}),
        known("TLP:RED", name="TLP:GREEN"),
        known("TLP:AMBER+STRICT", created="2023-01-01T00:00:00.000Z"),
        known(
            "TLP:AMBER+STRICT",
            extensions={TLP2_EXT: {"extension_type": "property-extension", "tlp_2_0": "clear"}},
        ),
        known(
            "TLP:AMBER+STRICT",
            extensions=...,
            definition_type="statement",
            definition={"statement": "x"},
        ),
        known("TLP:CLEAR", x_more=True),
        known("PAP:RED", name="x"),
    ],
)
def test_well_known_marking_cannot_be_redefined(value: Value) -> None:
    result = checked(value)
    assert ("marking_redefined", "id") in {(p.code, p.property) for p in result.errors}
    assert result.bad == {1}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "TLP:GREEN"},
        {"name": "tlp green"},
        {"name": "PAP:RED"},
        {"definition": {"statement": "TLP:AMBER"}},
        {
            "definition_type": ...,
            "definition": ...,
            "extensions": {TLP2_EXT: {"extension_type": "property-extension", "tlp_2_0": "green"}},
        },
    ],
)
def test_lookalike_is_noted(changes: dict[str, Any]) -> None:
    assert ("marking_lookalike", "id") in found(sample("marking-definition", **changes))


def test_two_levels_on_one_object_are_noted() -> None:
    refs = [TLP2_IDS["GREEN"], TLP1_IDS["RED"]]
    result = checked(sample("tool", object_marking_refs=refs))
    assert [(p.code, p.property) for p in result.problems] == [("two_tlps", "object_marking_refs")]
    assert "TLP:GREEN and TLP:RED" in result.problems[0].message


def test_one_level_in_two_versions_is_one_level() -> None:
    refs = [TLP2_IDS["GREEN"], TLP1_IDS["GREEN"], PAP_IDS["RED"]]
    assert found(sample("tool", object_marking_refs=refs)) == set()


def test_two_paps_are_noted() -> None:
    refs = [PAP_IDS["GREEN"], PAP_IDS["RED"]]
    assert found(sample("tool", object_marking_refs=refs)) == {("two_paps", "object_marking_refs")}


def test_unknown_marking_is_noted_where_it_stands() -> None:
    value = sample(
        "tool",
        object_marking_refs=[TLP2_IDS["GREEN"], UNKNOWN],
        granular_markings=[{"selectors": ["name"], "marking_ref": UNKNOWN}],
    )
    assert found(value) == {
        ("unknown_marking", "object_marking_refs.[1]"),
    }
    alone = value | {"object_marking_refs": [TLP2_IDS["GREEN"]]}
    assert found(alone) == {("unknown_marking", "granular_markings.[0].marking_ref")}


def test_marking_of_the_bundle_is_known() -> None:
    value = sample("tool", object_marking_refs=[ref("marking-definition")])
    assert found(value, sample("marking-definition")) == set()


def test_wrong_copies_of_tlp_ids_are_unknown() -> None:
    for near in ("bab4a63c-aed9-4cf5-a766-dfca5abac2bc", "939a9414-2ddd-4d32-a0cd-375ea402b03e"):
        value = sample("tool", object_marking_refs=[f"marking-definition--{near}"])
        assert found(value) == {("unknown_marking", "object_marking_refs.[0]")}
