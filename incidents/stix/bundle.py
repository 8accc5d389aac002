"""What only the bundle as a whole can get wrong: repeats, and markings it defines or names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from incidents.stix.lookalikes import is_redefinition, looks_like_level
from incidents.stix.markings import PAP_WORD_OF, TLP_WORD_OF, WELL_KNOWN
from incidents.stix.objects import ParsedObject
from incidents.stix.problems import Problem, problem

# More unknown markings of one object than this say nothing new.
MOST_UNKNOWN: Final = 20


def check_bundle(objects: Sequence[ParsedObject]) -> Iterator[Problem]:
    """Yield what is wrong between the objects of a bundle."""
    yield from _repeats(objects)
    definitions = {obj.id: obj for obj in objects if obj.type == "marking-definition"}
    for obj in definitions.values():
        yield from _definition(obj)
    for obj in objects:
        yield from _markings(obj, definitions)


def _about(code: str, obj: ParsedObject, path: str, **params: object) -> Problem:
    return problem(code, number=obj.number, type=obj.type, id=obj.id, property=path, params=params)


def _repeats(objects: Sequence[ParsedObject]) -> Iterator[Problem]:
    """Yield objects whose id stands in the bundle before: the same, changed, or a version."""
    places: dict[tuple[str, object], ParsedObject] = {}
    first_of: dict[str, ParsedObject] = {}
    for obj in objects:
        if not obj.id:
            continue
        first = places.setdefault((obj.id, obj.version), obj)
        if first is not obj:
            same = first.value == obj.value
            yield _about(
                "repeated" if same else "repeated_differently", obj, "id", first=first.number
            )
            continue
        first = first_of.setdefault(obj.id, obj)
        if first is not obj:
            yield _about("two_versions", obj, "id", first=first.number)


def _definition(obj: ParsedObject) -> Iterator[Problem]:
    if obj.id in WELL_KNOWN:
        if is_redefinition(obj.value):
            yield _about("marking_redefined", obj, "id", value=WELL_KNOWN[obj.id]["name"])
    elif obj.value.get("definition_type") == "tlp":
        yield _about("tlp1_other_id", obj, "id")
    elif looks_like_level(obj.value):
        yield _about("marking_lookalike", obj, "id")


def _markings(obj: ParsedObject, definitions: Mapping[str, ParsedObject]) -> Iterator[Problem]:
    for family, words in (("TLP", TLP_WORD_OF), ("PAP", PAP_WORD_OF)):
        stated = {words[ref]: None for ref in obj.marking_refs if ref in words}
        if len(stated) > 1:
            listed = " and ".join(f"{family}:{word}" for word in stated)
            yield _about(f"two_{family.lower()}s", obj, "object_marking_refs", value=listed)
    unknown: dict[str, str] = {}
    for path, ref in _marking_places(obj):
        if not _is_known(ref, definitions):
            unknown.setdefault(ref, path)
    for ref, path in islice(unknown.items(), MOST_UNKNOWN):
        yield _about("unknown_marking", obj, path, value=ref)


def _is_known(ref: str, definitions: Mapping[str, ParsedObject]) -> bool:
    # What is no marking reference at all has been reported with the object.
    return ref in WELL_KNOWN or ref in definitions or not ref.startswith("marking-definition--")


def _marking_places(obj: ParsedObject) -> Iterator[tuple[str, str]]:
    for index, ref in enumerate(obj.marking_refs):
        yield f"object_marking_refs.[{index}]", ref
    for index, entry in enumerate(obj.granular):
        named: Any = entry.get("marking_ref")
        if isinstance(named, str):
            yield f"granular_markings.[{index}].marking_ref", named
