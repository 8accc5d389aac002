"""audience and outcomes say for many members what decide says for each, now and later."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

import pytest

from members.standing import Standing
from members.tiers import Status, Tier
from members.tlp import TLP, Channel
from sharing.policy import (
    AS_MEMBER,
    Context,
    Kind,
    Outcome,
    Principal,
    Reach,
    Share,
    ShareKind,
    Subject,
    audience,
    decide,
    outcomes,
    view,
)
from sharing.policy.asking import answers_for
from sharing.policy.audience import redactions_of
from sharing.policy.clauses import at_tier
from sharing.policy.plan import DEFINITIONS, Plan, plan_of
from sharing.policy.projection import Projection, covered, project
from tests.sharing.policy import generator

COUNT = int(os.environ.get("CYBERFRAME_POLICY_WORLDS", "20"))
TIMES = [generator.NOW + timedelta(hours=h) for h in (0, 0.5, 1, 2, 24, 47, 48, 8_999, 9_000)]
PERSONS = [*generator.PERSONS, "eve@x.example"]
PRINCIPALS = [
    *(Principal(kind=Kind.PERSON, person=p, max_tlp=tlp) for p in PERSONS for tlp in TLP),
    *(
        Principal(kind=Kind.CREDENTIAL, channel=channel, max_tlp=tlp, own_instance=own)
        for channel in Channel
        for tlp in TLP
        for own in (False, True)
    ),
]


def seen_by(plan: Plan, standing: Standing, who: Principal, at: datetime) -> Projection:
    """Return what `view` does, the plan being made once."""
    return project(plan, answers_for(plan, Subject(standing, who), at), at)


def worlds() -> Iterator[tuple[Context, list[Standing]]]:
    rng = random.Random(7)
    for number in range(COUNT):
        context = generator.typed_context(generator.context(rng, number))
        members = [generator.member(rng, slug) for slug in generator.MEMBERS]
        yield context, [generator.typed_member(given) for given in members]


def reads(share: Share, member: str, who: Principal, at: datetime) -> bool:
    """Say what the door of the feed would: whether this principal reads a share at a moment."""
    person = who.person if who.kind is Kind.PERSON else None
    named = person in share.persons if share.persons is not None else True
    return (
        share.member == member
        and bool(share.readers >> who.reader_class.bit & 1)
        and named
        and person not in share.not_persons
        and (share.visible_from is None or share.visible_from <= at)
        and (share.visible_until is None or at < share.visible_until)
    )


def worth_a_share(context: Context, seen: Projection, who: Principal, *, owner: bool) -> bool:
    others = [
        name
        for name, shown in seen.shown.items()
        if not shown.own
        and not context.items[name].reference
        and context.items[name].type not in DEFINITIONS
    ]
    if who.reader_class.internal:
        return bool(others) and not owner
    return bool(others) or any(shown.own for shown in seen.shown.values())


def narrower(outcome: Outcome, seen: Projection) -> bool:
    return set(outcome.visible) <= seen.shown.keys() and all(
        covered(path, outcome.cuts.get(name, ()))
        for name in outcome.visible
        for path in seen.shown[name].cuts
    )


def same(outcome: Outcome, seen: Projection) -> bool:
    cuts = {name: frozenset(s.cuts) for name, s in seen.shown.items() if s.cuts}
    marks = {name: s.obligations for name, s in seen.shown.items()}
    return (
        list(outcome.visible) == [*seen.shown] and outcome.cuts == cuts and outcome.marks == marks
    )


def test_outcomes_agree_with_decide_for_every_principal_at_every_moment() -> None:
    shared = later = persons = 0
    rng = random.Random(11)
    for context, standings in worlds():
        plan = plan_of(context)
        found = outcomes(context, standings, generator.NOW)
        for standing in standings:
            owner = standing.member in context.owners
            mine = [(o, s) for o in found for s in o.shares if s.member == standing.member]
            shared += len(mine)
            later += sum(s.visible_from is not None for _, s in mine)
            persons += sum(s.persons is not None for _, s in mine)
            for who in rng.sample(PRINCIPALS, 12):
                for at in TIMES:
                    given = [o for o, s in mine if reads(s, standing.member, who, at)]
                    seen = seen_by(plan, standing, who, at)
                    if worth_a_share(context, seen, who, owner=owner):
                        assert any(same(o, seen) for o in given)
                    else:
                        assert not given
                    assert all(narrower(o, seen) for o in given)
    assert shared > COUNT
    assert later > COUNT / 4
    assert persons > COUNT / 20


def test_shares_at_one_time_have_disjoint_readers() -> None:
    for context, standings in worlds():
        found = outcomes(context, standings, generator.NOW)
        for standing in standings:
            shares = [s for o in found for s in o.shares if s.member == standing.member]
            for persons in {s.persons for s in shares}:
                masks = [s.readers for s in shares if s.persons == persons and not s.visible_from]
                assert sum(masks) == reduce(or_, masks, 0)


def test_min_tier_is_the_smallest_tier_with_the_same_outcome() -> None:
    for context, standings in worlds():
        plan = plan_of(context)
        by_name = {standing.member: standing for standing in standings}
        for outcome in outcomes(context, standings, generator.NOW):
            for share in outcome.shares:
                standing = by_name[share.member]
                at = share.visible_from or generator.NOW
                who = next(w for w in PRINCIPALS if reads(share, share.member, w, at))
                stays = [
                    same(outcome, seen_by(plan, at_tier(standing, tier), who, at))
                    for tier in Tier
                    if tier <= standing.effective_tier
                ]
                assert stays.index(True) == share.min_tier
                assert all(stays[share.min_tier :])


def test_audience_agrees_with_decide_for_every_member() -> None:
    opening = 0
    for context, standings in worlds():
        rows = {row.member: row for row in audience(context, standings, generator.NOW)}
        expected = {
            s.member
            for s in standings
            if s.member not in context.owners
            and s.status not in (Status.APPLICANT, Status.WITHDRAWN)
        }
        assert list(rows) == sorted(expected)
        for standing in standings:
            if standing.member not in rows:
                continue
            row, subject = rows[standing.member], Subject(standing)
            seen = view(context, subject, generator.NOW)
            verdicts = {n: decide(n, [context], subject, generator.NOW) for n in context.items}
            assert row.codes == verdicts[context.incident].codes
            whole = all(v.permit and not v.redactions for v in verdicts.values())
            worth = worth_a_share(context, seen, AS_MEMBER, owner=False)
            reach = (Reach.FULL if whole else Reach.REDACTED) if worth else Reach.NONE
            assert row.outcome is reach
            hidden = {(n, "") for n, v in verdicts.items() if not v.permit}
            cuts = {(c.id, c.path) for v in verdicts.values() for c in v.redactions}
            told = {(c.id, c.path) for c in row.redactions}
            assert told == (hidden | cuts if reach is Reach.REDACTED else set())
            if row.redactions:
                assert row.redactions == redactions_of(seen)
            more = [t for t in TIMES[1:] if not within(view(context, subject, t), seen)]
            assert row.opens_at is None or row.opens_at > generator.NOW
            assert (row.opens_at is None) == (not more)
            if more:
                opening += 1
                # TIMES has every moment at which something of these cases changes.
                assert row.opens_at == more[0]
    assert opening > COUNT / 4


def within(seen: Projection, other: Projection) -> bool:
    return seen.shown.keys() <= other.shown.keys() and all(
        all(covered(path, shown.cuts) for path in other.shown[name].cuts)
        for name, shown in seen.shown.items()
    )


@pytest.mark.parametrize("status", [Status.APPLICANT, Status.WITHDRAWN])
def test_who_takes_no_part_gets_neither_row_nor_share(status: Status) -> None:
    context = next(worlds())[0]
    outsider = Standing("somebody", status, Tier.CORE)
    assert audience(context, [outsider], generator.NOW) == []
    assert outcomes(context, [outsider], generator.NOW) == []


def test_own_shares_are_only_for_channels_but_the_internal() -> None:
    kinds = set()
    for context, standings in worlds():
        for outcome in outcomes(context, standings, generator.NOW):
            for share in outcome.shares:
                if share.member in context.owners:
                    kinds.add(share.kind)
                    internal = Principal(kind=Kind.CREDENTIAL, max_tlp=TLP.RED)
                    assert not share.readers >> internal.reader_class.bit & 1
    assert kinds == {ShareKind.OWN_IN_FORCE}
