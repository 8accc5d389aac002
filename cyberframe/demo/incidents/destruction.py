"""Wipers: I01 ministries, I02 a domain-wide one, I07 a mobile operator. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference


def boot_wiper(t0: datetime) -> Story:
    """I01, modelled on WhisperGate, January 2022."""
    aware = t0 - timedelta(days=60)
    sheet = Sheet(
        key="I01", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=8), tlp="GREEN",
    )  # fmt: skip
    incident = sheet.incident(
        "Boot-record wiper with web defacement on ministries",
        "In one night the boot records of 64 workstations in four ministries were overwritten "
        "with a false ransom note; there is no key and no way to pay. A second stage, fetched "
        "from a chat service, filled files with a fixed byte and gave them random extensions. "
        "Some hours before, the public sites of the same ministries were defaced through the "
        "content system that they share, which drew the attention of the duty officers away. "
        "Machines with protected boot survived. Search for the two files and for Defender "
        "exclusions of the whole system drive.",
        level=4,
        core={
            "incident_types": ["destruction", "vandalism"],
            "detection_methods": ["human-review", "system-outage"],
            "recoverability": "supplemented",
            "impacted_entity_counts": {"computers-personal": 64, "organization": 4},
        },
        facts={
            "rsit": "information-content-security:data-loss",
            "clock_regime": "UA-1533",
            "summary": "False ransomware overwrote boot records in four ministries after their "
            "public sites had been defaced.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "no",
            "sectors": ["public-administration"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "integrity", "degree": "destruction", "service": "office work"},
                {"kind": "availability", "degree": "major", "service": "public web sites"},
            ],
            "attribution": {
                "statement": "Technical overlap with one earlier destructive cluster; no group "
                "named.",
                "confidence": 50,
                "level": "technical-cluster",
            },
            "started_at": sheet.hours(-3),
            "detected_at": sheet.hours(-1),
            "contained_at": sheet.hours(20),
            "resolved_at": sheet.hours(24 * 21),
        },
    )
    known = sheet.techniques("T1561.002 T1561.001 T1485 T1491.002 T1102 T1059.001 T1562.001 T1529")
    files = [sheet.file("stage1.exe", size=27_648), sheet.file("stage2.exe", size=214_528)]
    malware = sheet.add(
        "malware",
        "GhostBoot",
        name="GhostBoot (demo)",
        description="Two stages: the first overwrites the boot record and shows a ransom note, "
        "the second corrupts files by extension. The note is the same on every machine.",
        malware_types=["wiper"],
        is_family=True,
        first_seen=sheet.hours(-3),
        sample_refs=files,
        external_references=[reference("S0689", name="Modelled on this entry")],
    )
    tool = sheet.add(
        "tool",
        "privileged launcher",
        name="Privileged launcher (demo)",
        description="A freely available administration tool that starts a process as the "
        "installer service; used to stop the anti-virus service.",
        tool_types=["unknown"],
    )
    action = sheet.add(
        "course-of-action",
        "protect the boot record",
        lang="uk",
        name="Захист завантажувального запису",
        description="Увімкніть Secure Boot і захист MBR, заблокуйте виключення Defender для "
        "цілого диска через групову політику, перевірте, що резервні копії недоступні з домену. "
        "Уражені машини не перезавантажуйте: до перезавантаження дані ще можна скопіювати.",
    )
    first = sheet.file_indicator(
        "stage1.exe", description="First stage: overwrites the boot record."
    )
    second = sheet.file_indicator("stage2.exe", description="Second stage: corrupts files.")
    drop = sheet.indicator(
        "Download of the second stage",
        "[url:value = 'https://cdn-chat.example/attachments/77/tbopbh.jpg']",
        description="Address in a chat service from which the second stage was fetched.",
    )
    sheet.relate(incident, "related-to", malware)
    sheet.relate(incident, "related-to", known["T1491.002"], "Public sites, hours before.")
    for number in ("T1561.002", "T1561.001", "T1485", "T1059.001", "T1529"):
        sheet.relate(malware, "uses", known[number])
    sheet.relate(tool, "uses", known["T1562.001"])
    sheet.relate_all([first, second], "indicates", [malware])
    sheet.relate(drop, "indicates", known["T1102"])
    sheet.relate(action, "mitigates", malware)
    return told(
        sheet, {}, released_after=timedelta(hours=9), goal="closed", report_kind="notification"
    )


_YARA = """rule demo_decoy_encryptor
{
    meta:
        description = "Decoy encryptor of demo incident I02"
    strings:
        $note = "read_me_first_demo" ascii wide
        $build = "demo/cmd/decoy/main" ascii
    condition:
        uint16(0) == 0x5A4D and all of them
}
"""


def group_policy_wiper(t0: datetime) -> Story:
    """I02, modelled on HermeticWiper, February 2022."""
    aware = t0 - timedelta(days=21)
    sheet = Sheet(
        key="I02", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(minutes=45), tlp="AMBER", pap="GREEN",
    )  # fmt: skip
    incident = sheet.incident(
        "Domain-wide wiper through Group Policy with decoy encryptor",
        "A wiper reached some 300 machines of two agencies and one bank within twelve minutes: "
        "it lay in the default policy of the domain and started as a scheduled task. It loads a "
        "signed partition driver, corrupts the boot records and fragments the file tables, then "
        "restarts the machine. On a few file servers an encryptor ran at the same time; it is "
        "slow and leaves its key in memory, so it is judged to be a decoy. A worm component "
        "spreads over WMI and SMB with credentials taken before. The attackers had been in the "
        "network for at least four weeks.",
        level=5,
        core={
            "incident_types": ["destruction"],
            "detection_methods": ["automated-tool", "system-outage"],
            "recoverability": "extended",
            "impacted_entity_counts": {
                "computers-personal": 291, "computers-server": 17, "organization": 3,
            },
        },
        facts={
            "rsit": "information-content-security:data-loss",
            "clock_regime": "UA-1533",
            "summary": "A signed-driver wiper, spread by domain policy, destroyed some 300 "
            "machines of two agencies and a bank.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "unknown",
            "sectors": ["public-administration", "banking"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "integrity", "degree": "destruction", "service": "office work"},
                {"kind": "availability", "degree": "major", "service": "branch network",
                 "people": 40_000},
            ],
            "attribution": {
                "statement": "Tooling and targeting fit a known destructive group; assessment "
                "goes on.",
                "confidence": 50,
                "level": "group",
            },
            "handling": "Block the hashes and the driver; do not query the samples with third "
            "parties beyond what PAP:GREEN allows.",
            "started_at": sheet.hours(-0.5),
            "detected_at": sheet.hours(-0.25),
            "contained_at": sheet.hours(7),
        },
        references=[reference("G0034", name="Group that the model case is ascribed to")],
    )  # fmt: skip
    known = sheet.techniques("T1484.001 T1561.002 T1561.001 T1490 T1053.005 T1489 T1047 T1021.002")
    wiper = sheet.add(
        "malware",
        "ColdPlate",
        name="ColdPlate (demo)",
        description="Wiper that abuses a signed partition driver. Runs with backup privileges, "
        "stops the shadow copy service, then corrupts boot records and file tables.",
        malware_types=["wiper"],
        is_family=True,
        first_seen=sheet.hours(-0.5),
        external_references=[reference("S0697", name="Modelled on this entry")],
    )
    worm = sheet.add(
        "malware",
        "ColdCourier",
        name="ColdCourier (demo)",
        description="Worm that carries the wiper to reachable hosts over WMI, then SMB.",
        malware_types=["worm"],
        is_family=True,
        first_seen=sheet.hours(-0.4),
        external_references=[reference("S0698", name="Modelled on this entry")],
    )
    campaign = sheet.add(
        "campaign",
        "winter wipers",
        name="Winter wipers (demo)",
        description="Destructive attacks on public bodies and banks in the hours before other "
        "events, each with a new wiper and a decoy.",
        first_seen=sheet.hours(-24 * 28),
        objective="Stop public services and shake trust in them.",
    )
    hashes = [
        sheet.file_indicator("conhosts.exe", description="The wiper itself."),
        sheet.file_indicator("epmntdrv-demo.sys", description="Partition driver, dropped."),
        sheet.file_indicator("wizard-demo.dll", description="The worm component."),
    ]
    rule = sheet.add(
        "indicator",
        "decoy encryptor rule",
        name="Decoy encryptor (YARA)",
        description="Finds the decoy encryptor on disk and in memory; no false positives in "
        "our corpus of 200 000 clean files.",
        indicator_types=["malicious-activity"],
        pattern=_YARA,
        pattern_type="yara",
        valid_from=sheet.hours(2),
        confidence=85,
    )
    sheet.add(
        "note",
        "recovery",
        lang="uk",
        abstract="Відновлення домену після знищення",
        content="Перед відновленням контролера домену перевірте об'єкти групової політики: "
        "шкідливе завдання додано до політики за замовчуванням. Облікові записи адміністраторів "
        "домену вважайте скомпрометованими, двічі змініть пароль krbtgt. Знімки пам'яті серверів "
        "із шифрувальником збережіть: ключ залишається в пам'яті до вимкнення.",
        authors=["Чергова зміна"],
        object_refs=[incident, wiper],
    )
    sheet.relate(incident, "related-to", wiper)
    sheet.relate(campaign, "associated-with", incident)
    for number in ("T1484.001", "T1561.002", "T1561.001", "T1490", "T1053.005", "T1489"):
        sheet.relate(wiper, "uses", known[number])
    sheet.relate_all([worm], "uses", [known["T1047"], known["T1021.002"]])
    sheet.relate_all([campaign], "uses", [wiper, worm])
    sheet.relate(worm, "drops", wiper)
    sheet.relate_all(hashes[:2], "indicates", [wiper])
    sheet.relate(hashes[2], "indicates", worm)
    sheet.relate(rule, "indicates", campaign)
    return told(
        sheet, {"circles": ["c-wiper"]}, released_after=timedelta(hours=2), goal="updated",
        report_kind="early_warning",
    )  # fmt: skip


def operator_core(t0: datetime) -> Story:
    """I07, modelled on the loss of a national operator's core, December 2023."""
    aware = t0 - timedelta(hours=20)
    sheet = Sheet(
        key="I07", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=1.5), tlp="RED", pap="AMBER",
    )  # fmt: skip
    incident = sheet.incident(
        "Mobile operator core destroyed",
        "The virtual core of a national mobile operator was destroyed before dawn: hypervisors, "
        "their management and the backup servers were wiped with domain administrators' "
        "accounts, then those accounts were deleted. Voice, data and cell broadcast are down in "
        "most regions; emergency calls roam. First signs of the intruder date back seven months. "
        "This is an early warning: figures are first estimates, and the operator must not learn "
        "of its circulation from third parties.",
        level=5,
        core={
            "determination": "confirmed",
            "incident_types": ["destruction", "deletion-information"],
            "detection_methods": ["system-outage"],
            "recoverability": "extended",
            "impacted_entity_counts": {"computers-server": 4_000, "customer": 21_000_000},
        },
        facts={
            "rsit": "information-content-security:data-loss",
            "clock_regime": "UA-1533",
            "report_kind": "early_warning",
            "summary": "The core network of a national mobile operator was wiped; service is "
            "down in most regions.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "yes",
            "sectors": ["digital-infrastructure"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "availability", "degree": "total", "service": "mobile telephony",
                 "people": 21_000_000},
                {"kind": "integrity", "degree": "destruction", "service": "core network"},
            ],
            "handling": "For the eyes of the named teams only. Passive checks of own logs; no "
            "scans and no look-ups with third parties.",
            "started_at": sheet.hours(-1),
            "detected_at": sheet.hours(-0.5),
        },
    )  # fmt: skip
    known = sheet.techniques("T1078.002 T1485 T1561.001 T1529 T1489 T1531")
    malware = sheet.add(
        "malware",
        "CoreScrape",
        name="CoreScrape (demo)",
        description="Script and binary that stop virtual machines, overwrite their disks and "
        "the datastore's metadata, then restart the host.",
        malware_types=["wiper"],
        is_family=False,
        first_seen=sheet.hours(-1),
    )
    victim = sheet.add(
        "identity",
        "victim",
        tlp="AMBER+STRICT",
        name="Nadra Mobile (demo)",
        description="The operator that was hit; fictional.",
        identity_class="organization",
        sectors=["telecommunications"],
    )
    sheet.value("ipv4-addr", "203.0.113.77")
    address = sheet.indicator(
        "Control address 203.0.113.77",
        "[ipv4-addr:value = '203.0.113.77']",
        description="Held the tunnel into the management network. Seen before in phishing.",
    )
    script = sheet.file_indicator("wipe-core.sh", description="Stops and overwrites machines.")
    binary = sheet.file_indicator("dsmeta-demo.bin", description="Overwrites the datastore.")
    sheet.relate(incident, "targets", victim)
    sheet.relate(incident, "related-to", malware)
    sheet.relate(incident, "related-to", known["T1531"], "After the wipe, to slow recovery.")
    for number in ("T1078.002", "T1485", "T1561.001", "T1529", "T1489"):
        sheet.relate(malware, "uses", known[number])
    sheet.relate_all([script, binary], "indicates", [malware])
    sheet.relate(address, "indicates", known["T1078.002"])
    return told(
        sheet,
        {"named": ["csirt-pl", "ncsc-gb", "cert-nl"]},
        released_after=timedelta(hours=2),
        report_kind="early_warning",
    )
