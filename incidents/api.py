"""REST: filing incidents, reading those one may see, and the steps up to a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import serializers as shapes
from incidents import services
from incidents.anonymity import by_circle
from incidents.marking import NEUTRAL, Marking, MarkingError, MarkingProblem, from_json
from incidents.models import Incident
from incidents.parsing import RawParser, StixParser
from incidents.presenting import bundle_of, incident_json, own_view, row_json, shared_view
from incidents.services import Filed, Filing
from incidents.stix import read_request
from members.errors import Invalid, NotFound
from members.models import Member
from members.roles import Scope
from members.tlp import TLP
from sharing.models import Outlet
from sharing.paging import read_cursor, write_cursor
from sharing.queries import Narrow, incidents, shared_incident
from sharing.rest import NO_SUCH, IncidentView, read
from sharing.services.filing import take_in
from sharing.services.life import discard_working
from sharing.services.receipts import Taker, note_fetched
from sharing.services.working import amend_with, begin_next

READ = frozenset(
    {Scope.FEED_READ, Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE}
)
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457) with `problems`")
PARTIAL = OpenApiParameter(
    "partial", bool, description="keep the good objects where others have errors"
)
_FIELDS = ("bundle", "title", "marking", "object_markings")
_LONGEST_TITLE = 200
_TRUE = frozenset({"true", "1"})
STIX_TYPE = "application/stix+json;version=2.1"


class IncidentsView(IncidentView):
    """The incidents that the caller may see, and filing a new one."""

    parser_classes = [RawParser, StixParser]
    scopes = {"GET": READ, "POST": frozenset({Scope.INCIDENTS_WRITE})}

    @extend_schema(
        operation_id="incidents_list",
        parameters=[shapes.ListQuery],
        responses=shapes.ListSerializer,
    )
    def get(self, request: Request) -> Response:
        """List own incidents and those shared with the member, the latest arrival first."""
        asked = read(shapes.ListQuery, request.query_params.dict())
        place = None
        if "cursor" in asked:
            try:
                place = read_cursor(asked["cursor"], member_id=self.principal.member_id)
            except signing.BadSignature:
                raise Invalid("This cursor was not given to you.", field="cursor") from None
        page = incidents(
            viewer=self.viewer,
            now=self.now,
            narrow=_narrow(asked),
            place=place,
            limit=asked["limit"],
        )
        last = page.rows[-1] if page.rows and page.older else None
        body = {
            "incidents": [row_json(row) for row in page.rows],
            "next": write_cursor(last, member_id=self.principal.member_id) if last else None,
        }
        return Response(shapes.ListSerializer(body).data)

    @extend_schema(
        request={
            "application/json": shapes.FilingSerializer,
            "application/stix+json": OpenApiTypes.OBJECT,
        },
        parameters=[PARTIAL],
        responses={
            201: shapes.FiledSerializer,
            200: OpenApiResponse(shapes.FiledSerializer, "Known, or a draft's next revision"),
            400: PROBLEM,
            413: PROBLEM,
            422: PROBLEM,
        },
    )
    def post(self, request: Request) -> Response:
        """File a STIX 2.1 bundle as a draft: all or nothing, unless `partial`.

        The exact same submission again answers 200 and changes nothing.
        """
        filed = take_in(
            actor=self.principal.actor,
            person=self.person,
            member=self.member,
            filing=_filing(request, _bytes(request), self.member),
            now=self.now,
        )
        answer = Response(_filed(filed), status=201 if filed.created else 200)
        if filed.created:
            answer["Location"] = _address(filed.incident)
        return answer


def _bytes(request: Request) -> bytes:
    given: object = request.data  # nothing at all: DRF gives an empty dictionary
    return given if isinstance(given, bytes) else b""


def _filing(request: Request, data: bytes, owner: Member) -> Filing:
    """Return what a body asks to file.

    Raises:
        SubmissionRejected, MarkingError
    """
    asked = read_request(data)
    stated = _stated(asked.fields)
    if (marking := stated.get("marking")) is not None:
        stated["marking"] = by_circle(marking, stated=asked.fields["marking"], owner=owner)
    return Filing(
        submission=asked.submission,
        source=data.decode("utf-8-sig"),
        partial=request.query_params.get("partial", "").lower() in _TRUE,
        **stated,
    )


def _narrow(asked: Mapping[str, Any]) -> Narrow:
    return Narrow(
        text=asked.get("q", ""),
        level=asked.get("level"),
        sector=asked.get("sector", ""),
        state=asked.get("state", ""),
        tlp=TLP.parse(asked["tlp"]) if "tlp" in asked else None,
        source=asked.get("from", ""),
        view=asked.get("view", ""),
    )


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands beside the bundle, as `Filing` takes it.

    Raises:
        MarkingError: every field that is wrong.
    """
    if not fields:
        return {}
    problems: list[MarkingProblem] = []
    for name in sorted(set(fields) - set(_FIELDS)):
        fix = f"Remove it; the fields are {', '.join(_FIELDS)}."
        problems.append(MarkingProblem(name, "is not a field of a filing", fix))
    title = fields.get("title", "")
    if not isinstance(title, str) or len(title) > _LONGEST_TITLE:
        fix = f"Write at most {_LONGEST_TITLE} characters."
        problems.append(MarkingProblem("title", "is not a title", fix))
    marking, found = _marking(fields, "marking")
    object_markings, more = _object_markings(fields.get("object_markings", {}))
    problems += [*found, *more]
    if problems:
        raise MarkingError(tuple(problems))
    return {"title": title, "marking": marking, "object_markings": object_markings}


def _marking(
    fields: Mapping[str, Any], name: str
) -> tuple[Marking | None, tuple[MarkingProblem, ...]]:
    if fields.get(name) is None:
        return None, ()
    try:
        return from_json(fields[name], where=name), ()
    except MarkingError as error:
        return None, error.problems


def _object_markings(value: object) -> tuple[dict[str, Marking], list[MarkingProblem]]:
    if not isinstance(value, Mapping):
        fix = "Write an object of STIX ids and markings."
        return {}, [MarkingProblem("object_markings", "is not an object", fix)]
    found: dict[str, Marking] = {}
    problems: list[MarkingProblem] = []
    for key, each in value.items():
        try:
            found[key] = from_json(each, where=f"object_markings.{key}", base=NEUTRAL)
        except MarkingError as error:
            problems += error.problems
    return found, problems


def _filed(filed: Filed) -> dict[str, Any]:
    incident, revision = filed.incident, filed.revision
    found = [each.to_json() for each in filed.problems]
    body = {
        "ref": incident.ref,
        "stix_id": incident.stix_id,
        "url": _address(incident),
        "state": incident.state,
        "working": incident.working,
        "revision": revision.number,
        "objects": revision.object_count,
        "tlp_confirmed": revision.tlp_confirmed,
        "problems": [each for each in found if each["level"] == "error"],
        "warnings": [each for each in found if each["level"] == "warning"],
    }
    return dict(shapes.FiledSerializer(body).data)


def _address(incident: Incident) -> str:
    return reverse("incidents-api:incident", args=[incident.ref])


class OneIncidentView(IncidentView):
    """One incident, own or shared."""

    scopes = {"GET": READ}

    @extend_schema(responses=shapes.IncidentSerializer)
    def get(self, request: Request, ref: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Give the facts of an incident as the caller sees it."""
        view = _view(self, ref)
        return Response(shapes.IncidentSerializer(incident_json(view)).data)


class ObjectsView(IncidentView):
    """The STIX objects of one incident."""

    scopes = {"GET": READ}

    @extend_schema(responses={(200, STIX_TYPE): OpenApiTypes.OBJECT})
    def get(self, request: Request, ref: str) -> HttpResponse:  # noqa: ARG002
        """Give the objects as a STIX 2.1 bundle, with exactly the content that was submitted.

        An incident of another member's comes as it was released to the caller.
        """
        return HttpResponse(bundle_of(_view(self, ref)), content_type=STIX_TYPE)


def _view(api: IncidentView, ref: str) -> Any:
    """Return the incident as the caller sees it; another's with a receipt that it was given."""
    try:
        return own_view(api.own(ref))
    except NotFound:
        shared = shared_incident(viewer=api.viewer, ref=ref, now=api.now)
        if shared is None:
            raise NotFound(NO_SUCH) from None
        if api.request.method == "GET":  # a HEAD gives nothing
            taker = Taker.of(api.principal)
            note_fetched(taker=taker, grants=shared.grants, outlet=Outlet.REST, now=api.now)
        return shared_view(shared)


class SubmitView(IncidentView):
    """Handing a draft to the reviewers."""

    scopes = {"POST": frozenset({Scope.INCIDENTS_SUBMIT})}

    @extend_schema(request=None, responses=shapes.StateSerializer)
    def post(self, request: Request, ref: str) -> Response:
        """Hand the draft to the reviewers of its member."""
        read(shapes.NothingSerializer, request.data)
        done = services.submit(by=self.by, incident=self.own(ref), now=self.now)
        return Response(shapes.StateSerializer(done).data)


class ReturnView(IncidentView):
    """Sending a version in review back to its author."""

    scopes = {"POST": frozenset({Scope.INCIDENTS_RELEASE})}

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.StateSerializer)
    def post(self, request: Request, ref: str) -> Response:
        """Send it back, with a note."""
        note = read(shapes.NoteSerializer, request.data)["note"]
        incident = self.own(ref)
        done = services.return_to_draft(by=self.by, incident=incident, note=note, now=self.now)
        return Response(shapes.StateSerializer(done).data)


class AmendView(IncidentView):
    """Beginning the next version of what is released."""

    parser_classes = [RawParser, StixParser]
    scopes = {"POST": frozenset({Scope.INCIDENTS_WRITE})}

    @extend_schema(
        request={
            "application/json": shapes.FilingSerializer,
            "application/stix+json": OpenApiTypes.OBJECT,
        },
        parameters=[PARTIAL],
        responses={200: shapes.FiledSerializer, 409: PROBLEM, 413: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Begin the next version; a body, as for filing, is its first revision.

        The released version stays in force until the next one is released. What the body does
        not state beside the bundle stays as it is in force. Without a body, or with `{}`, the
        next version begins with the content in force.
        """
        incident, data = self.own(ref), _bytes(request)
        if data.strip() in (b"", b"{}"):
            begun = begin_next(by=self.by, incident=incident, now=self.now)
            assert begun.head is not None  # it was released
            return Response(_filed(Filed(begun, begun.head, (), created=False, changed=False)))
        filing = _filing(request, data, self.member)
        filed = amend_with(by=self.by, incident=incident, filing=filing, now=self.now)
        return Response(_filed(filed))


class DiscardView(IncidentView):
    """Dropping the next version."""

    scopes = {"POST": frozenset({Scope.INCIDENTS_WRITE, Scope.INCIDENTS_RELEASE})}

    @extend_schema(request=None, responses={200: shapes.StateSerializer, 409: PROBLEM})
    def post(self, request: Request, ref: str) -> Response:
        """Drop the next version; the one in force stays, and is what is worked on again."""
        read(shapes.NothingSerializer, request.data)
        done = discard_working(by=self.by, incident=self.own(ref), now=self.now)
        return Response(shapes.StateSerializer(done).data)
