"""Django's admin: membership, accounts and credentials; every change through the services.

Nothing of incidents, objects, revisions, renderings or files is registered anywhere.
"""

from members.admin.accounts import CredentialAdmin, PersonAdmin
from members.admin.circles import CircleAdmin, GroupAdmin
from members.admin.organisations import AgreementAdmin, MemberAdmin, ProposalAdmin

__all__ = [
    "AgreementAdmin",
    "CircleAdmin",
    "CredentialAdmin",
    "GroupAdmin",
    "MemberAdmin",
    "PersonAdmin",
    "ProposalAdmin",
]
