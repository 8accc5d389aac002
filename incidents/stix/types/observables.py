"""Cyber-observable objects (STIX 2.1 §6) and their predefined extensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from incidents.stix.addresses import domain_name, email_address, ip_network, mac_address, url
from incidents.stix.report import Rule
from incidents.stix.rules import (
    binary,
    boolean,
    dictionary,
    enumeration,
    hashes,
    hexadecimal,
    integer,
    language,
    list_of,
    matching,
    reference,
    string,
    timestamp,
)
from incidents.stix.shapes import (
    Constraint,
    Kind,
    ObjectType,
    Shape,
    at_most_one,
    embedded,
    forbidden,
    needs,
    not_before,
    one_of,
    shape,
    where,
    words,
)
from incidents.stix.types.common import COMMON_SCO, STRINGS
from incidents.stix.types.observable_extensions import FILE, NETWORK_TRAFFIC, PROCESS, USER_ACCOUNT

_KIND: Final[Kind] = "sco"
_COUNT: Final = integer(0)
_PORT: Final = integer(0, 65_535)
_ADDRESS: Final = reference("ipv4-addr", "ipv6-addr", "mac-addr", "domain-name")
_RESOLVED: Final = list_of(reference("ipv4-addr", "ipv6-addr", "domain-name"))
_EMAILS: Final = list_of(reference("email-addr"))


def _sco(
    name: str,
    properties: dict[str, Rule],
    *constraints: Constraint,
    required: str = "",
    extensions: Mapping[str, Shape] | None = None,
) -> ObjectType:
    return ObjectType(
        name,
        _KIND,
        shape({**COMMON_SCO, **properties}, *constraints, required=required),
        extensions or {},
    )


_MIME_PART: Final = shape(
    {
        "body": string,
        "body_raw_ref": reference("artifact", "file"),
        "content_type": string,
        "content_disposition": string,
    },
    one_of("body", "body_raw_ref"),
)
_REGISTRY_VALUE: Final = shape(
    {
        "name": string,
        "data": string,
        "data_type": enumeration(
            *words(
                "REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN "
                "REG_DWORD_LITTLE_ENDIAN REG_LINK REG_MULTI_SZ REG_RESOURCE_LIST "
                "REG_FULL_RESOURCE_DESCRIPTION REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD "
                "REG_INVALID_TYPE"
            )
        ),
    },
    one_of("name", "data", "data_type"),
)
_X509_V3_NAMES: Final = words(
    "basic_constraints name_constraints policy_constraints key_usage extended_key_usage "
    "subject_key_identifier authority_key_identifier subject_alternative_name "
    "issuer_alternative_name subject_directory_attributes crl_distribution_points "
    "inhibit_any_policy certificate_policies policy_mappings"
)
_X509_V3: Final = shape(
    {
        **dict.fromkeys(_X509_V3_NAMES, string),
        "private_key_usage_period_not_before": timestamp,
        "private_key_usage_period_not_after": timestamp,
    },
    one_of(
        *_X509_V3_NAMES,
        "private_key_usage_period_not_before",
        "private_key_usage_period_not_after",
    ),
)
_FILE_TIMES: Final[dict[str, Rule]] = {"ctime": timestamp, "mtime": timestamp, "atime": timestamp}
_X509: Final[dict[str, Rule]] = {
    "is_self_signed": boolean,
    "hashes": hashes,
    "version": string,
    "serial_number": string,
    "signature_algorithm": string,
    "issuer": string,
    "validity_not_before": timestamp,
    "validity_not_after": timestamp,
    "subject": string,
    "subject_public_key_algorithm": string,
    "subject_public_key_modulus": string,
    "subject_public_key_exponent": integer(),
    "x509_v3_extensions": embedded(_X509_V3),
}
_PROCESS: Final[dict[str, Rule]] = {
    "is_hidden": boolean,
    "pid": integer(),
    "created_time": timestamp,
    "cwd": string,
    "command_line": string,
    "environment_variables": dictionary(string),
    "opened_connection_refs": list_of(reference("network-traffic")),
    "creator_user_ref": reference("user-account"),
    "image_ref": reference("file"),
    "parent_ref": reference("process"),
    "child_refs": list_of(reference("process")),
}
_USER_ACCOUNT: Final[dict[str, Rule]] = {
    "user_id": string,
    "credential": string,
    "account_login": string,
    "account_type": string,
    "display_name": string,
    "is_service_account": boolean,
    "is_privileged": boolean,
    "can_escalate_privs": boolean,
    "is_disabled": boolean,
    "account_created": timestamp,
    "account_expires": timestamp,
    "credential_last_changed": timestamp,
    "account_first_login": timestamp,
    "account_last_login": timestamp,
}

SCOS: Final = (
    _sco(
        "artifact",
        {
            "mime_type": matching(r"[a-zA-Z]+/[a-zA-Z0-9.+_-]+", "bad_mime_type"),
            "payload_bin": binary,
            "url": url,
            "hashes": hashes,
            "encryption_algorithm": enumeration(
                "AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"
            ),
            "decryption_key": string,
        },
        one_of("payload_bin", "url"),
        at_most_one("payload_bin", "url"),
        needs("url", "hashes"),
        needs("decryption_key", "encryption_algorithm"),
    ),
    _sco(
        "autonomous-system", {"number": integer(), "name": string, "rir": string}, required="number"
    ),
    _sco(
        "directory",
        {
            "path": string,
            "path_enc": string,
            **_FILE_TIMES,
            "contains_refs": list_of(reference("file", "directory")),
        },
        required="path",
    ),
    _sco("domain-name", {"value": domain_name, "resolves_to_refs": _RESOLVED}, required="value"),
    _sco(
        "email-addr",
        {
            "value": email_address,
            "display_name": string,
            "belongs_to_ref": reference("user-account"),
        },
        required="value",
    ),
    _sco(
        "email-message",
        {
            "is_multipart": boolean,
            "date": timestamp,
            "content_type": string,
            "from_ref": reference("email-addr"),
            "sender_ref": reference("email-addr"),
            "to_refs": _EMAILS,
            "cc_refs": _EMAILS,
            "bcc_refs": _EMAILS,
            "message_id": string,
            "subject": string,
            "received_lines": STRINGS,
            "additional_header_fields": dictionary(list_of(string)),
            "body": string,
            "body_multipart": list_of(embedded(_MIME_PART)),
            "raw_email_ref": reference("artifact"),
        },
        where("is_multipart", True, forbidden("body", "is_multipart true")),
        where("is_multipart", False, forbidden("body_multipart", "is_multipart false")),
        required="is_multipart",
    ),
    _sco(
        "file",
        {
            "hashes": hashes,
            "size": _COUNT,
            "name": string,
            "name_enc": string,
            "magic_number_hex": hexadecimal,
            "mime_type": string,
            **_FILE_TIMES,
            "parent_directory_ref": reference("directory"),
            "contains_refs": list_of(reference()),
            "content_ref": reference("artifact"),
        },
        one_of("hashes", "name"),
        extensions=FILE,
    ),
    _sco(
        "ipv4-addr",
        {
            "value": ip_network(4),
            "resolves_to_refs": list_of(reference("mac-addr")),
            "belongs_to_refs": list_of(reference("autonomous-system")),
        },
        required="value",
    ),
    _sco(
        "ipv6-addr",
        {
            "value": ip_network(6),
            "resolves_to_refs": list_of(reference("mac-addr")),
            "belongs_to_refs": list_of(reference("autonomous-system")),
        },
        required="value",
    ),
    _sco("mac-addr", {"value": mac_address}, required="value"),
    _sco("mutex", {"name": string}, required="name"),
    _sco(
        "network-traffic",
        {
            "start": timestamp,
            "end": timestamp,
            "is_active": boolean,
            "src_ref": _ADDRESS,
            "dst_ref": _ADDRESS,
            "src_port": _PORT,
            "dst_port": _PORT,
            "protocols": STRINGS,
            "src_byte_count": _COUNT,
            "dst_byte_count": _COUNT,
            "src_packets": _COUNT,
            "dst_packets": _COUNT,
            "ipfix": dictionary(),
            "src_payload_ref": reference("artifact"),
            "dst_payload_ref": reference("artifact"),
            "encapsulates_refs": list_of(reference("network-traffic")),
            "encapsulated_by_ref": reference("network-traffic"),
        },
        one_of("src_ref", "dst_ref"),
        not_before("end", "start"),
        where("is_active", True, forbidden("end", "is_active true")),
        required="protocols",
        extensions=NETWORK_TRAFFIC,
    ),
    _sco("process", _PROCESS, one_of(*_PROCESS, "extensions"), extensions=PROCESS),
    _sco(
        "software",
        {
            "name": string,
            "cpe": string,
            "swid": string,
            "languages": list_of(language),
            "vendor": string,
            "version": string,
        },
        required="name",
    ),
    _sco("url", {"value": url}, required="value"),
    _sco(
        "user-account",
        _USER_ACCOUNT,
        one_of(*_USER_ACCOUNT),
        extensions=USER_ACCOUNT,
    ),
    _sco(
        "windows-registry-key",
        {
            "key": string,
            "values": list_of(embedded(_REGISTRY_VALUE)),
            "modified_time": timestamp,
            "creator_user_ref": reference("user-account"),
            "number_of_subkeys": integer(),
        },
        one_of("key", "values", "modified_time", "creator_user_ref", "number_of_subkeys"),
    ),
    _sco("x509-certificate", _X509, one_of(*_X509)),
)
