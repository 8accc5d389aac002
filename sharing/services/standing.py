"""When a member's standing changes: close what must close at once, decide again behind it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from members.models import Member
from sharing.models import Grant, GrantKind, Release, Settlement
from sharing.services.fanout import settle
from sharing.waking import wake


def close_grants(*, member: Member, condition: Q, now: datetime) -> int:
    """Withdraw the member's live grants that fulfil the condition; return how many.

    Within the transaction of the change that makes them close.
    """
    live = Grant.objects.filter(member=member, kind=GrantKind.SHARED, withdrawn_at=None)
    return live.filter(condition).update(withdrawn_at=now)


def ask_settlement(*, member: Member, cause: str, now: datetime) -> Settlement:
    """Leave the row that says this member must be decided again, and wake a worker for it."""
    row = Settlement.objects.create(member=member, cause=cause, asked_at=now)
    transaction.on_commit(partial(wake, "sharing.tasks.settle_member", row.pk), robust=True)
    return row


def waiting(limit: int = 200) -> list[int]:
    """Return the settlements that nobody has done."""
    return list(
        Settlement.objects.filter(done_at=None)
        .order_by("asked_at")
        .values_list("pk", flat=True)[:limit]
    )


def settle_member(settlement_id: int, *, now: datetime) -> int:
    """Decide again about the member in every release in force; return the grants given.

    One short transaction a release; new access stands at new positions, marked as back-fill.
    """
    row = Settlement.objects.select_related("member").get(pk=settlement_id)
    if row.done_at is not None:
        return 0
    releases = Release.objects.filter(ended_at=None, fanned_out_at__isnull=False)
    ids = releases.exclude(incident__owner=row.member).order_by("at").values_list("pk", flat=True)
    granted = sum(
        settle(pk, now=now, members=[row.member.slug], backfill=True).granted for pk in ids
    )
    Settlement.objects.filter(pk=row.pk, done_at=None).update(done_at=now)
    return granted
