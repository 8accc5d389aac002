"""Checking every object of a submission, and the submission as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents.stix.bundle import check_bundle
from incidents.stix.extending import check_extensions, has_toplevel, new_kind
from incidents.stix.granular import check_selectors
from incidents.stix.identifiers import is_type_name, object_type_of, uuid_version
from incidents.stix.limits import LIMITS, PROBLEMS_PER_LATER_OBJECT, PROBLEMS_PER_OBJECT
from incidents.stix.objects import (
    NO_VERSION,
    Checked,
    ParsedObject,
    RawObject,
    Submission,
)
from incidents.stix.patterns import PatternBudget
from incidents.stix.problems import Problem, problem
from incidents.stix.report import Report
from incidents.stix.rules import kind_of
from incidents.stix.shapes import Kind, ObjectType, Shape, check_shape
from incidents.stix.times import instant
from incidents.stix.types import OBJECT_TYPES
from incidents.stix.types.common import (
    COMMON,
    COMMON_CONSTRAINTS,
    COMMON_REQUIRED,
    COMMON_SCO,
)

FUTURE: Final = timedelta(days=1)
_NO_REFS: Final = ("object_marking_refs", "marking_ref", "created_by_ref")
# Objects of types that no table knows: only what all objects have in common is checked.
_UNKNOWN_SDO: Final = Shape(COMMON, tuple(COMMON_REQUIRED.split()), COMMON_CONSTRAINTS)
_UNKNOWN_SCO: Final = Shape(COMMON_SCO)
# §3.2: names that STIX keeps for itself, on every object.
_CUSTOM_NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,249}")
_NO_ACTION: Final = frozenset({"course-of-action"})
_RESERVED: Final = frozenset({"severity", "username", "phone_numbers", "addresses"})


def check(submission: Submission, now: datetime) -> Checked:
    """Return every distinct object of the submission and all that is wrong with it.

    An object that stands twice, word for word, is returned once.
    Pure and total: whatever `read` returned, this returns. `now` is an aware moment; objects
    made more than a day after it are refused.
    """
    budget = PatternBudget()
    objects: list[ParsedObject] = []
    problems: list[Problem] = [*_bundle_id(submission.bundle_id)]
    bad: set[int] = set()
    dropped = 0
    for raw in submission.objects:
        enough = len(problems) >= LIMITS.problems
        limit = PROBLEMS_PER_LATER_OBJECT if enough else PROBLEMS_PER_OBJECT
        obj, report = check_object(raw, now=now, budget=budget, limit=limit)
        objects.append(obj)
        problems += report.problems
        dropped += report.dropped
        if report.failed:
            bad.add(raw.number)
    repeats: set[int] = set()
    for found in check_bundle(objects):
        if len(problems) < LIMITS.problems or found.level == "error":
            problems.append(found)
        else:
            dropped += 1
        if found.level == "error":
            bad.add(found.number)
        elif found.code == "repeated":
            repeats.add(found.number)
    distinct = tuple(obj for obj in objects if obj.number not in repeats)
    return Checked(distinct, _limited(problems, dropped), frozenset(bad))


def _bundle_id(bundle_id: str | None) -> Iterator[Problem]:
    """Yield what is wrong with the id of the bundle (§8); an envelope has none."""
    if bundle_id is not None and object_type_of(bundle_id) != "bundle":
        yield problem("bundle_id", property="id", params={"value": bundle_id or "none"})


def _limited(problems: list[Problem], dropped: int) -> tuple[Problem, ...]:
    """Return the problems in the order of the objects, errors first where there are too many.

    `dropped` problems were counted but not kept.
    """
    kept = sorted(problems, key=lambda item: item.level)[: LIMITS.problems]
    if left := dropped + len(problems) - len(kept):
        kept.append(problem("more_problems", params={"count": left}))
    return tuple(sorted(kept, key=lambda item: item.number))


def check_object(
    raw: RawObject, *, now: datetime, budget: PatternBudget, limit: int = PROBLEMS_PER_OBJECT
) -> tuple[ParsedObject, Report]:
    """Return one object and the report about it."""
    value = raw.value if isinstance(raw.value, dict) else {}
    type_, id_ = _text(value.get("type")), _text(value.get("id"))
    report = Report(number=raw.number, type=type_, id=id_, budget=budget, limit=limit)
    if not isinstance(raw.value, dict):
        report.add("not_an_object", "", found=kind_of(raw.value))
        return _parsed(raw, value, "sdo"), report
    kind, shape, known = _kind_of(value, type_)
    _check_identity(report, value, type_, id_, known)
    check_shape(report, "", value, shape)
    check_extensions(report, value, known)
    if "granular_markings" in value:
        check_selectors(report, value)
    _check_property_names(report, value, shape, known)
    _check_future(report, value, now)
    return _parsed(raw, value, kind), report


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _kind_of(value: Mapping[str, Any], type_: str) -> tuple[Kind, Shape, ObjectType | None]:
    """Return what kind of object this is and the shape it must have."""
    known = OBJECT_TYPES.get(type_)
    if known:
        return known.kind, known.shape, known
    made = new_kind(value.get("extensions"))
    if made == "new-sco" or (made is None and not {"created", "modified"} & value.keys()):
        return "sco", _UNKNOWN_SCO, None
    return "sro" if made == "new-sro" else "sdo", _UNKNOWN_SDO, None


def _check_identity(
    report: Report, value: Mapping[str, Any], type_: str, id_: str, known: ObjectType | None
) -> None:
    """Report a wrong type or id (§2.9, §3.1)."""
    for name in ("type", "id"):
        if name not in value:
            report.add("required", name)
        elif not isinstance(value[name], str):
            report.add("not_a_string", name, found=kind_of(value[name]))
    if type_ == "bundle":
        report.add("nested_bundle", "type")
    elif isinstance(value.get("type"), str) and not is_type_name(type_):
        report.add("bad_type", "type", value=type_)
    elif type_ and not known and not _announced(value, type_):
        report.add("unknown_type", "type", value=type_)
    if not isinstance(value.get("id"), str):
        return
    named = object_type_of(id_)
    if named is None:
        report.add("bad_id", "id", value=id_)
    elif type_ and named != type_:
        report.add("id_prefix", "id", value=named, type=type_)
    elif type_ == "process" and uuid_version(id_) != 4:
        report.add("process_id", "id", value=id_)


def _announced(value: Mapping[str, Any], type_: str) -> bool:
    """Return whether a type of its own says so: by its prefix or by an extension."""
    return type_.startswith("x-") or new_kind(value.get("extensions")) is not None


def _check_property_names(
    report: Report, value: Mapping[str, Any], shape: Shape, known: ObjectType | None
) -> None:
    """Report names that STIX forbids, and those that look like a slip of the pen."""
    rules = shape.properties
    for name in value:
        if name in rules:
            continue
        if known and (name in _RESERVED or (name == "action" and report.type in _NO_ACTION)):
            report.add("reserved_property", name)
        elif not name or not ("a" <= name[0] <= "z"):
            report.add("property_start", name)
        elif not _CUSTOM_NAME.fullmatch(name):
            report.add("property_name", name)
        elif known and not name.startswith("x_") and not has_toplevel(value.get("extensions")):
            report.add("unknown_property", name)


def _check_future(report: Report, value: Mapping[str, Any], now: datetime) -> None:
    for name in ("created", "modified"):
        text = value.get(name)
        moment = instant(text) if isinstance(text, str) else None
        if moment is not None and moment - now > FUTURE:
            report.add("in_the_future", name, value=text)


def _parsed(raw: RawObject, value: Mapping[str, Any], kind: Kind) -> ParsedObject:
    created, modified = value.get("created"), value.get("modified")
    created = created if isinstance(created, str) else None
    modified = modified if isinstance(modified, str) else None
    creator = value.get("created_by_ref")
    return ParsedObject(
        number=raw.number,
        id=_text(value.get("id")),
        type=_text(value.get("type")),
        spec_version=_text(value.get("spec_version")) or "2.1",
        created=created,
        modified=modified,
        version=_version(created, modified),
        text=raw.text,
        value=value,
        sco=kind == "sco",
        creator_ref=creator if isinstance(creator, str) else None,
        marking_refs=_strings(value.get("object_marking_refs")),
        granular=_dicts(value.get("granular_markings")),
        refs=tuple(references(value)),
    )


def _version(created: str | None, modified: str | None) -> datetime:
    for text in (modified, created):
        moment = instant(text) if text else None
        if moment is not None:
            return moment
    return NO_VERSION


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _dicts(value: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, dict))


def references(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids that the `…_ref` and `…_refs` properties at any depth name, in order.

    Markings and the creator are left out: they have fields of their own.
    """
    rest: list[Any] = [value]
    seen: set[str] = set()
    while rest:
        item = rest.pop()
        if isinstance(item, list):
            rest.extend(child for child in reversed(item) if isinstance(child, dict | list))
            continue
        deeper = []
        for name, child in item.items():
            if name.endswith(("_ref", "_refs")):
                for ref in child if isinstance(child, list) else (child,):
                    if isinstance(ref, str) and name not in _NO_REFS and ref not in seen:
                        seen.add(ref)
                        yield ref
            elif isinstance(child, dict | list):
                deeper.append(child)
        rest.extend(reversed(deeper))
