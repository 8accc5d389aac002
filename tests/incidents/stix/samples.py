"""Small valid objects of every type, written for these tests, and how to check them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from incidents.stix import Checked, check, read
from incidents.stix.markings import EVENT_EXT, IMPACT_EXT, INCIDENT_CORE_ID, TASK_EXT

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIME = "2026-02-20T08:00:00.000Z"
LATER = "2026-02-20T09:00:00.000Z"
BUNDLE_ID = "bundle--6f0c1c0e-7c0b-4b36-9d7e-0f6a4bb3a001"
Value = dict[str, Any]


def ref(type_: str, key: str = "") -> str:
    """Return the id of the sample of a type (or of another, by key)."""
    return f"{type_}--{_uuid4(f'{type_}/{key}')}"


def _uuid4(key: str) -> uuid.UUID:
    return uuid.UUID(bytes=uuid.uuid5(uuid.NAMESPACE_OID, key).bytes, version=4)


def _own(type_: str, **properties: Any) -> Value:
    return {
        "type": type_,
        "spec_version": "2.1",
        "id": ref(type_),
        "created": TIME,
        "modified": TIME,
        **properties,
    }


def _sco(type_: str, **properties: Any) -> Value:
    return {"type": type_, "spec_version": "2.1", "id": ref(type_), **properties}


def _suite(type_: str, extension: str, **properties: Any) -> Value:
    extensions = {extension: {"extension_type": "new-sdo"}, **properties.pop("extensions", {})}
    return _own(type_, extensions=extensions, **properties)


_ALL: tuple[Value, ...] = (
    _own("attack-pattern", name="Boot record wiping"),
    _own("campaign", name="Winter storm", first_seen=TIME, last_seen=LATER),
    _own("course-of-action", name="Block the address"),
    _own("grouping", context="suspicious-activity", object_refs=[ref("indicator")]),
    _own("identity", name="Example CSIRT", identity_class="organization"),
    _own(
        "incident",
        name="Wiper on a ministry",
        extensions={
            INCIDENT_CORE_ID: {
                "extension_type": "property-extension",
                "determination": "confirmed",
                "investigation_status": "open",
            }
        },
    ),
    _own(
        "indicator",
        name="C2 address",
        pattern="[ipv4-addr:value = '192.0.2.7']",
        pattern_type="stix",
        valid_from=TIME,
    ),
    _own("infrastructure", name="VPN gateway"),
    _own("intrusion-set", name="Example Bear"),
    _own("location", country="UA"),
    _own("malware", name="GhostBoot", is_family=True),
    _own("malware-analysis", product="example-sandbox", result="malicious"),
    _own("note", content="Seen twice.", object_refs=[ref("incident")]),
    _own(
        "observed-data",
        first_observed=TIME,
        last_observed=LATER,
        number_observed=2,
        object_refs=[ref("ipv4-addr")],
    ),
    _own("opinion", opinion="agree", object_refs=[ref("indicator")]),
    _own("report", name="Weekly", published=TIME, object_refs=[ref("incident")]),
    _own("threat-actor", name="Example group"),
    _own("tool", name="example-shell"),
    _own("vulnerability", name="CVE-2023-23397"),
    _own(
        "relationship",
        relationship_type="indicates",
        source_ref=ref("indicator"),
        target_ref=ref("malware"),
    ),
    _own("sighting", sighting_of_ref=ref("indicator"), count=3),
    _suite("event", EVENT_EXT, status="occurred"),
    _suite(
        "impact",
        IMPACT_EXT,
        impact_category="availability",
        extensions={"availability-ext": {"availability_impact": 90}},
    ),
    _suite("task", TASK_EXT, outcome="ongoing"),
    _sco("artifact", payload_bin="aGVsbG8="),
    _sco("autonomous-system", number=64500),
    _sco("directory", path="/tmp"),
    _sco("domain-name", value="c2.example"),
    _sco("email-addr", value="lure@mail.example"),
    _sco("email-message", is_multipart=False, subject="Invoice"),
    _sco("file", name="invoice.exe", hashes={"SHA-256": "ab" * 32}),
    _sco("ipv4-addr", value="192.0.2.7"),
    _sco("ipv6-addr", value="2001:db8::7"),
    _sco("mac-addr", value="00:00:5e:00:53:01"),
    _sco("mutex", name="Global\\example"),
    _sco("network-traffic", src_ref=ref("ipv4-addr"), protocols=["tcp"]),
    _sco("process", pid=4),
    _sco("software", name="Example OS"),
    _sco("url", value="http://c2.example/x"),
    _sco("user-account", user_id="1001"),
    _sco("windows-registry-key", key="HKEY_LOCAL_MACHINE\\Example"),
    _sco("x509-certificate", serial_number="01"),
    {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": ref("marking-definition"),
        "created": TIME,
        "definition_type": "statement",
        "definition": {"statement": "Copyright Example CSIRT"},
    },
    _own(
        "extension-definition",
        created_by_ref=ref("identity"),
        name="Example",
        schema="text",
        version="1.0.0",
        extension_types=["property-extension"],
    ),
    _own(
        "language-content",
        object_ref=ref("incident"),
        contents={"uk": {"name": "Стирач у міністерстві"}},
    ),
)
SAMPLES: Mapping[str, Value] = {str(item["type"]): item for item in _ALL}


def sample(type_: str, /, **changes: Any) -> Value:
    """Return a deep copy of a sample with changes; the value `...` removes a property."""
    value: Value = json.loads(json.dumps(SAMPLES[type_]))
    for name, new in changes.items():
        if new is ...:
            value.pop(name, None)
        else:
            value[name] = new
    return value


def bundle(*objects: Any) -> bytes:
    """Return a bundle of objects as bytes."""
    value = {"type": "bundle", "id": BUNDLE_ID, "objects": list(objects)}
    return json.dumps(value, ensure_ascii=False).encode()


def checked(*objects: Any) -> Checked:
    """Return what `check` says about objects."""
    return check(read(bundle(*objects)), NOW)


def found(*objects: Any) -> set[tuple[str, str]]:
    """Return the code and property of every problem of some objects."""
    return {(item.code, item.property) for item in checked(*objects).problems}
