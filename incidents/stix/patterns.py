"""STIX patterns (STIX 2.1 §9): parsed within bounds, else kept as text nobody checked.

Most patterns compare one or a few properties with a value. Those are recognised by a regular
expression that accepts a part of the grammar; the rest goes to stix2-patterns, whose ANTLR
parser takes milliseconds for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from stix2patterns.exceptions import ParseException
from stix2patterns.validator import run_validator

from incidents.stix.limits import PATTERN_BUDGET, PATTERN_LENGTH, PATTERN_NESTING
from incidents.stix.report import Report

_STRING: Final = r"'(?:[^'\\\r\n]|\\['\\])*+'"
_NAME: Final = r"(?!(?:true|false|hashes)\b)[a-z][a-z0-9_]++"
_STEP: Final = rf"(?:\.{_NAME}|\.(?!'hashes'){_STRING}|\[(?:\*|0|[1-9][0-9]{{0,5}})\])"
_VALUE: Final = rf"(?:{_STRING}|-?[1-9][0-9]{{0,8}}|0|true|false)"
_TEST: Final = (
    rf"(?: ?(?:=|!=) ?{_VALUE}| ?(?:<=?|>=?) ?(?:-?[1-9][0-9]{{0,8}}|0)"
    rf"| (?:LIKE|MATCHES|ISSUBSET|ISSUPERSET) {_STRING})"
)
# stix2-patterns looks at the length of hashes too, by the name without hyphens.
_HASH: Final = "|".join(
    rf"(?:{name.replace('-', '')}|'{name}') ?= ?'[0-9a-f]{{{digits}}}'"
    for name, digits in {"md5": 32, "sha-1": 40, "sha-256": 64, "sha-512": 128}.items()
)
_COMPARISON: Final = (
    r"(?!(?:true|false)\b)[a-z][a-z0-9]++(?:-[a-z0-9]++)*+:"
    rf"(?:hashes\.(?i:{_HASH})|{_NAME}{_STEP}*+{_TEST})"
)
_OBSERVATION: Final = rf"\[{_COMPARISON}(?: (?:AND|OR) {_COMPARISON})*+\]"
_SIMPLE: Final = re.compile(rf"{_OBSERVATION}(?: (?:AND|OR|FOLLOWEDBY) {_OBSERVATION})*+")
# Strings apart, since brackets in them mean nothing.
_BRACKET: Final = re.compile(rf"{_STRING}|[()]")


class PatternBudget:
    """How many characters of patterns one submission may still have parsed the slow way."""

    __slots__ = ("characters",)

    def __init__(self, characters: int = PATTERN_BUDGET) -> None:
        self.characters = characters

    def spend(self, characters: int) -> bool:
        """Return whether there was that much left, and take it."""
        if characters > self.characters:
            return False
        self.characters -= characters
        return True


def stix_pattern(report: Report, _path: str, value: Mapping[str, Any]) -> None:
    """§4.7: the pattern of an indicator of type `stix` obeys the grammar."""
    pattern = value.get("pattern")
    if not isinstance(pattern, str) or _SIMPLE.fullmatch(pattern):
        return
    too_long = len(pattern) > PATTERN_LENGTH or _nesting(pattern) > PATTERN_NESTING
    if too_long or not report.budget.spend(len(pattern)):
        report.add("pattern_not_checked", "pattern")
        return
    version = "2.0" if value.get("pattern_version") == "2.0" else "2.1"
    reason = _first_error(pattern, version)
    if reason:
        report.add("bad_pattern", "pattern", reason=reason)


def _nesting(pattern: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(pattern):
        if bracket == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket == ")":
            depth -= 1
    return deepest


def _first_error(pattern: str, version: str) -> str:
    """Return what the parser says, or nothing if it accepts the pattern."""
    if not pattern.strip():
        return "it is empty"
    try:
        errors = run_validator(pattern, version)
    except ParseException as error:
        errors = [str(error)]
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        # stix2-patterns trips over some wrong input instead of refusing it.
        return "it cannot be read"
    if not errors:
        return ""
    # The parser goes on to list every token it would have taken.
    return str(errors[0]).removeprefix("FAIL: ").partition(" expecting ")[0].rstrip(".")
