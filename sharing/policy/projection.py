"""How a release looks to one subject: what is shown, cut and hidden (domain §3, pure).

A reference counts as hidden if its target is in the same release and not shown. A target
outside the release is kept as the submitter wrote it: it is the submitter's own content,
it reveals nothing the submitter did not say, and whether the platform knows the target by
another incident must not show. The one exception is the owner's identity under an anonymous
marking. Objects shown as own to persons and internal credentials are never cut or hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from members.standing import Standing
from members.tiers import Status
from members.tlp import TLP
from sharing.policy.clauses import permit_code, tlp_of
from sharing.policy.codes import Code, Codes
from sharing.policy.paths import Path, outermost
from sharing.policy.plan import CONTAINERS, ENDS, TIES, Part, Plan, Way
from sharing.policy.types import Item, Obligations

_MAY_OWN = frozenset({Status.PROBATION, Status.ACTIVE, Status.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Answers:
    """What the clauses say to one subject about every marking of a plan, by number.

    `own_refusals` apply to the subject's own objects instead, None if those are free to it.
    """

    refusals: tuple[Codes, ...]
    mine: frozenset[str] = frozenset()
    own_refusals: tuple[Codes, ...] | None = None
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An object as shown: why, what is cut from it and why, what binds its recipient.

    `ways` are the effective markings, by number, that permit it.
    """

    code: Code
    obligations: Obligations
    cuts: Mapping[Path, Code] = field(default_factory=dict)
    ways: tuple[int, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """What a subject sees of a release, in its order, and why not the rest."""

    shown: Mapping[str, Shown]
    hidden: Mapping[str, Codes]


def owned(plan: Plan, standing: Standing | None) -> frozenset[str]:
    """Return the ids of what is the member's own: as creator, or as owner beside it (step 0)."""
    if standing is None or standing.status not in _MAY_OWN:
        return frozenset()
    member, owners = standing.member, plan.context.owners

    def own(item: Item) -> bool:
        return item.creator == member or (member in owners and (item.sco or item.creator in owners))

    return frozenset(part.item.id for part in plan.parts.values() if own(part.item))


def project(plan: Plan, answers: Answers, now: datetime) -> Projection:
    """Return how the release looks to who got these answers."""
    return _Viewing(plan, answers, now).result()


class _Viewing:
    """The working state of one projection: `shown` only shrinks until it is closed."""

    def __init__(self, plan: Plan, answers: Answers, now: datetime) -> None:
        self.plan, self.answers, self.now = plan, answers, now
        self.hidden: dict[str, Codes] = {}
        self.shown: dict[str, Shown] = {}
        self.free: set[str] = set()  # own and reference: not subject to closure
        self.anonymous: set[str] = set()
        for part in plan.parts.values():
            self._judge(part)

    def result(self) -> Projection:
        while self._close():
            pass
        shown = {
            name: self._with_cuts(self.plan.parts[name])
            for name in self.plan.parts
            if name in self.shown
        }
        return Projection(shown, self.hidden)

    # Each object by itself

    def _judge(self, part: Part) -> None:
        item, answers = part.item, self.answers
        own = item.id in answers.mine
        ways = [way.effective for way in part.ways]
        if own and answers.own_refusals is None:
            self.free.add(item.id)
            bound = self.plan.obligations(ways) if ways else Obligations(tlp_of(item.own))
            self.shown[item.id] = Shown(Code.PERMIT_OWN, bound, own=True)
            return
        anonymous = any(self.plan.markings[n].anonymous for n in ways)
        if anonymous and part.tells_owner and not own and not answers.is_owner:
            self.hidden[item.id] = (Code.ANONYMOUS,)
        elif item.reference:
            self.free.add(item.id)
            self.shown[item.id] = Shown(Code.PERMIT_REFERENCE, Obligations(TLP.CLEAR))
        else:
            self._judge_ways(part, own=own)

    def _judge_ways(self, part: Part, *, own: bool) -> None:
        found = [(way, *self._judge_way(part, way, own=own)) for way in part.ways]
        passing = [(way, cuts) for way, codes, cuts in found if not codes]
        if not passing:
            self.hidden[part.item.id] = furthest(codes for _, codes, _ in found)
            return
        ways = tuple(way.effective for way, _ in passing)
        kept = frozenset.intersection(*(frozenset(cuts) for _, cuts in passing))
        cuts = {path: earliest(c[path] for _, c in passing) for path in kept}
        cases = (self.plan.case(number, self.now) for number in ways)
        code = Code.PERMIT_OWN if own else earliest(permit_code(case) for case in cases)
        self.shown[part.item.id] = Shown(code, self.plan.obligations(ways), cuts, ways, own)
        outsider = not own and not self.answers.is_owner
        if outsider and any(self.plan.markings[number].anonymous for number in ways):
            self.anonymous.add(part.item.id)

    def _judge_way(self, part: Part, way: Way, *, own: bool) -> tuple[Codes, dict[Path, Code]]:
        """Return what refuses the object this way, and what is cut from it if nothing does."""
        answers = self.answers
        refusals = answers.own_refusals if own and answers.own_refusals else answers.refusals
        codes, cuts = refusals[way.effective], dict[Path, Code]()
        if codes:
            return codes, cuts
        for entry in way.cuts:
            refused = refusals[entry.marking]
            if refused and entry.paths is None:
                return (Code.REDACTION_BREAKS_OBJECT,), cuts
            if refused and entry.paths:
                _add(cuts, entry.paths, refused[0])
        if cuts and self.plan.breaks(part, outermost(cuts)):
            return (Code.REDACTION_BREAKS_OBJECT,), cuts
        return (), cuts

    # Objects among each other

    def _close(self) -> bool:
        """Hide what cannot be shown beside what is hidden; say whether anything went."""
        closing = {
            name: code
            for name in self.shown
            if name not in self.free and (code := self._falls(self.plan.parts[name]))
        }
        for name, codes in closing.items():
            del self.shown[name]
            self.hidden[name] = codes
        return bool(closing)

    def _falls(self, part: Part) -> Codes:
        namers = part.namers
        if namers and not any(name in self.shown for name in namers):
            return furthest(self.hidden[name] for name in namers)
        ends = [ref for ref in part.references if ref.path in ENDS]
        if part.item.type in TIES and any(self._why_hidden(end.target, part) for end in ends):
            return (Code.ENDPOINT_HIDDEN,)
        if part.item.type in CONTAINERS and self._is_empty(part):
            return (Code.EMPTY_CONTAINER,)
        paths = outermost(self._cuts(part))
        return (Code.REDACTION_BREAKS_OBJECT,) if paths and self.plan.breaks(part, paths) else ()

    def _is_empty(self, part: Part) -> bool:
        """Say whether a container lost its last reference, and not by granular markings alone."""
        inside = [ref for ref in part.references if ref.path[0] == "object_refs"]
        cuts, shown = self._cuts(part), self.shown[part.item.id].cuts
        return (
            bool(inside)
            and all(covered(ref.path, cuts) for ref in inside)
            and any(not covered(ref.path, shown) for ref in inside)
        )

    def _cuts(self, part: Part) -> dict[Path, Code]:
        """Return all that is cut from a shown object in the present state."""
        cuts = dict(self.shown[part.item.id].cuts)
        for ref in part.references:
            why = self._why_hidden(ref.target, part)
            if why is not None:
                _add(cuts, [ref.cuts], why)
        if part.item.id in self.anonymous:
            _add(cuts, part.anonymous_cuts, Code.ANONYMOUS)
        return cuts

    def _why_hidden(self, target: str, part: Part) -> Code | None:
        """Return why a reference to `target` must go from an object, None if it may stay."""
        context = self.plan.context
        if part.item.id in self.anonymous and target in context.owner_identities:
            return Code.ANONYMOUS
        if target in self.shown or target in context.reference:
            return None
        codes = self.hidden.get(target)
        return codes[0] if codes else None

    def _with_cuts(self, part: Part) -> Shown:
        shown = self.shown[part.item.id]
        if part.item.id in self.free:
            return shown
        cuts = self._cuts(part)
        return replace(shown, cuts={path: cuts[path] for path in outermost(cuts)})


def covered(path: Path, cuts: Iterable[Path]) -> bool:
    """Say whether a path or one that it lies inside is among the cuts."""
    found = frozenset(cuts)
    return any(path[:length] in found for length in range(1, len(path) + 1))


def furthest(found: Iterable[Codes]) -> Codes:
    """Return the refusals that got furthest, of equals the first; none: NO_CONTEXT."""
    return max(found, key=lambda codes: codes[0].rank, default=(Code.NO_CONTEXT,))


def earliest(codes: Iterable[Code]) -> Code:
    """Return the code of the earliest step; of permits that is the first that holds."""
    return min(codes, key=lambda code: code.rank)


def _add(cuts: dict[Path, Code], paths: Iterable[Path], code: Code) -> None:
    """Note a reason for each path; of several the earliest step counts."""
    for path in paths:
        cuts[path] = earliest((cuts.get(path, code), code))
