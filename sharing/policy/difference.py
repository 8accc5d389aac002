"""What a member has of a release under one standing and not under another (pure).

Most releases are told apart by their markings alone: equal markings give equal answers, whatever
the objects say. `by_markings` answers for those without looking at a single object, and says
where that is not enough; `effect` looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from incidents.marking import Marking, meet
from members.standing import Standing
from sharing.policy.batch import Batch, Look
from sharing.policy.clauses import Case, member_refusals
from sharing.policy.projection import Answers, owned

# Types that nothing hidden beside them can take along, and that are never reference data.
STEADY: Final = (
    "incident",
    "indicator",
    "vulnerability",
    "autonomous-system",
    "domain-name",
    "email-addr",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "url",
)


class Effect(StrEnum):
    """What a change does to one release for one member."""

    GAINED = "gained"
    LOST = "lost"
    NARROWED = "narrowed"  # less of it than before, whatever is new in it
    WIDENED = "widened"  # more of it than before
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Held:
    """A marking that objects of a release, or parts of them, have.

    `steady`: one of them is of a STEADY type and neither cut nor floored, so that it is shown
    whenever the marking admits. `telling`: when the marking comes to admit, or no longer does,
    something is seen to come or go.
    """

    marking: Marking
    steady: bool
    telling: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """All that the markings of a release say; `close`: an object may say more than stands here."""

    marking: Marking
    held: tuple[Held, ...]
    close: bool = False

    def words(self) -> frozenset[str]:
        """Return every circle, place and member that a marking names."""
        named: set[str] = set()
        for marking in (self.marking, *(held.marking for held in self.held)):
            named |= marking.not_rel_to.union(*marking.rel_to)
            named |= marking.exclude.union(*marking.circles).union(*marking.early)
            named |= marking.named or frozenset()
        return frozenset(named)


def by_markings(terms: Terms, before: Standing, after: Standing, now: datetime) -> Effect | None:
    """Return the effect of another standing, None where the objects must be looked at."""
    was, will = admitted(terms, before, now), admitted(terms, after, now)
    had, has = _shows(terms, was), _shows(terms, will)
    if had is None or has is None:
        return None if was != will or terms.close else Effect.NONE
    if had is not has:
        return Effect.GAINED if has else Effect.LOST
    if not had or (was == will and not terms.close):
        return Effect.NONE
    if terms.close:
        return None
    if any(terms.held[number].telling for number in was - will):
        return Effect.NARROWED
    if was <= will and any(terms.held[number].telling for number in will - was):
        return Effect.WIDENED
    return None


def effect(batch: Batch, before: Standing, after: Standing) -> Effect:
    """Return the effect of another standing on the release that the batch asks about."""
    was, will = _look(batch, before), _look(batch, after)
    if was.others is not will.others:
        return Effect.GAINED if will.others else Effect.LOST
    if not was.others:
        return Effect.NONE
    if not was.within(will):
        return Effect.NARROWED
    return Effect.NONE if will.within(was) else Effect.WIDENED


def _look(batch: Batch, standing: Standing) -> Look:
    stage = batch.stage(batch.shape(standing), batch.now)
    mine = owned(batch.plan, stage.shape)
    return batch.look(Answers(batch.member_part(stage), mine), batch.now)


def admitted(terms: Terms, standing: Standing, now: datetime) -> frozenset[int]:
    """Return the numbers of the markings under which the member may have what has them."""
    stated = terms.marking.tlp is not None
    return frozenset(
        number
        for number, held in enumerate(terms.held)
        if not _refused(Case(meet(terms.marking, held.marking), "released", stated, now), standing)
    )


def _refused(case: Case, standing: Standing) -> bool:
    try:
        return bool(member_refusals(case, standing))
    except Exception:  # as in `asking`: what cannot be decided is refused
        return True


def _shows(terms: Terms, admitted: Iterable[int]) -> bool | None:
    """Say whether anything is shown under these own markings; None: only a look can tell."""
    found = [terms.held[number].steady for number in admitted]
    if any(found):
        return True
    return None if found else False
