"""The words of an incident's fixed choices, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from members.tlp import PAP, TLP

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LEVELS: Final[Mapping[int, StrPromise]] = {
    0: _("Baseline"),
    1: _("Low"),
    2: _("Medium"),
    3: _("High"),
    4: _("Severe"),
    5: _("Emergency"),
}
KINDS: Final[Mapping[str, StrPromise]] = {
    "incident": _("Incident"),
    "campaign": _("Campaign"),
    "near-miss": _("Near miss"),
    "exploited-vulnerability": _("Exploited vulnerability"),
}
DETERMINATIONS: Final[Mapping[str, StrPromise]] = {
    "suspected": _("Suspected"),
    "confirmed": _("Confirmed"),
    "blocked": _("Blocked"),
    "failed-attempt": _("Failed attempt"),
    "false-positive": _("False positive"),
}
INVESTIGATIONS: Final[Mapping[str, StrPromise]] = {
    "new": _("New"),
    "open": _("Open"),
    "closed": _("Closed"),
}
ANSWERS: Final[Mapping[str, StrPromise]] = {
    "yes": _("Yes"),
    "no": _("No"),
    "unknown": _("Not known"),
}
SECTORS: Final[Mapping[str, StrPromise]] = {
    "energy": _("Energy"),
    "transport": _("Transport"),
    "banking": _("Banking"),
    "financial-market-infrastructure": _("Financial markets"),
    "health": _("Health"),
    "drinking-water": _("Drinking water"),
    "waste-water": _("Waste water"),
    "digital-infrastructure": _("Digital infrastructure"),
    "ict-service-management": _("IT services"),
    "public-administration": _("Public administration"),
    "space": _("Space"),
    "postal": _("Postal services"),
    "waste": _("Waste"),
    "chemicals": _("Chemicals"),
    "food": _("Food"),
    "manufacturing": _("Manufacturing"),
    "digital-providers": _("Digital providers"),
    "research": _("Research"),
    "defence": _("Defence"),
    "local-government": _("Local government"),
    "media": _("Media"),
    "education": _("Education"),
    "civil-society": _("Civil society"),
}
# RSIT version 2, class and type apart.
RSIT: Final[Mapping[str, StrPromise]] = {
    "abusive-content": _("Abusive content"),
    "spam": _("Spam"),
    "harmful-speech": _("Harmful speech"),
    "violence": _("Violence"),
    "malicious-code": _("Malicious code"),
    "infected-system": _("Infected system"),
    "c2-server": _("Command-and-control server"),
    "malware-distribution": _("Malware distribution"),
    "malware-configuration": _("Malware configuration"),
    "information-gathering": _("Information gathering"),
    "scanner": _("Scanning"),
    "sniffing": _("Sniffing"),
    "social-engineering": _("Social engineering"),
    "intrusion-attempts": _("Intrusion attempts"),
    "ids-alert": _("Exploitation of a known vulnerability"),
    "brute-force": _("Log-in attempts"),
    "exploit": _("New attack signature"),
    "intrusions": _("Intrusions"),
    "privileged-account-compromise": _("Privileged account compromise"),
    "unprivileged-account-compromise": _("Unprivileged account compromise"),
    "application-compromise": _("Application compromise"),
    "burglary": _("Burglary"),
    "availability": _("Availability"),
    "dos": _("Denial of service"),
    "ddos": _("Distributed denial of service"),
    "misconfiguration": _("Misconfiguration"),
    "sabotage": _("Sabotage"),
    "outage": _("Outage"),
    "information-content-security": _("Information content security"),
    "unauthorised-information-access": _("Unauthorised access to information"),
    "unauthorised-information-modification": _("Unauthorised modification of information"),
    "data-loss": _("Data loss"),
    "fraud": _("Fraud"),
    "unauthorized-use-of-resources": _("Unauthorised use of resources"),
    "copyright": _("Copyright"),
    "masquerade": _("Masquerade"),
    "phishing": _("Phishing"),
    "vulnerable": _("Vulnerable"),
    "weak-crypto": _("Weak cryptography"),
    "ddos-amplifier": _("DDoS amplifier"),
    "potentially-unwanted-accessible": _("Service accessible that should not be"),
    "information-disclosure": _("Information disclosure"),
    "vulnerable-system": _("Vulnerable system"),
    "other": _("Other"),
    "undetermined": _("Undetermined"),
    "test": _("Test"),
}
# STIX 2.1 types, as headings over the objects of that type.
TYPES: Final[Mapping[str, StrPromise]] = {
    "attack-pattern": _("Attack patterns"),
    "campaign": _("Campaigns"),
    "course-of-action": _("Courses of action"),
    "grouping": _("Groupings"),
    "identity": _("Identities"),
    "incident": _("Incidents"),
    "indicator": _("Indicators"),
    "infrastructure": _("Infrastructure"),
    "intrusion-set": _("Intrusion sets"),
    "location": _("Locations"),
    "malware": _("Malware"),
    "malware-analysis": _("Malware analyses"),
    "note": _("Notes"),
    "observed-data": _("Observed data"),
    "opinion": _("Opinions"),
    "report": _("Reports"),
    "threat-actor": _("Threat actors"),
    "tool": _("Tools"),
    "vulnerability": _("Vulnerabilities"),
    "relationship": _("Relationships"),
    "sighting": _("Sightings"),
    "artifact": _("Artifacts"),
    "autonomous-system": _("Autonomous systems"),
    "directory": _("Directories"),
    "domain-name": _("Domain names"),
    "email-addr": _("E-mail addresses"),
    "email-message": _("E-mail messages"),
    "file": _("Files"),
    "ipv4-addr": _("IPv4 addresses"),
    "ipv6-addr": _("IPv6 addresses"),
    "mac-addr": _("MAC addresses"),
    "mutex": _("Mutexes"),
    "network-traffic": _("Network traffic"),
    "process": _("Processes"),
    "software": _("Software"),
    "url": _("URLs"),
    "user-account": _("User accounts"),
    "windows-registry-key": _("Windows registry keys"),
    "x509-certificate": _("X.509 certificates"),
    "marking-definition": _("Markings"),
    "extension-definition": _("Extension definitions"),
    "language-content": _("Translations"),
}
# What an indicator's pattern asks for; other kinds are shown as they are written.
OBSERVABLES: Final[Mapping[str, StrPromise]] = {
    "autonomous-system": _("Autonomous system"),
    "directory": _("Directory"),
    "domain-name": _("Domain name"),
    "email-addr": _("E-mail address"),
    "email-message": _("E-mail message"),
    "ipv4-addr": _("IPv4 address"),
    "ipv6-addr": _("IPv6 address"),
    "mac-addr": _("MAC address"),
    "mutex": _("Mutex"),
    "name": _("File name"),
    "network-traffic": _("Network traffic"),
    "process": _("Process"),
    "stix": _("STIX pattern"),
    "url": _("URL"),
    "user-account": _("User account"),
    "windows-registry-key": _("Windows registry key"),
    "x509-certificate": _("X.509 certificate"),
}
PASS_ON: Final[Mapping[TLP, StrPromise]] = {
    TLP.RED: _("For the people it was sent to only. Pass it on to nobody."),
    TLP.AMBER_STRICT: _("Stays inside your organisation, with those who need to know."),
    TLP.AMBER: _(
        "For your organisation, and those of its clients that need to know to protect themselves."
    ),
    TLP.GREEN: _("For the community. Not for publication."),
    TLP.CLEAR: _("May be passed on to anyone."),
}
ACT: Final[Mapping[PAP, StrPromise]] = {
    PAP.RED: _("PAP:RED: only look in what you have; do nothing that could be noticed."),
    PAP.AMBER: _("PAP:AMBER: look-ups at third parties are allowed, blocking is not."),
    PAP.GREEN: _("PAP:GREEN: blocking is allowed."),
    PAP.CLEAR: _("PAP:CLEAR: no limit on what you do with it."),
}
ORCON: Final = _("Passing it on, in any form, needs the originator's consent.")


def sector(slug: str) -> str:
    """Return the sector's word; one that is not ours stays as it was written."""
    return str(SECTORS.get(slug, slug))


def classification(rsit: str) -> str:
    """Return an RSIT class and type in words; one that is not RSIT's stays as it was written."""
    return ": ".join(str(RSIT.get(word, word)) for word in rsit.split(":"))


def answer(value: bool) -> str:
    """Return yes or no."""
    return str(ANSWERS["yes" if value else "no"])
