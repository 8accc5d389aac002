"""REST: what the caller's member is asked to delete, and its answers."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.errors import Invalid, NotFound
from members.roles import Scope
from sharing import recall_serializers as shapes
from sharing import recalls
from sharing.door import Reader, reader_of_credential
from sharing.models import RecallState
from sharing.paging import read_key, write_key
from sharing.rest import IncidentView, read
from sharing.services.recalls import answer, note_seen

READ = frozenset({Scope.FEED_READ, Scope.RECALLS_WRITE})
WRITE = frozenset({Scope.RECALLS_WRITE})
LIST = "recalls"
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457)")


class RecallsView(IncidentView):
    """What the caller's member is asked to delete."""

    scopes = {"GET": READ}

    @extend_schema(
        operation_id="recalls_list",
        parameters=[shapes.RecallsQuery],
        responses={200: shapes.RecallsSerializer, 422: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """List recalls in the order in which they were made; a poller with `next` misses none."""
        asked = read(shapes.RecallsQuery, request.query_params.dict())
        reader = reader_of_credential(self.principal)
        page = recalls.since(
            reader=reader,
            now=self.now,
            after=_place(asked.get("cursor"), reader),
            state=RecallState(asked["state"]) if "state" in asked else None,
            limit=asked["limit"],
        )
        note_seen([each.pk for each in page.rows if each.seen_at is None], now=self.now)
        place = asked.get("cursor")
        if page.rows:
            place = write_key(page.rows[-1].key, of=LIST, member_id=reader.member_id)
        body = {
            "recalls": [shapes.notice_json(each) for each in page.rows],
            "next": place,
            "more": page.more,
        }
        return Response(shapes.RecallsSerializer(body).data)


def _place(cursor: str | None, reader: Reader) -> int:
    """Return the place that a cursor names; 0 is the beginning.

    Raises:
        Invalid: it was not given to this member, or the notice is gone (an older backup).
    """
    if cursor is None:
        return 0
    try:
        key = read_key(cursor, of=LIST, member_id=reader.member_id)
    except signing.BadSignature:
        raise _foreign_cursor() from None
    place = recalls.place_of(key, member_id=reader.member_id)
    if place is None:
        raise _foreign_cursor()
    return place


def _foreign_cursor() -> Invalid:
    return Invalid(_("This cursor was not given to you."), field="cursor")


class AnswerView(IncidentView):
    """Base of the two answers."""

    scopes = {"POST": WRITE}

    def answer(self, key: uuid.UUID, *, state: RecallState, note: str) -> Response:
        """Give the recall as it stands after the answer."""
        reader = reader_of_credential(self.principal)
        answer(by=self.by, reader=reader, key=key, state=state, note=note, now=self.now)
        notice = recalls.one(reader=reader, key=key, now=self.now)
        if notice is None:
            raise NotFound(_("There is no such recall."))
        body: dict[str, Any] = shapes.notice_json(notice)
        return Response(shapes.RecallSerializer(body).data)


class ConfirmRecallView(AnswerView):
    @extend_schema(
        operation_id="recalls_confirm",
        request=shapes.ConfirmRecallSerializer,
        responses={200: shapes.RecallSerializer, 404: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:
        """Say that everything the recall lists for the caller is deleted. Again: no effect."""
        said = read(shapes.ConfirmRecallSerializer, request.data)
        return self.answer(key, state=RecallState.CONFIRMED, note=said["note"])


class RefuseRecallView(AnswerView):
    @extend_schema(
        operation_id="recalls_refuse",
        request=shapes.RefuseRecallSerializer,
        responses={200: shapes.RecallSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, key: uuid.UUID) -> Response:
        """Say that it is not deleted, and why. What was confirmed cannot be refused (409)."""
        said = read(shapes.RefuseRecallSerializer, request.data)
        return self.answer(key, state=RecallState.REFUSED, note=said["note"])
