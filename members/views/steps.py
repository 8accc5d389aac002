"""The changes of a member's standing that its page offers: who may, what each does, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from audit.actors import Actor
from members.changes import Change
from members.models import Member, Proposal
from members.models.choices import HEALTH_WORDS, TIER_WORDS, ProposalKind
from members.roles import Right
from members.tiers import Health, Status, Tier
from sharing import standing_changes
from sharing.proposed import AgreementUntil, Proposed, StandingTo, StatusTo, TierTo, reinstated

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Words = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One kind of change.

    `choices` are the words it may be given (none: it needs none), `consider` makes the change to
    ask about, `act` performs it. `typed`: the member's name is typed by hand.
    """

    name: str
    title: StrPromise
    text: StrPromise
    button: StrPromise
    right: Right
    kind: ProposalKind | None
    offered: Callable[[Member], bool]
    consider: Callable[[Member, str], Proposed]
    act: Callable[[Member, str, Actor, datetime], Change | Proposal]
    choices: Callable[[Member], Words] = lambda _member: []
    typed: bool = False


def _is(*statuses: Status) -> Callable[[Member], bool]:
    return lambda member: member.status in statuses


def _tiers(member: Member) -> Words:
    return [(t.word, TIER_WORDS[t]) for t in sorted(Tier, reverse=True) if t != member.tier]


def _healths(member: Member) -> Words:
    return [(h.value, HEALTH_WORDS[h]) for h in Health if h != member.standing]


def _is_signed(member: Member) -> bool:
    return member.agreements.filter(ended_at=None).exists()


_MEMBERS: Final = (Status.PROBATION, Status.ACTIVE, Status.SUSPENDED)

STEPS: Final[Mapping[str, Step]] = {
    step.name: step
    for step in (
        Step(
            name="tier",
            title=_("Change the tier"),
            text=_("A lower tier is felt by the next read. A raise needs a second person."),
            button=_("Change the tier"),
            right=Right.TIER,
            kind=ProposalKind.TIER,
            offered=lambda member: member.status != Status.WITHDRAWN,
            consider=lambda member, to: TierTo(member, Tier.parse(to)),
            act=lambda member, to, actor, now: standing_changes.change_tier(
                member=member, tier=Tier.parse(to), actor=actor, now=now
            ),
            choices=_tiers,
        ),
        Step(
            name="standing",
            title=_("Change the standing"),
            text=_(
                "Lapsed lowers the tier by one at the next read. Out of lapsed takes two people."
            ),
            button=_("Change the standing"),
            right=Right.TIER,
            kind=ProposalKind.STANDING,
            offered=_is(*_MEMBERS),
            consider=lambda member, to: StandingTo(member, Health(to)),
            act=lambda member, to, actor, now: standing_changes.set_standing(
                member=member, health=Health(to), actor=actor, now=now
            ),
            choices=_healths,
        ),
        Step(
            name="admit",
            title=_("Admit to probation"),
            text=_("Two people admit. On probation a member counts as associate at most."),
            button=_("Admit"),
            right=Right.ADMIT,
            kind=ProposalKind.ADMIT,
            offered=_is(Status.APPLICANT),
            consider=lambda member, _to: StatusTo(member, Status.PROBATION),
            act=lambda member, _to, actor, now: standing_changes.admit_member(
                member=member, actor=actor, now=now
            ),
        ),
        Step(
            name="confirm",
            title=_("End the probation"),
            text=_("Two people end it. From then on the member has its full tier."),
            button=_("End the probation"),
            right=Right.ADMIT,
            kind=ProposalKind.CONFIRM,
            offered=_is(Status.PROBATION),
            consider=lambda member, _to: StatusTo(member, Status.ACTIVE),
            act=lambda member, _to, actor, now: standing_changes.confirm_member(
                member=member, actor=actor, now=now
            ),
        ),
        Step(
            name="reinstate",
            title=_("Reinstate"),
            text=_(
                "Two people reinstate; after a compromise two platform administrators."
                " What it may have again comes at new places in its feeds."
            ),
            button=_("Reinstate"),
            right=Right.SUSPEND,
            kind=ProposalKind.REINSTATE,
            offered=_is(Status.SUSPENDED),
            consider=lambda member, _to: reinstated(member),
            act=lambda member, _to, actor, now: standing_changes.reinstate_member(
                member=member, actor=actor, now=now
            ),
        ),
        Step(
            name="end-agreement",
            title=_("End the agreement"),
            text=_("From the next read on the member receives TLP:CLEAR only."),
            button=_("End the agreement"),
            right=Right.ADMIT,
            kind=None,
            offered=_is_signed,
            consider=lambda member, _to: AgreementUntil(member, None),
            act=lambda member, _to, actor, now: standing_changes.end_agreement(
                member=member, actor=actor, now=now
            ),
        ),
        Step(
            name="withdraw",
            title=_("End the membership"),
            text=_(
                "For good, and at the next request. What the member released stays in force"
                " until it is recalled."
            ),
            button=_("End the membership"),
            right=Right.ADMIT,
            kind=None,
            offered=lambda member: member.status != Status.WITHDRAWN,
            consider=lambda member, _to: StatusTo(member, Status.WITHDRAWN),
            act=lambda member, _to, actor, now: standing_changes.withdraw_member(
                member=member, actor=actor, now=now
            ),
            typed=True,
        ),
    )
}
