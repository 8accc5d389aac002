"""The marking that an object states itself, through its references to marking definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from incidents.marking import NEUTRAL, NOBODY, Marking, meet
from incidents.stix.lookalikes import looks_like_level
from incidents.stix.markings import PAP_WORD_OF, TLP_WORD_OF
from incidents.stix.objects import ParsedObject
from incidents.stix.problems import Problem, problem
from members.tlp import PAP, TLP

MOST_DOUBTS: Final = 20
# Marking definitions of a submission: id → the definition's JSON.
Definitions = Mapping[str, Mapping[str, Any]]


def own_marking(
    obj: ParsedObject, definitions: Mapping[str, ParsedObject]
) -> tuple[Marking, tuple[Problem, ...]]:
    """Return what the object's `object_marking_refs` state, and what is doubtful in them.

    `definitions` are the marking definitions of the same submission, by id. The doubts are
    warnings that `check` gives too.
    """
    values = {ref: definitions[ref].value for ref in obj.marking_refs if ref in definitions}
    marking, doubts = marking_of(obj.marking_refs, values)
    return marking, tuple(
        problem(
            code,
            number=obj.number,
            type=obj.type,
            id=obj.id,
            property="object_marking_refs",
            params={"value": value},
        )
        for code, value in doubts
    )


def granular_marking(ref: str, definitions: Definitions) -> Marking:
    """Return what the `marking_ref` of a granular marking states."""
    return marking_of((ref,), definitions)[0]


def marking_of(
    refs: Iterable[str], definitions: Definitions
) -> tuple[Marking, tuple[tuple[str, str], ...]]:
    """Return the strictest of what some references state, and `(code, value)` of the doubts.

    TLP 1.0 and 2.0 and PAP are read by their ids. `statement`, IEP and other definitions in
    the submission state nothing that limits. An id known nowhere, or a definition that looks
    like a level without being one, is `NOBODY`.
    """
    marking = NEUTRAL
    unknown: list[tuple[str, str]] = []
    tlps: set[TLP] = set()
    paps: set[PAP] = set()
    for ref in dict.fromkeys(refs):
        if ref in TLP_WORD_OF:
            tlps.add(TLP.parse(TLP_WORD_OF[ref]))
        elif ref in PAP_WORD_OF:
            paps.add(PAP.parse(PAP_WORD_OF[ref]))
        elif ref not in definitions:
            unknown.append(("unknown_marking", ref))
        elif looks_like_level(definitions[ref]):
            unknown.append(("marking_lookalike", ref))
    doubts = unknown[:MOST_DOUBTS]
    if unknown:
        marking = NOBODY
    if tlps:
        marking = meet(marking, replace(NEUTRAL, tlp=max(tlps)))
    if paps:
        marking = meet(marking, replace(NEUTRAL, pap=max(paps)))
    if len(tlps) > 1:
        doubts.append(("two_tlps", " and ".join(tlp.label for tlp in sorted(tlps))))
    if len(paps) > 1:
        doubts.append(("two_paps", " and ".join(pap.label for pap in sorted(paps))))
    return marking, tuple(doubts)
