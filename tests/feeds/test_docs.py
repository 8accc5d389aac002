"""docs/taxii.md says what is so: its tests and its ids exist."""

from __future__ import annotations

import re
from pathlib import Path

from feeds.taxii.collections import COLLECTIONS
from incidents.stix.markings import CYBERFRAME_REDACTED_EXT
from sharing.feed import MAX_PAGE

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "taxii.md").read_text()


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    written = {
        name
        for folder in ("feeds", "sharing")
        for path in (ROOT / "tests" / folder).glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 25
    assert named <= written


def test_ids_and_figures_are_the_servers() -> None:
    for each in COLLECTIONS:
        assert f"`{each.alias}` | `{each.id}`" in TEXT
    assert CYBERFRAME_REDACTED_EXT in TEXT
    assert f"{MAX_PAGE:,}".replace(",", " ") in TEXT
