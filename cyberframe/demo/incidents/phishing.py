"""I05 removable media and HTA files, I10 invoices to banks. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference
from members.identity import identity_id

_DOMAINS: Final = (
    *("archive-orders.example", "brigade-forms.example", "call-up-list.example"),
    *("documents-base.example", "evac-register.example", "fuel-norms.example"),
    *("hromada-letters.example", "inspection-plan.example", "pension-update.example"),
    *("radio-schedule.example", "staff-orders.example", "water-report.example"),
)
_URLS: Final = (
    *("http://archive-orders.example/17.03/order.hta", "http://staff-orders.example/a/list.hta"),
    *("http://call-up-list.example/view/index.html", "http://fuel-norms.example/n/norms.hta"),
    *("http://water-report.example/w/table.html", "http://hromada-letters.example/l/reply.hta"),
)
_FILES: Final = ("order.hta", "list-of-staff.lnk", "norms.rar", "reply.xhtml", "twig.vbs")


def removable_media(t0: datetime) -> Story:
    """I05, modelled on UAC-0010, also called Gamaredon."""
    aware = t0 - timedelta(days=6)
    sheet = Sheet(
        key="I05", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=4), tlp="GREEN", pap="GREEN",
    )  # fmt: skip
    incident = sheet.incident(
        "Removable-media and HTA phishing cluster",
        "Mails with an HTML attachment build an archive in the browser; the link in it starts "
        "an HTA file, which fetches a VBScript implant and sets a run key. The implant copies "
        "links with tempting names to every USB medium and so returns to machines that were "
        "cleaned, also to ones without a network. Control names change daily and point to few "
        "addresses. In one week 137 machines of councils and units were affected; clean media "
        "before you reconnect anything.",
        level=3,
        core={
            "incident_types": ["dissemination-phishing-emails", "worm-spreading"],
            "detection_methods": ["automated-tool", "user-reporting"],
            "recoverability": "regular",
            "impacted_entity_counts": {"computers-personal": 137, "organization": 22},
        },
        facts={
            "rsit": "fraud:phishing",
            "clock_regime": "UA-1533",
            "kind": "campaign",
            "summary": "HTA phishing with an implant that spreads over USB media in councils and "
            "units.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "no",
            "sectors": ["public-administration", "defence", "local-government"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "confidentiality", "degree": "partial", "service": "office documents"}
            ],
            "attribution": {
                "statement": "Tooling and infrastructure are those of the named group.",
                "confidence": 85,
                "level": "group",
            },
            "started_at": sheet.hours(-24 * 5),
            "detected_at": sheet.hours(-2),
        },
    )
    known = sheet.techniques(
        "T1566.001 T1027.006 T1218.005 T1059.005 T1091 T1547.001 T1105 T1071.001"
    )
    group = sheet.add(
        "intrusion-set",
        "Gamaredon",
        tlp="CLEAR",
        name="Gamaredon Group",
        description="Group that floods Ukrainian public bodies with phishing and changes names "
        "and addresses daily; here as the model of the case.",
        aliases=["UAC-0010"],
        goals=["Documents of public bodies"],
        external_references=[reference("G0047")],
    )
    malware = sheet.add(
        "malware",
        "TwigLoader",
        name="TwigLoader (demo)",
        description="VBScript implant: reports the machine, fetches scripts, copies links to "
        "removable media.",
        malware_types=["trojan", "worm"],
        is_family=True,
        implementation_languages=["visual-basic"],
        first_seen=sheet.hours(-24 * 5),
        external_references=[reference("S0147", name="Modelled on this entry")],
    )
    for name in _DOMAINS:
        sheet.value("domain-name", name)
        found = sheet.indicator(
            f"Control name {name}",
            f"[domain-name:value = '{name}']",
            description="Name of the implant's control server, of one day.",
        )
        sheet.relate(found, "indicates", malware)
    for number, url in enumerate(_URLS, 1):
        sheet.value("url", url)
        found = sheet.indicator(
            f"Stage address {number}",
            f"[url:value = '{url}']",
            description="Address from which a stage was fetched.",
        )
        sheet.relate(found, "indicates", malware)
    for name in _FILES:
        found = sheet.file_indicator(name, description="File of the infection chain.")
        sheet.relate(found, "indicates", malware)
    sheet.value("ipv4-addr", "203.0.113.77")
    address = sheet.indicator(
        "Address behind the control names",
        "[ipv4-addr:value = '203.0.113.77']",
        description="Nine of the twelve names pointed to it in the week of the report.",
    )
    sheet.relate(address, "indicates", malware)
    sheet.relate(incident, "attributed-to", group)
    sheet.relate(group, "uses", malware)
    sheet.relate_all([group], "uses", [known["T1566.001"], known["T1027.006"]])
    sheet.relate_all(
        [malware], "uses", [ref for number, ref in known.items() if number not in _BY_THE_GROUP]
    )
    return told(sheet, {}, released_after=timedelta(hours=5))


_BY_THE_GROUP: Final = ("T1566.001", "T1027.006")
_REMOTE: Final = (
    *("pay-desk.example", "act-of-checks.example", "bank-forms.example"),
    *("invoice-port.example", "tax-notice.example", "rc-panel.example"),
)
_ADDRESSES: Final = ("198.51.100.201", "198.51.100.202", "203.0.113.150", "203.0.113.151")
_LURES: Final = ("invoice-0412.rar", "act-of-reconciliation.docm", "invoice.exe", "tax.zip")


def bank_invoices(t0: datetime) -> Story:
    """I10, modelled on UAC-0050 and Remcos."""
    aware = t0 - timedelta(days=8)
    sheet = Sheet(
        key="I10", owner="csirt-fin-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=24), tlp="AMBER", catalogue="I10",
    )  # fmt: skip
    incident = sheet.incident(
        "Invoice lure with remote-access tool in banks",
        "Accounting departments of seven banks received an invoice in an archive whose password "
        "stands in an image in the mail. The document starts a commercial remote-access tool "
        "that records key strokes and takes passwords from browsers. In two banks payments were "
        "prepared with the stolen accounts and stopped by the second signature. The tool keeps "
        "its settings in the resources of the program, so samples can be matched by their "
        "control addresses.",
        level=3,
        core={
            "incident_types": ["dissemination-phishing-emails", "theft-access-credentials"],
            "detection_methods": ["user-reporting", "automated-tool"],
            "recoverability": "regular",
            "impacted_entity_counts": {"organization": 7, "computers-personal": 19},
        },
        facts={
            "rsit": "fraud:phishing",
            "kind": "campaign",
            "summary": "Invoices with a remote-access tool reached accounting departments of "
            "seven banks.",
            "significant": False,
            "malicious": "yes",
            "cross_border": "unknown",
            "sectors": ["banking"],
            "impacts": [
                {"kind": "confidentiality", "degree": "partial", "service": "client banking"}
            ],
            "started_at": sheet.hours(-30),
            "detected_at": sheet.hours(-1),
            "contained_at": sheet.hours(40),
        },
        references=[
            {
                "source_name": "Finance CSIRT Ukraine (demo)",
                "external_id": "FIN-0412",
                "description": "Own case number",
            }
        ],
    )
    known = sheet.techniques("T1566.001 T1204.002 T1219 T1056.001 T1555.003 T1041")
    tool = sheet.add(
        "tool",
        "remote desk",
        name="DeskReach (demo)",
        description="Commercial remote-access tool with key logger, sold openly.",
        tool_types=["remote-access"],
        tool_version="4.9",
        external_references=[reference("S0332", name="Modelled on this entry")],
    )
    names = [
        sheet.indicator(
            f"Control name {name}",
            f"[domain-name:value = '{name}']",
            description="Name in the settings of the tool.",
        )
        for name in _REMOTE
    ]
    addresses = [
        sheet.indicator(
            f"Control address {address}",
            f"[ipv4-addr:value = '{address}']",
            description="Address in the settings of the tool; port 8443.",
        )
        for address in _ADDRESSES
    ]
    files = [
        sheet.file_indicator(name, description="File of the infection chain.") for name in _LURES
    ]
    key = sheet.indicator(
        "Run key of the tool",
        "[windows-registry-key:values[*].data LIKE '%deskreach%']",
        description="The tool starts itself from a run key of the user.",
    )
    found = [*names, *addresses, *files, key]
    sheet.relate(incident, "related-to", tool)
    sheet.relate_all([tool], "uses", [known[n] for n in ("T1219", "T1056.001", "T1555.003")])
    sheet.relate(tool, "uses", known["T1041"])
    sheet.relate_all(files, "indicates", [known["T1204.002"]])
    sheet.relate(files[0], "indicates", known["T1566.001"])
    sheet.relate_all([*names, *addresses, key], "indicates", [tool])
    for number, (indicator, count) in enumerate(zip(found, (3, 1, 4, 2, 1, 9, 1), strict=False)):
        where: dict[str, Any] = {"where_sighted_refs": [identity_id("csirt-fin-ua")]}
        sheet.add(
            "sighting",
            f"bank {number}",
            first_seen=sheet.hours(-30 + 3 * number),
            last_seen=sheet.hours(-6 + 3 * number),
            count=count,
            sighting_of_ref=indicator,
            **(where if number < 2 else {}),
        )
    return told(
        sheet, {"circles": ["c-fin"], "anonymous": True}, released_after=timedelta(hours=26),
        report_kind="early_warning",
    )  # fmt: skip
