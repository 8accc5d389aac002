"""Roles, what each may do with members and accounts, and the scopes of credentials. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person may do (domain §1). Roles add up."""

    READER = "reader"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    MEMBER_ADMIN = "member_admin"
    SECRETARIAT = "secretariat"
    PLATFORM_ADMIN = "platform_admin"
    AUDITOR = "auditor"


MEMBER_ROLES: Final = frozenset({Role.READER, Role.ANALYST, Role.REVIEWER, Role.MEMBER_ADMIN})
COALITION_ROLES: Final = frozenset({Role.SECRETARIAT, Role.PLATFORM_ADMIN, Role.AUDITOR})


class Scope(StrEnum):
    """What a credential may be used for."""

    FEED_READ = "feed:read"
    INCIDENTS_WRITE = "incidents:write"
    INCIDENTS_SUBMIT = "incidents:submit"
    INCIDENTS_RELEASE = "incidents:release"
    SIGHTINGS_WRITE = "sightings:write"
    RECALLS_WRITE = "recalls:write"
    MEMBERS_ADMIN = "members:admin"


class Right(StrEnum):
    """One thing this room lets someone do, to any member or, where it says own, to their own."""

    ADMIT = "admit"  # applications: create, admit, end probation, agreements
    SUSPEND = "suspend"  # suspend and reinstate
    LIFT_COMPROMISE = "lift_compromise"  # reinstate after a compromise
    TIER = "tier"  # tier and standing
    SEE_REASONS = "see_reasons"  # every member's status and why
    ANY_CIRCLE = "any_circle"
    CREATE_CIRCLE = "create_circle"  # as a partner or core member
    RUN_OWN_CIRCLES = "run_own_circles"  # those the member made
    LEAVE_CIRCLE = "leave_circle"  # for the own member
    GROUPS = "groups"
    STAFF = "staff"  # staff accounts, and a member's first administrator
    OWN_PEOPLE = "own_people"
    OWN_CREDENTIALS = "own_credentials"
    OWN_CONTACTS = "own_contacts"
    AUDIT = "audit"


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.READER: frozenset(),
    Role.ANALYST: frozenset(),
    Role.REVIEWER: frozenset({Right.CREATE_CIRCLE, Right.RUN_OWN_CIRCLES, Right.LEAVE_CIRCLE}),
    Role.MEMBER_ADMIN: frozenset(
        {Right.OWN_PEOPLE, Right.OWN_CREDENTIALS, Right.OWN_CONTACTS, Right.LEAVE_CIRCLE}
    ),
    Role.SECRETARIAT: frozenset({Right.ADMIT, Right.SUSPEND, Right.TIER, Right.SEE_REASONS}),
    Role.PLATFORM_ADMIN: frozenset(
        {
            Right.ADMIT,
            Right.SUSPEND,
            Right.LIFT_COMPROMISE,
            Right.TIER,
            Right.SEE_REASONS,
            Right.ANY_CIRCLE,
            Right.GROUPS,
            Right.STAFF,
        }
    ),
    Role.AUDITOR: frozenset({Right.AUDIT}),
}


_READING: Final = frozenset({Role.READER, Role.ANALYST, Role.REVIEWER})
# With which roles a person may do by hand what a scope lets a credential do.
ROLES_FOR: Final[Mapping[Scope, frozenset[Role]]] = {
    Scope.FEED_READ: _READING,
    Scope.INCIDENTS_WRITE: frozenset({Role.ANALYST}),
    Scope.INCIDENTS_SUBMIT: frozenset({Role.ANALYST}),
    Scope.INCIDENTS_RELEASE: frozenset({Role.REVIEWER}),
    Scope.SIGHTINGS_WRITE: frozenset({Role.ANALYST}),
    Scope.RECALLS_WRITE: frozenset({Role.REVIEWER}),
    Scope.MEMBERS_ADMIN: frozenset(Role),
}


def scopes_lost(
    scopes: Iterable[Scope], *, before: frozenset[Role], after: frozenset[Role]
) -> frozenset[Scope]:
    """Return which scopes go with the roles that their accountable person loses.

    What an administrator gave beyond the person's roles stays: it never rested on them.
    """
    return frozenset(
        scope
        for scope in scopes
        if not ROLES_FOR[scope].isdisjoint(before) and ROLES_FOR[scope].isdisjoint(after)
    )


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Return everything that the roles together allow."""
    return frozenset().union(*(RIGHTS[role] for role in roles))
