"""What a change of standing would do, before anyone makes it: who gains and loses how much.

Decided by the clauses that fan-out and preview use. Releases that say the same are asked about
once; only where the markings do not tell is a release itself looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from members.models import Member
from members.queries import standings
from members.standing import Standing
from members.tlp import TLP
from sharing import contexts, stock
from sharing.models import Release
from sharing.policy.batch import Batch
from sharing.policy.clauses import at_tier
from sharing.policy.difference import Effect, Terms, by_markings, effect
from sharing.policy.plan import plan_of
from sharing.proposed import Proposed
from sharing.stock import Lot

FOREVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Tally:
    """How many incidents: by marking, from which owners, and the numbers of their releases."""

    by_tlp: Counter[TLP] = field(default_factory=Counter)
    owners: set[int] = field(default_factory=set)
    release_ids: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.release_ids)

    def add(self, *, tlp: TLP, owner_id: int, release_ids: Collection[int]) -> None:
        """Count these releases of one owner."""
        if release_ids:
            self.by_tlp[tlp] += len(release_ids)
            self.owners.add(owner_id)
            self.release_ids += release_ids


@dataclass(frozen=True, slots=True)
class MemberEffect:
    """What a change does to one member, in incidents of others."""

    member: str
    tallies: Mapping[Effect, Tally]

    def __getitem__(self, effect: Effect) -> Tally:
        return self.tallies.get(effect) or Tally()

    @property
    def nothing(self) -> bool:
        """Say whether it changes nothing for the member."""
        return not any(tally.total for tally in self.tallies.values())


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The effect of a change, by member, and the moment from which it is felt."""

    members: tuple[MemberEffect, ...]
    at: datetime

    def total(self, effect: Effect) -> int:
        """Return how often the effect is felt: incidents, added up over the members."""
        return sum(each[effect].total for each in self.members)

    @property
    def nothing(self) -> bool:
        """Say whether nobody gains or loses anything."""
        return all(each.nothing for each in self.members)


def what_if(
    *,
    change: Proposed,
    now: datetime,
    owner: Member | None = None,
    release_ids: Collection[int] | None = None,
) -> WhatIf:
    """Return what the change would do to each member that it concerns.

    Counts incidents in force that are not the member's own. `owner` limits them to that member's,
    `release_ids` to some: who has no right to all counts is shown those of what it sees.
    """
    at = change.felt_at(now)
    slugs = dict(change.concerned().values_list("slug", "pk"))
    before = [each for each in standings(now, slugs=list(slugs)) if each.member in slugs]
    pairs = [(each, change.after(each, now)) for each in before]
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    lots: Sequence[Lot] = ()
    if pairs:
        lots = stock.in_force(owner_id=owner.pk if owner else None, release_ids=release_ids)
    found = _Asking(change.word, lots, at)
    owned = stock.co_owned(slugs.values())
    told = {
        was.member: found.effect_on(was, will, slugs[was.member], owned[slugs[was.member]])
        for was, will in pairs
    }
    return WhatIf(tuple(told.get(s.member) or MemberEffect(s.member, {}) for s in before), at)


class _Asking:
    """Lots asked about for many members; remembers every answer."""

    def __init__(self, word: str | None, lots: Iterable[Lot], at: datetime) -> None:
        self.at = at
        named = {id(lot.terms): lot.terms.words() for lot in lots}
        self.lots = [lot for lot in lots if word is None or word in named[id(lot.terms)]]
        self.words = frozenset[str]().union(*named.values())
        self.answers: dict[tuple[int, Standing, Standing], Effect | None] = {}
        self.closer: dict[int, Terms] = {}
        self.batches: dict[int, Batch] = {}

    def effect_on(
        self, before: Standing, after: Standing, member_id: int, owned: frozenset[int]
    ) -> MemberEffect:
        """Return what another standing means to the member, its own incidents aside."""
        tallies: defaultdict[Effect, Tally] = defaultdict(Tally)
        for lot in self.lots:
            if lot.owner_id == member_id:
                continue
            ids = [pk for pk in lot.release_ids if pk not in owned] if owned else lot.release_ids
            told = self._by_markings(lot.terms, before, after)
            if told is not None:
                self._add(tallies, told, lot, ids)
                continue
            for pk in ids:
                self._add(tallies, self._closer(lot, pk, before, after), lot, [pk])
        return MemberEffect(before.member, tallies)

    @staticmethod
    def _add(
        tallies: defaultdict[Effect, Tally], told: Effect, lot: Lot, ids: Collection[int]
    ) -> None:
        if told is not Effect.NONE:
            tlp = TLP.RED if lot.terms.marking.tlp is None else lot.terms.marking.tlp
            tallies[told].add(tlp=tlp, owner_id=lot.owner_id, release_ids=ids)

    def _closer(self, lot: Lot, pk: int, before: Standing, after: Standing) -> Effect:
        """Return the effect on one release, by all its markings or by a look at its objects."""
        told = None
        if lot.terms.close:
            if not self.closer:
                self.closer = stock.closer(each for each in self.lots if each.terms.close)
            told = self._by_markings(self.closer[pk], before, after)
        return effect(self._batch(pk), before, after) if told is None else told

    def _by_markings(self, terms: Terms, before: Standing, after: Standing) -> Effect | None:
        was, will = self._shape(before), self._shape(after)
        key = (id(terms), was, will)
        if key not in self.answers:
            self.answers[key] = by_markings(terms, was, will, self.at)
        return self.answers[key]

    def _shape(self, standing: Standing) -> Standing:
        """Return the standing without what no release looks at: equal for many members."""
        signed = standing.has_agreement(self.at)
        return replace(
            at_tier(standing, standing.effective_tier),
            member=standing.member if standing.member in self.words else "",
            agreement_until=FOREVER if signed else None,
            probation_until=None,
        )

    def _batch(self, release_id: int) -> Batch:
        if release_id not in self.batches:
            release = Release.objects.select_related("incident__owner", "revision").get(
                pk=release_id
            )
            context = contexts.of_release(release, self.at).context
            self.batches[release_id] = Batch(plan_of(context), self.at)
        return self.batches[release_id]
