"""Content negotiation as clients really send it (TAXII 2.1 §1.6.8, §3.1). Pure.

Both reference servers refuse spellings that RFC 9110 allows: a media type without its version, a
space before a parameter, capitals, quotes, weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VERSION: Final = "2.1"
MEDIA_TYPE: Final = f"application/taxii+json;version={VERSION}"
STIX_MEDIA_TYPE: Final = "application/stix+json;version=2.1"
# A client that asks for any JSON can read the answer: TAXII leaves this to the server.
_SERVED: Final = frozenset({"application/taxii+json", "application/json", "application/*", "*/*"})
_LONGEST: Final = 2_000
_PARAMETER: Final = re.compile(r"\s*;\s*([^\s;=,]+)\s*=\s*(\"[^\"]*\"|[^\s;,]*)\s*")
_RANGE: Final = re.compile(rf"\s*([^\s;,]+)((?:{_PARAMETER.pattern})*)\s*;?\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class _Range:
    """One range of an `Accept` header, its names in lower case."""

    name: str
    parameters: dict[str, str]

    @property
    def weight(self) -> float:
        try:
            return float(self.parameters.get("q", "1"))
        except ValueError:
            return 0.0


def accepts_taxii(accept: str) -> bool:
    """Say whether an `Accept` header admits TAXII 2.1; an empty one admits everything.

    The most specific range that fits decides, as in RFC 9110: `*/*, application/taxii+json;q=0`
    does not admit it.
    """
    if not accept.strip():
        return True
    fitting = [each for each in _ranges(accept[:_LONGEST]) if _fits(each)]
    if not fitting:
        return False
    return max(fitting, key=lambda each: (_specific(each), each.weight)).weight > 0


def accepts_gzip(accept_encoding: str) -> bool:
    """Say whether an `Accept-Encoding` header admits gzip."""
    weights = {each.name: each.weight for each in _ranges(accept_encoding[:_LONGEST])}
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _ranges(header: str) -> Iterator[_Range]:
    for match in _RANGE.finditer(header):
        parameters = {
            name.lower(): value.strip('"').lower()
            for name, value in _PARAMETER.findall(match.group(2))
        }
        yield _Range(match.group(1).lower(), parameters)


def _fits(each: _Range) -> bool:
    return each.name in _SERVED and each.parameters.get("version", VERSION) == VERSION


def _specific(each: _Range) -> int:
    stars = each.name.count("*")
    return -stars if stars else 1 + ("version" in each.parameters)
