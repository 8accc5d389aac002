"""Granular markings (STIX 2.1 §7.2.3): selectors and what they select."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.report import Report

# Twelve digits are more than any list here can have; int() is never asked for more.
_INDEX: Final = re.compile(r"\[([0-9]{1,12})\]")
LONGEST_SELECTOR: Final = 2_000


def selects(value: Mapping[str, Any], selector: str) -> bool:
    """Return whether the selector names content that the object has."""
    here: Any = value
    if len(selector) > LONGEST_SELECTOR:
        return False
    for step in selector.split("."):
        index = _INDEX.fullmatch(step)
        if isinstance(here, list) and index and int(index.group(1)) < len(here):
            here = here[int(index.group(1))]
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            return False
    return True


def check_selectors(report: Report, value: Mapping[str, Any]) -> None:
    """Report selectors that select nothing."""
    entries = value.get("granular_markings")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        selectors = entry.get("selectors") if isinstance(entry, dict) else None
        for place, selector in enumerate(selectors if isinstance(selectors, list) else ()):
            if isinstance(selector, str) and not selects(value, selector):
                path = f"granular_markings.[{index}].selectors.[{place}]"
                report.add("selector", path, value=selector)
