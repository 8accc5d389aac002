"""Every reason the policy gives, in the order of its steps (domain §3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """Why something is shown, hidden or cut.

    Refusals stand in the order of the steps: of two refusals the later one got further.
    UNDECIDED (an exception while deciding) and ANONYMOUS (cut because the owner is not to be
    known) are not among the steps of domain §3, which has no word for them.
    """

    # Before the steps
    NO_CONTEXT = "NO_CONTEXT"
    UNDECIDED = "UNDECIDED"
    # 1 to 3: the incident and the member
    NO_TLP = "NO_TLP"
    MEMBER_APPLICANT = "MEMBER_APPLICANT"
    MEMBER_SUSPENDED = "MEMBER_SUSPENDED"
    MEMBER_WITHDRAWN = "MEMBER_WITHDRAWN"
    NOT_RELEASED = "NOT_RELEASED"
    RETRACTED = "RETRACTED"
    # 4: time
    SCHEDULED = "SCHEDULED"
    EMBARGOED = "EMBARGOED"
    EXPIRED = "EXPIRED"
    # 5 to 10: the member against the marking
    NO_AGREEMENT = "NO_AGREEMENT"
    EXCLUDED = "EXCLUDED"
    COUNTRY_EXCLUDED = "COUNTRY_EXCLUDED"
    COUNTRY_NOT_RELEASABLE = "COUNTRY_NOT_RELEASABLE"
    CIRCLE_NOT_MEMBER = "CIRCLE_NOT_MEMBER"
    CIRCLE_CLOSED = "CIRCLE_CLOSED"
    CIRCLE_MIN_TIER = "CIRCLE_MIN_TIER"
    CIRCLE_MAX_TLP = "CIRCLE_MAX_TLP"
    NOT_NAMED = "NOT_NAMED"
    TIER_BELOW_MINIMUM = "TIER_BELOW_MINIMUM"
    TIER_CEILING = "TIER_CEILING"
    # 11 and 12: the principal
    CHANNEL_RESTRICTED = "CHANNEL_RESTRICTED"
    CHANNEL_ORG_ONLY = "CHANNEL_ORG_ONLY"
    CHANNEL_ORCON = "CHANNEL_ORCON"
    CHANNEL_PAP = "CHANNEL_PAP"
    CHANNEL_UNPUBLISHED = "CHANNEL_UNPUBLISHED"
    PRINCIPAL_NOT_NAMED = "PRINCIPAL_NOT_NAMED"
    PRINCIPAL_CEILING = "PRINCIPAL_CEILING"
    # What the object refers to or holds
    ENDPOINT_HIDDEN = "ENDPOINT_HIDDEN"
    EMPTY_CONTAINER = "EMPTY_CONTAINER"
    REDACTION_BREAKS_OBJECT = "REDACTION_BREAKS_OBJECT"
    ANONYMOUS = "ANONYMOUS"
    # Permits, in the order in which the first that holds is given
    PERMIT_OWN = "PERMIT_OWN"
    PERMIT_REFERENCE = "PERMIT_REFERENCE"
    PERMIT_PUBLIC = "PERMIT_PUBLIC"
    PERMIT_NAMED = "PERMIT_NAMED"
    PERMIT_CIRCLE = "PERMIT_CIRCLE"
    PERMIT_COUNTRY = "PERMIT_COUNTRY"
    PERMIT_TIER = "PERMIT_TIER"
    PERMIT_COMMUNITY = "PERMIT_COMMUNITY"
    PERMIT_NOTICE = "PERMIT_NOTICE"

    @property
    def permits(self) -> bool:
        """Say whether the code is a permit."""
        return self.value.startswith("PERMIT_")

    @property
    def rank(self) -> int:
        """Return how far a decision got that gave this code."""
        return _RANK[self]


_RANK: Final[Mapping[Code, int]] = {code: place for place, code in enumerate(Code)}

Codes = tuple[Code, ...]  # refusals, primary first; empty: nothing refuses
