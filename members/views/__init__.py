"""The pages of members, tiers and circles, and the steps a member's own page offers."""

from members.views.circling import circle_change
from members.views.considering import change, decline
from members.views.pages import circle, circles, member, members, tiers
from members.views.suspending import confirm_suspension, suspend

__all__ = [
    "change",
    "circle",
    "circle_change",
    "circles",
    "confirm_suspension",
    "decline",
    "member",
    "members",
    "suspend",
    "tiers",
]
