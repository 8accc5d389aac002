"""Indicators and observables whose values stand on a list of harmless ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from sharing.lint.findings import Draft, Finding, warn
from sharing.lint.lists import (
    EMPTY_FILE,
    EXACT_NAMES,
    HASHES,
    NAMES,
    NETWORKS,
)

EXAMPLES: Final = 3
LONGEST: Final = 20_000  # characters of a pattern that are looked at
_STRING: Final = re.compile(r"'((?:[^'\\]|\\.){1,2000})'")
_ADDRESS: Final = re.compile(r"[0-9a-fA-F:.]{2,45}(?:/\d{1,3})?")
_NAME: Final = re.compile(r"(?=[^\s/:@]{3,253}\Z)[^\s/:@]+(?:\.[^\s/:@]+)*\.?")
_HASH: Final = re.compile(r"[0-9a-fA-F]{32,128}")
_VALUED: Final = ("ipv4-addr", "ipv6-addr", "domain-name", "url")


def harmless(draft: Draft) -> Iterator[Finding]:
    """Yield a warning for each list that values of the release are on, whoever filed them how."""
    hits: dict[Promise | str, dict[str, None]] = {}
    for value in _values(draft):
        name = list_of(value)
        if name is not None:
            hits.setdefault(name, {})[value] = None
    for name, values in hits.items():
        shown = ", ".join([*values][:EXAMPLES]) + (", …" if len(values) > EXAMPLES else "")
        yield warn(
            "WARNING_LIST",
            ngettext_lazy(
                "%(n)d value is on the list “%(list)s”: %(values)s",
                "%(n)d values are on the list “%(list)s”: %(values)s",
                len(values),
            )
            % {"n": len(values), "list": name, "values": shown},
            _("Leave it out unless it was really part of the attack: others will block it."),
        )


def _values(draft: Draft) -> Iterator[str]:
    for item in draft.of_type("indicator"):
        pattern = item.body.get("pattern")
        types = item.body.get("indicator_types")
        if isinstance(pattern, str) and not (isinstance(types, list) and "benign" in types):
            yield from (_unescaped(text) for text in _STRING.findall(pattern[:LONGEST]))
    for item in draft.of_type(*_VALUED):
        value = item.body.get("value")
        if isinstance(value, str):
            yield value
    for item in draft.of_type("file", "artifact", "x509-certificate"):
        yield from _hashes(item.body)


def _hashes(body: Mapping[str, Any]) -> Iterable[str]:
    hashes = body.get("hashes")
    return [v for v in hashes.values() if isinstance(v, str)] if isinstance(hashes, dict) else []


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


@lru_cache(maxsize=20_000)
def list_of(value: str) -> Promise | str | None:
    """Return the list that an address, network, name, URL or hash is on, None for none."""
    if _HASH.fullmatch(value):
        return EMPTY_FILE if value.lower() in HASHES else None
    if "://" in value:
        return _of_url(value)
    return _of_host(value)


def _of_url(value: str) -> Promise | str | None:
    """Return the list of a URL's host; below a popular site's front page anybody may write."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _of_host(host)
    deeper = parts.path not in ("", "/") or parts.query
    return None if deeper and found in EXACT_NAMES else found


def _of_host(value: str) -> Promise | str | None:
    if _ADDRESS.fullmatch(value):
        return _of_network(value)
    if not _NAME.fullmatch(value):
        return None
    name = value.rstrip(".").lower()
    labels = name.split(".")
    suffixes = {".".join(labels[i:]) for i in range(len(labels))}
    for each, names in NAMES.items():
        if suffixes & names:
            return each
    exact = name.removeprefix("www.")
    return next((each for each, names in EXACT_NAMES.items() if exact in names), None)


def _of_network(value: str) -> Promise | str | None:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return None
    for name, networks in NETWORKS.items():
        for each in networks:
            if each.version == network.version and network.subnet_of(each):  # type: ignore[arg-type]
                return name
    return None
