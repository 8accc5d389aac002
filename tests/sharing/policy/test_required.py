"""What a redaction may not take from an object, and places inside objects."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.stix.markings import EVENT_EXT, INCIDENT_CORE_ID
from sharing.policy.paths import Path, cut, moved, outermost, references, resolve, text_of
from sharing.policy.required import REQUIRED, breaks, missing

NEW = "extension-definition--33333333-3333-4333-8333-333333333333"


def body(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}--00000000-0000-4000-8000-000000000001", **fields}


@pytest.mark.parametrize(
    ("value", "path", "broken"),
    [
        (body("tool", name="x", description="y"), ("description",), False),
        (body("tool", name="x", created="y"), ("created",), True),
        (body("location", country="UA", region="x"), ("country",), False),
        (body("location", country="UA"), ("country",), True),
        (body("location", country="UA", latitude=1, longitude=2), ("longitude",), True),
        (body("artifact", url="x", hashes={"MD5": "y"}, payload_bin="z"), ("hashes",), True),
        (body("artifact", url="x", hashes={"MD5": "y"}, payload_bin="z"), ("url",), False),
        (body("file", hashes={"MD5": "y"}), ("hashes", "MD5"), True),
        (body("process", pid=1), ("pid",), True),
        (body("process", pid=1, cwd="/"), ("pid",), False),
        (
            body("tool", name="x", kill_chain_phases=[{"phase_name": "a", "kill_chain_name": "b"}]),
            ("kill_chain_phases", 0, "phase_name"),
            True,
        ),
        (
            body("tool", name="x", external_references=[{"source_name": "a", "url": "b"}]),
            ("external_references", 0, "url"),
            True,
        ),
        (
            body("tool", name="x", external_references=[{"source_name": "a", "url": "b"}]),
            ("external_references", 0),
            False,
        ),
        (
            body(
                "file",
                name="x",
                extensions={"archive-ext": {"contains_refs": ["a"], "comment": "c"}},
            ),
            ("extensions", "archive-ext", "contains_refs"),
            True,
        ),
        (
            body("file", name="x", extensions={"ntfs-ext": {"sid": "a", "x": 1}}),
            ("extensions", "ntfs-ext", "sid"),
            False,
        ),
        (
            body(
                "incident", name="x", extensions={INCIDENT_CORE_ID: {"determination": "a", "b": 1}}
            ),
            ("extensions", INCIDENT_CORE_ID, "determination"),
            True,
        ),
        (
            body("event", extensions={EVENT_EXT: {"extension_type": "new-sdo"}}, status="x"),
            ("extensions",),
            True,
        ),
        (body("x-own", extensions={NEW: {"extension_type": "new-sdo"}}, a=1), ("a",), False),
        (body("x-own", a=1, b=2), ("a",), False),
        (body("tool", name="x", extensions={NEW: "odd"}, description="y"), ("description",), False),
        (
            body("tool", name="x", external_references="odd", description="y"),
            ("description",),
            False,
        ),
    ],
)
def test_cutting_breaks_an_object_only_if_something_required_goes(
    value: dict[str, Any], path: Path, broken: bool
) -> None:
    assert breaks(value, [path]) is broken


def test_cutting_everything_breaks_an_object() -> None:
    assert breaks({"type": "tool"}, [("type",)])


@pytest.mark.parametrize("kind", REQUIRED)
def test_every_required_property_is_missed(kind: str) -> None:
    told = {requirement for requirement in missing({"type": kind}) if len(requirement) == 1}
    assert {(name,) for name in REQUIRED[kind]} <= told


def test_selectors_resolve_to_paths_and_back() -> None:
    value = {"a": [{"b": [1, 2]}], "c": "x"}
    for selector in ("a", "a.[0]", "a.[0].b.[1]", "c"):
        path = resolve(value, selector)
        assert path is not None
        assert text_of(path) == selector
    for selector in ("x", "a.0", "a.[1]", "a.[0].x", "c.d", "a.[-1]", "", "a.", "a.[٣]"):
        assert resolve(value, selector) is None


def test_cutting_removes_what_it_empties_and_tells_what_went() -> None:
    value = {"a": [{"b": [1]}, {"b": [2, 3]}], "c": 1, "d": {"e": {"f": 1}}}
    removed: set[Path] = set()
    paths: list[Path] = [("a", 0, "b", 0), ("a", 1, "b", 0), ("d", "e", "f"), ("c", "no"), ("x",)]
    assert cut(value, paths, removed=removed) == {"a": [{"b": [3]}], "c": 1}
    assert ("a", 0) in removed
    assert ("d",) in removed
    assert moved(("a", 1, "b", 1), removed) == ("a", 0, "b", 0)
    assert moved(("a", 0, "b"), removed) is None
    assert value["c"] == 1  # the original is left as it was


def test_outermost_drops_what_lies_inside_another() -> None:
    assert outermost([("a",), ("a", 0), ("b", 1), ("b", 1, "c")]) == {("a",), ("b", 1)}


def test_references_are_ids_in_ref_properties_at_any_depth() -> None:
    one = "tool--00000000-0000-4000-8000-000000000001"
    value = {
        "a_ref": one,
        "b_refs": [one, "0"],
        "c": [{"d_ref": one}],
        "e_refs": "odd",
        "f_ref": {"g_ref": one},
        "name": one,
    }
    assert [text_of(path) for path, _ in references(value)] == [
        "a_ref",
        "b_refs.[0]",
        "c.[0].d_ref",
        "f_ref.g_ref",
    ]
