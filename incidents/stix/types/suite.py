"""The Incident Extension Suite 2.0 of OASIS (draft): event, impact, task, and Incident Core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.report import Report, Rule
from incidents.stix.rules import (
    boolean,
    dictionary,
    enumeration,
    integer,
    list_of,
    number,
    reference,
    string,
    timestamp,
)
from incidents.stix.shapes import (
    Constraint,
    ObjectType,
    Shape,
    after,
    embedded,
    needs,
    one_of,
    requires,
    shape,
)
from incidents.stix.types.common import COMMON, COMMON_CONSTRAINTS, COMMON_REQUIRED, STRINGS
from incidents.stix.types.sdo import ANY_OBJECTS

_PERCENT: Final = integer(0, 100)
_COUNT: Final = integer(0)
_ENTITY_COUNTS: Final = dictionary(_COUNT)
_FIDELITY: Final = enumeration("day", "hour", "minute", "month", "second", "year")
_RECOVERABILITY: Final = enumeration(
    "extended", "not-applicable", "not-recoverable", "regular", "supplemented"
)
_CONDITION: Final = enumeration("optional", "required", "unknown")
_TRANSITION: Final = enumeration("completion", "failure", "success", "unknown")
_SPAN: Final[dict[str, Rule]] = {
    "start_time": timestamp,
    "start_time_fidelity": _FIDELITY,
    "end_time": timestamp,
    "end_time_fidelity": _FIDELITY,
}
_SPAN_IN_ORDER: Final = after("end_time", "start_time")


def _entries(kind: str) -> Rule:
    """§3.2, §3.6: a list of events or tasks and what follows each of them."""
    name = f"{kind}_ref"
    step = shape(
        {name: reference(kind), "condition_type": _CONDITION, "transition_type": _TRANSITION},
        required=f"{name} condition_type transition_type",
    )
    entry = shape(
        {name: reference(kind), "next_steps": list_of(embedded(step)), "sequence_start": boolean},
        required=name,
    )
    entries = list_of(embedded(entry))

    def rule(report: Report, path: str, value: Any) -> None:
        entries(report, path, value)
        if isinstance(value, list):
            _steps_are_listed(report, path, value, name)

    return rule


def _steps_are_listed(report: Report, path: str, value: list[Any], name: str) -> None:
    """§3.3, §3.7: a next step names an entry of the same list."""
    listed = {
        entry[name]
        for entry in value
        if isinstance(entry, dict) and isinstance(entry.get(name), str)
    }
    for index, entry in enumerate(value):
        steps = entry.get("next_steps") if isinstance(entry, dict) else None
        for number_, step in enumerate(steps if isinstance(steps, list) else ()):
            target = step.get(name) if isinstance(step, dict) else None
            if isinstance(target, str) and target not in listed:
                place = f"{path}.[{index}].next_steps.[{number_}].{name}"
                report.add("step_not_listed", place, value=target)


def _same_type(report: Report, path: str, value: Mapping[str, Any]) -> None:
    """§3.5: the state before and after are objects of one type."""
    first, second = value.get("initial_ref"), value.get("result_ref")
    if not (isinstance(first, str) and isinstance(second, str)):
        return
    if first.partition("--")[0] != second.partition("--")[0]:
        report.add("different_types", f"{path}.result_ref", value=second, other=first)


_CHANGES: Final = list_of(
    embedded(
        shape(
            {
                "state_change_type": string,
                "initial_ref": reference(),
                "result_ref": reference(),
            },
            one_of("initial_ref", "result_ref"),
            _same_type,
            required="state_change_type",
        )
    )
)
_SCORES: Final = list_of(
    embedded(
        shape({"name": string, "value": number(), "description": string}, required="name value")
    )
)

INCIDENT_CORE: Final = shape(
    {
        "determination": enumeration(
            "blocked", "confirmed", "failed-attempt", "false-positive", "suspected"
        ),
        "investigation_status": string,
        "criticality": _PERCENT,
        "detection_methods": STRINGS,
        "events": _entries("event"),
        "impact_refs": list_of(reference("impact")),
        "impacted_entity_counts": _ENTITY_COUNTS,
        "incident_types": STRINGS,
        "recoverability": _RECOVERABILITY,
        "scores": _SCORES,
        "tasks": _entries("task"),
    },
    required="determination investigation_status",
)


def _unless(name: str, value: str, *names: str) -> Constraint:
    """The properties are there unless one has the value that says there is nothing."""
    demand = requires(*names)

    def constraint(report: Report, path: str, owner: Mapping[str, Any]) -> None:
        if isinstance(owner.get(name), str) and owner[name] != value:
            demand(report, path, owner)

    return constraint


def _above_zero(report: Report, path: str, value: Mapping[str, Any]) -> None:
    """§2.3.2.5: amounts and rates are greater than zero."""
    for name in ("min_amount", "max_amount", "conversion_rate"):
        amount = value.get(name)
        if isinstance(amount, int | float) and not isinstance(amount, bool) and amount <= 0:
            report.add("not_positive", f"{path}.{name}", value=amount)


def _altered(name: str, loss: Rule) -> Shape:
    return shape(
        {name: loss, "information_type": string, "record_count": _COUNT, "record_size": _COUNT},
        _unless(name, "none", "information_type"),
        required=name,
    )


# By the category an impact names (§2.3.2).
IMPACT_CATEGORIES: Final[Mapping[str, Shape]] = {
    "availability": shape({"availability_impact": _PERCENT}, required="availability_impact"),
    "confidentiality": _altered(
        "loss_type",
        enumeration("confirmed-loss", "contained", "exploited-loss", "none", "suspected-loss"),
    ),
    "external": shape({"impact_type": string}, required="impact_type"),
    "integrity": _altered(
        "alteration",
        enumeration(
            "potential-destruction",
            "potential-modification",
            "partial-destruction",
            "partial-modification",
            "full-destruction",
            "full-modification",
            "none",
        ),
    ),
    "monetary": shape(
        {
            "variety": string,
            "conversion_rate": number(),
            "conversion_time": timestamp,
            "currency": string,
            "currency_actual": string,
            "max_amount": number(),
            "min_amount": number(),
        },
        needs("min_amount", "max_amount", "currency"),
        needs("max_amount", "min_amount"),
        needs("currency_actual", "currency", "conversion_rate"),
        needs("conversion_rate", "currency_actual", "conversion_time"),
        _above_zero,
        required="variety",
    ),
    "physical": shape(
        {
            "impact_type": enumeration(
                "damaged-functional", "damaged-nonfunctional", "destruction", "none", "unknown"
            ),
            "asset_type": string,
        },
        _unless("impact_type", "none", "asset_type"),
        required="impact_type",
    ),
    "traceability": shape(
        {
            "traceability_impact": enumeration(
                "accountability-lost", "partial-accountability", "provable-accountability"
            )
        },
        required="traceability_impact",
    ),
}


def _has_its_category(report: Report, _path: str, value: Mapping[str, Any]) -> None:
    """§2.3.2: an impact has the one sub-extension that its category names."""
    category, extensions = value.get("impact_category"), value.get("extensions")
    if not isinstance(category, str) or not isinstance(extensions, dict):
        return
    name = category.removesuffix("-ext").removesuffix("-impact")
    # The draft writes the key with and without its endings, its examples too.
    keys = [f"{name}{ending}" for ending in ("", "-impact", "-ext", "-impact-ext")]
    found = next((key for key in keys if key in extensions), None)
    if found is None:
        report.add("impact_extension", "extensions", value=category)
    elif isinstance(extensions[found], dict) and name in IMPACT_CATEGORIES:
        embedded(IMPACT_CATEGORIES[name])(report, f"extensions.{found}", extensions[found])


def _suite(
    name: str, properties: dict[str, Rule], *constraints: Constraint, required: str
) -> ObjectType:
    return ObjectType(
        name,
        "sdo",
        shape(
            {**COMMON, "description": string, **_SPAN, **properties},
            *COMMON_CONSTRAINTS,
            _SPAN_IN_ORDER,
            *constraints,
            required=f"{COMMON_REQUIRED} {required} extensions",
        ),
    )


SUITE: Final = (
    _suite(
        "event",
        {
            "status": enumeration("ongoing", "occurred", "not-occurred", "pending", "undetermined"),
            "name": string,
            "event_types": STRINGS,
            "goal": string,
            "sighting_refs": list_of(reference("sighting")),
            "changed_objects": _CHANGES,
            "subevents": _entries("event"),
        },
        required="status",
    ),
    _suite(
        "impact",
        {
            "impact_category": string,
            "criticality": _PERCENT,
            "impacted_entity_counts": _ENTITY_COUNTS,
            "impacted_refs": ANY_OBJECTS,
            "recoverability": _RECOVERABILITY,
            "superseded_by_ref": reference("impact"),
        },
        needs("superseded_by_ref", "end_time"),
        _has_its_category,
        required="impact_category",
    ),
    _suite(
        "task",
        {
            "outcome": enumeration(
                "cancelled", "failed", "ongoing", "pending", "successful", "unknown"
            ),
            "name": string,
            "task_types": STRINGS,
            "priority": _PERCENT,
            "error": string,
            "impacted_entity_counts": _ENTITY_COUNTS,
            "changed_objects": _CHANGES,
            "subtasks": _entries("task"),
        },
        required="outcome",
    ),
)
