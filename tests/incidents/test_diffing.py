"""What differs between two versions: nothing is missed, nothing is made up, and it is bounded."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from incidents.diffing import (
    MOST_CHANGES,
    MOST_CHARACTERS,
    MOST_OBJECTS,
    Change,
    changes,
    difference,
    lines,
    same,
)


def thing(key: str, /, **fields: Any) -> dict[str, Any]:
    return {"id": f"tool--{key}", "modified": "1", **fields}


def test_objects_are_added_removed_and_changed_whatever_their_order() -> None:
    before = [thing("a"), thing("b", name="x"), thing("c")]
    after = [thing("c"), thing("b", name="y"), thing("d")]
    found = difference(before, after)
    assert [each["id"] for each in found.added] == ["tool--d"]
    assert [each["id"] for each in found.removed] == ["tool--a"]
    assert [(each.id, each.changes) for each in found.changed] == [
        ("tool--b", (Change("name", "x", "y"),))
    ]
    assert (found.added_total, found.removed_total, found.changed_total) == (1, 1, 1)
    assert found
    assert not difference(before, list(reversed(before)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": "x"}, {"a": "y"}, [("a", "x", "y")]),
        ({"a": "x"}, {}, [("a", "x", None)]),
        ({}, {"a": None}, [("a", None, "null")]),
        ({"a": {"b": [1]}}, {"a": {"b": [1], "c": 2}}, [("a.c", None, "2")]),
        ({"a": ["x", "y"]}, {"a": ["y", "z"]}, [("a", "x", None), ("a", None, "z")]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, [("a", "x, y", "y, x")]),
        ({"a": ["x"]}, {"a": ["x", "x"]}, [("a", "x", "x, x")]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]}, [("a.[1]", '{"b": 2}', None)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 3}]}, [("a.[0].b", "1", "3")]),
        ({"a": 1}, {"a": True}, [("a", "1", "true")]),
        ({"a": [1]}, {"a": "x"}, [("a", "[1]", "x")]),
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 1}, 2]}, [("a.[2]", None, "2")]),
        ({"a": 1.0}, {"a": 1}, []),
    ],
)
def test_properties_are_told_by_path(
    before: Any, after: Any, expected: list[tuple[str, str | None, str | None]]
) -> None:
    found = [(each.path, each.before, each.after) for each in changes(before, after)]
    assert found == expected


def test_the_time_of_change_is_told_only_where_nothing_else_changed() -> None:
    both = difference([thing("a", name="x")], [thing("a", name="y") | {"modified": "2"}])
    assert [each.path for each in both.changed[0].changes] == ["name"]
    alone = difference([thing("a")], [thing("a") | {"modified": "2"}])
    assert [each.path for each in alone.changed[0].changes] == ["modified"]


def test_what_is_left_out_is_counted() -> None:
    many = [thing(str(n), x=n) for n in range(MOST_OBJECTS + 5)]
    assert difference([], many).added_total == MOST_OBJECTS + 5
    assert len(difference([], many).added) == MOST_OBJECTS
    assert len(difference(many, []).removed) == MOST_OBJECTS
    other = [value | {"x": -1} for value in many]
    assert len(difference(many, other).changed) == MOST_OBJECTS
    assert difference(many, other).changed_total == MOST_OBJECTS + 5
    wide = {f"p{n}": n for n in range(MOST_CHANGES + 3)}
    (one,) = difference([thing("a")], [thing("a", **wide)]).changed
    assert (len(one.changes), one.more) == (MOST_CHANGES, 3)
    for before in ({}, {"a": "x"}, {"a": ["x"]}):
        (long,) = (c for c in changes(before, {"a": "y" * 10_000}) if c.after)
        assert long.after is not None
        assert len(long.after) == MOST_CHARACTERS + 1


def test_of_long_texts_what_differs_is_told_in_its_context() -> None:
    start, end = "a" * 400, "z" * 400
    (found,) = changes({"a": f"{start} old {end}"}, {"a": f"{start} new and more {end}"})
    assert found.before is not None
    assert found.after is not None
    assert found.before.strip("az…") == " old "
    assert found.after.strip("az…") == " new and more "
    assert found.before.startswith("…a")
    assert found.after.endswith("z…")
    assert max(len(found.before), len(found.after)) < 160
    (grown,) = changes({"a": "x" * 300}, {"a": "x" * 305})
    assert grown.before is not None
    assert grown.after is not None
    assert len(grown.after) - len(grown.before) == 5


def test_lines_that_are_gone_and_new() -> None:
    assert lines(["a", "b", "b"], ["b", "c"]) == (("a",), ("c",))
    assert lines([], []) == ((), ())


def random_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.choice(["int", "bool", "text", "null", *(["list", "dict"] * (depth < 3))])
    if kind == "list":
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == "dict":
        return {rng.choice("abcd"): random_value(rng, depth + 1) for _ in range(rng.randrange(4))}
    return {
        "int": rng.randrange(3),
        "bool": rng.random() < 0.5,
        "text": rng.choice("xyz"),
        "null": None,
    }[kind]


def test_equal_values_and_only_they_have_no_changes() -> None:
    rng = random.Random(11)
    differing = 0
    for _ in range(3_000):
        before, after = ({"v": random_value(rng)} for _ in range(2))
        found = list(changes(before, after))
        assert bool(found) is not same(before, after)
        differing += bool(found)
        assert not list(changes(before, copy.deepcopy(before)))
    assert 1_000 < differing < 3_000
