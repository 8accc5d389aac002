"""What became of the demo's incidents after their first release. Pure.

An update changes the incident object alone: what is known by now is a new version of it, and all
other objects stay as they were released.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from incidents.stix.times import timestamp

WRITTEN: Final = timedelta(minutes=20)  # before the release


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A next version, released at `at`: what it adds to the description, and facts by then."""

    at: datetime
    report_kind: str
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    core: Mapping[str, Any] = field(default_factory=dict)

    def applied(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """Return the bundle with the incident object's next version."""
        made = copy.deepcopy(bundle)
        incident = next(obj for obj in made["objects"] if obj["type"] == "incident")
        incident["modified"] = timestamp(self.at - WRITTEN)
        incident["description"] = f"{incident['description']} {self.says}"
        incident["extensions"][INCIDENT_CORE_ID] |= self.core
        told = {"report_kind": self.report_kind, **self.facts}
        incident["extensions"][CYBERFRAME_INCIDENT_EXT] |= told
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """That members took note of the version in force, one after another from `at` on."""

    at: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The incident is closed; what was released stays in force."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retract:
    """The incident is taken back for good."""

    at: datetime
    reason: str


Later = Update | Acknowledgement | Close | Retract
_CLOSED: Final = {"investigation_status": "closed"}


def later(key: str, t0: datetime) -> tuple[Later, ...]:
    """Return what became of an incident of the demo's table, in the order of time."""
    tell = _TOLD.get(key)
    return tell(t0) if tell else ()


def _boot_wiper(t0: datetime) -> tuple[Later, ...]:
    aware, final = t0 - timedelta(days=60), t0 - timedelta(days=31)
    return (
        Acknowledgement(
            at=aware + timedelta(hours=10), by=("cert-ee", "csirt-pl", "ncsc-gb", "ncsc-lt")
        ),
        Update(
            at=final,
            report_kind="final",
            says="All machines were rebuilt within three weeks; the stolen content-system account "
            "came from a supplier and is closed. No second wave was seen.",
            core=_CLOSED,
        ),
        Close(at=final + timedelta(hours=1)),
    )


def _group_policy_wiper(t0: datetime) -> tuple[Later, ...]:
    aware = t0 - timedelta(days=21)
    return (
        Acknowledgement(at=aware + timedelta(hours=3), by=("csirt-pl", "cert-ee", "ncsc-gb")),
        Update(
            at=aware + timedelta(hours=47),
            report_kind="notification",
            says="By the second day the way in is known: a web server of the bank, entered four "
            "weeks before. Credentials of 11 administrators were used.",
        ),
        Update(
            at=t0 - timedelta(days=12),
            report_kind="update",
            says="Two thirds of the machines are back. The encryptor's key was found in memory "
            "on one server, so its files could be restored.",
            facts={"resolved_at": timestamp(t0 - timedelta(days=12, hours=3))},
        ),
    )


def _satellite_modems(t0: datetime) -> tuple[Later, ...]:
    aware = t0 - timedelta(days=40)
    return (
        Acknowledgement(at=aware + timedelta(hours=6), by=("cert-de", "ncsc-gb", "cert-nl")),
        Update(
            at=aware + timedelta(hours=70),
            report_kind="notification",
            says="The wind farms abroad are under remote control again by other links.",
        ),
        Update(
            at=t0 - timedelta(days=11),
            report_kind="final",
            says="The management network has been rebuilt behind new gateways; replaced modems "
            "refuse unsigned firmware.",
            core=_CLOSED,
        ),
        Close(at=t0 - timedelta(days=10)),
    )


def _substation(t0: datetime) -> tuple[Later, ...]:
    aware = t0 - timedelta(days=12)
    return (
        Acknowledgement(
            at=aware + timedelta(hours=4), by=("cert-ua", "csirt-pl", "cert-ee", "ncsc-lt")
        ),
        Update(
            at=aware + timedelta(hours=60),
            report_kind="notification",
            says="The second timer, found in time, was set for the night after; no switching took "
            "place. Neighbouring operators have searched with the rules and found nothing.",
        ),
    )


def _portal_floods(t0: datetime) -> tuple[Later, ...]:
    return (
        Acknowledgement(at=t0 - timedelta(days=3), by=("cert-ee", "csirt-pl", "cert-no")),
        Update(
            at=t0 - timedelta(days=1, hours=6),
            report_kind="final",
            says="No further wave came; the filters have been taken down again.",
            core=_CLOSED,
        ),
        Close(at=t0 - timedelta(days=1)),
    )


def _false_address(t0: datetime) -> tuple[Later, ...]:
    took_note = ("cert-ee", "csirt-pl", "ncsc-gb", "ncsc-lt", "cert-de", "cert-no", "cert-ie")
    return (
        Acknowledgement(at=t0 - timedelta(days=2, hours=18), by=took_note),
        Retract(
            at=t0 - timedelta(days=2),
            reason="The address belongs to a content-delivery network; the alert came from a "
            "faulty rule of ours.",
        ),
    )


_TOLD: Final[Mapping[str, Callable[[datetime], tuple[Later, ...]]]] = {
    "I01": _boot_wiper,
    "I02": _group_policy_wiper,
    "I03": _satellite_modems,
    "I04": _substation,
    "I12": _portal_floods,
    "I13": _false_address,
}
