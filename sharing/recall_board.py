"""The owner's board: who still holds what was taken back from them.

Only recalls of the person's own incidents are here. Recipients read `sharing.recalls`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    When,
)
from django.db.models import Value as V

from incidents.models import Incident
from incidents.queries import own_incidents
from members.models import Person
from sharing.models import Recall, RecallItem, RecallKind, RecallNotice, RecallState

BLOCKS: Final = 10
ROWS: Final = 25  # of one recall where several are shown
ALL_ROWS: Final = 1_000  # where one incident's are


class Show(StrEnum):
    """Which recalls the board shows."""

    OPEN = "open"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many members were asked, and what came of it; `overdue` ones are open as well."""

    asked: int
    confirmed: int
    refused: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Block:
    """One recall: what it took back, the tally, and the members, the most pressing first.

    `objects` counts what it is about; `more` are the members left out.
    """

    recall: Recall
    kind: RecallKind
    tally: Tally
    objects: int
    notices: tuple[RecallNotice, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Board:
    """Recalls, the latest first, and whether older ones follow."""

    blocks: tuple[Block, ...]
    more: bool


def board(
    *,
    person: Person,
    now: datetime,
    show: Show = Show.OPEN,
    ref: str = "",
    offset: int = 0,
    limit: int = BLOCKS,
) -> Board:
    """Return a page of the person's board; `ref` narrows it to one incident. Three queries."""
    rows = ALL_ROWS if ref else ROWS
    wanted = _counted(_own(person), now)
    if ref:
        wanted = wanted.filter(incident__ref=ref)
    if show is not Show.ALL:
        wanted = wanted.filter(**{f"n_{show.value}__gt": 0})
    wanted = wanted.select_related("incident__head", "by").order_by("-at", "-pk")
    shown = Prefetch("notices", queryset=_notices(show, now)[:rows], to_attr="shown")
    found = list(wanted.prefetch_related(shown)[offset : offset + limit + 1])
    objects = _objects([recall.pk for recall in found[:limit]])
    blocks = tuple(_block(each, objects.get(each.pk, 0), show) for each in found[:limit])
    return Board(blocks, more=len(found) > limit)


def totals(*, person: Person, now: datetime, ref: str = "") -> dict[Show, int]:
    """Return how many recalls each choice of the board has. One query."""
    own = _counted(_own(person), now)
    if ref:
        own = own.filter(incident__ref=ref)
    found = own.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=Q(n_open__gt=0)),
        overdue=Count("pk", filter=Q(n_overdue__gt=0)),
    )
    return {show: found[show.value] for show in Show}


def tally_of(incident: Incident, now: datetime) -> Tally | None:
    """Return the tally over all recalls of an incident, None if nothing was recalled. One query."""
    found = RecallNotice.objects.filter(recall__incident=incident).aggregate(
        asked=Count("pk"),
        confirmed=Count("pk", filter=Q(state=RecallState.CONFIRMED)),
        refused=Count("pk", filter=Q(state=RecallState.REFUSED)),
        open=Count("pk", filter=Q(state=RecallState.OPEN)),
        overdue=Count("pk", filter=Q(state=RecallState.OPEN, due_at__lte=now)),
    )
    return Tally(**found) if found["asked"] else None


def _own(person: Person) -> QuerySet[Recall]:
    mine = own_incidents(person).order_by().values("pk")
    return Recall.objects.filter(incident__in=mine)


def _counted(recalls: QuerySet[Recall], now: datetime) -> QuerySet[Recall]:
    still = Q(notices__state=RecallState.OPEN)
    return recalls.annotate(
        n_asked=Count("notices"),
        n_confirmed=Count("notices", filter=Q(notices__state=RecallState.CONFIRMED)),
        n_refused=Count("notices", filter=Q(notices__state=RecallState.REFUSED)),
        n_open=Count("notices", filter=still),
        n_overdue=Count("notices", filter=still & Q(notices__due_at__lte=now)),
    )


def _notices(show: Show, now: datetime) -> QuerySet[RecallNotice]:
    """Return the members of each recall: overdue, open, refused, confirmed; then by name."""
    still = Q(state=RecallState.OPEN)
    wanted = RecallNotice.objects.filter(still) if show is Show.OPEN else RecallNotice.objects.all()
    if show is Show.OVERDUE:
        wanted = wanted.filter(still, due_at__lte=now)
    rank = Case(
        When(still & Q(due_at__lte=now), then=V(0)),
        When(still, then=V(1)),
        When(state=RecallState.REFUSED, then=V(2)),
        default=V(3),
        output_field=IntegerField(),
    )
    partly = Exists(RecallItem.objects.filter(notice=OuterRef("pk"), answer__isnull=False))
    return (
        wanted.select_related("member")
        .annotate(rank=rank, partly=partly)
        .order_by("rank", F("due_at").asc(nulls_last=True), "member__name")
    )


def _objects(recalls: Collection[int]) -> dict[int, int]:
    """Return how many different objects each recall is about."""
    counted = (
        RecallItem.objects.filter(notice__recall__in=recalls)
        .values("notice__recall")
        .annotate(n=Count("object_id", distinct=True))
    )
    return dict(counted.values_list("notice__recall", "n"))


def _block(recall: Recall, objects: int, show: Show) -> Block:
    counts = {name: getattr(recall, f"n_{name}") for name in Tally.__slots__}
    tally = Tally(**counts)
    shown: list[RecallNotice] = recall.shown  # type: ignore[attr-defined]  # by Prefetch
    whole = {Show.ALL: tally.asked, Show.OPEN: tally.open, Show.OVERDUE: tally.overdue}[show]
    return Block(
        recall=recall,
        kind=RecallKind(recall.kind),
        tally=tally,
        objects=objects,
        notices=tuple(shown),
        more=whole - len(shown),
    )
