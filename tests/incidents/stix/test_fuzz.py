"""Whatever comes: an answer, in bounded time, and never an accident."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.stix import (
    Checked,
    SubmissionRejected,
    check,
    incident_facts,
    own_marking,
    read,
    read_envelope,
    read_request,
)
from incidents.stix.lines import read_lines

from .samples import NOW, SAMPLES, TIME, bundle, ref, sample

WIPER = (Path(__file__).parent / "documents" / "wiper.json").read_bytes()
VALUES = list(SAMPLES.values()) + json.loads(WIPER)["objects"]
SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([TIME, ref("tool"), ref("marking-definition"), "[a:b = 1]", "stix", "tlp"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside a value."""
    found = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        found.append((*path, key))
        if isinstance(child, dict | list):
            found += places(child, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """Return a valid object with a few things replaced, removed or added."""
    value = copy.deepcopy(draw(st.sampled_from(VALUES)))
    for _ in range(draw(st.integers(1, 3))):
        spots = places(value)
        if not spots:
            break
        *path, key = draw(st.sampled_from(spots))
        owner = value
        for step in path:
            owner = owner[step]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del owner[key]
        elif action == "replace" or isinstance(owner, list):
            owner[key] = draw(json_values)
        else:
            owner[draw(st.text(max_size=8))] = draw(json_values)
    return value


def everything(data: bytes) -> Checked | None:
    """Run all that a filing runs on bytes, and check what must always hold."""
    start = time.process_time()
    try:
        submission = read(data)
    except SubmissionRejected:
        return None
    finally:
        assert time.process_time() - start < 5
    result = check(submission, NOW)
    text = data.decode("utf-8")
    definitions = {obj.id: obj for obj in result.objects if obj.type == "marking-definition"}
    for obj in result.objects:
        assert obj.text in text
        value = json.loads(obj.text)
        assert obj.value == (value if isinstance(value, dict) else {})
        own_marking(obj, definitions)
        incident_facts(obj)
    wrong = {item.number for item in result.errors if item.number}
    cut = any(item.code == "more_problems" for item in result.problems)
    assert wrong <= result.bad if cut else wrong == result.bad
    json.dumps([item.to_json() for item in result.problems], ensure_ascii=False).encode("utf-8")
    return result


@SLOW
@given(st.lists(mutated(), min_size=1, max_size=3))
def test_mutated_objects_are_judged(objects: list[Any]) -> None:
    everything(bundle(*objects))


@SLOW
@given(st.data())
def test_mutated_bytes_are_judged(data: st.DataObject) -> None:
    content = bytearray(WIPER)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        junk = data.draw(st.binary(max_size=6) | st.sampled_from([b"{", b"[", b'"', b"\\u0000"]))
        content[place : place + data.draw(st.integers(0, 20))] = junk
    everything(bytes(content))


@SLOW
@given(
    st.binary(max_size=300) | st.text(alphabet='{}[]":,\\u0dtr 1eE.-', max_size=200).map(str.encode)
)
def test_random_bytes_are_judged(data: bytes) -> None:
    for reader in (read, read_envelope, read_request):
        with pytest.raises(SubmissionRejected):
            reader(data)


@SLOW
@given(st.lists(json_values, max_size=4))
def test_random_values_are_judged(objects: list[Any]) -> None:
    everything(bundle(*objects))


@SLOW
@given(st.text(max_size=200) | st.text(alphabet="hxtp[.]()://@abc019 \n#'\\%", max_size=80))
def test_random_lines_are_judged(text: str) -> None:
    found, problems = read_lines(text)
    numbers = {item.line for item in problems} | {item.line for item in found}
    assert numbers <= set(range(1, len(text.splitlines()) + 1))


@pytest.mark.parametrize(
    "value",
    [
        sample("tool", labels=[1] * 1_500_000),
        sample("tool", **{f"X{n}": 1 for n in range(9_000)}),
        sample("tool", granular_markings=[{"lang": "en", "selectors": ["a.b"] * 400_000}]),
        sample("report", object_refs=["x"] * 600_000),
        sample("report", object_refs=[ref("tool")] * 80_000),
        sample("indicator", pattern="(" * 4_000_000),
        sample("indicator", pattern="[a:b = '" + "\\\\" * 1_000_000 + "']"),
        sample("tool", extensions={f"a{n}": 1 for n in range(9_000)}),
        sample("tool", object_marking_refs=["marking-definition--x"] * 100_000),
        sample("url", value="http:" + "a" * 4_000_000),
        sample("tool", lang="a-" * 2_000_000),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_hostile_objects_take_bounded_time(value: Any) -> None:
    data = bundle(value)
    start = time.process_time()
    everything(data)
    assert time.process_time() - start < 8


def test_many_bad_objects_take_bounded_time() -> None:
    bad = [sample("tool", id=ref("tool", str(n)), labels=[1] * 150) for n in range(5_000)]
    data = bundle(*bad)
    start = time.process_time()
    result = everything(data)
    assert time.process_time() - start < 8
    assert result is not None
    assert len(result.bad) == 5_000
