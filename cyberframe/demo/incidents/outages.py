"""I03 satellite modems, I12 floods on portals, I13 an address reported by mistake. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference
from incidents.stix.times import timestamp


def modem_wiper(t0: datetime) -> Story:
    """I03, modelled on the satellite network and modem wiper of 24 February 2022."""
    aware = t0 - timedelta(days=40)
    sheet = Sheet(
        key="I03", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=3), tlp="AMBER",
    )  # fmt: skip
    incident = sheet.incident(
        "Satellite modems wiped, spill-over to wind farms abroad",
        "Some 30 000 satellite modems went dark within an hour. The attackers entered the "
        "management network of the ground segment through a VPN gateway with working accounts, "
        "then sent a legitimate update command that made each modem fetch and run a wiper for "
        "its flash memory. Modems cannot be repaired over the air and have to be replaced. About "
        "5 800 wind turbines in another state lost remote control; they went on turning. The "
        "same network carried command links of public bodies.",
        level=5,
        core={
            "investigation_status": "closed",
            "incident_types": ["destruction", "unauthorized-access-system"],
            "detection_methods": ["system-outage", "user-reporting"],
            "recoverability": "not-recoverable",
            "impacted_entity_counts": {"network-device": 30_000, "organization": 27},
        },
        facts={
            "rsit": "availability:sabotage",
            "clock_regime": "UA-1533",
            "summary": "A wiper sent through the provider's own management network destroyed "
            "modems in several states.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "yes",
            "sectors": ["space", "energy"],
            "countries_affected": ["UA", "DE", "PL"],
            "impacts": [
                {"kind": "availability", "degree": "major", "service": "satellite internet",
                 "people": 27_000},
                {"kind": "availability", "degree": "partial", "service": "control of wind farms"},
            ],
            "handling": "Originator controlled: ask before passing on, also to own clients.",
            "started_at": sheet.hours(-2),
            "detected_at": sheet.hours(-1),
            "contained_at": sheet.hours(30),
            "resolved_at": sheet.hours(24 * 26),
        },
    )  # fmt: skip
    known = sheet.techniques("T1133 T1078 T1561.001 T1485 T1529 T0814 T0826")
    malware = sheet.add(
        "malware",
        "SaltModem",
        name="SaltModem (demo)",
        description="MIPS binary that overwrites flash partitions and device files, then "
        "reboots the modem. It carries no control channel.",
        malware_types=["wiper"],
        is_family=True,
        architecture_execution_envs=["mips"],
        first_seen=sheet.hours(-2),
        external_references=[reference("S1125", name="Modelled on this entry")],
    )
    gateway = sheet.add(
        "infrastructure",
        "VPN gateway",
        name="VPN gateway of the ground segment (demo)",
        description="Remote access for maintenance; accounts without a second factor.",
        infrastructure_types=["unknown"],
    )
    flaw = sheet.add(
        "vulnerability",
        "gateway without update",
        name="VPN gateway two years without updates (demo)",
        description="The portal of the gateway gave out its session file without sign-in; "
        "corrected by the vendor two years before. No number is given here, since the model "
        "case never named one.",
    )
    sources = [
        sheet.value("ipv4-addr", "198.51.100.24"),
        sheet.value("ipv4-addr", "198.51.100.187"),
    ]
    sheet.relate_all([gateway], "communicates-with", sources)
    sample = sheet.file_indicator("ukrop-demo.elf", description="The modem wiper.")
    entry = sheet.indicator(
        "Sources of the VPN sessions",
        "[ipv4-addr:value = '198.51.100.24' OR ipv4-addr:value = '198.51.100.187']",
        description="Both sessions came from these addresses, some hours before the wipe.",
    )
    sheet.relate(incident, "targets", gateway)
    sheet.relate(incident, "related-to", malware)
    sheet.relate(gateway, "has", flaw)
    sheet.relate(incident, "related-to", known["T1133"])
    sheet.relate(incident, "related-to", known["T0826"], "Wind farms without remote control.")
    for number in ("T1561.001", "T1485", "T1529", "T0814"):
        sheet.relate(malware, "uses", known[number])
    sheet.relate(sample, "indicates", malware)
    sheet.relate_all([entry], "indicates", [known["T1078"], known["T1133"]])
    return told(
        sheet, {"circles": ["c-satcom"], "orcon": True}, released_after=timedelta(hours=5),
        goal="closed", report_kind="early_warning", co_owners=("cert-de",),
    )  # fmt: skip


_BOTS = (
    *("192.0.2.11", "192.0.2.58", "192.0.2.201", "198.51.100.66"),
    *("198.51.100.90", "198.51.100.143", "203.0.113.9", "203.0.113.240"),
)


def portal_floods(t0: datetime) -> Story:
    """I12, modelled on the waves of hacktivist collectives since 2022."""
    aware = t0 - timedelta(days=4)
    sheet = Sheet(
        key="I12", owner="ncsc-lt", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=6), tlp="CLEAR",
    )  # fmt: skip
    incident = sheet.incident(
        "DDoS waves on parliament and transport portals",
        "Three waves of traffic, announced in a messenger channel some minutes before, made the "
        "portals of parliament, railways and public transport slow or unreachable for up to 50 "
        "minutes each. The first was a flood of the links, the others costly search requests "
        "from rented hosts. Scrubbing and a cache in front of the search ended each wave. No "
        "data were taken and no system was entered.",
        level=2,
        core={
            "investigation_status": "closed",
            "incident_types": ["denial-of-service"],
            "detection_methods": ["automated-tool"],
            "recoverability": "regular",
            "impacted_entity_counts": {"organization": 3},
        },
        facts={
            "rsit": "availability:ddos",
            "clock_regime": "NIS2",
            "summary": "Three waves of a hacktivist collective slowed public portals for less "
            "than an hour each.",
            "significant": False,
            "malicious": "yes",
            "cross_border": "yes",
            "sectors": ["public-administration", "transport"],
            "countries_affected": ["LT"],
            "impacts": [{"kind": "availability", "degree": "partial", "service": "public portals"}],
            "started_at": sheet.hours(-1),
            "detected_at": sheet.hours(-0.9),
            "contained_at": sheet.hours(2),
            "resolved_at": sheet.hours(5),
        },
    )
    known = sheet.techniques("T1498 T1499 T1583.005")
    actor = sheet.add(
        "threat-actor",
        "collective",
        name="Night Queue collective (demo)",
        description="Fictional collective that announces targets in a messenger channel and "
        "lets volunteers rent out their machines.",
        threat_actor_types=["activist"],
        goals=["Attention", "Doubt in public services"],
        sophistication="intermediate",
        resource_level="club",
        primary_motivation="ideology",
    )
    botnet = sheet.add(
        "infrastructure",
        "rented hosts",
        name="Rented flood hosts (demo)",
        description="Hosts seen in at least two waves. They are rented by the hour; block them "
        "for days, not for months.",
        infrastructure_types=["botnet"],
        first_seen=sheet.hours(-1),
        last_seen=sheet.hours(5),
    )
    addresses = [sheet.value("ipv4-addr", address) for address in _BOTS]
    sheet.relate(incident, "attributed-to", actor)
    sheet.relate(actor, "uses", botnet)
    sheet.relate_all([actor], "uses", known.values())
    sheet.relate_all([botnet], "consists-of", addresses)
    sheet.add(
        "report",
        "advisory",
        name="Advisory: request floods on search pages of public portals",
        description="What was seen, and what helped: a cache in front of the search, a limit "
        "per address at the edge, a static page for the worst minutes.",
        report_types=["incident"],
        published=timestamp(sheet.made_at),
        object_refs=[incident, actor, botnet, *known.values(), *addresses],
    )
    return told(
        sheet, {"public": True}, released_after=timedelta(hours=10), goal="closed",
        report_kind="notification",
    )  # fmt: skip


def false_address(t0: datetime) -> Story:
    """I13, a mistake: an address of a content-delivery network."""
    aware = t0 - timedelta(days=3)
    sheet = Sheet(
        key="I13", owner="cert-nl", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=1), tlp="GREEN",
    )  # fmt: skip
    incident = sheet.incident(
        "Content-delivery address reported as C2 by mistake",
        "A sandbox run of a loader contacted one address at regular intervals, and the address "
        "was reported as a control server. Constituents who blocked it lost a number of "
        "unrelated sites. The traffic was an update check of the sandbox itself, answered by a "
        "content-delivery network.",
        level=1,
        core={
            "determination": "suspected",
            "incident_types": ["c&c-server-hosting"],
            "detection_methods": ["automated-tool"],
            "recoverability": "regular",
        },
        facts={
            "rsit": "malicious-code:c2-server",
            "clock_regime": "NIS2",
            "significant": False,
            "malicious": "unknown",
            "cross_border": "unknown",
            "sectors": ["digital-infrastructure"],
            "countries_affected": ["NL"],
            "detected_at": sheet.hours(-2),
        },
    )
    address = sheet.indicator(
        "Control server 192.0.2.80",
        "[ipv4-addr:value = '192.0.2.80']",
        description="Contacted every ten minutes by a loader in the sandbox.",
    )
    sheet.relate(address, "detected", incident)
    return told(sheet, {}, released_after=timedelta(hours=2), goal="retracted")
