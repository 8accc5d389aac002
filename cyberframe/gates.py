"""Every outlet of the platform and the gate it stands behind.

An address, task, serializer, export, mail or reader of content that is not declared here fails
the tests, and so does one whose gate does not hold: they ask every address as anonymous, as a
stranger, as staff and as a credential without scope (`tests/leaks/test_gates.py`). Declaring an
outlet gives it nothing: what lets a caller in stands in its view.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Gate(StrEnum):
    """Who is let in, and what all others are answered."""

    OPEN = "open"  # anybody; nothing of any member or incident is said
    NOWHERE = "nowhere"  # nobody: as an address that does not exist
    OPERATOR = "operator"  # this machine or who has the token; others: does not exist
    SIGNED_IN = "signed in"  # any person; the answer is about itself
    OWN = "own"  # who works on the member's own; for others there is no such thing
    SHARED = "shared"  # own, or what `sharing.door` shows the reader
    DIRECTORY = "directory"  # what `members.visibility` shows of members, circles, people
    ADMINISTRATION = "administration"  # administrators, of a member about it, of the platform
    ADMIN = "admin"  # platform administrators, in Django's admin; it holds no content
    FEED = "feed"  # a credential with feed:read, through `sharing.door`


def _all(gate: Gate, space: str, names: str) -> dict[str, Gate]:
    return {f"{space}:{name}" if space else name: gate for name in names.split()}


# By the name of the address. A second spelling of an address has the gate of the first.
ROUTES: Final[Mapping[str, Gate]] = {
    **_all(Gate.OPEN, "", "healthz readyz set_language api-schema api-docs"),
    **_all(Gate.OPEN, "", "account_login account_logout account_inactive account_signup"),
    **_all(Gate.OPEN, "", "account_reset_password account_reset_password_done"),
    **_all(Gate.OPEN, "", "account_reset_password_from_key account_reset_password_from_key_done"),
    **_all(Gate.OPEN, "", "account_confirm_login_code mfa_authenticate"),
    **_all(Gate.OPEN, "", "account_email_verification_sent"),
    **_all(Gate.NOWHERE, "", "account_email account_confirm_email"),
    **_all(Gate.OPERATOR, "", "metrics"),
    **_all(Gate.SIGNED_IN, "", "settings keys usersessions_list account_reauthenticate"),
    **_all(Gate.SIGNED_IN, "", "account_change_password account_set_password"),
    **_all(Gate.SIGNED_IN, "", "mfa_index mfa_reauthenticate mfa_activate_totp"),
    **_all(Gate.SIGNED_IN, "", "mfa_deactivate_totp mfa_view_recovery_codes"),
    **_all(Gate.SIGNED_IN, "", "mfa_generate_recovery_codes mfa_download_recovery_codes"),
    **_all(Gate.SHARED, "", "home"),
    **_all(Gate.SHARED, "incidents", "list detail"),
    **_all(Gate.OWN, "incidents", "new edit submit amend discard"),
    **_all(Gate.OWN, "sharing", "release preview confirm change close reopen retract review"),
    **_all(Gate.OWN, "sharing", "view-as-pick view-as view-as-bundle deliveries recalls-ours"),
    **_all(Gate.OWN, "sharing", "reuse reuse-ask reuse-decide"),
    **_all(Gate.ADMINISTRATION, "sharing", "erase erasures erasure"),
    **_all(Gate.SHARED, "sharing", "versions acknowledge received recalls recall-reply"),
    **_all(Gate.DIRECTORY, "members", "list detail suspend confirm-suspension change decline"),
    **_all(Gate.DIRECTORY, "members", "tiers circles circle circle-change"),
    **_all(Gate.DIRECTORY, "members", "groups group-enter group-end"),
    **_all(Gate.ADMINISTRATION, "members", "exposure exposure-csv exposure-json two-people"),
    **_all(Gate.DIRECTORY, "feeds", "index"),
    **_all(Gate.FEED, "feeds", "discovery api-root collections collection"),
    **_all(Gate.FEED, "feeds", "manifest objects object versions"),
    **_all(Gate.DIRECTORY, "members-api", "members member tier standing suspend reinstate admit"),
    **_all(Gate.DIRECTORY, "members-api", "confirm-suspension confirm withdraw agreement tiers"),
    **_all(Gate.DIRECTORY, "members-api", "circles circle join leave archive close"),
    **_all(Gate.DIRECTORY, "members-api", "what-if circle-what-if"),
    **_all(Gate.ADMINISTRATION, "members-api", "exposure"),
    **_all(Gate.DIRECTORY, "members-api", "proposals approve decline people roles red deactivate"),
    **_all(Gate.DIRECTORY, "members-api", "credentials rotate reassign revoke"),
    **_all(Gate.SHARED, "incidents-api", "incidents incident objects"),
    **_all(Gate.OWN, "incidents-api", "submit return amend discard"),
    **_all(Gate.OWN, "sharing-api", "audience marking release confirm close reopen retract"),
    **_all(Gate.OWN, "sharing-api", "view-as view-as-objects receipts"),
    **_all(Gate.OWN, "sharing-api", "reuse reuse-requests reuse-grant reuse-refuse reuse-withdraw"),
    **_all(Gate.ADMINISTRATION, "sharing-api", "erase erasures erasure-approve erasure-decline"),
    **_all(Gate.SHARED, "sharing-api", "acknowledge received recalls recall-confirm recall-refuse"),
}
# Django's admin names its addresses itself; it registers models of these rooms and no others.
ADMIN_SPACE: Final = "admin:"
ADMIN_ROOMS: Final = frozenset({"members", "auth", "account", "mfa", "usersessions"})

# Pages that answer something else than HTML, and what.
EXPORTS: Final[Mapping[str, str]] = {
    "healthz": "text/plain",
    "readyz": "application/json",
    "metrics": "text/plain",
    "admin:jsi18n": "text/javascript",
    "mfa_download_recovery_codes": "text/plain",
    "sharing:view-as-bundle": "application/stix+json",
    "members:exposure-csv": "text/csv",
    "members:exposure-json": "application/json",
}

# What a worker may be sent: ids and nothing else.
TASKS: Final = frozenset(
    {
        "audit.tasks.seal",
        "sharing.tasks.fan_out",
        "sharing.tasks.settle_member",
        "sharing.tasks.sweep",
    }
)

# Modules whose serializers take values apart and put them together; they read no table.
TRANSLATORS: Final = frozenset(
    {
        "incidents.serializers",
        "members.account_serializers",
        "members.views.exposure",
        "members.views.what_if_api",
        "sharing.erasures_api",  # of what its own queryset of administrators gives
        "members.serializers",
        "sharing.life_api",
        "sharing.recall_serializers",
        "sharing.receipt_serializers",
        "sharing.reuse_serializers",
        "sharing.serializers",
    }
)

# Modules that send mail. Only allauth does, and only about the account it writes to.
MAILERS: Final[frozenset[str]] = frozenset()

# Modules that may import a model with content, or name its table in SQL: services and readers
# that narrow what they give by owner, by `sharing.door` or by policy. "room.part" covers what is
# inside it. An outlet (view, API, admin, serializer, task) that is not here cannot reach content
# but through one of them.
READERS: Final = frozenset(
    {
        "incidents.models",
        "incidents.queries",  # a member's own
        "incidents.services",
        "incidents.drafts",  # a member's own draft as its form
        "incidents.rewriting",
        "sharing.models",
        "sharing.services",
        "sharing.carried",
        "sharing.contexts",  # for policy
        "sharing.floors",
        "sharing.lint",
        "sharing.feed",  # through the door
        "sharing.queries",
        "sharing.seen_releases",
        "sharing.received",
        "sharing.recalls",
        "sharing.receipts",  # an owner's
        "sharing.recall_board",
        "sharing.holders",
        "sharing.view_as",
        "sharing.versions",
        "sharing.reuse",
        "sharing.exposure",  # references and times, no content
        "sharing.erasures",
        "sharing.health",  # counts of rows that wait
        "sharing.live",  # the platform's own decisions
        "sharing.comparing",
        "sharing.narrowing",
        "sharing.noticing",
        "sharing.own",
        "sharing.publishing",
        "sharing.recalling",
        "sharing.redeciding",
        "sharing.resting",
        "sharing.retracting",
        "sharing.stock",
        "sharing.updating",
        "sharing.what_if",
        "sharing.withdrawing",
    }
)
# Outlets that name such a model for its type or choices, or for an incident found as its owner's.
OWNERS_PAGES: Final = frozenset(
    {
        "cyberframe.home",
        "incidents.views.actions",
        "incidents.views.detail",
        "incidents.views.editing",
        "sharing.api",
        "sharing.erasures_api",
        "sharing.reuse_api",
        "sharing.reuse_serializers",
        "sharing.views.erasing",
        "sharing.views.release",
        "sharing.views.reuse",
    }
)
