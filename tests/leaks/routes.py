"""Every address of the site, from the resolver's own tree, and what may stand in its places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from feeds.taxii.collections import ALL_PERMITTED, OWN
from incidents.models import Incident
from members.models import Circle, Credential, Group, GroupEntry, Member, Person, Proposal
from sharing.models import Erasure, RecallNotice, ReuseRequest

_PLACE = re.compile(r"<(?:[a-z_]+:)?([a-z_0-9]+)>")
_GROUP = re.compile(r"\(\?P<([a-z_0-9]+)>[^)]*\)")


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern: its whole text, its name with name spaces ("" for none), and its view."""

    pattern: str
    name: str
    view: Callable[..., Any]

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(_PLACE.findall(self.pattern) + _GROUP.findall(self.pattern))

    def address(self, values: Mapping[str, str]) -> str:
        """Return the address with these values in its places."""
        text = _PLACE.sub(lambda m: values[m[1]], self.pattern)
        text = _GROUP.sub(lambda m: values[m[1]], text)
        return "/" + text.replace("^", "").replace("$", "")

    @property
    def key(self) -> str:
        """Return how it is declared: by its name, or its pattern where it has none."""
        return self.name or self.pattern


def routes() -> list[Route]:
    """Return every pattern that the site answers."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, before: str, space: str) -> Iterator[Route]:
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _walk(each, pattern, inner)
        else:
            assert isinstance(each, URLPattern)
            yield Route(pattern, f"{space}{each.name}" if each.name else "", each.callback)


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand in a place: everything there is, and something that there is not.

    `secret`: somebody may not know what there is.
    """

    known: tuple[str, ...]
    unknown: str
    secret: bool = True


def place_of(route: Route, name: str) -> Place:
    """Return what may stand in a place of a route.

    A new kind of place is unknown here: say below what stands in it, and what might.
    """
    for pattern, make in _PLACES.items():
        if re.search(pattern, f"{route.pattern}#{name}"):
            return make()
    raise LookupError(f"{route.pattern}: what stands in <{name}>? Say it in tests/leaks/routes.py")


def addresses(route: Route, *, most: int = 10_000) -> list[str]:
    """Return the route's addresses, with everything there is in its (first) place."""
    names = route.places
    found = [place_of(route, name) for name in names]
    choices = [each.known or (each.unknown,) for each in found]
    if len(choices) > 1:  # not all pairs: each thing with two others
        choices = [choices[0], *(each[:2] for each in choices[1:])]
    made = [route.address(dict(zip(names, values, strict=True))) for values in product(*choices)]
    return made[:most]


def pair(route: Route, known: Mapping[str, str]) -> tuple[str, str]:
    """Return the address of something hidden and of something that there is not.

    `known` says what is hidden, by the kind of place.
    """
    hidden, unknown = {}, {}
    for name in route.places:
        place = place_of(route, name)
        hidden[name] = next((each for each in known.values() if each in place.known), "")
        hidden[name] = hidden[name] or (place.known[-1] if place.known else place.unknown)
        unknown[name] = place.unknown if place.secret else hidden[name]
    return route.address(hidden), route.address(unknown)


def _column(rows: Any, name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in rows.order_by("pk").values_list(name, flat=True))


def _two(model: Any) -> Place:
    return Place(_column(model.objects, "pk")[:2], "999999999")


def _one_object_each() -> tuple[str, ...]:
    return _column(Incident.objects, "stix_id")


_UUID = "00000000-0000-4000-8000-000000000000"
_COLLECTIONS = (OWN.id, ALL_PERMITTED.id)
_NO_INCIDENT = f"incident--{_UUID}"
_PLACES: Mapping[str, Callable[[], Place]] = {
    r"#ref$": lambda: Place(_column(Incident.objects, "ref"), "CF-2026-222222"),
    r"^(api/v1/)?members/<slug:slug>.*#slug$": lambda: Place(
        _column(Member.objects, "slug"), "no-such"
    ),
    r"#member$": lambda: Place(_column(Member.objects, "slug"), "no-such"),
    r"#(version|a|b)$": lambda: Place(("1", "2"), "99", secret=False),
    r"(members|circles)/<slug:slug>/change/.*#name$": lambda: Place(
        ("suspend", "join"), "fly", secret=False
    ),
    r"groups/<str:name>.*#name$": lambda: Place(_column(Group.objects, "name"), "no-such"),
    r"groups/entries/.*#pk$": lambda: Place(_column(GroupEntry.objects, "pk"), "999999999"),
    r"erasures/.*#pk$": lambda: Place(_column(Erasure.objects, "pk"), "999999999"),
    r"circles/<slug:slug>.*#slug$": lambda: Place(_column(Circle.objects, "slug"), "no-such"),
    r"^taxii2/.*#name$": lambda: Place(_COLLECTIONS, _UUID, secret=False),
    r"^taxii2/.*#object_id$": lambda: Place(_one_object_each(), _NO_INCIDENT),
    r"people/<int:pk>.*#pk$": lambda: Place(_column(Person.objects, "pk"), "999999999"),
    r"proposals/<int:pk>.*#pk$": lambda: Place(_column(Proposal.objects, "pk"), "999999999"),
    r"#public_id$": lambda: Place(_column(Credential.objects, "public_id"), "cfc_none"),
    # Two of each: the admin's pages of one thing are alike, and only its links lead to the rest.
    r"^admin/members/member/.*#(pk|object_id)$": lambda: _two(Member),
    r"^admin/members/person/.*#object_id$": lambda: _two(Person),
    r"^admin/members/circle/.*#object_id$": lambda: _two(Circle),
    r"^admin/members/credential/.*#object_id$": lambda: _two(Credential),
    r"^admin/.*#(object_id|content_type_id)$": lambda: Place(("1",), "999999999"),
    r"^admin/.*#app_label$": lambda: Place(("members",), "sharing"),
    r"^admin/.*#url$": lambda: Place((), "nowhere/"),
    r"^account/.*#(key|uidb36)$": lambda: Place((), "abc"),
    r"recalls.*#key$": lambda: Place(_column(RecallNotice.objects, "key"), _UUID),
    r"reuse.*#key$": lambda: Place(_column(ReuseRequest.objects, "key"), _UUID),
}
