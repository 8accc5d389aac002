"""When a member's standing changes: close what must close at once, decide again behind it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, Q

from members.changes import Change, Matter
from members.models import Member
from members.tiers import CEILING, Status
from members.tlp import TLP
from sharing.live import RECEIVING
from sharing.models import Grant, GrantKind, Settlement
from sharing.redeciding import to_settle
from sharing.services.fanout import POISON, settle
from sharing.services.offboarding import recall_all
from sharing.waking import wake
from sharing.withdrawing import uncover

BATCH = 25  # grants settled at once: the publishing lock is held that long


def close(change: Change, now: datetime) -> int:
    """Withdraw what the change ended, in the transaction that performs it; return how many.

    What remains, narrower perhaps, is decided by a worker afterwards (`ask`).
    """
    members = Member.objects.filter(pk__in=change.member_ids)
    return sum(
        Grant.objects.filter(member=member, kind=GrantKind.SHARED, withdrawn_at=None)
        .filter(_ended(change, member))
        .update(withdrawn_at=now)
        for member in members
    )


def _ended(change: Change, member: Member) -> Q:
    """Return which of the member's grants rest on what the change took away."""
    if member.status not in RECEIVING:
        return Q()  # all of them
    match change.matter:
        case Matter.CIRCLE:
            return Q(circles__contains=[change.circle])
        case Matter.GROUP:
            return Q(groups__contains=[change.group])
        case Matter.AGREEMENT:
            return Q(tlp__gt=TLP.CLEAR.value)
        case _:
            tier = member.effective_tier
            return Q(tlp__gt=CEILING[tier].value) | Q(min_tier__gt=tier.value)


def ask(change: Change, now: datetime) -> None:
    """Leave a row for each member concerned, so that a worker decides again about it."""
    for member in Member.objects.filter(pk__in=change.member_ids).order_by("pk"):
        ask_settlement(member=member, cause=change.matter.value, now=now)


def ask_settlement(*, member: Member, cause: str, now: datetime) -> Settlement:
    """Leave the row that says this member must be decided again, and wake a worker for it."""
    row = Settlement.objects.create(member=member, cause=cause, asked_at=now)
    transaction.on_commit(partial(wake, "sharing.tasks.settle_member", row.pk), robust=True)
    return row


def waiting(limit: int = 200) -> list[int]:
    """Return the settlements that nobody has done, those parked as poison left out."""
    asked = Settlement.objects.filter(done_at=None, attempts__lt=POISON).order_by("asked_at")
    return list(asked.values_list("pk", flat=True)[:limit])


def note_failure(settlement_id: int) -> None:
    """Count that settling failed."""
    Settlement.objects.filter(pk=settlement_id).update(attempts=F("attempts") + 1)


def settle_member(settlement_id: int, *, now: datetime) -> int:
    """Decide again about the member where that may change anything; return the grants given.

    One short transaction a release; new access stands at new positions, marked as back-fill. What
    a former member had is recalled, in one short transaction an incident.
    """
    row = Settlement.objects.select_related("member").get(pk=settlement_id)
    if row.done_at is not None:
        return 0
    _uncover(row, now)
    granted = sum(
        settle(pk, now=now, members=[row.member.slug], backfill=True).granted
        for pk in to_settle(row.member, now)
    )
    if row.member.status == Status.WITHDRAWN:
        recall_all(row.member, now=now)
    Settlement.objects.filter(pk=row.pk, done_at=None).update(done_at=now)
    return granted


def _uncover(row: Settlement, now: datetime) -> None:
    """Bring back what is current again behind the grants that the change closed at once.

    In batches, the newest first: each holds the publishing lock.
    """
    closed = Grant.objects.filter(
        member=row.member, kind=GrantKind.SHARED, withdrawn_at=row.asked_at
    ).order_by("-last")
    ids = list(closed.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            uncover(ids[start : start + BATCH], now=now)
