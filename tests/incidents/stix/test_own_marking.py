"""The marking that references state: strictest wins, unknown means nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.marking import NEUTRAL, NOBODY, Marking
from incidents.stix import granular_marking, own_marking
from incidents.stix.markings import IEP_EXT, PAP_IDS, PAP_WHITE_ID, TLP1_IDS, TLP2_IDS
from members.tlp import PAP, TLP

from .samples import checked, ref, sample

UNKNOWN = "marking-definition--0a1b2c3d-4e5f-4061-8273-8495a6b7c8d9"
STATEMENT = ref("marking-definition")


def own(*refs: str, definition: dict[str, object] | None = None) -> tuple[Marking, list[str]]:
    tool, marking = checked(
        sample("tool", object_marking_refs=list(refs) or ...),
        sample("marking-definition", **(definition or {})),
    ).objects
    found, problems = own_marking(tool, {marking.id: marking})
    assert all(item.number == 1 and item.id == tool.id for item in problems)
    return found, [item.code for item in problems]


def tlp(level: TLP) -> Marking:
    return replace(NEUTRAL, tlp=level)


@pytest.mark.parametrize(
    ("refs", "marking", "codes"),
    [
        ([], NEUTRAL, []),
        ([TLP1_IDS["WHITE"]], tlp(TLP.CLEAR), []),
        ([TLP1_IDS["GREEN"]], tlp(TLP.GREEN), []),
        ([TLP1_IDS["AMBER"]], tlp(TLP.AMBER), []),
        ([TLP1_IDS["RED"]], tlp(TLP.RED), []),
        ([TLP2_IDS["CLEAR"]], tlp(TLP.CLEAR), []),
        ([TLP2_IDS["AMBER+STRICT"]], tlp(TLP.AMBER_STRICT), []),
        ([TLP2_IDS["RED"]], tlp(TLP.RED), []),
        ([PAP_IDS["AMBER"]], replace(NEUTRAL, pap=PAP.AMBER), []),
        ([PAP_WHITE_ID], NEUTRAL, []),
        (
            [TLP2_IDS["GREEN"], PAP_IDS["RED"]],
            replace(NEUTRAL, tlp=TLP.GREEN, pap=PAP.RED),
            [],
        ),
        ([TLP2_IDS["GREEN"], TLP1_IDS["GREEN"]], tlp(TLP.GREEN), []),
        ([TLP2_IDS["GREEN"], TLP1_IDS["RED"]], tlp(TLP.RED), ["two_tlps"]),
        ([TLP2_IDS["RED"], TLP2_IDS["CLEAR"]], tlp(TLP.RED), ["two_tlps"]),
        ([PAP_IDS["RED"], PAP_IDS["CLEAR"]], replace(NEUTRAL, pap=PAP.RED), ["two_paps"]),
        ([STATEMENT], NEUTRAL, []),
        ([UNKNOWN], NOBODY, ["unknown_marking"]),
        ([TLP2_IDS["CLEAR"], UNKNOWN], NOBODY, ["unknown_marking"]),
    ],
)
def test_own_marking(refs: list[str], marking: Marking, codes: list[str]) -> None:
    assert own(*refs) == (marking, codes)


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "TLP:CLEAR"},
        {"definition": {"statement": " tlp: white"}},
        {"definition_type": "tlp", "definition": {"tlp": "white"}},
    ],
)
def test_lookalike_is_for_nobody(definition: dict[str, object]) -> None:
    assert own(STATEMENT, definition=definition) == (NOBODY, ["marking_lookalike"])


def test_iep_limits_nobody() -> None:
    definition = {
        "definition_type": ...,
        "definition": ...,
        "extensions": {
            IEP_EXT: {
                "extension_type": "property-extension",
                "encrypt_in_transit": "must",
                "permitted_actions": "none",
                "unmodified_resale": "must-not",
            }
        },
    }
    assert own(STATEMENT, definition=definition) == (NEUTRAL, [])


def test_granular_marking_reads_one_reference() -> None:
    assert granular_marking(TLP2_IDS["RED"], {}) == tlp(TLP.RED)
    assert granular_marking(UNKNOWN, {}) == NOBODY
    assert granular_marking(STATEMENT, {STATEMENT: sample("marking-definition")}) == NEUTRAL


def test_words_of_levels_are_those_of_the_enums() -> None:
    assert {level.word for level in TLP} == set(TLP2_IDS)
    assert {level.word for level in PAP} == set(PAP_IDS)
