"""REST: closing, reopening and retracting what was released."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.models import Incident, State, Working
from members.roles import Scope
from sharing.rest import IncidentView, Strict, read
from sharing.services.life import (
    LONGEST_REASON,
    close_incident,
    reopen_incident,
    retract_incident,
)

RELEASE = {"POST": frozenset({Scope.INCIDENTS_RELEASE})}
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457)")


class NothingToSaySerializer(Strict):
    """An empty object, or no body at all."""


class RetractSerializer(Strict):
    """Why it is retracted: for the owner's own record, recipients are told the class alone."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class LifeStateSerializer(serializers.Serializer[Any]):
    """Where the incident stands now; `version` is of the last release."""

    ref = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    working = serializers.ChoiceField(choices=Working.choices)
    version = serializers.IntegerField()


ANSWERS = {200: LifeStateSerializer, 409: PROBLEM}


def _state(incident: Incident) -> Response:
    return Response(LifeStateSerializer(incident).data)


class CloseView(IncidentView):
    """Closing what is over."""

    scopes = RELEASE

    @extend_schema(request=None, responses=ANSWERS)
    def post(self, request: Request, ref: str) -> Response:
        """Close the incident; its content stays in force, and nothing new is released."""
        read(NothingToSaySerializer, request.data)
        return _state(close_incident(by=self.by, incident=self.own(ref), now=self.now))


class ReopenView(IncidentView):
    """Reopening what was closed."""

    scopes = RELEASE

    @extend_schema(request=None, responses=ANSWERS)
    def post(self, request: Request, ref: str) -> Response:
        """Reopen the incident, so that a next version may be released."""
        read(NothingToSaySerializer, request.data)
        return _state(reopen_incident(by=self.by, incident=self.own(ref), now=self.now))


class RetractView(IncidentView):
    """Taking back what was released, for good."""

    scopes = RELEASE

    @extend_schema(request=RetractSerializer, responses={**ANSWERS, 422: PROBLEM})
    def post(self, request: Request, ref: str) -> Response:
        """Retract the incident: from now on nobody but its owners reads it. That is final.

        Who had it gets a revoked version of each object or an entry in its recalls.
        """
        reason = read(RetractSerializer, request.data)["reason"]
        incident = self.own(ref)
        return _state(retract_incident(by=self.by, incident=incident, reason=reason, now=self.now))
