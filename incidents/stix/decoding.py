"""Decoding one JSON value strictly (RFC 7493): what Python's decoder lets through is recorded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

LARGEST_INTEGER: Final = 2**53 - 1
_WHITESPACE: Final = re.compile(r"[ \t\n\r]*")
# Longest literal that int() is asked to read: beyond 16 digits it is out of range anyway,
# and Python refuses more than 4 300.
_INTEGER_DIGITS: Final = 20


@dataclass(slots=True)
class Findings:
    """What was met while decoding one value; `(code, text)` in the order met."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    properties: int = 0


class Decoder:
    """Decodes values of one text; takes the findings of each value apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.findings = Findings()
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def skip(self, position: int) -> int:
        """Return the position of the next character that is no white space."""
        match = _WHITESPACE.match(self.text, position)
        return match.end() if match else position

    def string(self, position: int) -> tuple[str, int]:
        """Return the string whose opening quote is at `position`, and where it ends."""
        if self.text[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting a name in double quotes", self.text, position)
        value, end = scanstring(self.text, position + 1, True)
        return str(value), end

    def value(self, position: int) -> tuple[Any, int, Findings]:
        """Return the value at `position`, where it ends, and what was met in it."""
        self.findings = Findings()
        value, end = self._decoder.raw_decode(self.text, position)
        if "\\u" in self.text[position:end]:
            self._bad_characters(value)
        return value, end, self.findings

    def _found(self, code: str, text: str) -> None:
        self.findings.problems.append((code, text))

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.findings.properties += len(pairs)
        result = dict(pairs)
        if len(result) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self._found("duplicate_key", key)
                seen.add(key)
        return result

    def _integer(self, literal: str) -> int:
        if len(literal) <= _INTEGER_DIGITS:
            number = int(literal)
            if -LARGEST_INTEGER <= number <= LARGEST_INTEGER:
                return number
        self._found("integer_out_of_range", literal)
        return 0

    def _float(self, literal: str) -> float:
        number = float(literal)
        if math.isinf(number):
            self._found("number_overflow", literal)
            return 0.0
        return number

    def _constant(self, literal: str) -> None:
        self._found("not_a_number", literal)

    def _bad_characters(self, value: Any) -> None:
        """Record NUL and lone surrogates, which JSON can only say as an escape."""
        for text in strings(value):
            if "\0" in text:
                self._found("nul_character", text.replace("\0", "␀"))
            if not _encodes(text):
                self._found("lone_surrogate", text.encode("utf-8", "replace").decode())


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def strings(value: Any) -> Iterator[str]:
    """Yield every string and key in a decoded value, without recursion."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
