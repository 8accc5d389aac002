"""The table of settings in the docs is the one in the code."""

from __future__ import annotations

import re

from cyberframe.config import ROOT, VARIABLES
from scripts import configuration


def test_the_page_is_current() -> None:
    assert configuration.TARGET.read_text() == configuration.page()


def test_every_variable_that_deployment_sets_exists() -> None:
    known = {f"CYBERFRAME_{v.name}" for v in VARIABLES} | {"CYBERFRAME_DOMAIN"}
    for name in ("docker-compose.yml", "Dockerfile"):
        used = set(re.findall(r"CYBERFRAME_[A-Z_]+", (ROOT / name).read_text()))
        assert {n.removesuffix("_FILE") if n not in known else n for n in used} <= known, name
