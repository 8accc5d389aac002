"""REST: members, circles, tiers and what waits for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from audit.actors import Actor
from incidents.marking import MarkingError, from_json
from members import serializers as shapes
from members import services, visibility
from members.authentication import AdministratorAuthentication, PersonAuthentication
from members.changes import Change
from members.credentials import CredentialPrincipal, StaffPrincipal
from members.errors import Invalid, NotFound
from members.models import Circle, Member, Person, Proposal
from members.models.choices import Accreditation, CircleKind, ClockRegime, Kind, SuspensionCause
from members.rows import ceilings, circle_rows, member_rows, tier_counts
from members.services import NewCircle, NewMember
from members.tiers import Health
from members.tlp import Channel
from members.visibility import Viewer, viewer_of
from sharing import standing_changes

WAITING = OpenApiResponse(shapes.WaitingSerializer, "Waits for a second person")
OUTCOME = {200: shapes.MemberSerializer, 202: WAITING}


class MayLook(permissions.BasePermission):
    """People, staff and members' internal credentials; what feeds others lists no members."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF's
        user = request.user
        if isinstance(user, CredentialPrincipal):
            return user.channel is Channel.INTERNAL
        return user is not None


class AdministrationView(APIView):
    """Base of these views: who asks, as an actor and as a viewer."""

    authentication_classes = [AdministratorAuthentication, PersonAuthentication]
    permission_classes = [permissions.IsAuthenticated, MayLook]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now: datetime = timezone.now()
        caller = cast(Person | CredentialPrincipal | StaffPrincipal, request.user)
        self.actor: Actor = caller.actor
        self.viewer: Viewer = viewer_of(self.actor)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def member(self, slug: str) -> Member:
        """Return the member, if the caller may know of it."""
        found = visibility.members_visible_to(self.viewer).filter(slug=slug).first()
        if found is None:
            raise NotFound("There is no such member.")
        return found

    def circle(self, slug: str) -> Circle:
        """Return the circle, if the caller may know of it."""
        found = visibility.circles_visible_to(self.viewer).filter(slug=slug).first()
        if found is None:
            raise NotFound("There is no such circle.")
        return found

    def member_answer(self, slug: str, code: int = status.HTTP_200_OK) -> Response:
        """Return the member as the caller sees it now."""
        rows = member_rows(viewer_of(self.actor), self.now, [slug])
        if not rows:  # a change that took it out of the caller's sight
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(shapes.MemberSerializer(rows[0]).data, status=code)

    def circle_answer(self, slug: str, code: int = status.HTTP_200_OK) -> Response:
        """Return the circle as the caller sees it now."""
        rows = circle_rows(viewer_of(self.actor), [slug])
        if not rows:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(shapes.CircleSerializer(rows[0]).data, status=code)

    def outcome(self, outcome: Change | Person | Proposal, slug: str) -> Response:
        """Return the changed member, or 202 with what waits for a second person."""
        if isinstance(outcome, Proposal):
            body = shapes.WaitingSerializer({"proposal": outcome}).data
            return Response(body, status=status.HTTP_202_ACCEPTED)
        return self.member_answer(slug)


def read(shape: type[BaseSerializer[Any]], request: Request, **options: Any) -> dict[str, Any]:
    """Return the checked body; what is wrong becomes a 422 that names each property."""
    serializer = shape(data=request.data, **options)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class MembersView(AdministrationView):
    """The members one may know of."""

    @extend_schema(responses=shapes.MemberSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        rows = member_rows(self.viewer, self.now)
        return Response(shapes.MemberSerializer(rows, many=True).data)

    @extend_schema(request=shapes.NewMemberSerializer, responses={201: shapes.MemberSerializer})
    def post(self, request: Request) -> Response:
        """Enter an applicant; it receives nothing before two people admit it."""
        said = read(shapes.NewMemberSerializer, request)
        said |= {name: kind(said[name]) for name, kind in _CHOSEN.items() if name in said}
        new = NewMember(**(said | {"sectors": tuple(said.get("sectors", ()))}))
        made = services.create_member(new=new, actor=self.actor, now=self.now)
        return self.member_answer(made.slug, status.HTTP_201_CREATED)


_CHOSEN: dict[str, Any] = {
    "kind": Kind,
    "accreditation": Accreditation,
    "clock_regime": ClockRegime,
}


class MemberView(AdministrationView):
    """One member."""

    @extend_schema(responses=shapes.MemberSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - DRF's signature
        self.member(slug)
        return self.member_answer(slug)

    @extend_schema(request=shapes.MemberEditSerializer, responses=shapes.MemberSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        member = self.member(slug)
        changes = read(shapes.MemberEditSerializer, request, partial=True)
        if "early_warning_marking" in changes:
            _check_marking(changes["early_warning_marking"])
        services.edit_member(member=member, changes=changes, actor=self.actor, now=self.now)
        return self.member_answer(slug)


def _check_marking(value: Any) -> None:
    try:
        from_json(value)
    except MarkingError as error:
        problem = error.problems[0]
        sentence = f"{problem.path}: {problem.message}"
        raise Invalid(sentence, field="early_warning_marking") from None


class TierChangeView(AdministrationView):
    @extend_schema(request=shapes.TierChangeSerializer, responses=OUTCOME)
    def post(self, request: Request, slug: str) -> Response:
        """Lower the tier at once, or ask for a raise, which a second person approves."""
        member, said = self.member(slug), read(shapes.TierChangeSerializer, request)
        outcome = standing_changes.change_tier(
            member=member, tier=said["tier"], actor=self.actor, now=self.now
        )
        return self.outcome(outcome, slug)


class StandingChangeView(AdministrationView):
    @extend_schema(request=shapes.StandingChangeSerializer, responses=OUTCOME)
    def post(self, request: Request, slug: str) -> Response:
        """Set how the member keeps its commitments; out of `lapsed` it takes two people."""
        member, said = self.member(slug), read(shapes.StandingChangeSerializer, request)
        outcome = standing_changes.set_standing(
            member=member, health=Health(said["standing"]), actor=self.actor, now=self.now
        )
        return self.outcome(outcome, slug)


class SuspendView(AdministrationView):
    @extend_schema(request=shapes.SuspendSerializer, responses=shapes.MemberSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Suspend at once. `compromise` ends all its sessions and credentials as well."""
        member, said = self.member(slug), read(shapes.SuspendSerializer, request)
        standing_changes.suspend_member(
            member=member,
            cause=SuspensionCause(said["cause"]),
            reason=said["reason"],
            actor=self.actor,
            now=self.now,
        )
        return self.member_answer(slug)


class ConfirmSuspensionView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.MemberSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Confirm a suspension as the second person."""
        read(shapes.NothingSerializer, request)
        services.confirm_suspension(member=self.member(slug), actor=self.actor, now=self.now)
        return self.member_answer(slug)


class ReinstateView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=OUTCOME)
    def post(self, request: Request, slug: str) -> Response:
        """Ask to end the suspension; done when a second person asks or approves."""
        read(shapes.NothingSerializer, request)
        outcome = standing_changes.reinstate_member(
            member=self.member(slug), actor=self.actor, now=self.now
        )
        return self.outcome(outcome, slug)


class AdmitView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=OUTCOME)
    def post(self, request: Request, slug: str) -> Response:
        """Ask to admit an applicant to probation; done when a second person asks or approves."""
        read(shapes.NothingSerializer, request)
        outcome = standing_changes.admit_member(
            member=self.member(slug), actor=self.actor, now=self.now
        )
        return self.outcome(outcome, slug)


class ConfirmView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=OUTCOME)
    def post(self, request: Request, slug: str) -> Response:
        """Ask to end a probation; done when a second person asks or approves."""
        read(shapes.NothingSerializer, request)
        outcome = standing_changes.confirm_member(
            member=self.member(slug), actor=self.actor, now=self.now
        )
        return self.outcome(outcome, slug)


class WithdrawView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.MemberSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """End the membership for good."""
        read(shapes.NothingSerializer, request)
        standing_changes.withdraw_member(member=self.member(slug), actor=self.actor, now=self.now)
        return self.member_answer(slug)


class AgreementView(AdministrationView):
    @extend_schema(request=shapes.AgreementSerializer, responses=shapes.MemberSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Enter a signed agreement."""
        member, said = self.member(slug), read(shapes.AgreementSerializer, request)
        standing_changes.sign_agreement(member=member, **said, actor=self.actor, now=self.now)
        return self.member_answer(slug)

    @extend_schema(responses=shapes.MemberSerializer)
    def delete(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - DRF's signature
        """End every agreement that holds; from now on the member receives CLEAR only."""
        member = self.member(slug)
        standing_changes.end_agreement(member=member, actor=self.actor, now=self.now)
        return self.member_answer(slug)


class TiersView(AdministrationView):
    """The tiers, the highest first."""

    @extend_schema(responses=shapes.TierSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        counts = tier_counts(self.viewer)
        rows = [
            {"tier": tier, "rank": tier.value, "ceiling": ceiling, "members": counts[tier]}
            for tier, ceiling in ceilings()
        ]
        return Response(shapes.TierSerializer(rows, many=True).data)


class CirclesView(AdministrationView):
    """The circles one may know of."""

    @extend_schema(responses=shapes.CircleSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        return Response(shapes.CircleSerializer(circle_rows(self.viewer), many=True).data)

    @extend_schema(request=shapes.NewCircleSerializer, responses={201: shapes.CircleSerializer})
    def post(self, request: Request) -> Response:
        """Make a circle, as a reviewer of a partner or core member or as platform administrator."""
        said = read(shapes.NewCircleSerializer, request)
        new = NewCircle(**(said | {"kind": CircleKind(said["kind"])}))
        made = services.create_circle(new=new, actor=self.actor, now=self.now)
        return self.circle_answer(made.slug, status.HTTP_201_CREATED)


class CircleView(AdministrationView):
    """One circle."""

    @extend_schema(responses=shapes.CircleSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002 - DRF's signature
        self.circle(slug)
        return self.circle_answer(slug)


class JoinCircleView(AdministrationView):
    @extend_schema(request=shapes.CircleMemberSerializer, responses=shapes.CircleSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Take a member in; by who runs the circle."""
        circle, member = self.circle(slug), self.named_member(request)
        standing_changes.join_circle(circle=circle, member=member, actor=self.actor, now=self.now)
        return self.circle_answer(slug)

    def named_member(self, request: Request) -> Member:
        """Return the member that the body names, or the caller's own."""
        slug = read(shapes.CircleMemberSerializer, request).get("member")
        if slug:
            return self.member(slug)
        if self.viewer.member is None:
            raise Invalid("Name a member.", field="member", code="required")
        return self.viewer.member


class LeaveCircleView(JoinCircleView):
    @extend_schema(
        request=shapes.CircleMemberSerializer,
        responses={200: shapes.CircleSerializer, 204: None},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take a member out, or leave; 204 if the caller no longer sees the circle."""
        circle, member = self.circle(slug), self.named_member(request)
        standing_changes.leave_circle(circle=circle, member=member, actor=self.actor, now=self.now)
        return self.circle_answer(slug)


class ArchiveCircleView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.CircleSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Make the circle read only."""
        read(shapes.NothingSerializer, request)
        circle = self.circle(slug)
        standing_changes.archive_circle(circle=circle, actor=self.actor, now=self.now)
        return self.circle_answer(slug)


class CloseCircleView(AdministrationView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.CircleSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Close the circle: reading through it ends."""
        read(shapes.NothingSerializer, request)
        circle = self.circle(slug)
        standing_changes.close_circle(circle=circle, actor=self.actor, now=self.now)
        return self.circle_answer(slug)


class ProposalsView(AdministrationView):
    """What waits for the caller's decision."""

    @extend_schema(responses=shapes.ProposalSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        waiting = visibility.proposals_visible_to(self.viewer)
        return Response(shapes.ProposalSerializer(waiting, many=True).data)


class ProposalView(AdministrationView):
    """Base of deciding one proposal."""

    def proposal(self, pk: int) -> Proposal:
        found = visibility.proposals_visible_to(self.viewer).filter(pk=pk).first()
        if found is None:
            raise NotFound("There is no such proposal.")
        return found


class ApproveView(ProposalView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.ProposalSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Approve as the second person; the change is made at once."""
        read(shapes.NothingSerializer, request)
        proposal = self.proposal(pk)
        standing_changes.approve(proposal=proposal, actor=self.actor, now=self.now)
        proposal.refresh_from_db()
        return Response(shapes.ProposalSerializer(proposal).data)


class DeclineView(ProposalView):
    @extend_schema(request=shapes.NothingSerializer, responses=shapes.ProposalSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Decline, or take one's own proposal back."""
        read(shapes.NothingSerializer, request)
        declined = services.decline(proposal=self.proposal(pk), actor=self.actor, now=self.now)
        return Response(shapes.ProposalSerializer(declined).data)
