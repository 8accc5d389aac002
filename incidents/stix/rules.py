"""Rules for single values (STIX 2.1 §2): each makes sure that a value is what its type says."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from incidents.stix.identifiers import object_type_of
from incidents.stix.report import Report, Rule, joined
from incidents.stix.times import MILLISECOND_DIGITS, fraction_digits, instant

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_DICTIONARY_KEY: Final = re.compile(r"[a-zA-Z0-9_-]{1,250}")
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8})*")


def anything(report: Report, path: str, value: Any) -> None:
    """Let every value pass."""


def string(report: Report, path: str, value: Any) -> None:
    """§2.14: a string."""
    if not isinstance(value, str):
        report.add("not_a_string", path, found=kind_of(value))


def boolean(report: Report, path: str, value: Any) -> None:
    """§2.3: true or false."""
    if not isinstance(value, bool):
        report.add("not_a_boolean", path, found=kind_of(value))


def integer(low: int | None = None, high: int | None = None) -> Rule:
    """§2.11: a whole number between two bounds (inclusive; None leaves a side open)."""

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("not_an_integer", path, found=kind_of(value))
        else:
            _in_range(report, path, value, low, high)

    return rule


def number(low: float | None = None, high: float | None = None) -> Rule:
    """§2.8: a number between two bounds (inclusive)."""

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            report.add("not_a_number_value", path, found=kind_of(value))
        else:
            _in_range(report, path, value, low, high)

    return rule


def _in_range(
    report: Report, path: str, value: float, low: float | None, high: float | None
) -> None:
    if low is not None and value < low:
        report.add("too_small", path, value=value, limit=low)
    if high is not None and value > high:
        report.add("too_large_number", path, value=value, limit=high)


def timestamp(report: Report, path: str, value: Any) -> None:
    """§2.15: RFC 3339, in UTC with Z."""
    if not isinstance(value, str):
        report.add("not_a_string", path, found=kind_of(value))
    elif instant(value) is None:
        report.add("bad_timestamp", path, value=value)


def precise_timestamp(report: Report, path: str, value: Any) -> None:
    """§3.2, created and modified: a timestamp with at least milliseconds."""
    timestamp(report, path, value)
    if (
        isinstance(value, str)
        and instant(value) is not None
        and fraction_digits(value) < MILLISECOND_DIGITS
    ):
        report.add("imprecise_timestamp", path, value=value)


def enumeration(*values: str) -> Rule:
    """§2.6: one of the values, and no other."""
    allowed = frozenset(values)
    listed = ", ".join(values)

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add("not_a_string", path, found=kind_of(value))
        elif value not in allowed:
            report.add("not_in_enumeration", path, value=value, allowed=listed)

    return rule


def constant(expected: str) -> Rule:
    """Exactly this string."""
    return enumeration(expected)


def reference(*types: str, except_types: Collection[str] = ()) -> Rule:
    """§2.9: the identifier of an object, of one of the types (none = any)."""
    allowed, refused = frozenset(types), frozenset(except_types)
    wanted = " or ".join(types)

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add("not_a_string", path, found=kind_of(value))
            return
        kind = object_type_of(value)
        if kind is None:
            report.add("bad_reference", path, value=value)
        elif allowed and kind not in allowed:
            report.add("reference_type", path, value=kind, allowed=wanted)
        elif kind in refused:
            report.add("reference_not_allowed", path, value=kind)

    return rule


def list_of(rule: Rule) -> Rule:
    """§2.12: a list that is not empty, of values that obey a rule."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, list):
            report.add("not_a_list", path, found=kind_of(value))
        elif not value:
            report.add("empty_list", path)
        else:
            for index, item in enumerate(value):
                if report.dropped and report.failed:
                    return  # a million wrong items say no more than a few hundred
                rule(report, f"{path}.[{index}]", item)

    return check


def dictionary(rule: Rule = anything) -> Rule:
    """§2.4: a dictionary that is not empty, its keys ASCII letters, digits, - and _."""

    def check(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            report.add("not_an_object", path, found=kind_of(value))
            return
        if not value:
            report.add("empty_dictionary", path)
        for key, item in value.items():
            if not _DICTIONARY_KEY.fullmatch(key):
                report.add("dictionary_key", path, value=key)
            rule(report, joined(path, key), item)

    return check


# Length in hexadecimal digits of the hashes in hash-algorithm-ov that have a fixed one.
_HASH_DIGITS: Final = {
    "MD5": 32,
    "SHA-1": 40,
    "SHA-256": 64,
    "SHA-512": 128,
    "SHA3-256": 64,
    "SHA3-512": 128,
}
# Wrong spellings of well-known names: another name is legal, but nobody would match it.
_HASH_NAMES: Final = {name.replace("-", "").lower(): name for name in _HASH_DIGITS}


def hashes(report: Report, path: str, value: Any) -> None:
    """§2.7: hashes by algorithm, of the right length where the algorithm is known."""
    dictionary()(report, path, value)
    if not isinstance(value, dict):
        return
    for name, text in value.items():
        place = joined(path, name)
        digits = _HASH_DIGITS.get(name)
        if not isinstance(text, str):
            report.add("not_a_string", place, found=kind_of(text))
        elif digits and not (len(text) == digits and _HEX.fullmatch(text)):
            report.add("bad_hash", place, value=text, algorithm=name, digits=digits)
        elif not digits and (known := _HASH_NAMES.get(name.replace("-", "").lower())):
            report.add("hash_name", place, value=name, known=known)


def hexadecimal(report: Report, path: str, value: Any) -> None:
    """§2.7: pairs of hexadecimal digits."""
    if not isinstance(value, str):
        report.add("not_a_string", path, found=kind_of(value))
    elif not _HEX.fullmatch(value):
        report.add("bad_hex", path, value=value)


def binary(report: Report, path: str, value: Any) -> None:
    """§2.1: bytes in base64 (RFC 4648)."""
    if not isinstance(value, str):
        report.add("not_a_string", path, found=kind_of(value))
        return
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        report.add("bad_base64", path)


def language(report: Report, path: str, value: Any) -> None:
    """The form of an RFC 5646 language tag; whether it is registered is not looked up."""
    if not isinstance(value, str):
        report.add("not_a_string", path, found=kind_of(value))
    elif not _LANGUAGE.fullmatch(value):
        report.add("bad_language", path, value=value)


def matching(pattern: str, code: str) -> Rule:
    """A string that matches a pattern as a whole; `code` says what is wrong otherwise."""
    compiled = re.compile(pattern)

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add("not_a_string", path, found=kind_of(value))
        elif not compiled.fullmatch(value):
            report.add(code, path, value=value)

    return rule


def either(test: Callable[[Any], bool], first: Rule, second: Rule) -> Rule:
    """The first rule where the test holds for the value, else the second."""

    def rule(report: Report, path: str, value: Any) -> None:
        (first if test(value) else second)(report, path, value)

    return rule


def kind_of(value: Any) -> str:
    """Return what JSON calls the kind of a value, for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    for kind, name in _KINDS.items():
        if isinstance(value, kind):
            return name
    return "something else"


_KINDS: Final[Mapping[type, str]] = {
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}
