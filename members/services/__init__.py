"""The actions of this room: each one transaction, audited, its rights checked inside.

What changes a standing is called through `sharing.standing_changes`, which closes grants in the
same transaction.
"""

from members.services.circles import (
    NewCircle,
    archive_circle,
    close_circle,
    create_circle,
    join_circle,
    leave_circle,
)
from members.services.credentials import (
    Issued,
    NewCredential,
    issue_credential,
    reassign_credential,
    revoke_credential,
    rotate_credential,
)
from members.services.decisions import approve, decline
from members.services.groups import create_group, enter_group, leave_group
from members.services.people import (
    Invitation,
    deactivate_person,
    end_person_sessions,
    grant_red,
    invite_person,
    revoke_red,
    set_roles,
)
from members.services.registry import (
    NewMember,
    create_member,
    edit_member,
    end_agreement,
    sign_agreement,
)
from members.services.standing import (
    Outcome,
    admit_member,
    change_tier,
    confirm_member,
    confirm_suspension,
    reinstate,
    set_standing,
    suspend,
    withdraw,
)

__all__ = [
    "Invitation",
    "Issued",
    "NewCircle",
    "NewCredential",
    "NewMember",
    "Outcome",
    "admit_member",
    "approve",
    "archive_circle",
    "change_tier",
    "close_circle",
    "confirm_member",
    "confirm_suspension",
    "create_circle",
    "create_group",
    "create_member",
    "deactivate_person",
    "decline",
    "edit_member",
    "end_agreement",
    "end_person_sessions",
    "enter_group",
    "grant_red",
    "invite_person",
    "issue_credential",
    "join_circle",
    "leave_circle",
    "leave_group",
    "reassign_credential",
    "reinstate",
    "revoke_credential",
    "revoke_red",
    "rotate_credential",
    "set_roles",
    "set_standing",
    "sign_agreement",
    "suspend",
    "withdraw",
]
