"""Deciding what waits for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actors import Actor
from members.authority import authority_of
from members.changes import Change
from members.errors import Conflict, NotFound, NotPermitted
from members.models import Member, Person, Proposal
from members.models.choices import ProposalKind, ProposalState
from members.roles import Right, Role
from members.services import people, standing, two_people
from members.services.locks import lock_member
from members.tiers import Health, Tier
from members.visibility import RIGHT_TO_DECIDE


@transaction.atomic
def approve(*, proposal: Proposal, actor: Actor, now: datetime) -> Change | Person:
    """Perform what was proposed, as the second person: the same service, asked once more.

    Raises:
        Conflict: it is decided, or what it concerns has changed since.
        NotFound: it is none of the actor's business.
        NotPermitted: the same person proposed it, or see `members.roles`.
    """
    _require_open_to(proposal, actor)
    if two_people.may_be_proposer(proposal, actor):
        raise NotPermitted(_("A second person must approve this."))
    outcome = _ask_again(proposal, actor, now)
    if isinstance(outcome, Proposal):  # another request took its place meanwhile
        raise Conflict(_("This has changed since it was proposed. Propose it anew."))
    return outcome


@transaction.atomic
def decline(*, proposal: Proposal, actor: Actor, now: datetime) -> Proposal:
    """Decline what was proposed; one person of the right is enough.

    Raises:
        Conflict: it is decided.
        NotFound: it is none of the actor's business.
    """
    _require_open_to(proposal, actor)
    if proposal.member_id:
        lock_member(proposal.member_id)
    locked = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if locked.state != ProposalState.OPEN:
        raise Conflict(_("This is decided already."))
    right = RIGHT_TO_DECIDE[ProposalKind(locked.kind)]
    two_people.decline(proposal=locked, right=right, authority=authority_of(actor), now=now)
    return locked


def _require_open_to(proposal: Proposal, actor: Actor) -> None:
    authority = authority_of(actor)
    right = RIGHT_TO_DECIDE[ProposalKind(proposal.kind)]
    about_own = right != Right.OWN_PEOPLE or (
        proposal.member is not None and authority.has_own(right, proposal.member)
    )
    if not (authority.has(right) and about_own):
        raise NotFound(_("There is no such thing."))
    if proposal.state != ProposalState.OPEN:
        raise Conflict(_("This is decided already."))


def _ask_again(proposal: Proposal, actor: Actor, now: datetime) -> Change | Person | Proposal:
    said: dict[str, Any] = {"actor": actor, "now": now}
    to = proposal.payload.get("to")
    kind = ProposalKind(proposal.kind)
    if kind == ProposalKind.RED_GRANT:
        return people.grant_red(person=_person(proposal), **said)
    if kind == ProposalKind.STAFF_ROLES:
        roles = frozenset(Role(role) for role in to)
        return people.set_roles(person=_person(proposal), roles=roles, **said)
    member = _member(proposal)
    if kind == ProposalKind.TIER:
        return standing.change_tier(member=member, tier=Tier(to), **said)
    if kind == ProposalKind.STANDING:
        return standing.set_standing(member=member, standing=Health(to), **said)
    if kind == ProposalKind.REINSTATE:
        return standing.reinstate(member=member, **said)
    if kind == ProposalKind.CONFIRM:
        return standing.confirm_member(member=member, **said)
    return standing.admit_member(member=member, **said)


def _member(proposal: Proposal) -> Member:
    assert proposal.member is not None, "kept by proposal_about_one"
    return proposal.member


def _person(proposal: Proposal) -> Person:
    assert proposal.person is not None, "set for every kind about a person"
    return proposal.person
