"""The techniques, groups and software of MITRE ATT&CK that the demo names. Pure.

Ids, names and tactics are ATT&CK's (v18.1), the sentences are ours. MITRE's own objects are not
copied: without their dates they could not be told from the originals, so each submitter files a
copy of its own, under its own id, that refers to ATT&CK by number. ATT&CK is a registered
trademark of The MITRE Corporation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique: its number, name, kill chain, tactics and our sentence about it."""

    number: str
    name: str
    chain: str
    phases: tuple[str, ...]
    text: str

    @property
    def kill_chain_phases(self) -> list[dict[str, str]]:
        """Return the tactics as STIX has them."""
        return [{"kill_chain_name": self.chain, "phase_name": phase} for phase in self.phases]


def reference(number: str, *, name: str = "", source: str = "mitre-attack") -> dict[str, Any]:
    """Return the external reference to an entry of ATT&CK."""
    found = {"source_name": source, "external_id": number}
    return {**found, "description": name} if name else found


_ROWS: Final = {
    "mitre-attack": """
T1561.002|Disk Structure Wipe|impact|Boot records and partition tables are overwritten so that machines cannot start.
T1561.001|Disk Content Wipe|impact|Raw sectors or files are overwritten so that the content cannot be restored from disk.
T1485|Data Destruction|impact|Files are destroyed in bulk to stop the organisation from working.
T1491.002|External Defacement|impact|A public web page is replaced with a message of the attacker.
T1102|Web Service|command-and-control|A legitimate web service carries commands or the next stage.
T1059.001|PowerShell|execution|Commands and later stages run through PowerShell.
T1562.001|Disable or Modify Tools|defense-evasion|Protection software is switched off or given exclusions before the main act.
T1529|System Shutdown/Reboot|impact|Machines are restarted to make the damage take effect.
T1484.001|Group Policy Modification|defense-evasion,privilege-escalation|A policy object of the domain carries the payload to every machine.
T1490|Inhibit System Recovery|impact|Shadow copies and recovery options are removed.
T1053.005|Scheduled Task|execution,persistence,privilege-escalation|A scheduled task starts the payload at a set time.
T1489|Service Stop|impact|Services are stopped to free files or to halt what depends on them.
T1047|Windows Management Instrumentation|execution|WMI starts processes on other machines.
T1021.002|SMB/Windows Admin Shares|lateral-movement|Administrative shares carry the payload to other machines.
T1133|External Remote Services|persistence,initial-access|A remote-access service facing the internet is the way in.
T1078|Valid Accounts|defense-evasion,persistence,privilege-escalation,initial-access|Working accounts are used instead of exploits.
T1566.001|Spearphishing Attachment|initial-access|A mail with a malicious attachment is the way in.
T1027.006|HTML Smuggling|defense-evasion|An HTML file assembles the payload in the reader's browser.
T1218.005|Mshta|defense-evasion|The HTA host of Windows runs script outside the browser.
T1059.005|Visual Basic|execution|Stages are written in VBScript or VBA.
T1091|Replication Through Removable Media|lateral-movement,initial-access|Links on USB media carry the infection on.
T1547.001|Registry Run Keys / Startup Folder|persistence,privilege-escalation|A run key starts the implant at each sign-in.
T1105|Ingress Tool Transfer|command-and-control|Further files are fetched onto the machine.
T1071.001|Web Protocols|command-and-control|Commands travel inside ordinary web requests.
T1203|Exploitation for Client Execution|execution|A flaw in client software runs the attacker's code.
T1187|Forced Authentication|credential-access|The client is made to send its credential hash to a server of the attacker.
T1110.003|Password Spraying|credential-access|A few likely passwords are tried on many accounts.
T1114.002|Remote Email Collection|collection|Mail is read straight from the server.
T1190|Exploit Public-Facing Application|initial-access|A flaw in a service facing the internet is the way in.
T1078.002|Domain Accounts|defense-evasion,persistence,privilege-escalation,initial-access|Accounts of the domain, administrators' among them, are used.
T1531|Account Access Removal|impact|Accounts are deleted or locked to slow recovery.
T1195.002|Compromise Software Supply Chain|initial-access|A vendor's update carries the payload.
T1486|Data Encrypted for Impact|impact|Data are encrypted, here without a way back.
T1210|Exploitation of Remote Services|lateral-movement|A flaw in a network service carries the malware on.
T1003.001|LSASS Memory|credential-access|Credentials are read from the memory of LSASS.
T1505.003|Web Shell|persistence|A script on the web server keeps the way in open.
T1204.002|Malicious File|execution|The reader opens the file that starts the chain.
T1219|Remote Access Tools|command-and-control|A commercial remote-access tool controls the machine.
T1056.001|Keylogging|collection,credential-access|Key strokes are recorded.
T1555.003|Credentials from Web Browsers|credential-access|Passwords saved in the browser are taken.
T1041|Exfiltration Over C2 Channel|exfiltration|Data leave over the channel that carries the commands.
T1566.003|Spearphishing via Service|initial-access|The lure comes over a messenger or another outside service.
T1598.003|Spearphishing Link|reconnaissance|A link asks the victim for something that serves the next step.
T1498|Network Denial of Service|impact|Links are filled with traffic.
T1499|Endpoint Denial of Service|impact|Costly requests exhaust the servers.
T1583.005|Botnet|resource-development|A botnet is rented or bought for the attack.
""",  # noqa: E501 - a table
    "mitre-mobile-attack": """
T1660|Phishing|initial-access|A message lures the owner of a phone into the attack.
T1676|Linked Devices|persistence|A device of the attacker is linked to the victim's messenger account.
""",  # noqa: E501 - a table
    "mitre-ics-attack": """
T0814|Denial of Service|inhibit-response-function|A device of the control system stops answering.
T0826|Loss of Availability|impact|Operators lose a part of the process.
T0855|Unauthorized Command Message|impair-process-control|Commands are sent to field devices without the operator.
T0836|Modify Parameter|impair-process-control|Set points of the process are changed.
T0806|Brute Force I/O|impair-process-control|An output is switched again and again.
T0881|Service Stop|inhibit-response-function|The control software is ended so that operators cannot intervene.
T0802|Automated Collection|collection|The implant lists stations and points before it acts.
T0869|Standard Application Layer Protocol|command-and-control|The protocol of the plant carries the attacker's commands.
T0829|Loss of View|impact|Operators no longer see the true state of the process.
""",  # noqa: E501 - a table
}


def _parse(chain: str, row: str) -> Technique:
    number, name, phases, text = row.split("|")
    return Technique(number, name, chain, tuple(phases.split(",")), text)


TECHNIQUES: Final[dict[str, Technique]] = {
    technique.number: technique
    for chain, rows in _ROWS.items()
    for technique in (_parse(chain, row) for row in rows.strip().splitlines())
}
