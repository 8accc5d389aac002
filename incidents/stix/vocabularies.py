"""Words that our extension knows. Later versions of their sources add some: kept as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# RSIT version 2: class → types.
RSIT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "abusive-content": ("spam", "harmful-speech", "violence"),
        "malicious-code": (
            "infected-system",
            "c2-server",
            "malware-distribution",
            "malware-configuration",
        ),
        "information-gathering": ("scanner", "sniffing", "social-engineering"),
        "intrusion-attempts": ("ids-alert", "brute-force", "exploit"),
        "intrusions": (
            "privileged-account-compromise",
            "unprivileged-account-compromise",
            "application-compromise",
            "burglary",
        ),
        "availability": ("dos", "ddos", "misconfiguration", "sabotage", "outage"),
        "information-content-security": (
            "unauthorised-information-access",
            "unauthorised-information-modification",
            "data-loss",
        ),
        "fraud": ("unauthorized-use-of-resources", "copyright", "masquerade", "phishing"),
        "vulnerable": (
            "weak-crypto",
            "ddos-amplifier",
            "potentially-unwanted-accessible",
            "information-disclosure",
            "vulnerable-system",
        ),
        "other": ("other", "undetermined"),
        "test": ("test",),
    }
)
RSIT_WORDS: Final = tuple(f"{group}:{kind}" for group, kinds in RSIT.items() for kind in kinds)

# NIS2 Annex I, Annex II, then ours.
SECTORS: Final = (
    *("energy", "transport", "banking", "financial-market-infrastructure", "health"),
    *("drinking-water", "waste-water", "digital-infrastructure", "ict-service-management"),
    *("public-administration", "space"),
    *("postal", "waste", "chemicals", "food", "manufacturing", "digital-providers", "research"),
    *("defence", "local-government", "media", "education", "civil-society"),
)
LEVELS: Final = range(6)
CLOCK_REGIMES: Final = ("NIS2", "UA-1533", "COALITION")
REPORT_KINDS: Final = ("initial", "early_warning", "notification", "update", "final")
KINDS: Final = ("incident", "campaign", "near-miss", "exploited-vulnerability")
DETERMINATIONS: Final = (
    "suspected",
    "confirmed",
    "blocked",
    "failed-attempt",
    "false-positive",
)
TERNARY: Final = ("yes", "no", "unknown")
ATTRIBUTION_LEVELS: Final = ("technical-cluster", "group", "state")
