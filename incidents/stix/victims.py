"""Which identities of a submission are victims: their names are to travel least."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from incidents.stix.objects import ParsedObject

VICTIM_ROLE = "victim"


def victims(objects: Iterable[ParsedObject]) -> frozenset[str]:
    """Return the ids of the victims among the objects.

    A victim is an identity, other than a class such as a sector, that a `targets` relationship
    ends at, that an impact names in `impacted_refs`, or that has the role `victim`.
    """
    found = list(objects)
    struck = {ref for obj in found for ref in _struck(obj)}
    return frozenset(
        obj.id
        for obj in found
        if obj.type == "identity"
        and obj.value.get("identity_class") != "class"
        and (obj.id in struck or VICTIM_ROLE in _words(obj.value.get("roles")))
    )


def _struck(obj: ParsedObject) -> Iterator[str]:
    """Yield what the object says was struck."""
    if obj.type == "relationship" and obj.value.get("relationship_type") == "targets":
        yield str(obj.value.get("target_ref"))
    elif obj.type == "impact":
        refs = obj.value.get("impacted_refs")
        yield from (str(ref) for ref in refs) if isinstance(refs, list) else ()


def _words(value: Any) -> frozenset[str]:
    return (
        frozenset(str(each).lower() for each in value) if isinstance(value, list) else frozenset()
    )
