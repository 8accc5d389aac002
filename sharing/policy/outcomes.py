"""What fan-out stores: each way a release looks, and who reads it so, and when (pure).

For every member, class of readers and group of named persons the release is projected at now
and at each later moment at which an answer changes by itself. A look that appears gets a share
from that moment; the share ends when the member may no longer see all of it. While a
release only opens further, what was shared stays as it is and the fuller look comes beside it,
so that no reader loses its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from members.standing import Standing
from members.tiers import Status, Tier
from members.tlp import INTERNAL_READERS, READER_CLASSES
from sharing.policy.asking import joined
from sharing.policy.batch import Batch, Key, Look, Stage
from sharing.policy.clauses import at_tier, circle_refusal, readers_of
from sharing.policy.codes import Code, Codes
from sharing.policy.plan import plan_of
from sharing.policy.projection import Answers, owned
from sharing.policy.types import Context, Outcome, Share, ShareKind

_NO_SHARE = frozenset({Status.APPLICANT, Status.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class _Readers:
    """Classes of readers to whom steps 11 and 12, persons aside, say the same."""

    mask: int
    refusals: tuple[Codes, ...]
    internal: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A look and the time in which it is shared (None: from the start, without end).

    `stage` is where it began, `readers` one of the groups that have it.
    """

    look: Look
    begin: datetime | None
    end: datetime | None
    stage: Stage
    readers: _Readers

    @property
    def key(self) -> _RunKey:
        return self.look.key, self.begin, self.end


_RunKey = tuple[Key, datetime | None, datetime | None]
_Runs = dict[_RunKey, tuple[_Run, int]]  # with the mask of all that have it


def outcomes(context: Context, standings: Iterable[Standing], now: datetime) -> list[Outcome]:
    """Return every distinct look of a release with its shares, now and later.

    Owners get shares only for channels other than internal (`OWN_IN_FORCE`): what they and
    other creators see of their own as persons and internally, in any state, is not of a
    release. The reader masks of one member's shares at one time are disjoint.
    """
    sharing = _Sharing(Batch(plan_of(context), now))
    looks: dict[Key, Look] = {}
    shares: dict[Key, list[Share]] = {}
    known: dict[Standing, list[tuple[Look, Share]]] = {}
    for standing in sorted(standings, key=lambda standing: standing.member):
        if standing.status in _NO_SHARE:
            continue
        shape = sharing.batch.shape(standing)
        if shape not in known:
            known[shape] = sharing.shares_of(shape)
        for look, share in known[shape]:
            looks.setdefault(look.key, look)
            shares.setdefault(look.key, []).append(replace(share, member=standing.member))
    return [_outcome(look, tuple(shares[key])) for key, look in looks.items()]


def _outcome(look: Look, shares: tuple[Share, ...]) -> Outcome:
    shown = look.projection.shown
    return Outcome(
        visible=tuple(shown),
        cuts={name: frozenset(seen.cuts) for name, seen in shown.items() if seen.cuts},
        marks={name: seen.obligations for name, seen in shown.items()},
        shares=shares,
    )


class _Sharing:
    """One release being shared out."""

    def __init__(self, batch: Batch) -> None:
        self.batch, self.plan = batch, batch.plan
        markings = self.plan.markings
        self.masks = [readers_of(self.plan.case(n, batch.now)) for n in range(len(markings))]
        self.groups = {apart: self._readers(apart=apart) for apart in (False, True)}
        self.terms: dict[tuple[Look, Stage, tuple[Codes, ...]], Share] = {}
        self.looks: dict[tuple[Stage, tuple[Codes, ...]], list[Look]] = {}
        self.unnamed = _refused([m.persons is None for m in markings], Code.PRINCIPAL_NOT_NAMED)
        self.persons: dict[tuple[Codes, ...], frozenset[str]] = {}
        for person in sorted(frozenset().union(*(m.persons or frozenset() for m in markings))):
            named = [m.persons is None or person in m.persons for m in markings]
            refusals = _refused(named, Code.PRINCIPAL_NOT_NAMED)
            self.persons[refusals] = self.persons.get(refusals, frozenset()) | {person}

    def shares_of(self, shape: Standing) -> list[tuple[Look, Share]]:
        """Return the looks that members of a shape get, each with a share naming no member."""
        one = _OneShape(self, shape)
        general = one.runs(self.unnamed)
        special = {
            persons: (refusals, runs)
            for refusals, persons in self.persons.items()
            if _masks(runs := _inside(one.runs(refusals))) != _masks(_inside(general))
        }
        apart = frozenset[str]().union(*special)
        found = [
            (run.look, replace(one.share(run, mask, self.unnamed), not_persons=apart))
            for run, mask in general.values()
        ]
        for persons, (refusals, runs) in special.items():
            found += [
                (run.look, replace(one.share(run, mask, refusals), persons=persons))
                for run, mask in runs.values()
            ]
        return found

    def _readers(self, *, apart: bool) -> list[_Readers]:
        """Return all classes of readers, grouped; internal ones `apart` if own objects differ."""
        groups: dict[tuple[bool, ...], int] = {}
        for limits in READER_CLASSES:
            admitted = tuple(bool(mask >> limits.bit & 1) for mask in self.masks)
            key = (*admitted, limits.internal if apart else False)
            groups[key] = groups.get(key, 0) | 1 << limits.bit
        return [
            _Readers(mask, _refused(key[:-1], Code.PRINCIPAL_CEILING), key[-1])
            for key, mask in groups.items()
        ]


class _OneShape:
    """One shape of standing being given its shares."""

    def __init__(self, sharing: _Sharing, shape: Standing) -> None:
        self.sharing, self.batch, self.plan = sharing, sharing.batch, sharing.plan
        self.shape = shape
        moments = self.batch.moments(shape)
        self.steps = [(moment, self.batch.stage(shape, moment)) for moment in moments]
        self.mine = owned(self.plan, shape)
        self.is_owner = shape.member in self.plan.context.owners
        self.readers = [
            group
            for group in sharing.groups[bool(self.mine) or self.is_owner]
            if not (self.is_owner and group.internal)
        ]

    def runs(self, persons: tuple[Codes, ...]) -> _Runs:
        """Return what is shared and when, for readers of whom persons clauses say this."""
        found: _Runs = {}
        looks = [self._looks(stage, persons) for _, stage in self.steps]
        for place, group in enumerate(self.readers):
            for run in self._runs_of(group, [at_once[place] for at_once in looks]):
                mask = found[run.key][1] if run.key in found else 0
                found[run.key] = run, mask | group.mask
        return found

    def _looks(self, stage: Stage, persons: tuple[Codes, ...]) -> list[Look]:
        """Return the look of each group of readers at a stage (remembered)."""
        key = (stage, persons)
        if key not in self.sharing.looks:
            found = [self._look(stage, group, persons) for group in self.readers]
            self.sharing.looks[key] = found
        return self.sharing.looks[key]

    def _runs_of(self, group: _Readers, looks: list[Look]) -> list[_Run]:
        ended: list[_Run] = []
        running: list[_Run] = []
        for (moment, stage), look in zip(self.steps, looks, strict=True):
            over = [run for run in running if not self.batch.within(run.look, look)]
            ended += [replace(run, end=moment) for run in over]
            running = [run for run in running if run not in over]
            worth = look.others or (look.own and not group.internal)
            if worth and all(run.look.key != look.key for run in running):
                begin = None if moment == self.batch.now else moment
                running.append(_Run(look, begin, None, stage, group))
        return ended + running

    def _look(self, stage: Stage, group: _Readers, persons: tuple[Codes, ...]) -> Look:
        reader = joined(group.refusals, persons)
        free = group.internal or not self.mine
        own = None if free else joined(self.batch.own_part(stage), reader)
        refusals = joined(self.batch.member_part(stage), reader)
        return self.batch.look(Answers(refusals, self.mine, own, self.is_owner), stage.moment)

    def share(self, run: _Run, mask: int, persons: tuple[Codes, ...]) -> Share:
        """Return the share of a run, its member left open."""
        key = (run.look, run.stage, persons)
        if key not in self.sharing.terms:
            self.sharing.terms[key] = self._terms(run, persons)
        terms = self.sharing.terms[key]
        return replace(terms, readers=mask, visible_from=run.begin, visible_until=run.end)

    def _terms(self, run: _Run, persons: tuple[Codes, ...]) -> Share:
        """Return what a share says beside its readers and times."""
        look = run.look
        shown = look.projection.shown
        own_only = self.is_owner or not look.others
        circles, groups = self._rests_on(look, run.stage.moment)
        first = shown.get(self.plan.context.incident) or next(iter(shown.values()))
        return Share(
            member=self.shape.member,
            kind=ShareKind.OWN_IN_FORCE if own_only else ShareKind.SHARED,
            readers=0,
            code=first.code,
            tlp=max(seen.obligations.tlp for seen in shown.values()),
            min_tier=self._min_tier(run, persons),
            circles=circles,
            groups=groups,
        )

    def _min_tier(self, run: _Run, persons: tuple[Codes, ...]) -> Tier:
        """Return the smallest effective tier at which the look is the same."""
        shape, moment = run.stage
        for tier in (tier for tier in Tier if tier < shape.effective_tier):
            lower = Stage(at_tier(shape, tier), moment)
            if self._look(lower, run.readers, persons).key == run.look.key:
                return tier
        return shape.effective_tier

    def _rests_on(self, look: Look, moment: datetime) -> tuple[frozenset[str], frozenset[str]]:
        """Return the circles that admit the member and the groups that count for or against."""
        held = {span.name for span in self.shape.groups if span.covers(moment)}
        circles, groups = set[str](), set[str]()
        for number in self._ways(look):
            case = self.plan.case(number, moment)
            named = frozenset[str]().union(*case.marking.circles)
            circles |= {
                circle.slug
                for circle in self.shape.circles
                if circle.slug in named and circle_refusal(circle, case, self.shape) is None
            }
            groups |= held.intersection(frozenset().union(*case.marking.rel_to))
            groups |= case.marking.not_rel_to
        return frozenset(circles), frozenset(groups)

    def _ways(self, look: Look) -> frozenset[int]:
        """Return the numbers of all markings that what is shown was admitted under."""
        numbers = set[int]()
        for name, seen in look.projection.shown.items():
            for way in self.plan.parts[name].ways:
                if way.effective in seen.ways:
                    numbers |= {way.effective, *(cut.marking for cut in way.cuts)}
        return frozenset(numbers)


def _refused(admitted: Iterable[bool], code: Code) -> tuple[Codes, ...]:
    return tuple(() if ok else (code,) for ok in admitted)


def _inside(runs: _Runs) -> _Runs:
    """Return the part of runs that persons and internal credentials read."""
    return {
        key: (run, mask & INTERNAL_READERS)
        for key, (run, mask) in runs.items()
        if mask & INTERNAL_READERS
    }


def _masks(runs: _Runs) -> Mapping[_RunKey, int]:
    return {key: mask for key, (_, mask) in runs.items()}
