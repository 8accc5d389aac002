"""The second person: a widening change waits until another of the same right asks for it too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.models import Entry
from audit.services import record
from members import actions
from members.authority import Authority
from members.behind import people_behind, people_behind_acts
from members.errors import Conflict, NotPermitted
from members.models import Member, Person, Proposal
from members.models.choices import ProposalKind, ProposalState
from members.roles import Right


def waits_for_second(
    *,
    kind: ProposalKind,
    member: Member | None,
    person: Person | None = None,
    payload: dict[str, Any],
    right: Right,
    authority: Authority,
    now: datetime,
) -> Proposal | None:
    """Return the proposal that now waits, or None if two people have asked and it may be done.

    Call it within the transaction that would perform the change, with what it concerns locked.
    The same request by another person approves; by the same person it changes nothing. The
    system, which builds demo worlds and new installations, needs nobody.

    Raises:
        Conflict: a different change of this kind is waiting already.
        NotPermitted: who proposed it no longer has the right.
    """
    if authority.actor.is_system:
        return None
    asking = _person(authority)
    found = open_proposals(kind=kind, member=member, person=person)
    waiting = found.select_for_update(no_key=True, of=("self",)).first()
    if waiting is None:
        return _propose(kind, member, person, payload, asking, authority, now)
    if waiting.payload != payload:
        raise Conflict(_("Another change of this kind is waiting. Decline it first."))
    if may_be_proposer(waiting, authority.actor):
        return waiting
    _require_proposer(waiting, right)
    _close(waiting, ProposalState.APPROVED, authority, now)
    return None


def may_be_proposer(proposal: Proposal, actor: Actor) -> bool:
    """Say whether who proposed it and the actor may be one person, by whatever credentials."""
    made = Entry.objects.filter(
        action=actions.PROPOSAL_MAKE.name, target_kind="proposal", target_key=str(proposal.pk)
    )
    proposers = people_behind_acts(made) | {proposal.proposed_by_id}
    return not proposers.isdisjoint(people_behind(actor))


def open_proposals(
    *, kind: ProposalKind, member: Member | None, person: Person | None
) -> QuerySet[Proposal]:
    """Return the open proposals of a kind about one member, or about one person."""
    waiting = Proposal.objects.filter(kind=kind, state=ProposalState.OPEN)
    waiting = (
        waiting.filter(person=person) if person else waiting.filter(person=None, member=member)
    )
    return waiting.select_related("proposed_by__member")


def drop_open(
    *,
    member: Member,
    kinds: tuple[ProposalKind, ...],
    authority: Authority,
    now: datetime,
) -> None:
    """Decline what waits for a member because a narrowing change overtook it."""
    waiting = Proposal.objects.filter(member=member, kind__in=kinds, state=ProposalState.OPEN)
    for proposal in waiting.select_for_update():
        _close(proposal, ProposalState.DECLINED, authority, now)


def decline(*, proposal: Proposal, right: Right, authority: Authority, now: datetime) -> None:
    """Decline an open proposal; one person of the right, the proposer too, is enough."""
    if not authority.has(right):
        raise NotPermitted(_("Your role does not allow this. Ask a platform administrator."))
    _close(proposal, ProposalState.DECLINED, authority, now)


def _person(authority: Authority) -> Person:
    if authority.person is None:
        raise NotPermitted(_("Only a person can ask for this."))
    return authority.person


def _propose(
    kind: ProposalKind,
    member: Member | None,
    person: Person | None,
    payload: dict[str, Any],
    asking: Person,
    authority: Authority,
    now: datetime,
) -> Proposal:
    proposal = Proposal.objects.create(
        kind=kind,
        member=member,
        person=person,
        payload=payload,
        proposed_by=asking,
        proposed_at=now,
    )
    _record(proposal, actions.PROPOSAL_MAKE, authority, now)
    return proposal


def _require_proposer(proposal: Proposal, right: Right) -> None:
    """A proposal by an account that has since lost the right, or was taken over, counts no more."""
    proposer = proposal.proposed_by
    same_member = proposal.person is None or proposer.member_id in {None, proposal.person.member_id}
    if not (proposer.may_enter and right in proposer.rights and same_member):
        raise NotPermitted(_("Who proposed this no longer may. Decline it and propose it anew."))


def _close(proposal: Proposal, state: ProposalState, authority: Authority, now: datetime) -> None:
    proposal.state = state
    proposal.decided_by = authority.person
    proposal.decided_at = now
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
    approved = state == ProposalState.APPROVED
    _record(
        proposal,
        actions.PROPOSAL_APPROVE if approved else actions.PROPOSAL_DECLINE,
        authority,
        now,
    )


def _record(proposal: Proposal, action: Action, authority: Authority, now: datetime) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("proposal", str(proposal.pk)),
        at=now,
        member_id=proposal.member_id,
        details={
            "kind": proposal.kind,
            "person": proposal.person_id,
            "proposed_by": proposal.proposed_by_id,
            **proposal.payload,
        },
    )
