"""REST: acknowledging, who has an own incident, and what one's member was given."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core import signing
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from members.errors import Conflict, Invalid, NotFound
from members.roles import Scope
from sharing import receipt_serializers as shapes
from sharing.receipts import Receipt, View, receipts, tally
from sharing.received import read_place, received, write_place
from sharing.rest import IncidentView, Strict, read
from sharing.services.receipts import acknowledge

OWNER = frozenset({Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE})


class AcknowledgeView(IncidentView):
    """Taking note of another member's incident."""

    scopes = {"POST": frozenset({Scope.SIGHTINGS_WRITE})}

    @extend_schema(request=None, responses=shapes.AcknowledgedSerializer)
    def post(self, request: Request, ref: str) -> Response:
        """Say for your member that it took note of the latest version that you may see.

        Said again it answers what was said first. It needs `feed:read` too: what the credential
        may not read does not exist for it.
        """
        read(Strict, request.data)
        try:
            said = acknowledge(by=self.by, viewer=self.viewer, ref=ref, now=self.now)
        except NotFound:
            self.own(ref)
            raise Conflict("Your own incidents need no acknowledgement.") from None
        body = {
            "ref": ref,
            "version": said.release.version,
            "at": said.at,
            "by": said.by.name,
        }
        return Response(shapes.AcknowledgedSerializer(body).data)


class ReceiptsView(IncidentView):
    """Who has which version of an own incident."""

    scopes = {"GET": OWNER}

    @extend_schema(parameters=[shapes.ReceiptsQuery], responses=shapes.ReceiptsSerializer)
    def get(self, request: Request, ref: str) -> Response:
        """Give one row per member and version, by member; `next` goes on behind the last one."""
        asked = read(shapes.ReceiptsQuery, request.query_params.dict())
        incident = self.own(ref)
        page = receipts(
            incident=incident,
            now=self.now,
            view=View(asked["view"]),
            version=asked.get("version"),
            after=asked["after"],
            limit=asked["limit"],
        )
        body = {
            "ref": incident.ref,
            "version": incident.version,
            "counts": tally(incident=incident, now=self.now),
            "receipts": [_receipt(row) for row in page.rows],
            "next": page.next,
        }
        return Response(shapes.ReceiptsSerializer(body).data)


def _receipt(row: Receipt) -> dict[str, Any]:
    return asdict(row) | {"outcome": "full" if row.whole else "redacted"}


class ReceivedView(IncidentView):
    """What the caller's member was given by others."""

    scopes = {"GET": frozenset({Scope.FEED_READ})}

    @extend_schema(parameters=[shapes.ReceivedQuery], responses=shapes.ReceivedSerializer)
    def get(self, request: Request) -> Response:
        """List every version that the member was given and the caller may know of, latest first.

        It stays in the list when it is no longer shared, without its title.
        """
        asked = read(shapes.ReceivedQuery, request.query_params.dict())
        member_id = self.principal.member_id
        after = None
        if "cursor" in asked:
            try:
                after = read_place(asked["cursor"], member_id=member_id)
            except signing.BadSignature:
                raise Invalid("This cursor was not given to you.", field="cursor") from None
        page = received(viewer=self.viewer, now=self.now, after=after, limit=asked["limit"])
        body = {
            "received": page.rows,
            "next": page.next and write_place(page.next, member_id=member_id),
        }
        return Response(shapes.ReceivedSerializer(body).data)
