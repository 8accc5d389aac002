"""I06 mail exploits against logistics firms, I11 messenger accounts. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference

_MAILS: Final = (
    ("Transport order 4471: amended loading slots", "192.0.2.33"),
    ("Calendar: border crossing window moved", "192.0.2.33"),
    ("Overdue customs declaration, answer today", "198.51.100.58"),
    ("Zmiana okna załadunku, proszę potwierdzić", "198.51.100.58"),
)


def logistics_mail(t0: datetime) -> Story:
    """I06, modelled on the mail campaigns of APT28 since 2022."""
    aware = t0 - timedelta(hours=60)
    sheet = Sheet(
        key="I06", owner="csirt-pl", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=7), tlp="AMBER",
    )  # fmt: skip
    incident = sheet.incident(
        "Webmail and calendar exploits against logistics firms in five states",
        "Eleven forwarders and two rail operators in five states received calendar invitations "
        "whose reminder sound points to a share of the attackers; the mail client sends its "
        "credential hash without any click. Others got archives that exploit an unpacker. Where "
        "neither worked, a few likely passwords were tried on webmail from rented addresses. "
        "With the accounts, the mail of dispatchers who plan aid transports was read for up to "
        "three weeks. Search for outgoing SMB to the two addresses and for invitations with a "
        "reminder path.",
        level=4,
        core={
            "incident_types": ["exploit", "theft-access-credentials"],
            "detection_methods": ["automated-tool", "human-review"],
            "recoverability": "regular",
            "impacted_entity_counts": {"organization": 13, "user-account": 85},
        },
        facts={
            "rsit": "intrusions:application-compromise",
            "clock_regime": "NIS2",
            "report_kind": "early_warning",
            "summary": "Mail of dispatchers at logistics firms was read after calendar and "
            "archive exploits.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "yes",
            "sectors": ["transport"],
            "countries_affected": ["PL", "UA", "DE", "NL", "LT"],
            "impacts": [
                {"kind": "confidentiality", "degree": "major", "service": "transport planning"}
            ],
            "attribution": {
                "statement": "Infrastructure and lures fit the named group.",
                "confidence": 50,
                "level": "group",
            },
            "started_at": sheet.hours(-24 * 21),
            "detected_at": sheet.hours(-6),
        },
    )
    known = sheet.techniques("T1566.001 T1203 T1187 T1110.003 T1114.002 T1190")
    group = sheet.add(
        "intrusion-set",
        "APT28",
        tlp="CLEAR",
        name="APT28",
        description="Group that has read mail of governments, armies and their suppliers for "
        "many years; here as the model of the case.",
        goals=["Intelligence on transports"],
        resource_level="government",
        external_references=[reference("G0007")],
    )
    flaws = [
        sheet.add(
            "vulnerability",
            number,
            tlp="CLEAR",
            name=number,
            description=text,
            external_references=[reference(number, source="cve")],
        )
        for number, text in (
            ("CVE-2023-23397", "The mail client follows a path in a reminder and sends the "
             "user's credential hash to the server it names."),
            ("CVE-2023-38831", "The unpacker starts a script that lies in a folder named like "
             "the file that the user opens."),
        )
    ]  # fmt: skip
    for subject, address in _MAILS:
        sheet.observable(
            "email-message",
            {
                "is_multipart": True,
                "date": sheet.hours(-30),
                "content_type": "multipart/mixed",
                "subject": subject,
                "received_lines": [f"from relay.dispatch-desk.example ([{address}])"],
            },
            {"subject": subject},
        )
    invitations = [
        sheet.indicator(
            f"Reminder path to {host}",
            f"[url:value = 'file://{host}/ring/slot.wav']",
            description="Path in the reminder property of an invitation.",
        )
        for host in ("192.0.2.33", "198.51.100.58")
    ]
    archives = [
        sheet.file_indicator("loading-slots.rar", description="Archive with the exploit."),
        sheet.file_indicator("customs-4471.rar", description="Archive with the exploit."),
    ]
    script = sheet.file_indicator("slots.cmd", description="Script that the archive starts.")
    relay = sheet.indicator(
        "Sender's relay",
        "[domain-name:value = 'relay.dispatch-desk.example']",
        description="Relay in the headers of all four mails.",
    )
    lure = sheet.indicator(
        "Subject of the amended order",
        "[email-message:subject = 'Transport order 4471: amended loading slots']",
        description="The subject was the same in three states.",
    )
    sprays = [
        sheet.indicator(
            f"Password attempts from {address}",
            f"[ipv4-addr:value = '{address}']",
            description="A few passwords, many mailboxes, at office hours only.",
            kind="anomalous-activity",
        )
        for address in ("203.0.113.21", "203.0.113.22")
    ]
    sheet.relate(incident, "attributed-to", group)
    sheet.relate_all([group], "uses", known.values())
    sheet.relate_all([group], "targets", flaws)
    sheet.relate_all(invitations, "indicates", [known["T1187"]])
    sheet.relate_all([*archives, script], "indicates", [known["T1203"]])
    sheet.relate_all([relay, lure], "indicates", [known["T1566.001"]])
    sheet.relate_all(sprays, "indicates", [known["T1110.003"]])
    return told(
        sheet, {"rel_to": ["PL", "UA", "NATO", "EU", "JP"]}, released_after=timedelta(hours=11),
        report_kind="early_warning",
    )  # fmt: skip


_INVITES: Final = (
    "group-invite.example",
    "signal-groups.example",
    "join-secure-chat.example",
    "device-check.example",
    "unit-roster.example",
)


def messenger_accounts(t0: datetime) -> Story:
    """I11, modelled on the linking of devices to messenger accounts since 2024."""
    aware = t0 - timedelta(days=9)
    sheet = Sheet(
        key="I11", owner="ncsc-gb", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=10), tlp="AMBER", pap="RED",
    )  # fmt: skip
    incident = sheet.incident(
        "Messenger accounts taken by device-linking QR codes",
        "Officers and journalists scanned QR codes that looked like invitations to a group or "
        "like a security check; the codes link a device of the attackers to the account, which "
        "then gets every message. Pages differ by target: some imitate a mapping tool of the "
        "forces, some a newsroom's chat. Nothing is installed on the phone, and only the list "
        "of linked devices shows it. Domains are prepared hours before use, so passive "
        "searches in own logs find more than blocking does.",
        level=3,
        core={
            "incident_types": ["aggregation-information-phishing-schemes"],
            "detection_methods": ["user-reporting", "human-review"],
            "recoverability": "regular",
            "impacted_entity_counts": {"user-account": 38},
        },
        facts={
            "rsit": "information-gathering:social-engineering",
            "clock_regime": "COALITION",
            "summary": "QR codes link the attackers' device to messenger accounts of officers "
            "and journalists.",
            "significant": False,
            "malicious": "yes",
            "cross_border": "yes",
            "sectors": ["defence", "media"],
            "countries_affected": ["GB", "UA"],
            "impacts": [
                {"kind": "confidentiality", "degree": "major", "service": "messages", "people": 38}
            ],
            "handling": "Passive use only: no visits to the pages and no look-ups with third "
            "parties; the operation is watched.",
            "started_at": sheet.hours(-24 * 12),
            "detected_at": sheet.hours(-20),
        },
    )
    known = sheet.techniques("T1660 T1676 T1566.003 T1598.003")
    pages = sheet.add(
        "infrastructure",
        "linking pages",
        name="Pages with linking codes (demo)",
        description="One template on changing names; the code is drawn anew every 20 seconds.",
        infrastructure_types=["phishing"],
        first_seen=sheet.hours(-24 * 12),
    )
    domains = [sheet.value("domain-name", name) for name in _INVITES]
    sheet.relate_all([pages], "consists-of", domains)
    for name in _INVITES:
        found = sheet.indicator(
            f"Linking page {name}",
            f"[domain-name:value = '{name}']",
            description="Look for it in own DNS logs; do not visit it.",
        )
        sheet.relate(found, "indicates", pages)
    sheet.relate(incident, "related-to", pages)
    sheet.relate_all([incident], "related-to", known.values())
    return told(
        sheet, {"rel_to": ["GB", "UA", "NATO"], "not_rel_to": ["NO"]},
        released_after=timedelta(hours=16),
    )  # fmt: skip
