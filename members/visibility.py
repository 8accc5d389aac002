"""Which members, circles and reasons one may see (domain §5, tier matrix)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from audit.actors import Actor
from members.authority import authority_of
from members.models import Circle, Member, Proposal
from members.models.choices import ProposalKind, ProposalState
from members.roles import Right
from members.tiers import Status

_SHARING = [Status.PROBATION.value, Status.ACTIVE.value]
_LISTED = [*_SHARING, Status.SUSPENDED.value]


RIGHT_TO_DECIDE = {
    ProposalKind.ADMIT: Right.ADMIT,
    ProposalKind.CONFIRM: Right.ADMIT,
    ProposalKind.TIER: Right.TIER,
    ProposalKind.STANDING: Right.TIER,
    ProposalKind.REINSTATE: Right.SUSPEND,
    ProposalKind.RED_GRANT: Right.OWN_PEOPLE,
    ProposalKind.STAFF_ROLES: Right.STAFF,
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone who looks: the own member, if any, and the rights of the account."""

    member: Member | None
    rights: frozenset[Right]

    @property
    def sees_all(self) -> bool:
        return Right.SEE_REASONS in self.rights

    def sees_reasons_of(self, member: Member) -> bool:
        """Say whether status, standing and their reasons are shown: one's own, or by office."""
        return self.sees_all or (self.member is not None and self.member.pk == member.pk)

    def runs(self, circle: Circle) -> bool:
        """Say whether it may change who belongs to the circle."""
        if Right.ANY_CIRCLE in self.rights:
            return True
        own = self.member is not None and circle.maker_id == self.member.pk
        return own and Right.RUN_OWN_CIRCLES in self.rights

    @property
    def own_id(self) -> int | None:
        return self.member.pk if self.member else None


def viewer_of(actor: Actor) -> Viewer:
    """Return the actor as a viewer. The queries of `authority_of`."""
    authority = authority_of(actor)
    return Viewer(authority.person.member if authority.person else None, authority.rights)


def members_visible_to(viewer: Viewer) -> QuerySet[Member]:
    """Return the members the viewer may know of.

    The secretariat and platform administrators: all. Others: those that take part, suspended ones
    too, without applicants and former members. A suspended member sees only itself.
    """
    members = Member.objects.order_by("slug")
    if viewer.sees_all:
        return members
    own = Q(pk=viewer.own_id)
    if viewer.member is not None and viewer.member.status not in _SHARING:
        return members.filter(own)
    return members.filter(Q(status__in=_LISTED) | own)


def circles_visible_to(viewer: Viewer) -> QuerySet[Circle]:
    """Return the circles the viewer may know of: those it belongs to or made; platform: all."""
    circles = Circle.objects.select_related("maker").order_by("slug")
    if Right.ANY_CIRCLE in viewer.rights:
        return circles
    if viewer.member is None or viewer.member.status not in _SHARING:
        return circles.none()
    belongs = Q(pk__in=viewer.member.memberships.filter(left_at=None).values("circle"))
    return circles.filter(belongs | Q(maker=viewer.member))


def shows_members_to(circle: Circle, viewer: Viewer) -> bool:
    """Say whether who belongs to a visible circle is shown; its owner may hide it."""
    own = viewer.member is not None and circle.maker_id == viewer.member.pk
    return own or not circle.members_hidden or Right.ANY_CIRCLE in viewer.rights


def proposals_visible_to(viewer: Viewer) -> QuerySet[Proposal]:
    """Return what waits for a second person and is the viewer's to decide."""
    kinds = {kind for kind, right in RIGHT_TO_DECIDE.items() if right in viewer.rights}
    coalition = Q(kind__in=kinds - {ProposalKind.RED_GRANT})
    own = Q(kind__in=kinds & {ProposalKind.RED_GRANT}, member=viewer.own_id, member__isnull=False)
    waiting = Proposal.objects.filter(coalition | own, state=ProposalState.OPEN)
    return waiting.select_related("member", "person__member", "proposed_by__member")
