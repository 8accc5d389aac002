"""Text that stands nowhere else: made from its place, found again in any bytes.

A token is `cnr` and twelve hexadecimal digits, so that neither HTML, JSON, a mail nor a log can
write it in another way. What tells an incident or object without any text of it is looked for as
well: references of incidents, and the UUIDs of STIX ids.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

TOKEN: Final = re.compile(
    rb"(?i)cnr[0-9a-f]{12}|CF-[0-9]{4}-[A-Z2-7]{6}"
    rb"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)

# What STIX or our own extension reads as something else than text.
_NO_TEXT: Final = frozenset(
    {
        *("type", "spec_version", "id", "created", "modified", "lang", "pattern"),
        *("pattern_type", "pattern_version", "value", "relationship_type", "extension_type"),
        *("definition_type", "hashes", "external_id", "source_name", "kill_chain_name"),
        *("phase_name", "report_kind", "clock_regime", "rsit", "kind", "degree", "sectors"),
        *("countries_affected", "country", "region", "significant", "malicious"),
        *("cross_border", "determination", "investigation_status", "recoverability", "level"),
        *("valid_from", "valid_until", "first_seen", "last_seen", "start_time", "stop_time"),
        *("src_port", "protocols", "incident_types", "detection_methods"),
    }
)
_ENDINGS: Final = ("_ref", "_refs", "_at", "_types", "_markings", "_class", "_level", "_motivation")


def token(*place: object) -> str:
    """Return the token of a place."""
    text = "\n".join(str(step) for step in place)
    return "cnr" + hashlib.sha256(text.encode()).hexdigest()[:12]


def found(data: bytes) -> frozenset[str]:
    """Return every token in some bytes, in one spelling."""
    return frozenset(
        each.decode() if each.startswith(b"CF-") else each.decode().lower()
        for each in TOKEN.findall(data)
    )


def with_tokens(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Return a STIX object with a token in every text of it, and in some that it did not have.

    The same version of the same object gets the same tokens, in whichever bundle it stands.
    """
    place = (obj["id"], obj.get("modified", ""))
    made: dict[str, Any] = {key: _marked(value, key, (*place, key)) for key, value in obj.items()}
    if "pattern" in made:
        made["pattern"] += f" OR [file:name = '{token(*place, 'pattern')}']"
    if obj["type"] == "domain-name":
        made["value"] = f"{token(*place, 'value')}.{obj['value']}"
    if "created_by_ref" in obj and obj["type"] != "marking-definition":
        made["labels"] = [*made.get("labels", []), token(*place, "labels")]
        made["external_references"] = [
            *made.get("external_references", []),
            {
                "source_name": token(*place, "source"),
                "description": token(*place, "reference"),
                "url": f"https://{token(*place, 'url')}.example/",
            },
        ]
    made["extensions"] = {**made.get("extensions", {}), **_extension(place)}
    return made


EXTENSION: Final = "extension-definition--5f1c6a38-0c1e-4e0b-9f55-2a3f0c3f7b11"


def _extension(place: tuple[object, ...]) -> dict[str, Any]:
    """Return an extension that nobody knows, with tokens at two depths."""
    return {
        EXTENSION: {
            "extension_type": "property-extension",
            "remark": token(*place, "remark"),
            "inner": [{"remark": token(*place, "inner")}],
        }
    }


def _marked(value: Any, key: str, place: tuple[object, ...]) -> Any:
    if key in _NO_TEXT or key.endswith(_ENDINGS):
        return value
    if isinstance(value, str):
        return value if _is_code(value) else f"{token(*place)} {value}"
    if isinstance(value, list):
        return [_marked(each, key, (*place, index)) for index, each in enumerate(value)]
    if isinstance(value, Mapping):
        return {name: _marked(each, name, (*place, name)) for name, each in value.items()}
    return value


def _is_code(value: str) -> bool:
    """Say whether a string is a time or an address that text would break."""
    return value.startswith(("http://", "https://")) or bool(re.match(r"\d{4}-\d\d-\d\dT", value))


def texts(value: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield every string of a JSON value with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts(each, (*path, index))
