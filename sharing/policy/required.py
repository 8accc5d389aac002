"""What a STIX object cannot be without, so that redaction never serves a broken one.

The tables name the required properties of STIX 2.1 (chapters 4 to 7) and of the Incident
Extension Suite 2.0. Objects are judged by comparison: a redaction breaks an object if
something is missing after it that was not missing before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from incidents.stix.markings import EVENT_EXT, IMPACT_EXT, INCIDENT_CORE_ID, TASK_EXT
from sharing.policy.paths import GONE, Path, cut

_COMMON: Final = ("type", "id", "spec_version", "created", "modified")

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "attack-pattern": ("name",),
    "campaign": ("name",),
    "course-of-action": ("name",),
    "grouping": ("context", "object_refs"),
    "identity": ("name",),
    "incident": ("name",),
    "indicator": ("pattern", "pattern_type", "valid_from"),
    "infrastructure": ("name",),
    "intrusion-set": ("name",),
    "location": (),
    "malware": ("is_family",),
    "malware-analysis": ("product",),
    "note": ("content", "object_refs"),
    "observed-data": ("first_observed", "last_observed", "number_observed"),
    "opinion": ("opinion", "object_refs"),
    "report": ("name", "published", "object_refs"),
    "threat-actor": ("name",),
    "tool": ("name",),
    "vulnerability": ("name",),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
    "sighting": ("sighting_of_ref",),
    "language-content": ("object_ref", "contents"),
    "marking-definition": (),
    "extension-definition": ("created_by_ref", "name", "schema", "version", "extension_types"),
    "artifact": (),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("is_multipart",),
    "file": (),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": ("protocols",),
    "process": (),
    "software": ("name",),
    "url": ("value",),
    "user-account": (),
    "windows-registry-key": (),
    "x509-certificate": (),
}

ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "artifact": ("payload_bin", "url"),
    "file": ("hashes", "name"),
    "location": ("region", "country", "latitude"),
    "malware-analysis": ("result", "analysis_sco_refs"),
    "marking-definition": ("definition", "extensions"),
    "network-traffic": ("src_ref", "dst_ref"),
    "observed-data": ("objects", "object_refs"),
}

# Of these any property of their own will do (STIX 2.1 §6.13, 6.16 to 6.18).
_ANY_OF_OWN: Final = frozenset(
    {"process", "user-account", "windows-registry-key", "x509-certificate"}
)
_OF_ALL: Final = frozenset({*_COMMON, "defanged", "object_marking_refs", "granular_markings"})

# property → what must stand beside it
BESIDE: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "artifact": {"url": ("hashes",)},
    "location": {
        "latitude": ("longitude",),
        "longitude": ("latitude",),
        "precision": ("latitude", "longitude"),
    },
}

ENTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "external_references": ("source_name",),
    "kill_chain_phases": ("kill_chain_name", "phase_name"),
}
_REFERENCE_SAYS: Final = ("description", "url", "external_id")

EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "archive-ext": ("contains_refs",),
    "http-request-ext": ("request_method", "request_value"),
    "icmp-ext": ("icmp_type_hex", "icmp_code_hex"),
    "socket-ext": ("address_family",),
    "windows-pebinary-ext": ("pe_type",),
    INCIDENT_CORE_ID: ("extension_type", "determination", "investigation_status"),
    EVENT_EXT: ("extension_type", "status"),
    IMPACT_EXT: ("extension_type", "impact_category"),
    TASK_EXT: ("extension_type", "outcome"),
}


def breaks(body: Mapping[str, Any], paths: Iterable[Path]) -> bool:
    """Say whether cutting `paths` takes from an object what it cannot be without."""
    left = cut(body, paths)
    if left is GONE:
        return True
    return bool(Counter(missing(left)) - Counter(missing(body)))


def missing(body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield every requirement that the object does not meet."""
    kind = body.get("type", "")
    yield from ((name,) for name in (*_COMMON, *REQUIRED.get(kind, ())) if name not in body)
    one_of = ONE_OF.get(kind, ())
    if one_of and not any(name in body for name in one_of):
        yield one_of
    if kind in _ANY_OF_OWN and not body.keys() - _OF_ALL:
        yield ("any",)
    for name, others in BESIDE.get(kind, {}).items():
        if name in body:
            yield from ((name, other) for other in others if other not in body)
    yield from _missing_in_entries(body)
    yield from _missing_in_extensions(body)
    if kind not in REQUIRED and not _declared(body):
        yield ("extension",)


def _missing_in_entries(body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, required in ENTRIES.items():
        for entry in _dictionaries(body.get(name)):
            yield from ((name, part) for part in required if part not in entry)
            says = name != "external_references" or any(p in entry for p in _REFERENCE_SAYS)
            if not says:
                yield _REFERENCE_SAYS


def _missing_in_extensions(body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    extensions = body.get("extensions")
    if isinstance(extensions, Mapping):
        for key, extension in extensions.items():
            required = EXTENSIONS.get(key) or _by_definition(key)
            if isinstance(extension, Mapping):
                yield from ((key, part) for part in required if part not in extension)


def _by_definition(key: str) -> tuple[str, ...]:
    return ("extension_type",) if key.startswith("extension-definition--") else ()


def _declared(body: Mapping[str, Any]) -> bool:
    """Say whether an extension declares the object's type (STIX 2.1 §7.3: new-sdo, …)."""
    extensions = body.get("extensions")
    found = extensions.values() if isinstance(extensions, Mapping) else ()
    return any(str(e.get("extension_type")).startswith("new-") for e in _dictionaries([*found]))


def _dictionaries(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, Mapping))
