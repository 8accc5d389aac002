"""Values that are known to be harmless or to lead nowhere, with where each fact is from.

Kept short on purpose: facts that standards and registries state, and services that everybody uses.
Blocking one of these does harm; a hit is a warning, since an attack may well go through one.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(word) for word in text.split())


SPECIAL: Final = _("addresses that no packet on the internet comes from")
DOCUMENTATION: Final = _("addresses and names kept for documentation")
RESOLVERS: Final = _("public DNS resolvers")
POPULAR: Final = _("sites that everybody uses")
RESERVED_NAMES: Final = _("names kept for tests and local use")
EMPTY_FILE: Final = _("hashes of an empty file")

# RFC 6890 and the IANA special-purpose registries; RFC 1918, 3927, 4193, 4291, 6598, 5771.
_SPECIAL: Final = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
    " 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"
    " ::/128 ::1/128 ::ffff:0:0/96 100::/64 fc00::/7 fe80::/10 ff00::/8"
)
# RFC 5737, 3849, 9637.
_DOCUMENTATION: Final = _networks(
    "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"
)
# As their operators publish them: Google, Cloudflare, Quad9, Cisco OpenDNS.
_RESOLVERS: Final = _networks(
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220"
    " 2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111 2606:4700:4700::1001"
    " 2620:fe::fe 2620:119:35::35"
)

NETWORKS: Final[Mapping[Promise | str, tuple[Network, ...]]] = {
    SPECIAL: _SPECIAL,
    DOCUMENTATION: _DOCUMENTATION,
    RESOLVERS: _RESOLVERS,
}

# A name, and all below it. RFC 2606, 6761, 6762, 7686, 8375; then our own choice.
NAMES: Final[Mapping[Promise | str, frozenset[str]]] = {
    RESERVED_NAMES: frozenset(["test", "invalid", "localhost", "local", "home.arpa"]),
    DOCUMENTATION: frozenset(["example", "example.com", "example.net", "example.org"]),
}
# These very names, with or without `www`: what lies below or behind them may be anybody's.
EXACT_NAMES: Final[Mapping[Promise | str, frozenset[str]]] = {
    POPULAR: frozenset(
        [
            "google.com",
            "youtube.com",
            "facebook.com",
            "instagram.com",
            "wikipedia.org",
            "x.com",
            "twitter.com",
            "linkedin.com",
            "apple.com",
            "icloud.com",
            "microsoft.com",
            "live.com",
            "office.com",
            "bing.com",
            "windowsupdate.com",
            "windows.com",
            "cloudflare.com",
            "amazon.com",
            "netflix.com",
            "yahoo.com",
            "github.com",
            "gitlab.com",
            "stackoverflow.com",
            "mozilla.org",
            "whatsapp.com",
            "telegram.org",
            "dropbox.com",
            "zoom.us",
            "adobe.com",
            "debian.org",
            "ubuntu.com",
            "python.org",
            "europa.eu",
            "nato.int",
            "gov.ua",
            "iana.org",
            "ietf.org",
        ]
    ),
}

HASHES: Final = frozenset(
    {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    }
)
