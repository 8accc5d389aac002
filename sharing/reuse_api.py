"""REST: asking for consent to carry another member's object, and answering."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.errors import NotFound
from members.roles import Scope
from sharing import reuse
from sharing import reuse_serializers as shapes
from sharing.models import ReuseRequest, ReuseState
from sharing.rest import IncidentView, read
from sharing.services.reuse import answer, ask, withdraw_consent

OWNER = frozenset({Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE})
WRITE = frozenset({Scope.INCIDENTS_WRITE})
CONSENT = frozenset({Scope.INCIDENTS_RELEASE})
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457)")


class ReuseView(IncidentView):
    """Consents asked for an own incident."""

    scopes = {"GET": OWNER, "POST": WRITE}

    @extend_schema(operation_id="reuse_list", responses=shapes.OwnRequestsSerializer)
    def get(self, request: Request, ref: str) -> Response:  # noqa: ARG002 - DRF's signature
        """List what was asked for the incident, the latest first."""
        rows = [shapes.own_json(row) for row in reuse.asked_for(self.own(ref))]
        return Response(shapes.OwnRequestsSerializer({"requests": rows}).data)

    @extend_schema(
        operation_id="reuse_ask",
        request=shapes.AskReuseSerializer,
        responses={202: shapes.AskedSerializer, 422: PROBLEM},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Ask the originator of an ORCON object; the answer never tells whether there is one."""
        asked = read(shapes.AskReuseSerializer, request.data)
        ask(by=self.by, incident=self.own(ref), now=self.now, **asked)
        body = {"object_id": asked["object_id"], "state": ReuseState.ASKED.value}
        return Response(shapes.AskedSerializer(body).data, status=202)


class ReuseRequestsView(IncidentView):
    """What others ask of the caller's member."""

    scopes = {"GET": CONSENT}

    @extend_schema(operation_id="reuse_requests_list", responses=shapes.RequestsSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """List the requests: what waits for an answer first, then the latest."""
        rows = [shapes.request_json(row) for row in reuse.asked_of(self.member)]
        return Response(shapes.RequestsSerializer({"requests": rows}).data)


class _AnswerView(IncidentView):
    """Base of the answers."""

    scopes = {"POST": CONSENT}

    def act(self, key: uuid.UUID, act: Callable[[ReuseRequest], ReuseRequest]) -> Response:
        """Give the request as it stands after the act."""
        found = reuse.request_to(self.member, key)
        if found is None:
            raise NotFound(_("There is no such request."))
        act(found)
        row = reuse.one(self.member, key)
        assert row is not None
        return Response(shapes.RequestSerializer(shapes.request_json(row)).data)

    def answer(self, request: Request, key: uuid.UUID, state: ReuseState) -> Response:
        """Answer the request in one of the two ways."""
        note = read(shapes.AnswerSerializer, request.data)["note"]
        return self.act(
            key, lambda row: answer(by=self.by, request=row, state=state, note=note, now=self.now)
        )


class GrantReuseView(_AnswerView):
    @extend_schema(
        operation_id="reuse_requests_grant",
        request=shapes.AnswerSerializer,
        responses={200: shapes.RequestSerializer, 404: PROBLEM, 409: PROBLEM},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:
        """Consent to exactly this object, for this request's incident, under this marking."""
        return self.answer(request, key, ReuseState.GRANTED)


class RefuseReuseView(_AnswerView):
    @extend_schema(
        operation_id="reuse_requests_refuse",
        request=shapes.AnswerSerializer,
        responses={200: shapes.RequestSerializer, 404: PROBLEM, 409: PROBLEM},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:
        """Refuse."""
        return self.answer(request, key, ReuseState.REFUSED)


class WithdrawReuseView(_AnswerView):
    @extend_schema(
        operation_id="reuse_requests_withdraw",
        request=None,
        responses={200: shapes.RequestSerializer, 404: PROBLEM, 409: PROBLEM},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Take the consent back: the object leaves the incident at once, and is recalled."""
        return self.act(key, lambda row: withdraw_consent(by=self.by, request=row, now=self.now))
