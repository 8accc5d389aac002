"""Judging bytes: every way to be no bundle has its own clear answer, and none is an accident."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable

import pytest

from incidents.stix import (
    Limits,
    Problem,
    SubmissionRejected,
    read,
    read_envelope,
    read_request,
)

from .samples import BUNDLE_ID, SAMPLES, bundle, sample

HEAD = b'{"type": "bundle", "id": "%s", "objects": [' % BUNDLE_ID.encode()


def one(text: str) -> bytes:
    """Return a bundle with one object whose text is given."""
    return HEAD + text.encode("utf-8", "surrogatepass") + b"]}"


def rejected(
    data: bytes, reader: Callable[..., object] = read, limits: Limits | None = None
) -> tuple[int, tuple[Problem, ...]]:
    with pytest.raises(SubmissionRejected) as caught:
        reader(data, limits or Limits())
    return caught.value.status_hint, caught.value.problems


ANSWERS: list[tuple[str, bytes, int, str, int]] = [
    ("nothing", b"", 400, "empty", 0),
    ("white space", b" \n\t ", 400, "empty", 0),
    ("only a mark", b"\xef\xbb\xbf", 400, "empty", 0),
    ("no JSON", b"hello", 400, "not_json", 0),
    ("cut off", HEAD + b'{"type": "tool"', 400, "not_json", 0),
    ("comma at the end", HEAD + b"{},]}", 400, "not_json", 0),
    ("two values", bundle({}) + b"{}", 400, "not_json", 0),
    ("single quotes", b"{'type': 'bundle'}", 400, "not_json", 0),
    ("a comment", b"/* x */" + bundle({}), 400, "not_json", 0),
    ("control character", one('{"a": "\x01"}'), 400, "not_json", 0),
    ("raw NUL", one('{"a": "\x00"}'), 400, "not_json", 0),
    ("UTF-16", bundle({}).decode().encode("utf-16"), 400, "not_utf8", 0),
    ("Latin-1", one('{"a": "é"}').decode().encode("latin-1"), 400, "not_utf8", 0),
    ("overlong UTF-8", HEAD + b'{"a": "\xc0\xaf"}]}', 400, "not_utf8", 0),
    ("raw surrogate", one('{"a": "\ud800"}'), 400, "not_utf8", 0),
    ("a list", b"[]", 422, "not_a_bundle", 0),
    ("a string", b'"x"', 422, "not_a_bundle", 0),
    ("null", b"null", 422, "not_a_bundle", 0),
    ("a number", b"12", 422, "not_a_bundle", 0),
    ("an object", b'{"a": 1}', 422, "not_a_bundle", 0),
    ("one STIX object", json.dumps(SAMPLES["tool"]).encode(), 422, "single_object", 0),
    ("no objects", b'{"type": "bundle", "id": "x"}', 422, "objects_missing", 0),
    ("objects as an object", b'{"type": "bundle", "objects": {}}', 422, "objects_missing", 0),
    ("empty list", HEAD + b"]}", 422, "no_objects", 0),
    ("nested too deep", b"[" * 65 + b"]" * 65, 422, "too_deep", 0),
    ("endlessly nested", b"[" * 1_000_000, 422, "too_deep", 0),
    ("nested objects", b'{"a":' * 400_000, 422, "too_deep", 0),
    ("same key", one('{"type": "tool", "name": "a", "name": "b"}'), 422, "duplicate_key", 1),
    ("same key, escaped", one('{"name": 1, "n\\u0061me": 2}'), 422, "duplicate_key", 1),
    ("same key, deep", one('{"a": [{"b": {"c": 1, "c": 1}}]}'), 422, "duplicate_key", 1),
    ("same key of the bundle", b'{"type": "bundle", ' + bundle({})[1:], 422, "duplicate_key", 0),
    ("NaN", one('{"a": NaN}'), 422, "not_a_number", 1),
    ("Infinity", one('{"a": [-Infinity]}'), 422, "not_a_number", 1),
    ("overflow", one('{"a": 1e999}'), 422, "number_overflow", 1),
    ("2^53", one('{"a": 9007199254740992}'), 422, "integer_out_of_range", 1),
    ("-2^53", one('{"a": -9007199254740992}'), 422, "integer_out_of_range", 1),
    ("many digits", one('{"a": ' + "9" * 10_000 + "}"), 422, "integer_out_of_range", 1),
    ("NUL escape", one('{"a": "x\\u0000"}'), 422, "nul_character", 1),
    ("NUL in a key", one('{"x\\u0000": 1}'), 422, "nul_character", 1),
    ("lone surrogate", one('{"a": "\\ud83d"}'), 422, "lone_surrogate", 1),
    ("surrogates reversed", one('{"a": "\\udc4b\\ud83d"}'), 422, "lone_surrogate", 1),
    ("surrogate in a key", one('{"\\ud800": 1}'), 422, "lone_surrogate", 1),
]


@pytest.mark.parametrize(
    ("data", "status", "code", "number"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_answer(data: bytes, status: int, code: str, number: int) -> None:
    hint, problems = rejected(data)
    assert hint == status
    assert [(item.code, item.number) for item in problems] == [(code, number)]
    assert problems[0].message
    assert problems[0].fix
    assert problems[0].level == "error"
    json.dumps(problems[0].to_json()).encode("utf-8")


def test_problem_of_an_object_names_it() -> None:
    text = '{"type": "tool", "id": "tool--x", "name": "a", "name": "b"}'
    _, problems = rejected(HEAD + b'{"type": "mutex"}, ' + text.encode() + b"]}")
    assert [(p.number, p.type, p.id) for p in problems] == [(2, "tool", "tool--x")]
    assert "name" in problems[0].message


def test_all_problems_are_found() -> None:
    texts = '{"a": 1, "a": 2}, {"b": NaN, "c": 1e999}, {}, {"d": "\\ud800"}'
    _, problems = rejected(one(texts))
    assert [(p.number, p.code) for p in problems] == [
        (1, "duplicate_key"),
        (2, "not_a_number"),
        (2, "number_overflow"),
        (4, "lone_surrogate"),
    ]


@pytest.mark.parametrize(
    ("limits", "status", "code"),
    [
        (Limits(size_bytes=100), 413, "too_large"),
        (Limits(objects=2), 422, "too_many_objects"),
        (Limits(properties_per_object=3), 422, "object_too_big"),
        (Limits(properties=10), 422, "too_many_properties"),
        (Limits(depth=2), 422, "too_deep"),
    ],
)
def test_limit(limits: Limits, status: int, code: str) -> None:
    data = bundle(sample("tool"), sample("tool"), sample("tool"))
    assert len(read(data).objects) == 3
    hint, problems = rejected(data, limits=limits)
    assert hint == status
    assert {item.code for item in problems} == {code}


def test_limits_are_inclusive() -> None:
    data = bundle(sample("mutex"))
    assert read(data, Limits(size_bytes=len(data), objects=1, depth=3, properties_per_object=4))


def test_brackets_in_strings_do_not_nest() -> None:
    assert read(one('{"a": "' + "[" * 500 + '\\"' + "{" * 500 + '"}'))
    assert read(one('{"a": "\\\\", "b": "[[["}'))


def test_depth_64_is_read() -> None:
    assert read(one("[" * 62 + "]" * 62))
    assert rejected(one("[" * 63 + "]" * 63))[1][0].code == "too_deep"


def test_stix_2_0_is_one_clear_problem() -> None:
    old = sample("tool", spec_version=...)
    data = json.dumps(
        {"type": "bundle", "id": BUNDLE_ID, "spec_version": "2.0", "objects": [old] * 50}
    ).encode()
    status, problems = rejected(data)
    assert status == 422
    assert [item.code for item in problems] == ["stix_2_0"]
    assert "2.0" in problems[0].message
    assert "stix2-elevator" in problems[0].fix


def test_bundle_that_only_says_2_0_is_read() -> None:
    data = json.dumps(
        {"type": "bundle", "id": BUNDLE_ID, "spec_version": "2.0", "objects": [sample("tool")]}
    ).encode()
    assert len(read(data).objects) == 1


def test_text_of_each_object_is_kept() -> None:
    texts = [
        '{"type" :"tool","x_n": 1.50, "x_e":[ ] ,"s":"\\u0041\\/é"}',
        "7",
        '{\n\t"a" : 1E2 , "z": null}',
    ]
    submission = read(one(" , ".join(texts)))
    assert [obj.text for obj in submission.objects] == texts
    assert [obj.number for obj in submission.objects] == [1, 2, 3]
    assert submission.bundle_id == BUNDLE_ID


def test_byte_order_mark_is_ignored_with_a_warning() -> None:
    submission = read(b"\xef\xbb\xbf" + bundle(sample("tool")))
    assert [(item.code, item.level) for item in submission.problems] == [
        ("byte_order_mark", "warning")
    ]
    assert read(bundle(sample("tool"))).problems == ()


def test_envelope_needs_no_type() -> None:
    data = json.dumps({"more": False, "objects": [sample("tool")]}).encode()
    submission = read_envelope(data)
    assert submission.bundle_id is None
    assert len(submission.objects) == 1
    assert rejected(b"{}", read_envelope)[1][0].code == "objects_missing"


def test_request_carries_fields_beside_the_bundle() -> None:
    inner = bundle(sample("tool")).decode()
    text = '{"title": "x", "bundle": ' + inner + ', "marking": {"tlp": "GREEN"}}'
    request = read_request(text.encode())
    assert len(request.submission.objects) == 1
    assert request.submission.objects[0].text in inner
    assert request.fields["title"] == "x"
    assert request.fields["marking"] == {"tlp": "GREEN"}


def test_request_may_be_a_bare_bundle() -> None:
    request = read_request(bundle(sample("tool")))
    assert request.fields == {}
    assert len(request.submission.objects) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"title": "a", "title": "b", "bundle": %s}', "duplicate_key"),
        ('{"bundle": %s, "bundle": {}}', "duplicate_key"),
        ('{"bundle": [], "x": %s}', "not_a_bundle"),
        ('{"bundle": {"type": "bundle"}, "x": %s}', "objects_missing"),
    ],
)
def test_request_is_judged_as_strictly(text: str, code: str) -> None:
    inner = bundle(sample("tool")).decode()
    _, problems = rejected((text % inner).encode(), read_request)
    assert code in {item.code for item in problems}


@pytest.mark.parametrize(
    "data",
    [
        b'"' + b'\\"' * 2_000_000,
        b"{" + b'"a' * 2_000_000,
        HEAD + b"[" + b"[]," * 1_500_000 + b"[]]]}",
        HEAD + b'{"a": "' + b"\\ud800" * 800_000 + b'"}]}',
        HEAD + b"{" + b",".join(b'"%d":1' % n for n in range(400_000)) + b"}]}",
        HEAD + b"{" + b",".join(b'"a":1' for _ in range(700_000)) + b"}]}",
        HEAD + b"1" * 4_900_000 + b"]}",
        b" " * 4_999_999 + b"x",
    ],
    ids=["escapes", "quotes", "lists", "surrogates", "properties", "repeats", "digits", "blanks"],
)
def test_hostile_bytes_take_bounded_time(data: bytes) -> None:
    start = time.process_time()
    with contextlib.suppress(SubmissionRejected):
        read(data)
    assert time.process_time() - start < 5
