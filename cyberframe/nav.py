"""The menu: which pages a person finds there, and the counts beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from cyberframe import home
from members.roles import COALITION_ROLES, Role

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Counter = Callable[[HttpRequest], Mapping[str, int]]

# Each returns counts by the name of an item.
COUNTERS: Final[tuple[Counter, ...]] = (home.waiting, home.recalled, home.consents)

EVERYONE: Final = frozenset(Role)
READERS: Final = EVERYONE - COALITION_ROLES


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: name of its count, icon, address, key after `g`, who sees it."""

    name: str
    icon: str
    url_name: str
    label: StrPromise
    key: str
    roles: frozenset[Role] = EVERYONE
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; the first has none."""

    label: StrPromise | str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as a page draws it."""

    item: Item
    url: str
    is_current: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Links:
    """One heading and its entries as a page draws them."""

    label: StrPromise | str
    links: tuple[Link, ...]


_REVIEW_ROLES = frozenset({Role.REVIEWER})
_RECALL_ROLES = frozenset({Role.ANALYST, Role.REVIEWER})
_FEED_ROLES = frozenset({Role.ANALYST, Role.REVIEWER, Role.MEMBER_ADMIN})
_ERASURE_ROLES = frozenset({Role.PLATFORM_ADMIN, Role.MEMBER_ADMIN})
_GROUP_ROLES = frozenset({Role.PLATFORM_ADMIN})
_AUDIT_ROLES = frozenset({Role.MEMBER_ADMIN, Role.AUDITOR})

GROUPS: Final = (
    Group(
        "",
        (
            Item("home", "chart", "home", _("Situation"), "s"),
            Item("incidents", "list", "incidents:list", _("Incidents"), "i", READERS),
            Item("received", "download", "sharing:received", _("Received"), "d", READERS),
            Item("review", "send", "sharing:review", _("To release"), "r", _REVIEW_ROLES, True),
            Item("recalls", "back", "sharing:recalls", _("Recalls"), "b", _RECALL_ROLES, True),
            Item("reuse", "key", "sharing:reuse", _("Reuse requests"), "u", _REVIEW_ROLES, True),
            Item("support", "help", "support:index", _("Support"), "h"),
            Item("feeds", "feed", "feeds:index", _("Feeds"), "f", _FEED_ROLES),
        ),
    ),
    Group(
        _("Coalition"),
        (
            Item("members", "people", "members:list", _("Members"), "m"),
            Item("tiers", "layers", "members:tiers", _("Tiers"), "t"),
            Item("circles", "circles", "members:circles", _("Circles"), "c"),
            Item("groups", "list", "members:groups", _("Groups"), "g", _GROUP_ROLES),
        ),
    ),
    Group(
        _("Oversight"),
        (
            Item("audit", "book", "audit:log", _("Audit log"), "a", _AUDIT_ROLES),
            Item("erasures", "shield", "sharing:erasures", _("Erasures"), "x", _ERASURE_ROLES),
            Item("settings", "sliders", "settings", _("Settings"), "e"),
        ),
    ),
)


def groups(request: HttpRequest) -> list[Links]:
    """Return the menu of the signed-in person; pages whose room is not there are left out."""
    roles = frozenset(getattr(request.user, "role_set", ()))
    counts = _counts(request)
    urls = {item: _url(item.url_name) for group in GROUPS for item in group.items}
    current = _current(request, roles) or max(
        (u for u in urls.values() if _holds(u, request.path)), key=len, default=""
    )
    drawn = []
    for group in GROUPS:
        links = tuple(
            Link(item, urls[item], urls[item] == current, counts.get(item.name))
            for item in group.items
            if urls[item] and (roles & item.roles or item.roles == EVERYONE)
        )
        if links:
            drawn.append(Links(group.label, links))
    return drawn


def _current(request: HttpRequest, roles: frozenset[Role]) -> str:
    """Return the entry of a page whose address lies under another entry's."""
    match = request.resolver_match
    releasing = match is not None and match.view_name == "sharing:release"
    return _url("sharing:review") if releasing and roles & _REVIEW_ROLES else ""


def _counts(request: HttpRequest) -> dict[str, int]:
    counts: dict[str, int] = {}
    for counter in COUNTERS:
        counts.update(counter(request))
    return counts


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _holds(url: str, path: str) -> bool:
    return path == url or (len(url) > 1 and path.startswith(url))
