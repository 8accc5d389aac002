"""The tables of this room."""

from members.models.circles import Circle, CircleMembership
from members.models.credentials import Credential
from members.models.organisations import Agreement, Group, GroupEntry, Member
from members.models.people import Person
from members.models.proposals import Proposal

__all__ = [
    "Agreement",
    "Circle",
    "CircleMembership",
    "Credential",
    "Group",
    "GroupEntry",
    "Member",
    "Person",
    "Proposal",
]
