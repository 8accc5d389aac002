"""What a member does about a recall: sees it, answers it, and is reminded of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import SYSTEM
from audit.services import record
from incidents.services import By
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.roles import Role
from sharing.door import Reader
from sharing.models import RecallAnswer, RecallItem, RecallNotice, RecallState
from sharing.recalls import items_of

CONFIRMED: Final = Action("sharing:recall:confirm")
REFUSED: Final = Action("sharing:recall:refuse")
REMINDED: Final = Action("sharing:recall:remind")
LONGEST_NOTE: Final = 4_000
REMIND_AT_ONCE: Final = 500


@transaction.atomic
def answer(
    *, by: By, reader: Reader, key: uuid.UUID, state: RecallState, note: str, now: datetime
) -> bool:
    """Answer a recall for all that the reader may know of; return whether that was anything new.

    What was confirmed stays confirmed. A refusal may become a confirmation, and may be given
    again in other words. A suspended member answers as any other: duties outlive rights.

    Raises:
        NotFound: no such notice for this reader.
        NotPermitted: a person who is no reviewer.
        Invalid: a refusal without a note, or one that is too long.
        Conflict: refusing what is confirmed.
    """
    notice, items = _locked(reader, key, now)
    if not by.scoped and not by.person.has_role(Role.REVIEWER):
        raise NotPermitted(_("Only a reviewer of your team can do this."))
    note = _checked(state, note.strip())
    free = [item for item in items if _state(item) is not RecallState.CONFIRMED]
    if not free:
        if state is RecallState.CONFIRMED:
            return False
        raise Conflict(_("It is confirmed already; what was confirmed stays so."))
    if state is RecallState.REFUSED and all(_refused_so(item, note) for item in free):
        return False
    given = RecallAnswer.objects.create(notice=notice, state=state, note=note, at=now, by=by.person)
    RecallItem.objects.filter(pk__in=[item.pk for item in free]).update(answer=given)
    note_seen([notice.pk], now=now)  # who answers has seen it, by whatever way
    _sum_up(notice, given)
    record(
        actor=by.actor,
        action=CONFIRMED if state is RecallState.CONFIRMED else REFUSED,
        target=Target("recall", str(notice.key)),
        at=now,
        member_id=notice.member_id,
        details={"items": len(free)},
    )
    return True


def _locked(
    reader: Reader, key: uuid.UUID, now: datetime
) -> tuple[RecallNotice, Sequence[RecallItem]]:
    notice = (
        RecallNotice.objects.select_for_update().filter(member_id=reader.member_id, key=key).first()
    )
    items = items_of(notice, reader=reader, now=now) if notice else []
    if notice is None or not items:
        raise NotFound(_("There is no such recall."))
    return notice, items


def _checked(state: RecallState, note: str) -> str:
    if state is RecallState.REFUSED and not note:
        raise Invalid(_("Say why you do not delete it."), field="note", code="required")
    if len(note) > LONGEST_NOTE:
        sentence = _("Write at most %(n)s characters.") % {"n": LONGEST_NOTE}
        raise Invalid(sentence, field="note", code="max_length")
    return note


def _state(item: RecallItem) -> RecallState:
    return RecallState(item.answer.state) if item.answer else RecallState.OPEN


def _refused_so(item: RecallItem, note: str) -> bool:
    return (
        _state(item) is RecallState.REFUSED
        and item.answer is not None
        and (item.answer.note == note)
    )


def _sum_up(notice: RecallNotice, given: RecallAnswer) -> None:
    """Write on the notice what its items come to once all are answered."""
    if notice.items.filter(answer=None).exists():
        return
    refusal = notice.answers.filter(items__isnull=False, state=RecallState.REFUSED).last()
    notice.state = RecallState.REFUSED if refusal else RecallState.CONFIRMED
    notice.note = refusal.note if refusal else given.note
    notice.answered_at = given.at
    notice.answered_by = given.by
    notice.save(update_fields=["state", "note", "answered_at", "answered_by"])


def note_seen(ids: Collection[int], *, now: datetime) -> int:
    """Note that notices were shown to their member for the first time; return how many."""
    if not ids:
        return 0
    return RecallNotice.objects.filter(pk__in=ids, seen_at=None).update(seen_at=now)


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Remind the members whose notices are open at half their term or past it; return how many.

    Each of the two is given once; who was not reminded in the first half gets the second alone.
    A member whose people cannot sign in is not reminded: nobody would see it. A reminder is the
    notice's place on the first page of the member's reviewers, and the owner sees how many there
    were. No mail goes out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "limit": REMIND_AT_ONCE})
        found = cursor.fetchall()
    RecallNotice.objects.filter(pk__in=[pk for pk, *_rest in found]).update(
        reminded_at=now, reminders=F("reminders") + 1
    )
    for _pk, key, member_id, reminders in found:
        record(
            actor=SYSTEM,
            action=REMINDED,
            target=Target("recall", str(key)),
            at=now,
            member_id=member_id,
            details={"reminder": reminders + 1},
        )
    return len(found)


_DUE = """
SELECT n.id, n.key, n.member_id, n.reminders
FROM sharing_recallnotice n JOIN members_member m ON m.id = n.member_id
WHERE n.state = 'open' AND n.due_at IS NOT NULL
  AND m.status <> 'withdrawn' AND m.suspension_cause IS DISTINCT FROM 'compromise'
  AND n.at + (n.due_at - n.at) / 2 <= %(now)s
  AND (n.reminded_at IS NULL OR n.reminded_at < CASE
    WHEN n.due_at <= %(now)s THEN n.due_at ELSE n.at + (n.due_at - n.at) / 2 END)
ORDER BY n.due_at, n.id
LIMIT %(limit)s
FOR UPDATE OF n SKIP LOCKED"""
