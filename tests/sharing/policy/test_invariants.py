"""The invariants of domain §3, on random incidents (Hypothesis picks and shrinks them)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.marking import Marking, meet
from members.standing import Standing
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel
from sharing.policy import Code, Context, Kind, Principal, Subject, decide, view
from sharing.policy.paths import cut, references
from sharing.policy.types import Item
from tests.sharing.policy import generator

NOW = generator.NOW
unhurried = settings(deadline=None)  # a busy machine is no failure
# Whole incidents are too large for Hypothesis to draw value by value; a seed is small.
randoms = st.integers(0, 2**32).map(random.Random)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    return generator.typed_context(generator.context(draw(randoms), draw(st.integers(0, 1))))


@st.composite
def markings(draw: st.DrawFn) -> Marking:
    return generator.typed_marking(generator.marking(draw(randoms), own=draw(st.booleans())))


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    rng = draw(randoms)
    who = generator.typed_principal(generator.principal(rng))
    return Subject(generator.typed_member(generator.member(rng)), who)


def shown(context: Context, subject: Subject) -> set[str]:
    return set(view(context, subject, NOW).shown)


@unhurried
@given(contexts(), subjects(), markings())
def test_restricting_an_incident_never_permits(
    context: Context, subject: Subject, more: Marking
) -> None:
    tighter = replace(context, marking=meet(context.marking, more))
    if context.marking.tlp is not None:  # a first TLP is no restriction: it lifts NO_TLP
        assert shown(tighter, subject) <= shown(context, subject)


@unhurried
@given(contexts(), subjects(), markings(), st.integers(0))
def test_restricting_an_object_never_permits(
    context: Context, subject: Subject, more: Marking, place: int
) -> None:
    items = [*context.items.values()]
    item = items[place % len(items)]
    changed = remade(item, own=meet(item.own, more))
    tighter = replace(context, items={**context.items, item.id: changed})
    assert shown(tighter, subject) <= shown(context, subject)


def remade(item: Item, **fields: Any) -> Item:
    return replace(item, **fields)


@unhurried
@given(contexts(), subjects())
def test_more_rights_never_deny(context: Context, subject: Subject) -> None:
    standing, who = subject.standing, subject.principal
    assert standing is not None
    before = shown(context, subject)
    for better in higher(standing):
        assert before <= shown(context, Subject(better, who))
    for stronger in freer(who):
        assert before <= shown(context, Subject(standing, stronger))


def higher(standing: Standing) -> list[Standing]:
    """Return the standing with each right raised, one by one."""
    forever = dict.fromkeys(["ends_at"])
    widest: dict[str, Any] = {"open": True, "min_tier": Tier.OBSERVER, "max_tlp": TLP.RED} | forever
    found = [
        replace(standing, tier=Tier(min(standing.tier + 1, 3))),
        replace(standing, health=Health.GOOD),
        replace(standing, agreement_until=generator.time(99_999)),
        replace(standing, circles=tuple(replace(c, **widest) for c in standing.circles)),
    ]
    may_rise = standing.status in (Status.PROBATION, Status.SUSPENDED)
    return [*found, replace(standing, status=Status.ACTIVE)] if may_rise else found


def freer(who: Principal) -> list[Principal]:
    """Return the principal with its ceiling raised, and as an internal credential."""
    found = [replace(who, max_tlp=TLP(min(who.max_tlp + 1, 4)))]
    if who.kind is Kind.CREDENTIAL:
        found.append(replace(who, channel=Channel.INTERNAL))
        found.append(replace(who, own_instance=True))
    return found if who.kind is not Kind.PUBLIC else []


@unhurried
@given(contexts(), contexts(), subjects())
def test_several_incidents_permit_what_one_of_them_permits(
    a: Context, b: Context, subject: Subject
) -> None:
    for name in a.items.keys() | b.items.keys():
        alone = [decide(name, [context], subject, NOW) for context in (a, b)]
        both = decide(name, [a, b], subject, NOW)
        assert both.permit == (alone[0].permit or alone[1].permit)
        assert both.permit == (decide(name, [b, a], subject, NOW).permit)
        if not both.permit:
            furthest = max(alone, key=lambda verdict: verdict.code.rank)
            assert both.code is furthest.code
        assert bool(both.obligations) == both.permit


@unhurried
@given(contexts(), subjects())
def test_what_is_shown_refers_to_nothing_that_the_release_hides(
    context: Context, subject: Subject
) -> None:
    seen = view(context, subject, NOW)
    for name, each in seen.shown.items():
        if each.code is Code.PERMIT_REFERENCE or (each.own and not each.ways):
            continue  # reference data is everybody's; own objects are their creator's to see
        if each.own and subject.principal.reader_class.internal:
            continue
        left = cut(context.items[name].body, each.cuts)
        targets = {target for _, target in references(left)}
        assert not targets & seen.hidden.keys() - context.reference


@unhurried
@given(contexts(), subjects())
def test_hidden_objects_that_no_other_object_names_change_no_answer(
    context: Context, subject: Subject
) -> None:
    seen = view(context, subject, NOW)
    loose = seen.hidden.keys() - {context.incident}
    while named := loose & {
        target
        for name in context.items.keys() - loose
        for _, target in references(context.items[name].body)
    }:
        loose -= named
    without = replace(context, items={k: v for k, v in context.items.items() if k not in loose})
    after = view(without, subject, NOW)
    assert {name: (each.code, each.cuts) for name, each in after.shown.items()} == {
        name: (each.code, each.cuts) for name, each in seen.shown.items()
    }


@unhurried
@given(contexts(), subjects())
def test_a_permit_has_one_code_and_a_refusal_all_of_them(
    context: Context, subject: Subject
) -> None:
    for name in context.items:
        verdict = decide(name, [context], subject, NOW)
        assert all(code.permits == verdict.permit for code in verdict.codes)
        assert len(verdict.codes) == 1 or not verdict.permit
