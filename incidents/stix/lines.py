"""Recognising indicators, one a line: addresses, networks, names, URLs, mail, hashes.

All expressions are linear; no list of top-level domains is needed, so names in any script are
found, and what looks like a file name is refused instead of being taken for a domain.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import idna

from incidents.stix.messages.message import _
from incidents.stix.refang import refang
from incidents.stix.shapes import words

MOST_LINES: Final = 1_000
LONGEST_LINE: Final = 2_048
_HASH_NAMES: Final = {32: "MD5", 40: "SHA-1", 64: "SHA-256", 128: "SHA-512"}
_HEX: Final = re.compile(r"[0-9a-f]{8,}")
_SCHEME: Final = re.compile(r"(?:https?|ftps?)://")
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}")
_DOTTED: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_TOP: Final = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
LONGEST_NAME: Final = 253
# Endings that are files far more often than top-level domains.
_FILES: Final = frozenset(
    words(
        "7z apk asp aspx bak bat bin bmp cab cfg class cmd conf cpl dat db dll dmg doc "
        "docm docx elf exe gif gz hta htm html ini iso jar jpg js jse json jsp lnk log "
        "lua msi pdf php pl png ppt pptx ps1 psd1 psm1 py pyc rar reg rtf scr sh sql sys "
        "tar tmp txt vbe vbs wsf xls xlsm xlsx xml yar yara yml zip"
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """One indicator: the line it stands in, what to call it, its observable and pattern."""

    line: int
    shown: str
    type: str
    value: Mapping[str, Any]
    pattern: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line that is no indicator; `code` is stable, `message` and `fix` are English."""

    line: int
    text: str
    code: str
    message: str
    fix: str


# code → (message, fix)
LINE_MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "not_recognised": (
        _("This is no address, network, domain, URL, e-mail address or hash."),
        _("Write one indicator a line; put everything else into the description."),
    ),
    "line_too_long": (
        _("The line is longer than 2048 characters."),
        _("Write one indicator a line."),
    ),
    "too_many_lines": (
        _("At most 1000 indicators can be given here."),
        _("File a STIX bundle instead."),
    ),
    "file_name": (
        _("This looks like a file name, not a domain."),
        _("Give the hash of the file; if it is a domain, write it with http:// before it."),
    ),
    "address_out_of_range": (
        _("This is not an existing IP address."),
        _("Each of the four numbers is at most 255."),
    ),
    "not_a_network": (
        _("This is not a network in CIDR notation."),
        _("Write it as 198.51.100.0/24 or 2001:db8::/32."),
    ),
    "address_with_port": (
        _("An address with a port is no indicator of its own."),
        _("Write the address alone, or a URL such as http://198.51.100.7:8080/."),
    ),
    "bad_domain": (
        _("This is not a valid domain name."),
        _("Check the spelling of the name."),
    ),
    "bad_url": (
        _("This is not a valid URL."),
        _("Write the scheme, the host and the path, such as http://malware.example/x."),
    ),
    "bad_email": (
        _("This is not a valid e-mail address."),
        _("Write it as name@domain.example."),
    ),
    "bad_hash": (
        _("This is no MD5, SHA-1, SHA-256 or SHA-512: it has another number of digits."),
        _("Copy the whole hash."),
    ),
}


class _Refused(Exception):
    """The text is no indicator; the argument is the code."""


def read_lines(text: str) -> tuple[tuple[Found, ...], tuple[LineProblem, ...]]:
    """Return what the lines are, each observable once, and the lines that are nothing.

    Empty lines and what follows “ #” are skipped. Line numbers count from 1.
    """
    found: dict[str, Found] = {}
    problems: list[LineProblem] = []
    filled = 0
    for number, line in enumerate(text.splitlines(), start=1):
        bare = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        if not bare:
            continue
        filled += 1
        if filled > MOST_LINES:
            problems.append(_problem(number, bare, "too_many_lines"))
            break
        try:
            item = _recognise(bare, number)
        except _Refused as refused:
            problems.append(_problem(number, bare, str(refused)))
            continue
        found.setdefault(item.pattern, item)
    return tuple(found.values()), tuple(problems)


def _problem(number: int, text: str, code: str) -> LineProblem:
    message, fix = LINE_MESSAGES[code]
    return LineProblem(number, text[:120], code, message, fix)


def _recognise(line: str, number: int) -> Found:
    """Return what one line is.

    Raises:
        _Refused: with the code of the reason.
    """
    if len(line) > LONGEST_LINE:
        raise _Refused("line_too_long")
    text = refang(line)
    lowered = text.lower()
    if _HEX.fullmatch(lowered):
        return _hash(lowered, number)
    if _SCHEME.match(lowered):
        return _plain(number, "url", _url(text), text)
    if "@" in text:
        return _plain(number, "email-addr", _email(text), text)
    if "/" in text:
        return _network(text, number)
    if ":" in text or _DOTTED.fullmatch(text):
        return _address(text, number)
    return _plain(number, "domain-name", domain(text), text.rstrip("."))


def _plain(number: int, kind: str, value: str, shown: str) -> Found:
    pattern = f"[{kind}:value = {quoted(value)}]"
    return Found(number, shown, kind, {"value": value}, pattern)


def quoted(text: str) -> str:
    """Return a string literal of the pattern language (§9.4)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _hash(digits: str, number: int) -> Found:
    name = _HASH_NAMES.get(len(digits))
    if name is None:
        raise _Refused("bad_hash")
    step = name if "-" not in name else f"'{name}'"
    pattern = f"[file:hashes.{step} = {quoted(digits)}]"
    return Found(number, digits, "file", {"hashes": {name: digits}}, pattern)


def _address(text: str, number: int) -> Found:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        raise _Refused(_why_no_address(text)) from None
    return _plain(number, f"ipv{address.version}-addr", str(address), str(address))


def _why_no_address(text: str) -> str:
    if _DOTTED.fullmatch(text):
        return "address_out_of_range"
    host, _, port = text.rpartition(":")
    return "address_with_port" if host and port.isascii() and port.isdigit() else "not_recognised"


def _network(text: str, number: int) -> Found:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _Refused("not_a_network") from None
    kind = f"ipv{network.version}-addr"
    value = str(network)
    pattern = f"[{kind}:value ISSUBSET {quoted(value)}]"
    return Found(number, value, kind, {"value": value}, pattern)


def domain(text: str, *, file_names: bool = False) -> str:
    """Return a domain name in lower case and in ASCII (RFC 5890 A-labels).

    Raises:
        _Refused: the text is no domain name, or looks like a file's unless allowed.
    """
    name = text.rstrip(".").lower()
    labels = name.split(".")
    if len(labels) < 2 or any(char.isspace() for char in name):
        raise _Refused("not_recognised")
    if not file_names and len(labels) == 2 and labels[-1] in _FILES:
        raise _Refused("file_name")
    if not name.isascii():
        name = _ascii_name(name)
        labels = name.split(".")
    if (
        len(name) > LONGEST_NAME
        or not all(_LABEL.fullmatch(label) for label in labels)
        or not _TOP.fullmatch(labels[-1])
    ):
        raise _Refused("bad_domain")
    return name


def _ascii_name(name: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise _Refused("bad_domain") from None


def _email(text: str) -> str:
    mailbox, _, host = text.rpartition("@")
    if not _MAILBOX.fullmatch(mailbox) or any(char.isspace() for char in host):
        raise _Refused("bad_email")
    try:
        return f"{mailbox}@{domain(host, file_names=True)}"
    except _Refused:
        raise _Refused("bad_email") from None


def _url(text: str) -> str:
    """Return the URL with its host in ASCII and the rest percent-encoded (RFC 3986)."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _Refused("bad_url") from None
    host = parts.hostname
    if not host or any(char.isspace() or not char.isprintable() for char in text):
        raise _Refused("bad_url")
    host = _host(host)
    user = (
        f"{quote(parts.netloc.rpartition('@')[0], safe=_URL_SAFE)}@" if "@" in parts.netloc else ""
    )
    place = f"{user}{host}{f':{port}' if port is not None else ''}"
    rest = text[text.index("://") + 3 + len(parts.netloc) :]
    return f"{parts.scheme}://{place}{quote(rest, safe=_URL_SAFE)}"


_URL_SAFE: Final = "%/:?#[]@!$&'()*+,;=-._~"


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _DOTTED.fullmatch(host):
            raise _Refused("bad_url") from None
        try:
            return domain(host, file_names=True)
        except _Refused:
            raise _Refused("bad_url") from None
    return f"[{address}]" if address.version == 6 else str(address)
