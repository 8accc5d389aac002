"""REST: what a change of a member's or circle's standing would do. Nothing is changed by asking."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api import AdministrationView
from members.errors import Invalid, NotPermitted
from members.models import Circle, Member, Person
from members.roles import Right
from members.serializers import Strict, TierField
from members.tiers import Health, Status
from members.views.circling import may, proposed, scope
from sharing.proposed import AgreementUntil, Proposed, StandingTo, StatusTo, TierTo, reinstated
from sharing.small_cells import EFFECTS, Told, told
from sharing.what_if import what_if

_STATUSES: Final = {
    "admitted": (Right.ADMIT, Status.PROBATION),
    "confirmed": (Right.ADMIT, Status.ACTIVE),
    "suspended": (Right.SUSPEND, Status.SUSPENDED),
    "reinstated": (Right.SUSPEND, None),
    "withdrawn": (Right.ADMIT, Status.WITHDRAWN),
}


class MemberChangeQuery(Strict):
    """Exactly one change of the member."""

    tier = TierField(required=False)
    standing = serializers.ChoiceField([health.value for health in Health], required=False)
    status = serializers.ChoiceField(list(_STATUSES), required=False)
    agreement = serializers.ChoiceField(["ended"], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Name one change."), code="one_change")
        return attrs


class CircleChangeQuery(Strict):
    """One change of the circle; `member` for who joins or leaves, one's own if left out."""

    change = serializers.ChoiceField(["join", "leave", "archive", "close"])
    member = serializers.CharField(max_length=60, required=False)


class EffectSerializer(serializers.Serializer[Any]):
    """How many incidents; `owners` is null where fewer than three members own them."""

    total = serializers.IntegerField()
    by_tlp = serializers.DictField(child=serializers.IntegerField())
    owners = serializers.IntegerField(allow_null=True)


class MemberEffectSerializer(serializers.Serializer[Any]):
    member = serializers.CharField()
    gained = EffectSerializer()
    lost = EffectSerializer()
    widened = EffectSerializer()
    narrowed = EffectSerializer()


class WhatIfSerializer(serializers.Serializer[Any]):
    """What a change would do, from `at` on, to each member it concerns."""

    at = serializers.DateTimeField()
    members = MemberEffectSerializer(many=True)


class MemberWhatIfView(AdministrationView):
    """What a change of one member would do."""

    @extend_schema(parameters=[MemberChangeQuery], responses=WhatIfSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Count what the member would gain and lose; by who may make the change."""
        member = self.member(slug)
        said = _query(MemberChangeQuery, request)
        right, change = _of_member(member, said)
        if right not in self.viewer.rights:
            raise NotPermitted(_("Your role does not allow this. Ask a platform administrator."))
        return _answer(change, self.now)


class CircleWhatIfView(AdministrationView):
    """What a change of one circle would do."""

    @extend_schema(parameters=[CircleChangeQuery], responses=WhatIfSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Count what members would gain and lose, over what the caller may know of."""
        circle = self.circle(slug)
        said = _query(CircleChangeQuery, request)
        name = said["change"]
        if not may(self.viewer, circle, name):
            raise NotPermitted(_("Only who runs the circle can do this."))
        change = proposed(circle, name, self._member(circle, name, said.get("member")))
        person = self.actor.person_id and Person.objects.filter(pk=self.actor.person_id).first()
        return _answer(change, self.now, **scope(person or None, self.viewer, change, self.now))

    def _member(self, circle: Circle, name: str, slug: str | None) -> Member | None:
        if name not in {"join", "leave"}:
            return None
        member = self.member(slug) if slug else self.viewer.member
        if member is None:
            raise Invalid(_("Name a member."), field="member", code="required")
        own = self.viewer.own_id == member.pk
        if name == "leave" and not own and not self.viewer.runs(circle):
            raise NotPermitted(_("Only who runs the circle can do this."))
        return member


def _of_member(member: Member, said: dict[str, Any]) -> tuple[Right, Proposed]:
    """Return the change that is asked about and the right it takes."""
    if "tier" in said:
        return Right.TIER, TierTo(member, said["tier"])
    if "standing" in said:
        return Right.TIER, StandingTo(member, Health(said["standing"]))
    if "agreement" in said:
        return Right.ADMIT, AgreementUntil(member, None)
    right, status = _STATUSES[said["status"]]
    return right, reinstated(member) if status is None else StatusTo(member, status)


def _query(shape: type[Strict], request: Request) -> dict[str, Any]:
    serializer = shape(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def _answer(change: Proposed, now: datetime, **limits: Any) -> Response:
    found = what_if(change=change, now=now, **limits)
    body = {"at": found.at, "members": [_member(each) for each in told(found)]}
    return Response(WhatIfSerializer(body).data)


def _member(each: Told) -> dict[str, Any]:
    lines = {line.effect: line for line in each.lines}
    body: dict[str, Any] = {"member": each.member}
    for effect in EFFECTS:
        line = lines.get(effect)
        cells = line.cells if line else ()
        body[effect.value] = {
            "total": line.total if line else 0,
            "by_tlp": {
                cell.tlp.word if cell.tlp is not None else "other": cell.count for cell in cells
            },
            "owners": line.owners if line else None,
        }
    return body
