"""Every code has its sentences, and every sentence can be filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import incidents.stix
from incidents.stix.lines import LINE_MESSAGES
from incidents.stix.messages import MESSAGES
from incidents.stix.problems import problem, shown

ROOM = Path(incidents.stix.__file__).parent
SOURCE = "\n".join(path.read_text() for path in ROOM.rglob("*.py") if "messages" not in str(path))
USED_BY_SERVICES = {
    "no_good_objects",
    "marking_for_unknown_object",
    "not_your_object",
    "version_taken",
    "several_incidents",
    "victim_strict",
}


@pytest.mark.parametrize("code", MESSAGES)
def test_message_is_two_sentences(code: str) -> None:
    message = MESSAGES[code]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
    assert message.text.endswith((".", ":"))
    assert message.fix.endswith((".", "]."))
    assert len(message.text) < 200


@pytest.mark.parametrize("code", MESSAGES)
def test_message_is_used(code: str) -> None:
    families = {"two_tlps", "two_paps"}  # built from the family's name
    assert f'"{code}"' in SOURCE or code in USED_BY_SERVICES | families


def test_line_messages_are_used() -> None:
    assert all(f'"{code}"' in SOURCE for code in LINE_MESSAGES)


def test_parameters_are_kept_for_translation() -> None:
    found = problem("too_small", property="count", params={"value": -1, "limit": 0})
    assert dict(found.params) == {"id": "", "limit": "0", "property": "count", "value": "-1"}
    assert MESSAGES[found.code].text.format_map(dict(found.params)) == found.message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", "a\\u000ab"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("Привіт", "Привіт"),
        ("{property}", "{property}"),
        ("x" * 500, "x" * 200 + "…"),
    ],
)
def test_values_are_shown_safely(value: str, text: str) -> None:
    assert shown(value) == text
