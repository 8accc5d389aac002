"""REST: asking for the erasure of an incident, and deciding on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.authentication import AdministratorAuthentication, PersonAuthentication
from members.authority import authority_of
from members.errors import Conflict, NotFound
from sharing.erasures import erasable, erasures_for
from sharing.exposure import Caller
from sharing.models import Erasure, ErasureState
from sharing.rest import NO_SUCH, BoundedJSON, Strict, read
from sharing.services.erasure import Ground, approve, ask, decline, ground_and_case

MOST = 100


class AskErasureSerializer(Strict):
    """`ref` is typed again, so that no slip erases anything; `case` is a file number."""

    ref = serializers.CharField(max_length=20)
    ground = serializers.ChoiceField(choices=Ground.values)
    case = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class AgreeSerializer(Strict):
    """`ref` is typed again."""

    ref = serializers.CharField(max_length=20)


class ErasureSerializer(serializers.Serializer[Any]):
    """One erasure; nothing of the content, before and after."""

    id = serializers.IntegerField(source="pk")
    ref = serializers.CharField(source="incident.ref")
    owner = serializers.CharField(source="incident.owner.slug")
    ground = serializers.SerializerMethodField()
    case = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=ErasureState.choices)
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_ground(self, erasure: Erasure) -> str:
        ground, _case = ground_and_case(erasure)
        return ground.value if ground else ""

    def get_case(self, erasure: Erasure) -> str:
        return ground_and_case(erasure)[1]


class ErasureView(APIView):
    """Base of these views: administrators as people or by a credential that administers."""

    authentication_classes = [AdministratorAuthentication, PersonAuthentication]
    parser_classes = [BoundedJSON]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now: datetime = timezone.now()
        self.actor = cast(Caller, request.user).actor
        self.authority = authority_of(self.actor)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def erasure(self, pk: int) -> Erasure:
        """Return an erasure that the caller may see."""
        visible = erasures_for(self.authority)
        found = visible.filter(pk=pk).first() if visible is not None else None
        if found is None:
            raise NotFound("There is no such erasure.")
        return found


def _same(typed: str, ref: str) -> None:
    if typed != ref:
        raise Conflict("This is not its reference.")


class EraseView(ErasureView):
    """Asking for it."""

    @extend_schema(request=AskErasureSerializer, responses={201: ErasureSerializer})
    def post(self, request: Request, ref: str) -> Response:
        """Ask for the erasure of an own incident; a platform administrator decides."""
        incident = erasable(self.authority, ref)
        if incident is None:
            raise NotFound(NO_SUCH)
        said = read(AskErasureSerializer, request.data)
        _same(said["ref"], ref)
        made = ask(
            actor=self.actor,
            incident=incident,
            ground=Ground(said["ground"]),
            case=said["case"],
            now=self.now,
        )
        return Response(ErasureSerializer(made).data, status=201)


class ErasuresView(ErasureView):
    """What was asked for."""

    @extend_schema(responses=ErasureSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Give the latest: to platform administrators all, to a member's administrators its own."""
        visible = erasures_for(self.authority)
        if visible is None:
            raise NotFound("There is no such page.")
        return Response(ErasureSerializer(list(visible[:MOST]), many=True).data)


class ApproveErasureView(ErasureView):
    @extend_schema(request=AgreeSerializer, responses=ErasureSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Erase the incident as the second person. There is no way back."""
        found = self.erasure(pk)
        _same(read(AgreeSerializer, request.data)["ref"], found.incident.ref)
        done = approve(actor=self.actor, erasure=found, now=self.now)
        return Response(ErasureSerializer(done).data)


class DeclineErasureView(ErasureView):
    @extend_schema(request=None, responses=ErasureSerializer)
    def post(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Decline it, or take back what one's own member asked for."""
        done = decline(actor=self.actor, erasure=self.erasure(pk), now=self.now)
        return Response(ErasureSerializer(done).data)
