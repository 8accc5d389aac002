"""Each rule with an object that obeys it and one that breaks it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from incidents.stix.limits import LIMITS
from incidents.stix.markings import (
    CYBERFRAME_INCIDENT_EXT,
    IMPACT_EXT,
    INCIDENT_CORE_ID,
    PAP_EXT,
    TLP2_EXT,
)
from incidents.stix.types import OBJECT_TYPES

from .samples import LATER, NOW, SAMPLES, TIME, Value, checked, found, ref, sample

FUTURE = "2026-03-03T00:00:00.000Z"
CORE = {"extension_type": "property-extension", "determination": "confirmed"} | {
    "investigation_status": "open"
}
OURS = {"extension_type": "property-extension"}
CVE = {"source_name": "cve", "external_id": "CVE-2023-23397"}
NEW_SDO = {IMPACT_EXT: {"extension_type": "new-sdo"}}


def core(**changes: Any) -> Value:
    return sample("incident", extensions={INCIDENT_CORE_ID: CORE | changes})


def ours(**changes: Any) -> Value:
    return sample("incident", extensions={CYBERFRAME_INCIDENT_EXT: OURS | changes})


def impact(category: str, key: str | None = None, **content: Any) -> Value:
    extensions = NEW_SDO | {key or f"{category}-ext": content}
    return sample("impact", impact_category=category, extensions=extensions)


def granular(selector: str, **entry: Any) -> Value:
    marking = entry or {"marking_ref": ref("marking-definition")}
    return sample(
        "indicator",
        external_references=[{"source_name": "a", "url": "http://a.example"}],
        granular_markings=[{"selectors": [selector], **marking}],
    )


CORE_AT = f"extensions.{INCIDENT_CORE_ID}"
OURS_AT = f"extensions.{CYBERFRAME_INCIDENT_EXT}"

# (a good object, a bad one, the code, the property): one row a rule.
RULES: list[tuple[Value, Any, str, str]] = [
    # what every object has
    (sample("tool"), 7, "not_an_object", ""),
    (sample("tool"), sample("tool", type=...), "required", "type"),
    (sample("tool"), sample("tool", id=...), "required", "id"),
    (sample("tool"), sample("tool", type=5), "not_a_string", "type"),
    (sample("tool"), sample("tool", id=""), "bad_id", "id"),
    (sample("tool"), sample("tool", id="tool--1"), "bad_id", "id"),
    (sample("tool"), sample("tool", id=ref("tool").upper()), "bad_id", "id"),
    (sample("tool"), sample("tool", id=ref("malware")), "id_prefix", "id"),
    (sample("tool"), sample("tool", type="Tool!", id=ref("tool")), "bad_type", "type"),
    (sample("tool"), sample("tool", type="bundle"), "nested_bundle", "type"),
    (sample("tool"), sample("tool", type="toool", id=ref("toool")), "unknown_type", "type"),
    (
        sample("process"),
        sample("process", id="process--f2b8c1a4-7ab3-5c2e-9f0d-0b1c2d3e4f50"),
        "process_id",
        "id",
    ),
    (sample("tool"), sample("tool", spec_version=...), "required", "spec_version"),
    (sample("tool"), sample("tool", spec_version="2.0"), "not_in_enumeration", "spec_version"),
    (sample("tool"), sample("tool", created=...), "required", "created"),
    (sample("tool"), sample("tool", modified=...), "required", "modified"),
    (sample("tool"), sample("tool", name=...), "required", "name"),
    (sample("tool"), sample("tool", name=7), "not_a_string", "name"),
    (sample("tool"), sample("tool", name=None), "not_a_string", "name"),
    (sample("tool", revoked=True), sample("tool", revoked="true"), "not_a_boolean", "revoked"),
    (
        sample("tool", confidence=100),
        sample("tool", confidence=101),
        "too_large_number",
        "confidence",
    ),
    (sample("tool", confidence=0), sample("tool", confidence=-1), "too_small", "confidence"),
    (sample("tool", confidence=1), sample("tool", confidence=1.5), "not_an_integer", "confidence"),
    (sample("tool", confidence=1), sample("tool", confidence=True), "not_an_integer", "confidence"),
    (sample("tool", labels=["a"]), sample("tool", labels=[]), "empty_list", "labels"),
    (sample("tool", labels=["a"]), sample("tool", labels="a"), "not_a_list", "labels"),
    (sample("tool", labels=["a"]), sample("tool", labels=["a", 1]), "not_a_string", "labels.[1]"),
    (sample("tool", lang="uk"), sample("tool", lang="ukrainian!"), "bad_language", "lang"),
    (
        sample("tool", created_by_ref=ref("identity")),
        sample("tool", created_by_ref=ref("tool")),
        "reference_type",
        "created_by_ref",
    ),
    (
        sample("tool", created_by_ref=ref("identity")),
        sample("tool", created_by_ref="me"),
        "bad_reference",
        "created_by_ref",
    ),
    (
        sample("tool", object_marking_refs=[ref("marking-definition")]),
        sample("tool", object_marking_refs=[ref("identity")]),
        "reference_type",
        "object_marking_refs.[0]",
    ),
    # times
    (
        sample("tool", created="2026-02-20T08:00:00.123456Z", modified=LATER),
        sample("tool", created="2026-02-20T08:00:00Z"),
        "imprecise_timestamp",
        "created",
    ),
    (
        sample("tool"),
        sample("tool", modified="2026-02-30T08:00:00.000Z"),
        "bad_timestamp",
        "modified",
    ),
    (
        sample("tool"),
        sample("tool", modified="2026-02-20T08:00:60.000Z"),
        "bad_timestamp",
        "modified",
    ),
    (
        sample("tool"),
        sample("tool", modified="2026-02-20T08:00:00.000+02:00"),
        "bad_timestamp",
        "modified",
    ),
    (sample("tool", modified=TIME), sample("tool", created=LATER), "time_before", "modified"),
    (
        sample("tool", modified="2026-03-02T11:00:00.000Z"),
        sample("tool", modified=FUTURE),
        "in_the_future",
        "modified",
    ),
    (
        sample("tool"),
        sample("tool", created=FUTURE, modified=FUTURE),
        "in_the_future",
        "created",
    ),
    (
        sample("indicator", valid_until=LATER),
        sample("indicator", valid_until=TIME),
        "time_not_after",
        "valid_until",
    ),
    (
        sample("indicator", valid_from="2026-02-20T08:00:00Z"),
        sample("indicator", valid_from="2026-02-20"),
        "bad_timestamp",
        "valid_from",
    ),
    (
        sample("campaign"),
        sample("campaign", last_seen="2020-01-01T00:00:00Z"),
        "time_before",
        "last_seen",
    ),
    (
        sample("observed-data"),
        sample("observed-data", last_observed="2020-01-01T00:00:00Z"),
        "time_before",
        "last_observed",
    ),
    (
        sample("relationship", start_time=TIME, stop_time=LATER),
        sample("relationship", start_time=TIME, stop_time=TIME),
        "time_not_after",
        "stop_time",
    ),
    (
        sample("network-traffic", is_active=False, start=TIME, end=TIME),
        sample("network-traffic", start=LATER, end=TIME),
        "time_before",
        "end",
    ),
    # external references, markings, names
    (
        sample("tool", external_references=[{"source_name": "a", "external_id": "b"}]),
        sample("tool", external_references=[{"source_name": "a"}]),
        "one_required",
        "external_references.[0].description",
    ),
    (
        sample("tool", external_references=[{"source_name": "a", "url": "http://a.example"}]),
        sample("tool", external_references=[{"url": "http://a.example"}]),
        "required",
        "external_references.[0].source_name",
    ),
    (
        sample("tool", external_references=[{"source_name": "a", "url": "http://a.example"}]),
        sample("tool", external_references=[{"source_name": "a", "url": 1}]),
        "not_a_string",
        "external_references.[0].url",
    ),
    (
        sample("vulnerability", external_references=[CVE]),
        sample("vulnerability", external_references=[CVE | {"external_id": "CVE-1"}]),
        "bad_external_id",
        "external_references.[0].external_id",
    ),
    (
        sample("vulnerability", external_references=[CVE]),
        sample("vulnerability", external_references=[{"source_name": "cve", "description": "a"}]),
        "required",
        "external_references.[0].external_id",
    ),
    (
        sample("tool", external_references=[{"source_name": "a", "url": "http://a.example"}]),
        sample("tool", external_references=[{"source_name": "a", "url": "a b"}]),
        "bad_url_value",
        "external_references.[0].url",
    ),
    (
        granular("external_references.[0].url"),
        granular("external_references.[1].url"),
        "selector",
        "granular_markings.[0].selectors.[0]",
    ),
    (granular("pattern"), granular("name.x"), "selector", "granular_markings.[0].selectors.[0]"),
    (
        granular("pattern", lang="en"),
        granular("pattern", lang="en", marking_ref=ref("marking-definition")),
        "exclusive",
        "granular_markings.[0].lang",
    ),
    (
        granular("pattern"),
        sample("indicator", granular_markings=[{"selectors": ["pattern"]}]),
        "one_required",
        "granular_markings.[0].marking_ref",
    ),
    (
        granular("pattern"),
        sample("indicator", granular_markings=[{"lang": "en", "selectors": []}]),
        "empty_list",
        "granular_markings.[0].selectors",
    ),
    (sample("tool", x_score=1), sample("tool", severity=1), "reserved_property", "severity"),
    (
        sample("course-of-action"),
        sample("course-of-action", action="x"),
        "reserved_property",
        "action",
    ),
    (sample("tool", x_score=1), sample("tool", _score=1), "property_start", "_score"),
    (sample("tool", x_score=1), sample("tool", x_Score=1), "property_name", "x_Score"),
    (sample("tool", x_score=1), sample("tool", descripton="a"), "unknown_property", "descripton"),
    # domain objects
    (
        sample("indicator", pattern_type="yara", pattern="rule x { condition: true }"),
        sample("indicator", pattern="[ipv4-addr:value = ]"),
        "bad_pattern",
        "pattern",
    ),
    (sample("indicator"), sample("indicator", pattern=""), "bad_pattern", "pattern"),
    (sample("indicator"), sample("indicator", pattern="[a:b = 1"), "bad_pattern", "pattern"),
    (
        sample("indicator", pattern=f"[file:hashes.md5 = '{'0' * 32}']"),
        sample("indicator", pattern=f"[file:hashes.md5 = '{'0' * 31}']"),
        "bad_pattern",
        "pattern",
    ),
    (
        sample("indicator", pattern="[abc:def IN (1, 2)]"),
        sample("indicator", pattern=f"[abc:def IN ({', '.join('1' * 5000)})]"),
        "pattern_not_checked",
        "pattern",
    ),
    (
        sample("indicator", pattern="((([abc:def = 1.5])))"),
        sample("indicator", pattern="(" * 30 + "[abc:def = 1.5]" + ")" * 30),
        "pattern_not_checked",
        "pattern",
    ),
    (
        sample("location", country=..., region="europe"),
        sample("location", country=...),
        "one_required",
        "region",
    ),
    (
        sample("location", latitude=50.4, longitude=30.5),
        sample("location", latitude=50.4),
        "dependent",
        "longitude",
    ),
    (
        sample("location", latitude=50, longitude=30.5),
        sample("location", latitude=91, longitude=30.5),
        "too_large_number",
        "latitude",
    ),
    (
        sample("location", latitude=50, longitude=30.5, precision=10),
        sample("location", latitude="50", longitude=30.5),
        "not_a_number_value",
        "latitude",
    ),
    (sample("malware", is_family=False, name=...), sample("malware", name=...), "required", "name"),
    (
        sample("malware", sample_refs=[ref("file")]),
        sample("malware", sample_refs=[ref("tool")]),
        "reference_type",
        "sample_refs.[0]",
    ),
    (
        sample("malware-analysis", result=..., analysis_sco_refs=[ref("file")]),
        sample("malware-analysis", result=...),
        "one_required",
        "result",
    ),
    (
        sample("observed-data"),
        sample("observed-data", objects={"0": {"type": "mutex", "name": "x"}}),
        "exclusive",
        "object_refs",
    ),
    (
        sample("observed-data"),
        sample("observed-data", object_refs=...),
        "one_required",
        "object_refs",
    ),
    (
        sample("observed-data"),
        sample("observed-data", number_observed=0),
        "too_small",
        "number_observed",
    ),
    (sample("opinion"), sample("opinion", opinion="maybe"), "not_in_enumeration", "opinion"),
    (sample("report"), sample("report", object_refs=[]), "empty_list", "object_refs"),
    (
        sample("report"),
        sample("report", object_refs=[ref("bundle")]),
        "reference_not_allowed",
        "object_refs.[0]",
    ),
    # relationships
    (
        sample("relationship", relationship_type="related-to"),
        sample("relationship", relationship_type="Related To"),
        "relationship_type",
        "relationship_type",
    ),
    (
        sample("relationship"),
        sample("relationship", target_ref=ref("marking-definition")),
        "reference_not_allowed",
        "target_ref",
    ),
    (sample("relationship"), sample("relationship", source_ref=...), "required", "source_ref"),
    (sample("sighting"), sample("sighting", count=-1), "too_small", "count"),
    (
        sample("sighting", where_sighted_refs=[ref("location")]),
        sample("sighting", where_sighted_refs=[ref("tool")]),
        "reference_type",
        "where_sighted_refs.[0]",
    ),
    # observables
    (
        sample("ipv4-addr", value="192.0.2.0/24"),
        sample("ipv4-addr", value="192.0.2.256"),
        "bad_address",
        "value",
    ),
    (sample("ipv6-addr"), sample("ipv6-addr", value="192.0.2.7"), "bad_address", "value"),
    (sample("mac-addr"), sample("mac-addr", value="00-00-5E-00-53-01"), "bad_mac", "value"),
    (
        sample("domain-name", value="приклад.укр"),
        sample("domain-name", value="http://c2.example"),
        "bad_domain_name",
        "value",
    ),
    (
        sample("email-addr"),
        sample("email-addr", value="Ann <a@b.example>"),
        "bad_email_address",
        "value",
    ),
    (sample("url"), sample("url", value="c2 example"), "bad_url_value", "value"),
    (sample("artifact"), sample("artifact", payload_bin="a"), "bad_base64", "payload_bin"),
    (sample("artifact"), sample("artifact", payload_bin=...), "one_required", "payload_bin"),
    (
        sample("artifact", payload_bin=..., url="http://a.example", hashes={"MD5": "0" * 32}),
        sample("artifact", payload_bin=..., url="http://a.example"),
        "dependent",
        "hashes",
    ),
    (
        sample("artifact", mime_type="application/zip"),
        sample("artifact", mime_type="zip"),
        "bad_mime_type",
        "mime_type",
    ),
    (
        sample("file", hashes={"MD5": "0" * 32}),
        sample("file", hashes={"MD5": "0" * 31}),
        "bad_hash",
        "hashes.MD5",
    ),
    (
        sample("file", hashes={"x_own": "0"}),
        sample("file", hashes={"sha256": "0" * 64}),
        "hash_name",
        "hashes.sha256",
    ),
    (
        sample("file", hashes={"x_own": "0"}),
        sample("file", hashes={"": "0"}),
        "dictionary_key",
        "hashes",
    ),
    (sample("file"), sample("file", hashes={}), "empty_dictionary", "hashes"),
    (sample("file", name=...), sample("file", hashes=..., name=...), "one_required", "hashes"),
    (
        sample("file", magic_number_hex="4d5a"),
        sample("file", magic_number_hex="4d5"),
        "bad_hex",
        "magic_number_hex",
    ),
    (
        sample("file", extensions={"windows-pebinary-ext": {"pe_type": "exe", "imphash": "a"}}),
        sample("file", extensions={"windows-pebinary-ext": {"machine_hex": "014c"}}),
        "required",
        "extensions.windows-pebinary-ext.pe_type",
    ),
    (
        sample("email-message", is_multipart=True, body_multipart=[{"body": "x"}]),
        sample("email-message", body_multipart=[{"body": "x"}]),
        "exclusive",
        "body_multipart",
    ),
    (
        sample("email-message", is_multipart=True, body_multipart=[{"body": "x"}]),
        sample("email-message", is_multipart=True, body_multipart=[{"content_type": "x"}]),
        "one_required",
        "body_multipart.[0].body",
    ),
    (
        sample("network-traffic", is_active=False, end=TIME),
        sample("network-traffic", is_active=True, end=TIME),
        "exclusive",
        "end",
    ),
    (
        sample("network-traffic", dst_port=65535),
        sample("network-traffic", dst_port=65536),
        "too_large_number",
        "dst_port",
    ),
    (
        sample(
            "network-traffic",
            extensions={
                "socket-ext": {"address_family": "AF_INET", "options": {"SO_KEEPALIVE": 1}}
            },
        ),
        sample(
            "network-traffic",
            extensions={"socket-ext": {"address_family": "AF_INET", "options": {"KEEP": 1}}},
        ),
        "socket_option",
        "extensions.socket-ext.options",
    ),
    (
        sample("windows-registry-key", values=[{"name": "a", "data_type": "REG_SZ"}]),
        sample("windows-registry-key", values=[{"name": "a", "data_type": "REG_X"}]),
        "not_in_enumeration",
        "values.[0].data_type",
    ),
    (
        sample("file", extensions={"x-own-ext": {"abc": 1}}),
        sample("file", extensions={"own": {"a": 1}}),
        "bad_extension_id",
        "extensions.own",
    ),
    # meta objects
    (
        sample("marking-definition"),
        sample("marking-definition", definition={"text": "x"}),
        "required",
        "definition.statement",
    ),
    (
        sample("marking-definition"),
        sample("marking-definition", definition=...),
        "required",
        "definition",
    ),
    (
        sample("marking-definition"),
        sample("marking-definition", object_marking_refs=[ref("marking-definition")]),
        "marks_itself",
        "object_marking_refs",
    ),
    (
        sample("marking-definition"),
        sample("marking-definition", definition_type="tlp", definition={"tlp": "green"}),
        "tlp1_other_id",
        "id",
    ),
    (
        sample("language-content"),
        sample("language-content", contents={"uk!": {"name": "x"}}),
        "bad_language",
        "contents",
    ),
    (
        sample("extension-definition"),
        sample("extension-definition", extension_types=["new"]),
        "not_in_enumeration",
        "extension_types.[0]",
    ),
    (
        sample("extension-definition"),
        sample("extension-definition", extension_properties=["No Name"]),
        "extension_property_name",
        "extension_properties.[0]",
    ),
    # extensions
    (
        sample("tool", extensions={ref("extension-definition"): OURS}),
        sample("tool", extensions={ref("extension-definition"): {"a": 1}}),
        "required",
        f"extensions.{ref('extension-definition')}.extension_type",
    ),
    (
        sample("tool", extensions={ref("extension-definition"): OURS}),
        sample("tool", extensions={"extension-definition--7": OURS}),
        "bad_extension_id",
        "extensions.extension-definition--7",
    ),
    (sample("tool"), sample("tool", extensions={}), "empty_dictionary", "extensions"),
    (
        sample("tool", extensions={ref("extension-definition"): OURS}),
        sample("tool", extensions={ref("extension-definition"): 1}),
        "not_an_object",
        f"extensions.{ref('extension-definition')}",
    ),
    (core(), sample("tool", extensions={INCIDENT_CORE_ID: CORE}), "extension_misplaced", CORE_AT),
    (
        core(),
        core(extension_type="new-sdo"),
        "not_in_enumeration",
        f"{CORE_AT}.extension_type",
    ),
    # Incident Core
    (
        core(determination="suspected"),
        core(determination="maybe"),
        "not_in_enumeration",
        f"{CORE_AT}.determination",
    ),
    (
        core(),
        sample("incident", extensions={INCIDENT_CORE_ID: OURS}),
        "required",
        f"{CORE_AT}.determination",
    ),
    (
        core(),
        sample("incident", extensions={INCIDENT_CORE_ID: OURS}),
        "required",
        f"{CORE_AT}.investigation_status",
    ),
    (core(criticality=100), core(criticality=101), "too_large_number", f"{CORE_AT}.criticality"),
    (
        core(detection_methods=["human-review"]),
        core(detection_methods="human-review"),
        "not_a_list",
        f"{CORE_AT}.detection_methods",
    ),
    (
        core(impacted_entity_counts={"employee": 0}),
        core(impacted_entity_counts={"employee": -1}),
        "too_small",
        f"{CORE_AT}.impacted_entity_counts.employee",
    ),
    (
        core(impact_refs=[ref("impact")]),
        core(impact_refs=[ref("event")]),
        "reference_type",
        f"{CORE_AT}.impact_refs.[0]",
    ),
    (
        core(recoverability="regular"),
        core(recoverability="soon"),
        "not_in_enumeration",
        f"{CORE_AT}.recoverability",
    ),
    (
        core(scores=[{"name": "a", "value": 7.5}]),
        core(scores=[{"name": "a"}]),
        "required",
        f"{CORE_AT}.scores.[0].value",
    ),
    (
        core(events=[{"event_ref": ref("event"), "sequence_start": True}]),
        core(events=[{"event_ref": ref("task")}]),
        "reference_type",
        f"{CORE_AT}.events.[0].event_ref",
    ),
    (
        core(
            events=[
                {
                    "event_ref": ref("event"),
                    "next_steps": [
                        {
                            "event_ref": ref("event"),
                            "condition_type": "required",
                            "transition_type": "success",
                        }
                    ],
                }
            ]
        ),
        core(
            events=[
                {
                    "event_ref": ref("event"),
                    "next_steps": [
                        {
                            "event_ref": ref("event", "2"),
                            "condition_type": "required",
                            "transition_type": "success",
                        }
                    ],
                }
            ]
        ),
        "step_not_listed",
        f"{CORE_AT}.events.[0].next_steps.[0].event_ref",
    ),
    # event, impact, task
    (
        sample("event"),
        sample("event", extensions={ref("extension-definition"): OURS}),
        "extension_needed",
        "extensions",
    ),
    (sample("event"), sample("event", extensions=...), "required", "extensions"),
    (sample("event"), sample("event", status="done"), "not_in_enumeration", "status"),
    (
        sample("event", start_time=TIME, end_time=LATER),
        sample("event", start_time=TIME, end_time=TIME),
        "time_not_after",
        "end_time",
    ),
    (
        sample("event", start_time_fidelity="day"),
        sample("event", start_time_fidelity="week"),
        "not_in_enumeration",
        "start_time_fidelity",
    ),
    (
        sample(
            "event", changed_objects=[{"state_change_type": "caused", "result_ref": ref("impact")}]
        ),
        sample("event", changed_objects=[{"state_change_type": "caused"}]),
        "one_required",
        "changed_objects.[0].initial_ref",
    ),
    (
        sample("event"),
        sample(
            "event",
            changed_objects=[
                {
                    "state_change_type": "affected",
                    "initial_ref": ref("impact"),
                    "result_ref": ref("tool"),
                }
            ],
        ),
        "different_types",
        "changed_objects.[0].result_ref",
    ),
    (sample("task", priority=1), sample("task", outcome="done"), "not_in_enumeration", "outcome"),
    (
        impact("availability", "availability-impact-ext", availability_impact=50),
        impact("availability", "integrity-ext", alteration="none"),
        "impact_extension",
        "extensions",
    ),
    (
        impact("availability", availability_impact=50),
        impact("availability", availability_impact=500),
        "too_large_number",
        "extensions.availability-ext.availability_impact",
    ),
    (
        impact("confidentiality", loss_type="none"),
        impact("confidentiality", loss_type="contained"),
        "required",
        "extensions.confidentiality-ext.information_type",
    ),
    (
        impact("monetary", variety="ransom", min_amount=1, max_amount=2, currency="EUR"),
        impact("monetary", variety="ransom", min_amount=1),
        "dependent",
        "extensions.monetary-ext.max_amount",
    ),
    (
        impact("monetary", variety="ransom", min_amount=1, max_amount=2, currency="EUR"),
        impact("monetary", variety="ransom", min_amount=0, max_amount=2, currency="EUR"),
        "not_positive",
        "extensions.monetary-ext.min_amount",
    ),
    (
        impact("monetary", variety="ransom"),
        impact("monetary", variety="ransom", currency="EUR", currency_actual="USD"),
        "dependent",
        "extensions.monetary-ext.conversion_rate",
    ),
    (
        impact("physical", impact_type="none"),
        impact("physical", impact_type="destruction"),
        "required",
        "extensions.physical-ext.asset_type",
    ),
    (
        impact("traceability", traceability_impact="accountability-lost"),
        impact("traceability", traceability_impact="lost"),
        "not_in_enumeration",
        "extensions.traceability-ext.traceability_impact",
    ),
    (
        sample("impact", superseded_by_ref=ref("impact", "2"), end_time=LATER),
        sample("impact", superseded_by_ref=ref("impact", "2")),
        "dependent",
        "end_time",
    ),
    # cyberframe's own extension
    (
        ours(criticality_level=5),
        ours(criticality_level=6),
        "too_large_number",
        f"{OURS_AT}.criticality_level",
    ),
    (
        ours(clock_regime="UA-1533"),
        ours(clock_regime="X"),
        "not_in_enumeration",
        f"{OURS_AT}.clock_regime",
    ),
    (
        ours(report_kind="final"),
        ours(report_kind="last"),
        "not_in_enumeration",
        f"{OURS_AT}.report_kind",
    ),
    (ours(kind="near-miss"), ours(kind="miss"), "not_in_enumeration", f"{OURS_AT}.kind"),
    (ours(rsit="fraud:phishing"), ours(rsit="phishing"), "bad_rsit", f"{OURS_AT}.rsit"),
    (ours(rsit="fraud:phishing"), ours(rsit="fraud:fishing"), "unknown_word", f"{OURS_AT}.rsit"),
    (ours(sectors=["energy"]), ours(sectors=["enrgy"]), "unknown_word", f"{OURS_AT}.sectors.[0]"),
    (ours(sectors=["energy"]), ours(sectors=["Energy!"]), "bad_sector", f"{OURS_AT}.sectors.[0]"),
    (
        ours(countries_affected=["UA"]),
        ours(countries_affected=["Ukraine"]),
        "bad_country",
        f"{OURS_AT}.countries_affected.[0]",
    ),
    (ours(significant=True), ours(significant="yes"), "not_a_boolean", f"{OURS_AT}.significant"),
    (ours(malicious="yes"), ours(malicious=True), "not_a_string", f"{OURS_AT}.malicious"),
    (ours(aware_at=TIME), ours(aware_at="yesterday"), "bad_timestamp", f"{OURS_AT}.aware_at"),
    (
        ours(started_at=TIME, detected_at=TIME),
        ours(started_at=LATER, detected_at=TIME),
        "time_before",
        f"{OURS_AT}.detected_at",
    ),
    (
        ours(attribution={"statement": "x", "level": "state"}),
        ours(attribution={"level": "state"}),
        "required",
        f"{OURS_AT}.attribution.statement",
    ),
    (
        ours(impacts=[{"kind": "availability", "people": 0}]),
        ours(impacts=[{"kind": "availability", "people": -1}]),
        "too_small",
        f"{OURS_AT}.impacts.[0].people",
    ),
    (ours(handling="x"), ours(handlng="x"), "unknown_property", f"{OURS_AT}.handlng"),
]


def _name(row: tuple[Value, Any, str, str]) -> str:
    kind = row[1].get("type", "none") if isinstance(row[1], dict) else "none"
    return f"{row[2]}-{kind}-{row[3].rpartition('.')[2]}"


@pytest.mark.parametrize(
    ("good", "bad", "code", "path"), RULES, ids=[f"{n}-{_name(r)}" for n, r in enumerate(RULES)]
)
def test_rule(good: Value, bad: Any, code: str, path: str) -> None:
    companions = [SAMPLES["marking-definition"]] if "granular_markings" in str(good) else []
    assert (code, path) not in found(good, *companions)
    result = checked(SAMPLES["mutex"], bad)
    hits = [item for item in result.problems if (item.code, item.property) == (code, path)]
    assert len(hits) == 1
    hit = hits[0]
    assert hit.number == 2
    assert hit.message
    assert hit.fix
    assert not re.search(r"\{\w+\}", hit.message + hit.fix)
    assert (2 in result.bad) == any(
        item.level == "error" for item in result.problems if item.number == 2
    )
    assert 1 not in result.bad


@pytest.mark.parametrize("type_", SAMPLES)
def test_sample_has_no_problem(type_: str) -> None:
    assert found(sample(type_)) == set()


def test_samples_cover_every_type() -> None:
    assert set(SAMPLES) == set(OBJECT_TYPES)


@pytest.mark.parametrize(
    ("type_", "name"),
    [(kind.name, name) for kind in OBJECT_TYPES.values() for name in kind.shape.required],
)
def test_every_required_property_is_missed(type_: str, name: str) -> None:
    assert ("required", name) in found(sample(type_, **{name: ...}))


def test_every_problem_of_an_object_is_found() -> None:
    bad = sample("indicator", name=7, pattern="[", labels=[], confidence=200, valid_from="x")
    assert found(bad) == {
        ("not_a_string", "name"),
        ("bad_pattern", "pattern"),
        ("empty_list", "labels"),
        ("too_large_number", "confidence"),
        ("bad_timestamp", "valid_from"),
    }


def test_good_and_bad_objects_are_separable() -> None:
    result = checked(sample("tool"), sample("malware", is_family=...), sample("identity"))
    assert result.bad == {2}
    assert [obj.number for obj in result.good] == [1, 3]
    assert [item.number for item in result.errors] == [2]


def test_warnings_do_not_make_an_object_bad() -> None:
    result = checked(sample("tool", x_Score=1))
    assert result.bad == set()
    assert [item.code for item in result.warnings] == ["property_name"]


@pytest.mark.parametrize(
    "value",
    [
        sample("tool", type="x-case", id=ref("x-case")),
        {"type": "x-case", "id": ref("x-case"), "anything": [{"deep": None}]},
        sample(
            "tool",
            type="attack-action",
            id=ref("attack-action"),
            extensions={ref("extension-definition"): {"extension_type": "new-sdo"}},
        ),
        {
            "type": "serial-port",
            "id": ref("serial-port"),
            "extensions": {ref("extension-definition"): {"extension_type": "new-sco"}},
        },
        sample(
            "tool",
            rank=5,
            extensions={
                ref("extension-definition"): {"extension_type": "toplevel-property-extension"}
            },
        ),
    ],
)
def test_custom_objects_are_opaque(value: Value) -> None:
    assert found(value) == set()


def test_kind_of_unknown_objects_follows_their_extension() -> None:
    new_sco = {
        "type": "serial-port",
        "id": ref("serial-port"),
        "extensions": {ref("extension-definition"): {"extension_type": "new-sco"}},
    }
    kinds = [obj.sco for obj in checked(new_sco, sample("ipv4-addr"), sample("tool")).objects]
    assert kinds == [True, True, False]


def test_parsed_object_says_what_services_need() -> None:
    value = sample(
        "relationship",
        created_by_ref=ref("identity"),
        modified="2026-02-20T08:00:00.123456789Z",
        object_marking_refs=[ref("marking-definition")],
        granular_markings=[
            {"selectors": ["relationship_type"], "marking_ref": ref("marking-definition")}
        ],
    )
    obj = checked(value, SAMPLES["marking-definition"]).objects[0]
    assert obj.creator_ref == ref("identity")
    assert obj.marking_refs == (ref("marking-definition"),)
    assert len(obj.granular) == 1
    assert obj.refs == (ref("indicator"), ref("malware"))
    assert obj.created == TIME
    assert obj.modified == "2026-02-20T08:00:00.123456789Z"
    assert obj.version.isoformat() == "2026-02-20T08:00:00.123456+00:00"
    assert obj.value == value


@pytest.mark.parametrize(
    ("value", "version"),
    [
        (sample("tool", modified=LATER), "2026-02-20T09:00:00+00:00"),
        (sample("marking-definition"), "2026-02-20T08:00:00+00:00"),
        (sample("mutex"), "1970-01-01T00:00:00+00:00"),
    ],
)
def test_version(value: Value, version: str) -> None:
    assert checked(value).objects[0].version.isoformat() == version


def test_problems_are_limited_but_bad_is_complete() -> None:
    many = [sample("tool", id=ref("tool", str(n)), name=n, x_Y=1) for n in range(1500)]
    result = checked(*many)
    assert len(result.problems) == LIMITS.problems + 1
    assert len(result.errors) == 1500
    assert len(result.bad) == 1500
    assert [item.code for item in result.problems].count("more_problems") == 1


def test_patterns_have_a_budget_for_the_whole_submission() -> None:
    slow = "[abc:def IN (" + ", ".join("1" * 900) + ")]"
    many = [sample("indicator", id=ref("indicator", str(n)), pattern=slow) for n in range(80)]
    codes = [item.code for item in checked(*many).problems]
    assert set(codes) == {"pattern_not_checked"}
    assert 0 < len(codes) < 80


def test_bundle_id_is_required() -> None:
    from incidents.stix import check, read, read_envelope

    text = b'{"type": "bundle", "objects": [{"type": "mutex"}]}'
    assert ("bundle_id", 0) in {(p.code, p.number) for p in check(read(text), NOW).problems}
    envelope = check(read_envelope(text), NOW)
    assert not envelope.bundle_errors


def test_lookalike_extensions_are_checked() -> None:
    for extension, key in ((TLP2_EXT, "tlp_2_0"), (PAP_EXT, "pap")):
        value = sample(
            "marking-definition",
            definition_type=...,
            definition=...,
            extensions={extension: {"extension_type": "property-extension", key: "purple"}},
        )
        assert ("not_in_enumeration", f"extensions.{extension}.{key}") in found(value)


def test_rules_are_not_repeated() -> None:
    bad = [repr(row[1:]) for row in RULES]
    assert not [row for row, group in itertools.groupby(sorted(bad)) if len(list(group)) > 1]
