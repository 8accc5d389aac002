"""Recalls made directly, for tests of what members and owners see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.models import Incident
from members.models import Member, Person
from members.tlp import READER_CLASSES, TLP
from sharing.deadlines import due_at
from sharing.models import Recall, RecallItem, RecallKind, RecallNotice
from tests.factories import NOW, stix_id
from tests.sharing.feeding import Press


def owner(slug: str, ref: str) -> Press:
    """Return an owner whose incident has a reference that pages can show."""
    press = Press(slug)
    press.incident.ref = ref
    press.incident.head = press.revision
    press.incident.save()
    return press


def cleared_for(tlp: TLP) -> int:
    """Return the mask of all readers whose ceiling reaches the TLP."""
    return sum(1 << each.bit for each in READER_CLASSES if each.ceiling >= tlp)


@dataclass(frozen=True, slots=True)
class Lost:
    """One object that a member had."""

    name: str
    type: str = "indicator"
    tlp: TLP = TLP.AMBER
    readers: int | None = None
    persons: tuple[str, ...] | None = None
    version: datetime = NOW

    @property
    def object_id(self) -> str:
        return stix_id(self.type, self.name)


def make_recall(
    incident: Incident,
    lost: dict[Member, Sequence[Lost]],
    *,
    kind: RecallKind = RecallKind.TIGHTENED,
    by: Person | None = None,
    reason: str = "",
    now: datetime = NOW,
) -> Recall:
    """Recall these objects from members."""
    made = Recall.objects.create(incident=incident, kind=kind, by=by, reason=reason, at=now)
    for member, objects in lost.items():
        strictest = max(each.tlp for each in objects)
        notice = RecallNotice.objects.create(
            recall=made, member=member, at=now, due_at=due_at(kind=kind, tlp=strictest, now=now)
        )
        RecallItem.objects.bulk_create(
            [
                RecallItem(
                    notice=notice,
                    object_id=each.object_id,
                    type=each.type,
                    version=each.version,
                    tlp=each.tlp,
                    readers=cleared_for(each.tlp) if each.readers is None else each.readers,
                    persons=None if each.persons is None else list(each.persons),
                )
                for each in objects
            ]
        )
    return made


def notice_of(recall: Recall, member: Member) -> RecallNotice:
    """Return the notice as it is stored now."""
    return RecallNotice.objects.get(recall=recall, member=member)


def hours(number: float) -> datetime:
    """Return the moment so many hours after NOW."""
    return NOW + timedelta(hours=number)
