"""Checking the `extensions` of an object (STIX 2.1 §3.2 and §7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.stix.identifiers import object_type_of
from incidents.stix.report import Report, joined
from incidents.stix.rules import dictionary, kind_of
from incidents.stix.shapes import ObjectType, check_shape
from incidents.stix.types.extensions import EXTENSION_OF_TYPE, KNOWN, extension_type_rule

_PREFIX = "extension-definition--"


def check_extensions(report: Report, value: Mapping[str, Any], kind: ObjectType | None) -> None:
    """Report what is wrong with the extensions of one object, known or not."""
    extensions = value.get("extensions")
    type_ = value.get("type")
    if isinstance(type_, str) and (needed := EXTENSION_OF_TYPE.get(type_)):
        _must_have(report, extensions, needed, type_)
    if extensions is None and "extensions" not in value:
        return
    dictionary()(report, "extensions", extensions)
    if isinstance(extensions, dict):
        for key, content in extensions.items():
            _check_one(report, key, content, kind)


def _must_have(report: Report, extensions: object, needed: str, type_: str) -> None:
    if isinstance(extensions, dict) and needed not in extensions:
        report.add("extension_needed", "extensions", value=needed, type=type_)


def _check_one(report: Report, key: str, content: Any, kind: ObjectType | None) -> None:
    path = joined("extensions", key)
    if not isinstance(content, dict):
        report.add("not_an_object", path, found=kind_of(content))
        return
    if key.startswith(_PREFIX):
        if object_type_of(key) is None:
            report.add("bad_extension_id", path, value=key)
        elif "extension_type" not in content:
            report.add("required", f"{path}.extension_type")
        else:
            extension_type_rule(key)(report, f"{path}.extension_type", content["extension_type"])
        _check_known(report, key, content, path)
        return
    if not key.endswith("-ext") and report.type != "impact":
        report.add("bad_extension_id", path, value=key)
    predefined = kind.extensions.get(key) if kind else None
    if predefined:
        check_shape(report, path, content, predefined)


def _check_known(report: Report, key: str, content: Mapping[str, Any], path: str) -> None:
    known = KNOWN.get(key)
    if known is None:
        return
    if known.belongs_to not in (None, report.type):
        report.add("extension_misplaced", path, value=report.type, type=known.belongs_to)
        return
    check_shape(report, path, content, known.shape)
    if known.closed:
        for name in content:
            if name not in known.shape.properties and name != "extension_type":
                report.add("unknown_property", f"{path}.{name}")


def new_kind(extensions: object) -> str | None:
    """Return new-sdo, new-sco or new-sro where an extension makes this a type of its own."""
    for content in extensions.values() if isinstance(extensions, dict) else ():
        kind = content.get("extension_type") if isinstance(content, dict) else None
        if kind in ("new-sdo", "new-sco", "new-sro"):
            return str(kind)
    return None


def has_toplevel(extensions: object) -> bool:
    """Return whether an extension adds properties to the object itself (§7.3)."""
    return isinstance(extensions, dict) and any(
        isinstance(content, dict) and content.get("extension_type") == "toplevel-property-extension"
        for content in extensions.values()
    )
