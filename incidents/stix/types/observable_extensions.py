"""Predefined extensions of observables (STIX 2.1 §6.7.2 to §6.17.2), by their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from incidents.stix.report import Report
from incidents.stix.rules import (
    boolean,
    dictionary,
    enumeration,
    hashes,
    hexadecimal,
    integer,
    list_of,
    matching,
    number,
    reference,
    string,
    timestamp,
)
from incidents.stix.shapes import Shape, embedded, one_of, shape, words
from incidents.stix.types.common import STRINGS, TEXT_DICTIONARY

_COUNT: Final = integer(0)
_SOCKET_OPTION: Final = matching(
    r"(?:SO|ICMP|ICMP6|IP|IPV6|MCAST|TCP|IRLMP)(?:_[A-Z]+)+", "socket_option"
)
_OPTIONAL_HEADER_HEX: Final = words(
    "magic_hex win32_version_value_hex checksum_hex subsystem_hex dll_characteristics_hex "
    "loader_flags_hex"
)
_OPTIONAL_HEADER_NUMBERS: Final = words(
    "major_linker_version minor_linker_version size_of_code size_of_initialized_data "
    "size_of_uninitialized_data address_of_entry_point base_of_code base_of_data image_base "
    "section_alignment file_alignment major_os_version minor_os_version major_image_version "
    "minor_image_version major_subsystem_version minor_subsystem_version size_of_image "
    "size_of_headers size_of_stack_reserve size_of_stack_commit size_of_heap_reserve "
    "size_of_heap_commit number_of_rva_and_sizes"
)
_OPTIONAL_HEADER: Final = shape(
    {
        **dict.fromkeys(_OPTIONAL_HEADER_HEX, hexadecimal),
        **dict.fromkeys(_OPTIONAL_HEADER_NUMBERS, integer()),
        "hashes": hashes,
    },
    one_of(*_OPTIONAL_HEADER_HEX, *_OPTIONAL_HEADER_NUMBERS, "hashes"),
)
_SECTION: Final = shape(
    {"name": string, "size": _COUNT, "entropy": number(), "hashes": hashes}, required="name"
)
_STREAM: Final = shape({"name": string, "hashes": hashes, "size": _COUNT}, required="name")


def _socket_options(report: Report, path: str, value: Any) -> None:
    """§6.12.2: SO_*, IP_*, … → whole number."""
    dictionary(integer())(report, path, value)
    for name in value if isinstance(value, dict) else ():
        _SOCKET_OPTION(report, path, name)


FILE: Final[Mapping[str, Shape]] = {
    "archive-ext": shape(
        {"contains_refs": list_of(reference("file", "directory")), "comment": string},
        required="contains_refs",
    ),
    "ntfs-ext": shape(
        {"sid": string, "alternate_data_streams": list_of(embedded(_STREAM))},
        one_of("sid", "alternate_data_streams"),
    ),
    "pdf-ext": shape(
        {
            "version": string,
            "is_optimized": boolean,
            "document_info_dict": TEXT_DICTIONARY,
            "pdfid0": string,
            "pdfid1": string,
        },
        one_of("version", "is_optimized", "document_info_dict", "pdfid0", "pdfid1"),
    ),
    "raster-image-ext": shape(
        {
            "image_height": integer(),
            "image_width": integer(),
            "bits_per_pixel": integer(),
            "exif_tags": dictionary(),
        },
        one_of("image_height", "image_width", "bits_per_pixel", "exif_tags"),
    ),
    "windows-pebinary-ext": shape(
        {
            "pe_type": string,
            "imphash": string,
            "machine_hex": hexadecimal,
            "number_of_sections": _COUNT,
            "time_date_stamp": timestamp,
            "pointer_to_symbol_table_hex": hexadecimal,
            "number_of_symbols": _COUNT,
            "size_of_optional_header": _COUNT,
            "characteristics_hex": hexadecimal,
            "file_header_hashes": hashes,
            "optional_header": embedded(_OPTIONAL_HEADER),
            "sections": list_of(embedded(_SECTION)),
        },
        # §6.7.6: at least one property other than the required one.
        one_of(
            *words(
                "imphash machine_hex number_of_sections time_date_stamp "
                "pointer_to_symbol_table_hex number_of_symbols size_of_optional_header "
                "characteristics_hex file_header_hashes optional_header sections"
            )
        ),
        required="pe_type",
    ),
}

NETWORK_TRAFFIC: Final[Mapping[str, Shape]] = {
    "http-request-ext": shape(
        {
            "request_method": string,
            "request_value": string,
            "request_version": string,
            "request_header": dictionary(list_of(string)),
            "message_body_length": integer(),
            "message_body_data_ref": reference("artifact"),
        },
        required="request_method request_value",
    ),
    "icmp-ext": shape(
        {"icmp_type_hex": hexadecimal, "icmp_code_hex": hexadecimal},
        required="icmp_type_hex icmp_code_hex",
    ),
    "socket-ext": shape(
        {
            "address_family": enumeration(
                *words("AF_UNSPEC AF_INET AF_IPX AF_APPLETALK AF_NETBIOS AF_INET6 AF_IRDA AF_BTH")
            ),
            "is_blocking": boolean,
            "is_listening": boolean,
            "options": _socket_options,
            "socket_type": enumeration(
                "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"
            ),
            "socket_descriptor": _COUNT,
            "socket_handle": integer(),
        },
        required="address_family",
    ),
    "tcp-ext": shape(
        {"src_flags_hex": hexadecimal, "dst_flags_hex": hexadecimal},
        one_of("src_flags_hex", "dst_flags_hex"),
    ),
}

PROCESS: Final[Mapping[str, Shape]] = {
    "windows-process-ext": shape(
        {
            "aslr_enabled": boolean,
            "dep_enabled": boolean,
            "priority": string,
            "owner_sid": string,
            "window_title": string,
            "startup_info": dictionary(),
            "integrity_level": enumeration("low", "medium", "high", "system"),
        },
        one_of(
            *words(
                "aslr_enabled dep_enabled priority owner_sid window_title startup_info "
                "integrity_level"
            )
        ),
    ),
    "windows-service-ext": shape(
        {
            "service_name": string,
            "descriptions": STRINGS,
            "display_name": string,
            "group_name": string,
            "start_type": enumeration(
                *words(
                    "SERVICE_AUTO_START SERVICE_BOOT_START SERVICE_DEMAND_START SERVICE_DISABLED "
                    "SERVICE_SYSTEM_ALERT"
                )
            ),
            "service_dll_refs": list_of(reference("file")),
            "service_type": enumeration(
                *words(
                    "SERVICE_KERNEL_DRIVER SERVICE_FILE_SYSTEM_DRIVER SERVICE_WIN32_OWN_PROCESS "
                    "SERVICE_WIN32_SHARE_PROCESS"
                )
            ),
            "service_status": enumeration(
                *words(
                    "SERVICE_CONTINUE_PENDING SERVICE_PAUSE_PENDING SERVICE_PAUSED "
                    "SERVICE_RUNNING SERVICE_START_PENDING SERVICE_STOP_PENDING SERVICE_STOPPED"
                )
            ),
        },
        one_of(
            *words(
                "service_name descriptions display_name group_name start_type service_dll_refs "
                "service_type service_status"
            )
        ),
    ),
}

USER_ACCOUNT: Final[Mapping[str, Shape]] = {
    "unix-account-ext": shape(
        {"gid": integer(), "groups": STRINGS, "home_dir": string, "shell": string},
        one_of("gid", "groups", "home_dir", "shell"),
    ),
}
