"""Marking definitions that claim to be a TLP or PAP level without being the known object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.markings import PAP_EXT, TLP2_EXT, WELL_KNOWN
from incidents.stix.times import instant

_LEVEL_NAME: Final = re.compile(r"\s*(?:TLP|PAP)\s*[:_ +-]", re.IGNORECASE)
# What a copy may add without saying anything else than the original.
_HARMLESS: Final = frozenset({"created_by_ref", "object_marking_refs"})
_LEVEL_KEYS: Final = ("definition", "extensions")


def looks_like_level(definition: Mapping[str, Any]) -> bool:
    """Return whether a definition with an unknown id presents itself as a TLP or PAP level."""
    if definition.get("definition_type") in ("tlp", "pap"):
        return True
    extensions = definition.get("extensions")
    if isinstance(extensions, dict) and (TLP2_EXT in extensions or PAP_EXT in extensions):
        return True
    content = definition.get("definition")
    texts = [definition.get("name")]
    if isinstance(content, dict):
        texts.append(content.get("statement"))
    return any(isinstance(text, str) and _LEVEL_NAME.match(text) for text in texts)


def is_redefinition(definition: Mapping[str, Any]) -> bool:
    """Return whether a copy of a well-known definition says something else than the original.

    A copy may leave the name out, write the time with another precision, and add who passed
    it on.
    """
    original = WELL_KNOWN[definition["id"]]
    if any((name in definition) != (name in original) for name in _LEVEL_KEYS):
        return True
    for name, value in definition.items():
        if name in _HARMLESS:
            continue
        if name == "created" and isinstance(value, str):
            if instant(value) != instant(original["created"]):
                return True
        elif original.get(name) != value:
            return True
    return False
