"""A member's live grants, for the platform's own decisions; outlets read through `door`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from members.models import Member
from members.tiers import CEILING, Status
from sharing.models import Grant

RECEIVING = (Status.ACTIVE.value, Status.PROBATION.value)


def live_grants(member: Member, now: datetime) -> QuerySet[Grant]:
    """Return the grants that give the member as such access now, by its standing and the time."""
    if member.status not in RECEIVING:
        return Grant.objects.none()
    return (
        Grant.objects.filter(member=member, withdrawn_at=None, persons=None, notice=False)
        .filter(tlp__lte=CEILING[member.effective_tier], min_tier__lte=member.effective_tier)
        .filter(Q(visible_from=None) | Q(visible_from__lte=now))
        .filter(Q(visible_until=None) | Q(visible_until__gt=now))
    )
