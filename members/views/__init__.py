"""The pages of members, tiers and circles, and the steps a member's own page offers."""

from members.views.pages import circle, circles, member, members, tiers
from members.views.suspending import confirm_suspension, suspend

__all__ = ["circle", "circles", "confirm_suspension", "member", "members", "suspend", "tiers"]
