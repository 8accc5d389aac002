"""Writing the log: `record` in the caller's transaction, `seal` by the one appender."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from audit import details as kept
from audit.actions import Action, Target
from audit.actors import Actor
from audit.merkle import Frontier
from audit.models import Entry, TreeHead
from audit.request import REQUEST_ID

APPENDER_LOCK = 0x63665F61  # "cf_a": the advisory lock of the one appender
SEAL_LIMIT = 10_000


class OutsideTransaction(RuntimeError):
    """An entry was recorded outside the transaction of what it records."""


def record(
    *,
    actor: Actor,
    action: Action,
    target: Target,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    member_id: int | None = None,
) -> Entry:
    """Write the entry of an action, within the transaction that performs it. One insert.

    `member_id` is the member that the action concerns; its administrators may read the entry.

    Raises:
        OutsideTransaction: no transaction is open.
        DetailsRefused: `details` hold more than ids, numbers, codes and hashes.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{action} must be recorded in the transaction that performs it")
    stored = dict(details or {})
    kept.check(stored)
    kept.check(target.key, "target")
    return Entry.objects.create(
        at=at,
        action=action.name,
        target_kind=target.kind,
        target_key=target.key,
        actor_kind=actor.kind,
        person_id=actor.person_id,
        credential_id=actor.credential_id,
        actor_member_id=actor.member_id,
        member_id=member_id,
        request_id=REQUEST_ID.get(),
        details=stored,
    )


@transaction.atomic
def seal(now: datetime, limit: int = SEAL_LIMIT) -> TreeHead | None:
    """Append up to `limit` committed, unsealed entries to the tree; return the new head, if any.

    One appender at a time, under an advisory lock that the transaction holds. An entry whose
    transaction is still open is not seen and is appended by a later call, after those sealed now:
    the order of the tree is the order in which the appender saw entries committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPENDER_LOCK])
    frontier = _frontier()
    entries = list(Entry.objects.filter(leaf_index__isnull=True).order_by("id")[:limit])
    if not entries:
        return None
    sealed = [(e.pk, i, e.leaf(i).hash()) for i, e in enumerate(entries, start=frontier.size)]
    _store(sealed)
    grown = frontier.extend(leaf for _, _, leaf in sealed)
    return TreeHead.objects.create(
        size=grown.size, root=grown.root(), frontier=grown.to_bytes(), at=now
    )


def _frontier() -> Frontier:
    head = TreeHead.objects.order_by("-size").first()
    return Frontier.from_bytes(head.size, bytes(head.frontier)) if head else Frontier()


def _store(sealed: list[tuple[int, int, bytes]]) -> None:
    ids, indexes, hashes = (list(column) for column in zip(*sealed, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_entry e SET leaf_index = s.place, leaf_hash = s.hash"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS s(id, place, hash)"
            " WHERE e.id = s.id",
            [ids, indexes, hashes],
        )
