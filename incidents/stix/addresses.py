"""Rules for the values of observables that have a form of their own (STIX 2.1 §6)."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from incidents.stix.report import Report, Rule
from incidents.stix.rules import kind_of, matching

mac_address: Final = matching(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}", "bad_mac")
# Names are looked at for what makes them no name; the scripts of the world are let through.
domain_name: Final = matching(r"[^\s/:@?#\[\]\\]{1,1000}", "bad_domain_name")
email_address: Final = matching(r"[^\s@]{1,1000}@[^\s@]{1,1000}", "bad_email_address")
# §6.16 asks for RFC 3986. What attackers use seldom obeys it, so only the scheme and the
# absence of white space and control characters are asked for.
url: Final = matching(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}:[^\s\x00-\x1f\x7f]+", "bad_url_value")
_LONGEST: Final = 60


def ip_network(version: int) -> Rule:
    """§6.9, §6.10: an address or a network in CIDR notation."""
    network = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network

    def rule(report: Report, path: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add("not_a_string", path, found=kind_of(value))
            return
        try:
            if len(value) > _LONGEST or not value.isascii() or "." in value.partition("/")[2]:
                raise ValueError
            network(value, strict=False)
        except ValueError:
            report.add("bad_address", path, value=value, version=version)

    return rule
