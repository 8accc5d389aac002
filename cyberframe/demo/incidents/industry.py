"""Control systems: I04 a substation, I09 district heating. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference


def substation(t0: datetime) -> Story:
    """I04, modelled on Industroyer2 and CaddyWiper, April 2022."""
    aware = t0 - timedelta(days=12)
    sheet = Sheet(
        key="I04", owner="csirt-nrg-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=2), tlp="AMBER+STRICT",
    )  # fmt: skip
    incident = sheet.incident(
        "High-voltage substation switching attempt with timed wiper",
        "Malware that speaks IEC 60870-5-104 was set to open breakers of a high-voltage "
        "substation at 17:10 UTC, on the hour of the evening load. It carried the addresses of "
        "eight protection devices in its configuration, so the attackers had read the plant "
        "before. A wiper, spread by domain policy to engineering stations and servers, was timed "
        "ten minutes later to slow recovery and remove traces. Operators cut the links in time "
        "and no load was lost; 41 machines were wiped.",
        level=5,
        core={
            "determination": "blocked",
            "incident_types": ["control-system-bypass", "destruction"],
            "detection_methods": ["automated-tool", "human-review"],
            "recoverability": "supplemented",
            "impacted_entity_counts": {
                "ics-engineering-workstation": 6, "computers-server": 9, "computers-personal": 26,
            },
        },
        facts={
            "rsit": "intrusions:privileged-account-compromise",
            "clock_regime": "UA-1533",
            "summary": "An attempt to open breakers of a substation was stopped; a timed wiper "
            "destroyed 41 machines.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "no",
            "sectors": ["energy"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "availability", "degree": "averted", "service": "transmission",
                 "people": 2_000_000},
                {"kind": "integrity", "degree": "partial", "service": "engineering stations"},
            ],
            "attribution": {
                "statement": "Successor of a known control-system malware; ascribed to the same "
                "group.",
                "confidence": 85,
                "level": "group",
            },
            "handling": "Originator controlled. The operator's name stays with the national "
            "CERT.",
            "started_at": sheet.hours(-1),
            "detected_at": sheet.hours(-0.5),
            "contained_at": sheet.hours(4),
        },
        references=[reference("G0034", name="Group that the model case is ascribed to")],
    )  # fmt: skip
    known = sheet.techniques("T0855 T0836 T0806 T0881 T0802 T1484.001 T1485 T1561.002 T1053.005")
    files = [
        sheet.file("breaker-104.exe", size=37_888),
        sheet.file("pa-wipe.exe", size=9_216),
        sheet.file("pa-policy.ps1", size=5_120),
    ]
    breaker = sheet.add(
        "malware",
        "Busbar Two",
        name="BusbarTwo (demo)",
        description="Speaks IEC-104 to the stations in its configuration: interrogates them, "
        "ends the control software, then opens and closes outputs in a loop.",
        malware_types=["unknown"],
        is_family=True,
        sample_refs=[files[0]],
        first_seen=sheet.hours(-1),
        external_references=[reference("S1072", name="Modelled on this entry")],
    )
    wiper = sheet.add(
        "malware",
        "Spool Wipe",
        name="SpoolWipe (demo)",
        description="Small wiper; it spares domain controllers so that the policy that spreads "
        "it goes on working.",
        malware_types=["wiper"],
        is_family=True,
        sample_refs=[files[1]],
        first_seen=sheet.hours(-1),
        external_references=[reference("S0693", name="Modelled on this entry")],
    )
    victim = sheet.add(
        "identity",
        "victim",
        name="Dnipro-West Transmission (demo)",
        description="The operator of the substation; fictional.",
        identity_class="organization",
        sectors=["energy"],
    )
    action = sheet.add(
        "course-of-action",
        "separate the links",
        lang="uk",
        name="Відокремлення каналів телекерування",
        description="Відключіть сервери телекерування від корпоративного домену, дозвольте "
        "сеанси IEC-104 лише з перелічених адрес, переведіть вимикачі на місцеве керування до "
        "перевірки інженерних станцій. Завдання планувальника на 17:10 і 17:20 UTC видаліть на "
        "всіх машинах.",
    )
    switching = sheet.file_indicator("breaker-104.exe", description="Switching module.")
    wiping = sheet.file_indicator("pa-wipe.exe", description="Timed wiper.")
    policy = sheet.file_indicator(
        "pa-policy.ps1", description="Writes the wiper's task into the default policy."
    )
    session = sheet.indicator(
        "IEC-104 session from an unlisted host",
        "[network-traffic:dst_port = 2404 AND network-traffic:src_ref.value = '192.0.2.140']",
        description="The engineering station from which the switching module ran; replace the "
        "address with those of your own stations that are not on the list.",
        kind="anomalous-activity",
    )
    task = sheet.indicator(
        "Scheduled task of the wiper",
        "[process:command_line LIKE '%pa-wipe.exe%' AND process:command_line LIKE '%/st 17:20%']",
        description="Process that creates the task, ten minutes after the switching.",
    )
    sheet.relate(incident, "targets", victim)
    sheet.relate_all([incident], "related-to", [breaker, wiper])
    for number in ("T0855", "T0836", "T0806", "T0881", "T0802"):
        sheet.relate(breaker, "uses", known[number])
    for number in ("T1484.001", "T1485", "T1561.002", "T1053.005"):
        sheet.relate(wiper, "uses", known[number])
    sheet.relate(switching, "indicates", breaker)
    sheet.relate(session, "indicates", known["T0855"])
    sheet.relate_all([wiping, policy, task], "indicates", [wiper])
    sheet.relate_all([action], "mitigates", [breaker, wiper])
    return told(
        sheet,
        {"circles": ["c-energy"], "orcon": True},
        released_after=timedelta(hours=3),
        report_kind="early_warning",
        goal="updated",
        object_markings={victim: {"tlp": "AMBER+STRICT", "named": ["cert-ua"]}},
    )


def district_heating(t0: datetime) -> Story:
    """I09, modelled on FrostyGoop, January 2024."""
    aware = t0 - timedelta(hours=5)
    sheet = Sheet(
        key="I09", owner="csirt-nrg-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=3), tlp="AMBER",
    )  # fmt: skip
    incident = sheet.incident(
        "District-heating controllers rewritten over Modbus",
        "More than 600 apartment blocks lost heating in frost: heating controllers accepted "
        "Modbus commands that changed their set points and answered with wrong measurements. The "
        "commands came over the internet through a router with a web shell that had been in "
        "place for months. Controllers were put back to an older firmware by hand, block by "
        "block. Look for port 502 reachable from outside and for the web shell's path.",
        level=4,
        core={
            "incident_types": ["control-system-bypass", "unauthorized-access-system"],
            "detection_methods": ["user-reporting"],
            "recoverability": "supplemented",
            "impacted_entity_counts": {"ics-plc": 48, "organization": 1},
        },
        facts={
            "rsit": "intrusions:application-compromise",
            "clock_regime": "UA-1533",
            "summary": "Heating of some 600 blocks failed after commands over Modbus from the "
            "internet.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "no",
            "sectors": ["energy"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "availability", "degree": "major", "service": "district heating",
                 "people": 100_000}
            ],
            "started_at": sheet.hours(-7),
            "detected_at": sheet.hours(-1),
        },
    )  # fmt: skip
    known = sheet.techniques("T1190 T1505.003 T0836 T0869 T0826 T0829")
    malware = sheet.add(
        "malware",
        "ValveShift",
        name="ValveShift (demo)",
        description="Windows program that reads a list of controllers and registers from a "
        "file and writes to them over Modbus TCP.",
        malware_types=["unknown"],
        is_family=True,
        implementation_languages=["go"],
        first_seen=sheet.hours(-7),
        external_references=[reference("S1165", name="Modelled on this entry")],
    )
    router = sheet.add(
        "infrastructure",
        "router",
        name="Router with a web shell (demo)",
        description="Border router of the heating company; the shell answered on its "
        "management page and forwarded port 502 inwards.",
        infrastructure_types=["unknown"],
    )
    sample = sheet.file_indicator("valve-shift.exe", description="The Modbus program.")
    shell = sheet.indicator(
        "Requests to the web shell",
        "[network-traffic:extensions.'http-request-ext'.request_value = '/mgmt/upd-demo.aspx']",
        description="Path of the shell on the router's management page.",
    )
    sheet.relate_all([incident], "related-to", [malware, router])
    sheet.relate_all([incident], "related-to", [known["T0826"], known["T0829"]])
    sheet.relate_all([malware], "uses", [known["T0836"], known["T0869"]])
    sheet.relate(sample, "indicates", malware)
    sheet.relate_all([shell], "indicates", [known["T1190"], known["T1505.003"]])
    return told(sheet, {}, released_after=None, goal="review", report_kind="initial")
