"""Accounts and credentials of the demo: who signs in, with which roles. Pure.

Accounts are named after their duty; no person is behind any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from members.roles import Role, Scope
from members.tlp import TLP, Channel

PASSWORD: Final = "demo-coalition-of-the-willing"  # noqa: S105 - the demo's one, printed at start
RED_MEMBERS: Final = ("cert-ua", "csirt-pl", "ncsc-gb")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One account; `member` None is the coalition's staff."""

    email: str
    name: str
    member: str | None
    roles: tuple[Role, ...]
    red: bool = False


def people_of(slug: str) -> tuple[DemoPerson, ...]:
    """Return a member's accounts: analyst, reviewer and administrator."""
    red = slug in RED_MEMBERS
    domain = f"{slug}.example"
    return (
        DemoPerson(f"admin@{domain}", "Admin", slug, (Role.MEMBER_ADMIN, Role.READER)),
        DemoPerson(f"analyst@{domain}", "Analyst", slug, (Role.ANALYST,), red),
        DemoPerson(f"reviewer@{domain}", "Reviewer", slug, (Role.ANALYST, Role.REVIEWER), red),
    )


def _staff(name: str, role: Role) -> DemoPerson:
    words = name.replace("-", " ").capitalize()
    return DemoPerson(f"{name}@coalition.example", words, None, (role,))


STAFF: Final = (
    _staff("platform-admin", Role.PLATFORM_ADMIN),
    _staff("platform-admin-2", Role.PLATFORM_ADMIN),
    _staff("secretariat-front", Role.SECRETARIAT),
    _staff("secretariat-back", Role.SECRETARIAT),
    _staff("auditor", Role.AUDITOR),
)


@dataclass(frozen=True, slots=True)
class DemoCredential:
    """One service credential of a member."""

    member: str
    name: str
    channel: Channel
    max_tlp: TLP
    scopes: tuple[Scope, ...]


_FEED: Final = (Scope.FEED_READ,)
_EVERYTHING: Final = (
    Scope.FEED_READ,
    Scope.INCIDENTS_WRITE,
    Scope.INCIDENTS_SUBMIT,
    Scope.INCIDENTS_RELEASE,
    Scope.SIGHTINGS_WRITE,
    Scope.RECALLS_WRITE,
)


def credentials_of(slug: str) -> tuple[DemoCredential, ...]:
    """Return a member's credentials: an internal one, and for two members one more."""
    found = [DemoCredential(slug, "Own systems", Channel.INTERNAL, TLP.AMBER_STRICT, _EVERYTHING)]
    if slug == "cert-ee":
        found.append(
            DemoCredential(slug, "Automatic blocking", Channel.BLOCKLIST, TLP.AMBER_STRICT, _FEED)
        )
    if slug == "cert-nl":
        found.append(DemoCredential(slug, "Clients", Channel.DOWNSTREAM, TLP.AMBER, _FEED))
    return tuple(found)
