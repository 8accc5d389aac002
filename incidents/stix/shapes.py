"""Shapes: which properties an object has, which it must have, and how they go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from incidents.stix.report import Report, Rule, joined
from incidents.stix.rules import kind_of
from incidents.stix.times import instant

# A constraint looks at a whole object at a path (empty for the object itself).
Constraint = Callable[[Report, str, Mapping[str, Any]], None]
Kind = Literal["sdo", "sro", "sco", "meta"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of an object or of a part of one, as a table."""

    properties: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A type of STIX object: its kind, its own shape, and its predefined extensions."""

    name: str
    kind: Kind
    shape: Shape
    extensions: Mapping[str, Shape] = field(default_factory=dict)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, for tables of names."""
    return tuple(text.split())


def shape(properties: Mapping[str, Rule], *constraints: Constraint, required: str = "") -> Shape:
    """Return a shape; `required` names the properties that must be there."""
    return Shape(dict(properties), tuple(required.split()), constraints)


def check_shape(report: Report, path: str, value: Mapping[str, Any], expected: Shape) -> None:
    """Report required properties that are missing, wrong values and broken constraints."""
    for name in expected.required:
        if name not in value:
            report.add("required", joined(path, name))
    rules = expected.properties
    for name, item in value.items():
        rule = rules.get(name)
        if rule is not None:
            rule(report, f"{path}.{name}" if path else name, item)
    for constraint in expected.constraints:
        constraint(report, path, value)


def embedded(expected: Shape) -> Rule:
    """A rule: an object of this shape."""

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            report.add("not_an_object", path, found=kind_of(value))
        else:
            check_shape(report, path, value, expected)

    return rule


def one_of(*names: str) -> Constraint:
    """At least one of the properties is there."""
    listed = ", ".join(names)

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        if not any(name in value for name in names):
            report.add("one_required", joined(path, names[0]), names=listed)

    return constraint


def at_most_one(*names: str) -> Constraint:
    """No two of the properties are there."""

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        there = [name for name in names if name in value]
        if len(there) > 1:
            report.add("exclusive", joined(path, there[1]), first=there[0], second=there[1])

    return constraint


def needs(name: str, *others: str) -> Constraint:
    """Where a property is there, the others are too."""

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        if name in value:
            for other in others:
                if other not in value:
                    report.add("dependent", joined(path, other), other=name)

    return constraint


def not_before(later: str, earlier: str) -> Constraint:
    """A time is the same as another or after it."""
    return _ordered(later, earlier, equal=True)


def after(later: str, earlier: str) -> Constraint:
    """A time is after another."""
    return _ordered(later, earlier, equal=False)


def _ordered(later: str, earlier: str, *, equal: bool) -> Constraint:
    code = "time_before" if equal else "time_not_after"

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        first, second = value.get(earlier), value.get(later)
        if not (isinstance(first, str) and isinstance(second, str)):
            return
        start, end = instant(first), instant(second)
        if start is None or end is None:
            return
        if end < start or (not equal and end == start):
            report.add(code, joined(path, later), value=second, other=earlier, limit=first)

    return constraint


def where(name: str, expected: object, then: Constraint) -> Constraint:
    """A constraint that holds only where a property has a value."""

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        found = value.get(name)
        if type(found) is type(expected) and found == expected:
            then(report, path, value)

    return constraint


def forbidden(name: str, because: str) -> Constraint:
    """A property is not there."""

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        if name in value:
            report.add("exclusive", joined(path, name), first=because, second=name)

    return constraint


def requires(*names: str) -> Constraint:
    """The properties are there (for use with `where`)."""

    def constraint(report: Report, path: str, value: Mapping[str, Any]) -> None:
        for name in names:
            if name not in value:
                report.add("required", joined(path, name))

    return constraint
