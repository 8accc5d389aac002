"""The audited actions of this room."""

from __future__ import annotations

from audit.actions import Action

MEMBER_CREATE = Action("members:member:create")
MEMBER_EDIT = Action("members:member:edit")
MEMBER_ADMIT = Action("members:member:admit")
MEMBER_CONFIRM = Action("members:member:confirm")
MEMBER_TIER = Action("members:member:tier")
MEMBER_STANDING = Action("members:member:standing")
MEMBER_SUSPEND = Action("members:member:suspend")
MEMBER_CONFIRM_SUSPENSION = Action("members:member:confirm_suspension")
MEMBER_REINSTATE = Action("members:member:reinstate")
MEMBER_WITHDRAW = Action("members:member:withdraw")

AGREEMENT_SIGN = Action("members:agreement:sign")
AGREEMENT_END = Action("members:agreement:end")

CIRCLE_CREATE = Action("members:circle:create")
CIRCLE_EDIT = Action("members:circle:edit")
CIRCLE_ARCHIVE = Action("members:circle:archive")
CIRCLE_CLOSE = Action("members:circle:close")
CIRCLE_JOIN = Action("members:circle:join")
CIRCLE_LEAVE = Action("members:circle:leave")

GROUP_CREATE = Action("members:group:create")
GROUP_ENTER = Action("members:group:enter")
GROUP_LEAVE = Action("members:group:leave")

PERSON_INVITE = Action("members:person:invite")
PERSON_OPERATOR = Action("members:person:operator")
PERSON_ROLES = Action("members:person:roles")
PERSON_RED_GRANT = Action("members:person:red_grant")
PERSON_RED_REVOKE = Action("members:person:red_revoke")
PERSON_DEACTIVATE = Action("members:person:deactivate")
PERSON_SESSIONS_END = Action("members:person:sessions_end")

CREDENTIAL_ISSUE = Action("members:credential:issue")
CREDENTIAL_ROTATE = Action("members:credential:rotate")
CREDENTIAL_REASSIGN = Action("members:credential:reassign")
CREDENTIAL_REVOKE = Action("members:credential:revoke")

PROPOSAL_MAKE = Action("members:proposal:make")
PROPOSAL_APPROVE = Action("members:proposal:approve")
PROPOSAL_DECLINE = Action("members:proposal:decline")
