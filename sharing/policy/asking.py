"""Asking the clauses about every marking of a plan, for one subject or for many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from members.standing import Standing
from members.tlp import Channel
from sharing.policy import clauses
from sharing.policy.clauses import Case
from sharing.policy.codes import Code, Codes
from sharing.policy.plan import Plan
from sharing.policy.projection import Answers, owned
from sharing.policy.types import Kind, Principal, Subject


def answers_for(plan: Plan, subject: Subject, now: datetime) -> Answers:
    """Return what the clauses say to one subject: the member part and the reader part."""
    standing, principal = subject.standing, subject.principal
    if standing is None or principal.kind is Kind.PUBLIC:
        return Answers(each(plan, now, clauses.public_refusals))
    reader = each(plan, now, lambda case: clauses.reader_refusals(case, principal))
    own = None
    if not reads_own_freely(principal):
        own = joined(own_part(plan, standing, now), reader)
    return Answers(
        refusals=joined(member_part(plan, standing, now), reader),
        mine=owned(plan, standing),
        own_refusals=own,
        is_owner=standing.member in plan.context.owners,
    )


def reads_own_freely(principal: Principal) -> bool:
    """Say whether own objects are shown in any state: to persons and internal credentials."""
    return principal.kind is not Kind.CREDENTIAL or principal.channel is Channel.INTERNAL


def member_part(plan: Plan, standing: Standing, now: datetime) -> tuple[Codes, ...]:
    """Return what steps 1 to 10 say to a member about every marking."""
    return each(plan, now, lambda case: clauses.member_refusals(case, standing))


def own_part(plan: Plan, standing: Standing, now: datetime) -> tuple[Codes, ...]:
    """Return what keeps a member's own objects from channels but the internal."""
    return each(plan, now, lambda case: clauses.own_refusals(case, standing))


def joined(first: tuple[Codes, ...], then: tuple[Codes, ...]) -> tuple[Codes, ...]:
    """Return for every marking the refusals of both parts, in the order of the steps."""
    return tuple(a + b for a, b in zip(first, then, strict=True))


def each(plan: Plan, now: datetime, ask: Callable[[Case], Codes]) -> tuple[Codes, ...]:
    """Return what a part says about every marking; an exception refuses, it never permits."""
    return tuple(_asked(plan.case(number, now), ask) for number in range(len(plan.markings)))


def _asked(case: Case, ask: Callable[[Case], Codes]) -> Codes:
    try:
        return ask(case)
    except Exception:  # decide is total: what cannot be decided is refused, and shows as such
        return (Code.UNDECIDED,)
