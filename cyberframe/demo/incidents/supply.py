"""I08: an update of accounting software carries a false encryptor. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from cyberframe.demo.incidents.story import Story, told
from cyberframe.demo.sheet import Sheet
from cyberframe.demo.techniques import reference
from incidents.stix.times import timestamp


def accounting_update(t0: datetime) -> Story:
    """I08, modelled on NotPetya, June 2017."""
    aware = t0 - timedelta(hours=9)
    sheet = Sheet(
        key="I08", owner="cert-ua", seeded_at=t0, aware_at=aware,
        made_at=aware + timedelta(hours=4), tlp="AMBER+STRICT",
    )  # fmt: skip
    incident = sheet.incident(
        "Trojanised accounting-software update",
        "The signed update of a widely used accounting program carries a module that encrypts "
        "disks and has no way back; its ransom note shows an address that is the same for all. "
        "From one machine it takes credentials out of memory and walks on over WMI and "
        "administrative shares, and where it can over an old flaw in SMB. Some 80 firms that "
        "updated this morning are affected. The vendor has stopped its update server but does "
        "not yet know how it was entered: an embargo holds until the servers are imaged, since "
        "the attackers still watch them. Block the update host and cut port 445 between sites.",
        level=4,
        core={
            "incident_types": ["supply-chain-vendor", "worm-spreading", "destruction"],
            "detection_methods": ["automated-tool", "user-reporting"],
            "recoverability": "extended",
            "impacted_entity_counts": {"organization": 80, "computers-personal": 12_000},
        },
        facts={
            "rsit": "malicious-code:malware-distribution",
            "clock_regime": "UA-1533",
            "report_kind": "early_warning",
            "summary": "A signed update of accounting software spreads an encryptor without a "
            "key; the vendor's servers are still watched.",
            "significant": True,
            "malicious": "yes",
            "cross_border": "unknown",
            "sectors": ["manufacturing", "banking"],
            "countries_affected": ["UA"],
            "impacts": [
                {"kind": "integrity", "degree": "destruction", "service": "accounting"},
                {"kind": "availability", "degree": "major", "service": "production"},
            ],
            "handling": "Embargoed: do not contact the vendor or its customers yourself.",
            "started_at": sheet.hours(-3),
            "detected_at": sheet.hours(-1),
        },
    )
    known = sheet.techniques("T1195.002 T1486 T1210 T1003.001 T1047 T1021.002 T1053.005")
    malware = sheet.add(
        "malware",
        "LedgerLock",
        name="LedgerLock (demo)",
        description="Encrypts files and the file table, restarts through a scheduled task, and "
        "spreads with stolen credentials. The key is thrown away.",
        malware_types=["wiper", "worm"],
        is_family=True,
        first_seen=sheet.hours(-3),
        external_references=[reference("S0368", name="Modelled on this entry")],
    )
    properties = {"name": "LedgerDesk (demo)", "vendor": "LedgerDesk Works (demo)",
                  "version": "10.01.189"}  # fmt: skip
    software = sheet.observable("software", properties, properties)
    flaw = sheet.add(
        "vulnerability",
        "CVE-2017-0144",
        tlp="CLEAR",
        name="CVE-2017-0144",
        description="Flaw in the first version of SMB on Windows that lets a packet run code; "
        "corrected in March 2017.",
        external_references=[reference("CVE-2017-0144", source="cve")],
    )
    update = sheet.indicator(
        "Update host of the vendor",
        "[domain-name:value = 'upd.ledgerdesk.example']",
        description="Legitimate host, misused; block until the vendor gives the all-clear.",
        kind="compromised",
    )
    module = sheet.file_indicator("zledger-demo.dll", description="The module in the update.")
    locker = sheet.file_indicator("perfc-demo.dat", description="The encryptor.")
    reader = sheet.file_indicator("lsadump-demo.exe", description="Reads LSASS memory.")
    task = sheet.indicator(
        "Restart task",
        "[process:command_line LIKE '%schtasks%shutdown.exe /r /f%']",
        description="Task that restarts the machine within the hour.",
        kind="anomalous-activity",
    )
    remote = sheet.indicator(
        "Remote start over WMI",
        "[process:command_line LIKE '%wmic%process call create%perfc-demo%']",
        description="Command line on the machine that is left.",
    )
    sheet.relate(incident, "related-to", malware)
    sheet.relate(malware, "targets", flaw)
    sheet.relate(software, "delivers", malware)
    sheet.relate_all([malware], "uses", known.values())
    sheet.relate_all([module, locker], "indicates", [malware])
    sheet.relate(update, "indicates", known["T1195.002"])
    sheet.relate(reader, "indicates", known["T1003.001"])
    sheet.relate(task, "indicates", known["T1053.005"])
    sheet.relate(remote, "indicates", known["T1047"])
    return told(
        sheet,
        {
            "embargo_until": timestamp(t0 + timedelta(hours=24)),
            "early": ["ncsc-gb", "cert-jp"],
        },
        released_after=timedelta(hours=6),
        report_kind="early_warning",
    )
