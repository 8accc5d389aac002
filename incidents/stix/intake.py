"""Reading submitted bytes: judged once, before anything else looks at them.

The walk over the outermost object is ours, so that every object keeps its exact text and
every problem knows the number of its object. Nothing here raises anything but
`SubmissionRejected`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from incidents.stix.decoding import Decoder, Findings
from incidents.stix.limits import LIMITS, Limits
from incidents.stix.objects import RawObject, Submission
from incidents.stix.problems import Problem, SubmissionRejected, problem
from incidents.stix.scan import deeper_than

_BOM = b"\xef\xbb\xbf"
_FOREIGN_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Request:
    """A filing as REST takes it: a bare bundle, or a bundle among other fields."""

    submission: Submission
    fields: dict[str, Any]


def read(data: bytes, limits: Limits = LIMITS) -> Submission:
    """Return the objects of a STIX 2.1 bundle, each with its exact text.

    Raises:
        SubmissionRejected: the bytes are no acceptable bundle; with every reason found.
    """
    walk = _walk(data, limits)
    walk.collect(walk.decoder.skip(0))
    return walk.bundle()


def read_envelope(data: bytes, limits: Limits = LIMITS) -> Submission:
    """Return the objects of a TAXII 2.1 envelope (§3.7), which has no type and no id."""
    walk = _walk(data, limits)
    walk.collect(walk.decoder.skip(0))
    return walk.envelope()


def read_request(data: bytes, limits: Limits = LIMITS) -> Request:
    """Return the bundle, and the fields beside it if it stands in the field `bundle`."""
    walk = _walk(data, limits)
    start = walk.decoder.skip(0)
    walk.collect(start, inner="bundle")
    if walk.inner is None:
        return Request(walk.bundle(), {})
    if walk.problems:
        raise SubmissionRejected(walk.problems, 422)
    return Request(walk.inner.bundle(), walk.members)


def _walk(data: bytes, limits: Limits) -> _Walk:
    warnings = (problem("byte_order_mark"),) if data.startswith(_BOM) else ()
    return _Walk(Decoder(_text(data, limits)), limits, warnings=warnings)


def _refuse(status: Literal[400, 413, 422], code: str, **params: object) -> SubmissionRejected:
    return SubmissionRejected([problem(code, params=params)], status)


def _text(data: bytes, limits: Limits) -> str:
    """Return the submitted text without a byte order mark (RFC 8259 §8.1 lets us ignore it)."""
    if len(data) > limits.size_bytes:
        raise _refuse(413, "too_large", size=len(data), limit=limits.size_bytes)
    if data.startswith(_FOREIGN_BOMS):
        raise _refuse(400, "not_utf8", position=0)
    data = data.removeprefix(_BOM)
    if not data.strip():
        raise _refuse(400, "empty")
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise _refuse(400, "not_utf8", position=error.start) from None
    if deeper_than(data, limits.depth):
        raise _refuse(422, "too_deep", limit=limits.depth)
    return text


@dataclass(slots=True)
class _Walk:
    """One pass over an outermost JSON object."""

    decoder: Decoder
    limits: Limits
    nested: bool = False
    members: dict[str, Any] = field(default_factory=dict)
    objects: list[RawObject] = field(default_factory=list)
    objects_type: str = "missing"
    problems: list[Problem] = field(default_factory=list)
    properties: int = 0
    inner: _Walk | None = None
    warnings: tuple[Problem, ...] = ()

    def collect(self, position: int, *, inner: str = "") -> int:
        """Take in the object at `position`; return where it ends."""
        text = self.decoder.text
        try:
            if text[position] != "{":
                _value, end, _ = self.decoder.value(position)
                raise _refuse(422, "not_a_bundle", found=_kind(_value))
            end = self._members(position + 1, inner)
            if not self.nested and self.decoder.skip(end) != len(text):
                raise json.JSONDecodeError("Extra text after the end", text, end)
        except json.JSONDecodeError as error:
            raise _refuse(
                400, "not_json", line=error.lineno, column=error.colno, reason=error.msg
            ) from None
        except (RecursionError, OverflowError, MemoryError, ValueError, IndexError):
            # What the limits above should have kept out; never let it become a 5xx.
            raise _refuse(422, "not_readable") from None
        return end

    def _members(self, position: int, inner: str) -> int:
        """Take in `"key": value` pairs up to the closing brace; return the end."""
        text, skip = self.decoder.text, self.decoder.skip
        position = skip(position)
        if text[position : position + 1] == "}":
            return position + 1
        while True:
            key, position = self.decoder.string(position)
            position = skip(position)
            self._expect(":", position)
            position = self._member(key, skip(position + 1), inner)
            position = skip(position)
            if text[position : position + 1] == "}":
                return position + 1
            self._expect(",", position)
            position = skip(position + 1)

    def _member(self, key: str, position: int, inner: str) -> int:
        if key in self.members:
            self._note("duplicate_key", value=key)
        here = self.decoder.text[position : position + 1]
        if key == "objects" and here == "[":
            self.members[key] = []
            self.objects, self.objects_type = [], "list"
            return self._list(position + 1)
        if key == inner and here == "{":
            self.members[key] = {}
            self.inner = _Walk(self.decoder, self.limits, nested=True, warnings=self.warnings)
            return self.inner.collect(position)
        value, end, findings = self.decoder.value(position)
        self.members[key] = value
        if key == "objects":
            self.objects_type = _kind(value)
        self._take(findings, 0, None)
        return end

    def _list(self, position: int) -> int:
        text, skip = self.decoder.text, self.decoder.skip
        position = skip(position)
        if text[position : position + 1] == "]":
            return position + 1
        while True:
            position = self._object(position)
            position = skip(position)
            if text[position : position + 1] == "]":
                return position + 1
            self._expect(",", position)
            position = skip(position + 1)

    def _object(self, position: int) -> int:
        number = len(self.objects) + 1
        if number > self.limits.objects:
            raise _refuse(422, "too_many_objects", limit=self.limits.objects)
        value, end, findings = self.decoder.value(position)
        self.objects.append(RawObject(number, self.decoder.text[position:end], value))
        self._take(findings, number, value)
        return end

    def _expect(self, char: str, position: int) -> None:
        if self.decoder.text[position : position + 1] != char:
            raise json.JSONDecodeError(f"Expecting {char!r}", self.decoder.text, position)

    def _take(self, findings: Findings, number: int, owner: object) -> None:
        """Turn what the decoder met in one value into problems; count its properties."""
        self.properties += findings.properties
        if self.properties > self.limits.properties:
            raise _refuse(422, "too_many_properties", limit=self.limits.properties)
        if number and findings.properties > self.limits.properties_per_object:
            self._note("object_too_big", number, owner, limit=self.limits.properties_per_object)
        for code, text in findings.problems:
            self._note(code, number, owner, value=text)

    def _note(self, code: str, number: int = 0, owner: object = None, **params: object) -> None:
        if len(self.problems) >= self.limits.problems:
            return
        known = owner if isinstance(owner, dict) else {}
        self.problems.append(
            problem(
                code,
                number=number,
                type=_word(known.get("type"), "" if number else "bundle"),
                id=_word(known.get("id"), ""),
                params=params,
            )
        )

    def bundle(self) -> Submission:
        """Return the submission if the object taken in is a STIX 2.1 bundle."""
        kind = self.members.get("type")
        if kind != "bundle":
            if isinstance(kind, str) and "id" in self.members:
                raise _refuse(422, "single_object", type=kind)
            raise _refuse(422, "not_a_bundle", found="an object that is no bundle")
        if self._is_stix_2_0():
            raise _refuse(422, "stix_2_0", count=len(self.objects))
        self._require_objects()
        bundle_id = self.members.get("id")
        return self._submission(bundle_id if isinstance(bundle_id, str) else "")

    def envelope(self) -> Submission:
        """Return the submission if the object taken in is a TAXII envelope."""
        self._require_objects()
        return self._submission(None)

    def _is_stix_2_0(self) -> bool:
        """Return whether this is a bundle of STIX 2.0, where only the bundle has a version."""
        if self.members.get("spec_version") != "2.0":
            return False
        return not any(
            isinstance(raw.value, dict) and "spec_version" in raw.value for raw in self.objects
        )

    def _require_objects(self) -> None:
        if self.objects_type != "list":
            raise _refuse(422, "objects_missing", found=self.objects_type)
        if not self.objects:
            raise _refuse(422, "no_objects")

    def _submission(self, bundle_id: str | None) -> Submission:
        if self.problems:
            raise SubmissionRejected(self.problems, 422)
        return Submission(bundle_id=bundle_id, objects=tuple(self.objects), problems=self.warnings)


def _word(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _kind(value: object) -> str:
    """Return what JSON calls the kind of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "an object"
