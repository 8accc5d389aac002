"""REST: who would get an incident, its marking, and its release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.anonymity import by_circle
from incidents.marking import from_json
from incidents.models import Incident, Working
from incidents.presenting import bundle_of, shared_view
from incidents.services import mark
from members.errors import Conflict, NotFound
from members.roles import Scope
from members.tlp import TLP
from sharing import serializers as shapes
from sharing.holders import in_force
from sharing.lint import Finding, lint
from sharing.models import Release, ReportKind
from sharing.policy.audience import row_json
from sharing.policy.types import Reach, Row
from sharing.preview import preview
from sharing.rest import IncidentView, read
from sharing.services.release import (
    Approval,
    confirm_early_warning,
    release_incident,
    two_people_needed,
)
from sharing.view_as import (
    ViewAs,
    reach,
    read_as,
    view_in_force,
    view_of_draft,
    viewable_members,
)

STIX_TYPE: Final = "application/stix+json;version=2.1"
OWNER = frozenset({Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE})
RELEASE = frozenset({Scope.INCIDENTS_RELEASE})
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details (RFC 9457) with `problems`")
CHANGED = OpenApiResponse(OpenApiTypes.OBJECT, "Problem details with the new `digest` and `rows`")


class AudienceView(IncidentView):
    """Who gets an own incident, one row per member."""

    scopes = {"GET": OWNER}

    @extend_schema(parameters=[shapes.AudienceQuery], responses=shapes.AudienceSerializer)
    def get(self, request: Request, ref: str) -> Response:
        """Give the list that a release would have; nothing being worked on: who has it now."""
        only_these = read(shapes.AudienceQuery, request.query_params.dict())["only_these"]
        incident = self.own(ref)
        if incident.working == Working.NONE:
            body = self._in_force(incident)
        else:
            body = self._preview(incident, only_these=only_these)
        return Response(shapes.AudienceSerializer(body).data)

    def _preview(self, incident: Incident, *, only_these: bool) -> dict[str, Any]:
        seen = preview(incident=incident, now=self.now, only_these=only_these)
        return _audience(
            incident,
            rows=seen.rows,
            digest=seen.digest,
            only_these=only_these,
            findings=lint(incident=incident, preview=seen, now=self.now),
            second_person=two_people_needed(incident),
        )

    def _in_force(self, incident: Incident) -> dict[str, Any]:
        held = in_force(incident, self.now)
        if held is None:
            raise Conflict("Nothing of this incident has been released yet.")
        return _audience(incident, rows=held.rows, digest=held.digest)


def _audience(
    incident: Incident,
    *,
    rows: Sequence[Row],
    digest: str,
    only_these: bool = False,
    findings: Iterable[Finding] = (),
    second_person: bool = False,
) -> dict[str, Any]:
    return {
        "ref": incident.ref,
        "state": incident.state,
        "working": incident.working,
        "only_these": only_these,
        "digest": digest,
        "counts": {reach.value: sum(row.outcome is reach for row in rows) for reach in Reach},
        "rows": [_row(row) for row in rows],
        "lint": [_finding(each) for each in findings],
        "second_person": second_person,
    }


def _row(row: Row) -> dict[str, Any]:
    return row_json(row) | {"from": row.opens_at}


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "message": str(finding.sentence),
        "fix": str(finding.fix),
        "level": "error" if finding.blocks else "warning",
    }


class MarkingView(IncidentView):
    """The marking of the version being worked on."""

    scopes = {
        "GET": OWNER,
        "PUT": frozenset({Scope.INCIDENTS_WRITE}),
        "PATCH": frozenset({Scope.INCIDENTS_WRITE}),
    }

    @extend_schema(responses=shapes.MarkingSerializer)
    def get(self, request: Request, ref: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Give the marking as it is stated."""
        return _marking(self.own(ref))

    @extend_schema(
        request=OpenApiTypes.OBJECT, responses={200: shapes.MarkingSerializer, 422: PROBLEM}
    )
    def put(self, request: Request, ref: str) -> Response:
        """State the marking anew; what is left out is not limited."""
        return self._mark(self.own(ref), request.data, stated=request.data)

    @extend_schema(
        request=OpenApiTypes.OBJECT, responses={200: shapes.MarkingSerializer, 422: PROBLEM}
    )
    def patch(self, request: Request, ref: str) -> Response:
        """Change the fields that are given; the others stay."""
        incident = self.own(ref)
        given = request.data
        stored = incident.head.marking if incident.head else {}
        value = stored | given if isinstance(given, dict) else given
        return self._mark(incident, value, stated=given)

    def _mark(self, incident: Incident, value: object, *, stated: object) -> Response:
        marking = by_circle(from_json(value), stated=stated, owner=incident.owner)
        mark(by=self.by, incident=incident, marking=marking, now=self.now)
        return _marking(self.own(incident.ref))


def _marking(incident: Incident) -> Response:
    head = incident.head
    assert head is not None  # filing makes both in one transaction
    body = {
        "marking": head.marking,
        "tlp_confirmed": head.tlp_confirmed,
        "revision": head.number,
    }
    return Response(shapes.MarkingSerializer(body).data)


class ReleaseView(IncidentView):
    """Releasing to exactly the list that was read."""

    scopes = {"POST": RELEASE}

    @extend_schema(
        request=shapes.ReleaseRequestSerializer,
        responses={200: shapes.ReleaseSerializer, 409: CHANGED, 422: PROBLEM},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Put the version in review in force. Asked again with the same digest: the same answer.

        A digest that is not of the list as it is now answers 409 with the new list.
        """
        asked = read(shapes.ReleaseRequestSerializer, request.data)
        approval = Approval(
            digest=asked["digest"],
            report_kind=ReportKind(asked["report_kind"]),
            only_these=asked["only_these"],
            reason=asked["reason"],
        )
        incident = self.own(ref)
        done = release_incident(by=self.by, incident=incident, approval=approval, now=self.now)
        return _released(self.own(ref), done)


class ConfirmView(IncidentView):
    """Confirming an early warning as a second person."""

    scopes = {"POST": RELEASE}

    @extend_schema(request=None, responses=shapes.ReleaseSerializer)
    def post(self, request: Request, ref: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Say that the early warning, released by its author alone, is right."""
        incident = self.own(ref)
        release = incident.releases.order_by("-version").first()
        if release is None:
            raise Conflict("Nothing of this incident has been released yet.")
        done = confirm_early_warning(by=self.by, release=release, now=self.now)
        return _released(incident, done)


def _released(incident: Incident, release: Release) -> Response:
    body = {
        "ref": incident.ref,
        "state": incident.state,
        "working": incident.working,
        "version": release.version,
        "report_kind": release.report_kind,
        "at": release.at,
        "digest": release.audience_digest,
        "unconfirmed": release.confirm_by_at is not None and release.confirmed_at is None,
    }
    return Response(shapes.ReleaseSerializer(body).data)


class ViewAsView(IncidentView):
    """What a given reader of a member gets of an own incident."""

    scopes = {"GET": OWNER}

    @extend_schema(parameters=[shapes.ViewAsQuery], responses=shapes.ViewAsSerializer)
    def get(self, request: Request, ref: str, member: str) -> Response:
        """Give what it gets, and why not the rest."""
        asked = read(shapes.ViewAsQuery, request.query_params.dict())
        incident = self.own(ref)
        working = _is_working(asked, incident)
        found = _view_as(self, incident, member, asked)
        shared = found.shared
        address = reverse("sharing-api:view-as-objects", args=[ref, member])
        body = {
            "member": member,
            "version": found.version,
            "working": working,
            "at": found.at,
            "opens_at": found.row.opens_at,
            "outcome": reach(found).value,
            "codes": [code.value for code in found.row.codes],
            "redactions": [
                {"id": cut.id, "path": cut.path, "code": cut.code.value}
                for cut in found.row.redactions
            ],
            "ready": not found.late,
            "objects": len(shared.objects) if shared else 0,
            "objects_url": f"{address}?{request.query_params.urlencode()}" if shared else None,
        }
        return Response(shapes.ViewAsSerializer(body).data)


class ViewAsObjectsView(IncidentView):
    """The exact bytes that a given reader of a member gets."""

    scopes = {"GET": OWNER}

    @extend_schema(
        parameters=[shapes.ViewAsQuery], responses={(200, STIX_TYPE): OpenApiTypes.OBJECT}
    )
    def get(self, request: Request, ref: str, member: str) -> HttpResponse:
        """Give the bundle as the reader's own request for the incident's objects answers it."""
        asked = read(shapes.ViewAsQuery, request.query_params.dict())
        shared = _view_as(self, self.own(ref), member, asked).shared
        if shared is None:
            raise NotFound("This reader gets nothing of it.")
        return HttpResponse(bundle_of(shared_view(shared)), content_type=STIX_TYPE)


def _is_working(asked: Mapping[str, Any], incident: Incident) -> bool:
    default = "in-force" if incident.working == Working.NONE else "working"
    return bool(asked.get("version", default) == "working")


def _view_as(api: IncidentView, incident: Incident, slug: str, asked: Mapping[str, Any]) -> ViewAs:
    """Return what is asked for.

    Raises:
        NotFound: no such version, or no member that the owner may know of.
    """
    member = viewable_members(incident).filter(slug=slug).first()
    if member is None:
        raise NotFound("There is no such member.")
    look = view_of_draft if _is_working(asked, incident) else view_in_force
    found = look(
        incident=incident,
        member=member,
        read_as=read_as(
            asked["reader"],
            TLP.parse(asked["max_tlp"]),
            person=asked["person"],
            withhold=asked["withhold"],
        ),
        now=api.now,
        opened=asked["opened"],
    )
    if found is None:
        raise NotFound("There is no such version.")
    return found
