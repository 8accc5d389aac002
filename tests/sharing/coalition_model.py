# mypy: disable-error-code="no-untyped-call"
"""A simple model of a coalition: who may see what follows from plain facts and the naive decide.

It knows nothing of releases, renderings, grants, positions or recalls. Each fact is what the last
action said; the naive `decide` of `tests.sharing.policy.naive` says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.sharing.policy import naive

MARKING: dict[str, Any] = {"early": [], "orcon": False, "anonymous": False, "public": False}
NEUTRAL: dict[str, Any] = {"early": [], "orcon": False, "anonymous": False, "public": True}
IN_FORCE = ("released", "updated", "closed")
INTERNAL = {"kind": "credential", "channel": "internal", "max_tlp": "RED", "person": None}


@dataclass
class Shared:
    """One incident as its owner last released it; `objects` are bodies, `own` their markings."""

    name: str
    owner: str
    ref: str
    stix_id: str
    state: str
    marking: dict[str, Any]
    objects: dict[str, dict[str, Any]]
    own: dict[str, dict[str, Any]] = field(default_factory=dict)

    def context(self) -> dict[str, Any]:
        """Return it as the naive decide takes it."""
        return {
            "incident": self.stix_id,
            "owners": [self.owner],
            "state": self.state,
            "marking": MARKING | self.marking,
            "objects": [
                {
                    "id": key,
                    "type": body["type"],
                    "creator": self.owner,
                    "sco": False,
                    "body": body,
                    "own": NEUTRAL | self.own.get(key, {}),
                    "granular": [],
                    "reference": False,
                }
                for key, body in self.objects.items()
            ],
            "floors": {},
            "identities": [],
            "names": [],
            "reference": [],
        }


@dataclass
class Coalition:
    """Members by slug, as the naive decide takes them, circles, and incidents by name."""

    members: dict[str, dict[str, Any]]
    circles: dict[str, dict[str, Any]]
    incidents: dict[str, Shared] = field(default_factory=dict)

    def standing(self, slug: str) -> dict[str, Any]:
        """Return a member with its circles' terms filled in."""
        member = self.members[slug]
        return member | {"circles": [self.circles[name] for name in sorted(member["circles"])]}

    def seen(self, slug: str, now: datetime) -> Iterator[tuple[Shared, str]]:
        """Yield what a member may see of others' incidents: (incident, object id)."""
        member = self.standing(slug)
        for shared in self.incidents.values():
            if shared.owner == slug or shared.state not in IN_FORCE:
                continue
            context = shared.context()
            visible, _ = naive.look(context, member, INTERNAL, now)
            for key in visible:
                yield shared, key

    def feed(self, slug: str, now: datetime) -> dict[str, tuple[str, str]]:
        """Return what a member's feed answers: (modified, TLP) by object id."""
        found: dict[str, tuple[str, str]] = {}
        for shared, key in self.seen(slug, now):
            body = shared.objects[key]
            tlp = naive.stricter(shared.marking | MARKING, shared.own.get(key, {})).get("tlp")
            mine = (body["modified"], tlp or shared.marking["tlp"])
            known = found.get(key)
            if known is None or (mine[0], naive.TLPS.index(mine[1])) > (
                known[0],
                naive.TLPS.index(known[1]),
            ):
                found[key] = mine
        return found

    def listed(self, slug: str, now: datetime) -> set[str]:
        """Return the refs of others' incidents that a member finds in its list."""
        return {shared.ref for shared, _ in self.seen(slug, now)}
