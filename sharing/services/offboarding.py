"""When a membership ends: what the member had is recalled, incident by incident."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from incidents.models import IN_FORCE, Incident
from members.models import Member
from sharing.models import Grant, GrantKind, Recall, RecallKind, RenderingObject
from sharing.recalling import lost, recall


def recall_all(member: Member, *, now: datetime) -> int:
    """Recall everything in force that the member had; return how many incidents that was.

    Run by a worker after the grants were closed. One short transaction an incident, and none for
    what was recalled so before: killed anywhere, it goes on where it was.
    """
    waiting = _had(member).filter(state__in=[state.value for state in IN_FORCE])
    return sum(_recall(incident, member, now) for incident in waiting.iterator(chunk_size=200))


def _had(member: Member) -> QuerySet[Incident]:
    """Return the incidents of which the member was given something, and which it may keep yet."""
    given = Grant.objects.filter(
        member=member,
        kind=GrantKind.SHARED,
        notice=False,
        release__incident=OuterRef("pk"),
    )
    told = Recall.objects.filter(
        kind=RecallKind.MEMBERSHIP, incident=OuterRef("pk"), notices__member=member
    )
    return Incident.objects.filter(Exists(given)).exclude(Exists(told)).order_by("pk")


@transaction.atomic
def _recall(incident: Incident, member: Member, now: datetime) -> bool:
    shown = RenderingObject.objects.filter(
        rendering__release__incident=incident, rendering__grants__member=member
    )
    found = lost(
        incident=incident,
        kind=RecallKind.MEMBERSHIP,
        object_ids=set(shown.values_list("object_id", flat=True)),
        members=[member.pk],
        now=now,
    )
    made = recall(
        incident=incident,
        release=None,
        kind=RecallKind.MEMBERSHIP,
        lost=found,
        by=None,
        reason="",
        now=now,
    )
    return made is not None
