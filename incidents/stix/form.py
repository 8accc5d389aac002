"""The short form of an incident: what an analyst types when there is no bundle yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.stix.lines import Found, LineProblem, read_lines
from members.tlp import PAP, TLP

__all__ = ["Found", "IncidentForm", "LineProblem", "RejectedForm", "read_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentForm:
    """The answers. `indicators` is text, one indicator a line, defanged or not; `victims` are the
    names of organisations.

    `tlp` and `pap` become references of the incident SDO; leave them None where the marking
    is stated beside the bundle, so that a later wider marking is not held back by them.
    """

    title: str
    description: str = ""
    summary: str = ""
    level: int | None = None
    kind: str = "incident"
    rsit: str | None = None
    determination: str = "suspected"
    investigation_status: str = "open"
    sectors: tuple[str, ...] = ()
    countries_affected: tuple[str, ...] = ()
    significant: bool | None = None
    malicious: str | None = None
    cross_border: str | None = None
    clock_regime: str | None = None
    report_kind: str | None = None
    handling: str = ""
    started_at: datetime | None = None
    detected_at: datetime | None = None
    aware_at: datetime | None = None
    contained_at: datetime | None = None
    resolved_at: datetime | None = None
    tlp: TLP | None = None
    pap: PAP | None = None
    indicators: str = ""
    victims: tuple[str, ...] = ()


class RejectedForm(Exception):
    """Some lines are no indicators; `problems` names each with its number and the reason."""

    def __init__(self, problems: Sequence[LineProblem]) -> None:
        super().__init__("; ".join(f"line {item.line}: {item.message}" for item in problems))
        self.problems = tuple(problems)
