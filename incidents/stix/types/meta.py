"""STIX meta objects (STIX 2.1 §7): markings, extension definitions, translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.report import Report, Rule
from incidents.stix.rules import (
    anything,
    dictionary,
    enumeration,
    language,
    list_of,
    matching,
    reference,
    string,
    timestamp,
)
from incidents.stix.shapes import ObjectType, embedded, needs, shape
from incidents.stix.types.common import (
    COMMON,
    COMMON_CONSTRAINTS,
    COMMON_REQUIRED,
)

_MARKING: Final[dict[str, Rule]] = {
    **{
        name: COMMON[name]
        for name in (
            "type",
            "id",
            "spec_version",
            "created",
            "created_by_ref",
            "external_references",
            "object_marking_refs",
            "granular_markings",
            "extensions",
        )
    },
    "name": string,
    "definition_type": string,
    "definition": anything,
}
_STATEMENT: Final = embedded(shape({"statement": string}, required="statement"))
_TLP: Final = embedded(
    shape({"tlp": enumeration("white", "green", "amber", "red")}, required="tlp")
)
_DEFINITIONS: Final = {"statement": _STATEMENT, "tlp": _TLP}


def _says_something(report: Report, _path: str, value: Mapping[str, Any]) -> None:
    """§7.2: a definition with its type, or an extension that defines it."""
    if "extensions" not in value:
        for name in ("definition_type", "definition"):
            if name not in value:
                report.add("required", name)
    kind = value.get("definition_type")
    rule = _DEFINITIONS.get(kind) if isinstance(kind, str) else None
    if rule is not None and "definition" in value:
        rule(report, "definition", value["definition"])


def _not_marked_by_itself(report: Report, _path: str, value: Mapping[str, Any]) -> None:
    """§7.2.2: no circular references."""
    refs = value.get("object_marking_refs")
    if isinstance(refs, list) and value.get("id") in refs:
        report.add("marks_itself", "object_marking_refs")
    entries = value.get("granular_markings")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and entry.get("marking_ref") == value.get("id"):
            report.add("marks_itself", f"granular_markings.[{index}].marking_ref")


def _contents(report: Report, path: str, value: Any) -> None:
    """§7.1: language tag → dictionary of translated properties."""
    dictionary(dictionary())(report, path, value)
    for tag in value if isinstance(value, dict) else ():
        language(report, path, tag)


META: Final = (
    ObjectType(
        "marking-definition",
        "meta",
        shape(
            _MARKING,
            needs("definition", "definition_type"),
            _says_something,
            _not_marked_by_itself,
            required="spec_version created",
        ),
    ),
    ObjectType(
        "extension-definition",
        "meta",
        shape(
            {
                **{
                    name: rule
                    for name, rule in COMMON.items()
                    if name not in ("confidence", "lang")
                },
                "name": string,
                "description": string,
                "schema": string,
                "version": string,
                "extension_types": list_of(
                    enumeration(
                        "new-sdo",
                        "new-sco",
                        "new-sro",
                        "property-extension",
                        "toplevel-property-extension",
                    )
                ),
                "extension_properties": list_of(
                    matching(r"[a-z][a-z0-9_]{2,249}", "extension_property_name")
                ),
            },
            *COMMON_CONSTRAINTS,
            required=f"{COMMON_REQUIRED} created_by_ref name schema version extension_types",
        ),
    ),
    ObjectType(
        "language-content",
        "meta",
        shape(
            {
                **{name: rule for name, rule in COMMON.items() if name != "lang"},
                "object_ref": reference(except_types=("bundle",)),
                "object_modified": timestamp,
                "contents": _contents,
            },
            *COMMON_CONSTRAINTS,
            required=f"{COMMON_REQUIRED} object_ref contents",
        ),
    ),
)
