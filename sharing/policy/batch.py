"""Many members against one release: each distinct shape and moment is asked once (pure).

Members differ in much that a release does not look at. A *shape* is a standing without that:
members of one shape get the same answers, so an audience of a thousand is decided a few times.
Agreements end on a day of each member's own, yet say no more than yes or no at a moment: a
*stage* of a shape has only that, and the moment at which its answers were last able to change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from members.standing import Standing
from sharing.policy.asking import member_part, own_part
from sharing.policy.clauses import at_tier
from sharing.policy.codes import Codes
from sharing.policy.paths import Path
from sharing.policy.plan import DEFINITIONS, Plan
from sharing.policy.projection import Answers, Projection, covered, project
from sharing.policy.types import Obligations

Key = tuple[tuple[str, ...], frozenset[tuple[str, frozenset[Path]]], tuple[Obligations, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A projection with what tells two of them apart and whether it is worth a share.

    `key` is equal where the same bytes are served. `others` says that it shows more than own
    objects, reference data and definitions; `own` that it shows own ones.
    """

    projection: Projection
    key: Key
    others: bool
    own: bool

    def within(self, other: Look) -> bool:
        """Say whether all that this look shows, the other shows too."""
        mine, theirs = self.projection.shown, other.projection.shown
        return mine.keys() <= theirs.keys() and all(
            all(covered(path, seen.cuts) for path in theirs[name].cuts)
            for name, seen in mine.items()
        )


FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Stage(NamedTuple):
    """A shape with its agreement as yes (FOREVER) or no (None), and when to ask about it."""

    shape: Standing
    moment: datetime


class Batch:
    """One plan asked for many members at `now` and later; remembers every answer."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self.plan, self.now = plan, now
        context, markings = plan.context, plan.markings
        creators = {part.item.creator for part in plan.parts.values()}
        self._slugs: set[str | None] = {*context.owners, *creators}
        self._places: set[str] = set()
        self._circles: set[str] = set()
        for marking in markings:
            self._slugs |= marking.exclude | (marking.named or frozenset())
            self._slugs |= frozenset().union(*marking.early)
            self._places |= marking.not_rel_to.union(*marking.rel_to)
            self._circles |= frozenset().union(*marking.circles)
        times = {t for m in markings for t in (m.release_at, m.embargo_until, m.expires_at)}
        self._times = times - {None}
        self._moments: dict[Standing, list[datetime]] = {}
        self._asked: dict[Stage, tuple[Codes, ...]] = {}
        self._owned: dict[Stage, tuple[Codes, ...]] = {}
        self._within: dict[tuple[Look, Look], bool] = {}
        self._looks: dict[tuple[Answers, datetime], Look] = {}

    def shape(self, standing: Standing) -> Standing:
        """Return the standing without what this release does not look at."""
        return replace(
            at_tier(standing, standing.effective_tier),
            member=standing.member if standing.member in self._slugs else "",
            country=standing.country if standing.country in self._places else None,
            groups=tuple(span for span in standing.groups if span.name in self._places),
            circles=tuple(c for c in standing.circles if c.slug in self._circles),
            probation_until=None,
        )

    def moments(self, shape: Standing) -> list[datetime]:
        """Return `now` and each later time at which an answer may change by itself."""
        end = shape.agreement_until
        others = self._others(replace(shape, agreement_until=None))
        if end is None or end <= self.now or end in others:
            return others
        return sorted([*others, end])

    def _others(self, shape: Standing) -> list[datetime]:
        """Return the moments of a shape without agreement (remembered)."""
        if shape not in self._moments:
            times = {circle.ends_at for circle in shape.circles}
            times |= {time for span in shape.groups for time in (span.starts_at, span.ends_at)}
            later = sorted(t for t in times | self._times if t is not None and t > self.now)
            self._moments[shape] = [self.now, *later]
        return self._moments[shape]

    def stage(self, shape: Standing, moment: datetime) -> Stage:
        """Return what to ask instead of a shape at a moment: equal for many members."""
        without = replace(shape, agreement_until=None)
        since = max(other for other in self._others(without) if other <= moment)
        signed = shape.has_agreement(moment)
        return Stage(replace(shape, agreement_until=FOREVER) if signed else without, since)

    def member_part(self, stage: Stage) -> tuple[Codes, ...]:
        """Return steps 1 to 10 for every marking (remembered)."""
        if stage not in self._asked:
            self._asked[stage] = member_part(self.plan, *stage)
        return self._asked[stage]

    def own_part(self, stage: Stage) -> tuple[Codes, ...]:
        """Return what keeps own objects from channels but the internal (remembered)."""
        if stage not in self._owned:
            self._owned[stage] = own_part(self.plan, *stage)
        return self._owned[stage]

    def within(self, look: Look, other: Look) -> bool:
        """Say whether all that one look shows, the other shows too (remembered)."""
        key = (look, other)
        if key not in self._within:
            self._within[key] = look.within(other)
        return self._within[key]

    def look(self, answers: Answers, now: datetime) -> Look:
        """Return how the release looks to who got these answers (remembered)."""
        key = (answers, now)
        if key not in self._looks:
            self._looks[key] = self._look(project(self.plan, answers, now))
        return self._looks[key]

    def _look(self, projection: Projection) -> Look:
        shown = projection.shown
        cuts = ((name, frozenset(seen.cuts)) for name, seen in shown.items() if seen.cuts)
        items = [self.plan.parts[name].item for name in shown]
        others = (
            not (item.reference or shown[item.id].own or item.type in DEFINITIONS) for item in items
        )
        return Look(
            projection=projection,
            key=(tuple(shown), frozenset(cuts), tuple(s.obligations for s in shown.values())),
            others=any(others),
            own=any(seen.own for seen in shown.values()),
        )
