"""The exposure report: as a page, as CSV and JSON, and over REST. What it may say: `sharing`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api import AdministrationView
from members.errors import Invalid, NotFound
from members.models import Member, Person
from members.tlp import TLP
from sharing import exposure
from sharing.exposure import Caller, Counts, Handling, Line, LineState, NoSuchLine, Sight
from sharing.models import RecallKind, RecallState

ROWS, MOST_ROWS = 50, 500


@require_safe
@login_required
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a member what it was ever given, or the secretariat without references."""
    member, sight = _asked(request, slug)
    now = timezone.now()
    try:
        found = exposure.page(
            sight=sight, now=now, after=request.GET.get("after") or None, limit=ROWS
        )
    except NoSuchLine:
        raise Http404 from None
    counts = exposure.counts(sight=sight, now=now)
    context = {
        "member": member,
        "by_office": sight.by_office,
        "counts": counts,
        "states": [(counts.states[state], *_state(state)) for state in LineState],
        "tlps": [(tlp, number) for tlp, number in counts.tlps.items() if number],
        "answers": [(state.label, counts.recalls[state]) for state in RecallState],
        "recalled": sum(counts.recalls.values()),
        "rows": [_row(line) for line in found.lines],
        "next": found.next,
        "first": "after" not in request.GET,
        "csv_url": reverse("members:exposure-csv", args=[slug]),
        "json_url": reverse("members:exposure-json", args=[slug]),
    }
    return render(request, "members/exposure.html", context)


@require_safe
@login_required
@never_cache
def as_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Give the whole report as CSV, streamed; no cell starts a formula."""
    member, _sight = _asked(request, slug)
    return _download(_csv(_person(request), member), "text/csv; charset=utf-8", f"{slug}.csv")


@require_safe
@login_required
@never_cache
def as_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Give the whole report as one JSON object, streamed."""
    member, _sight = _asked(request, slug)
    return _download(_json(_person(request), member), "application/json", f"{slug}.json")


def _asked(request: HttpRequest, slug: str) -> tuple[Member, Sight]:
    """Return the member and how it may be looked at; for everyone else there is no such page."""
    member = Member.objects.filter(slug=slug).first()
    sight = exposure.sight_of(_person(request), member) if member else None
    if member is None or sight is None:
        raise Http404
    return member, sight


def _person(request: HttpRequest) -> Person:
    return cast(Person, request.user)


def _download(parts: Iterator[str], kind: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(parts, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="exposure-{name}"'
    return answer


def _state(state: LineState) -> tuple[str, str]:
    words = {
        LineState.IN_FORCE: _("In force"),
        LineState.SUPERSEDED: _("Superseded"),
        LineState.WITHDRAWN: _("No longer shared"),
        LineState.RECALLED: _("Recalled"),
    }
    styles = {LineState.IN_FORCE: "ok", LineState.SUPERSEDED: "line", LineState.RECALLED: "bad"}
    return words[state], styles.get(state, "no")


def _row(line: Line) -> dict[str, Any]:
    """Return a line as the page draws it."""
    word, style = _state(line.state)
    recalled = line.recalled
    return {
        "line": line,
        "state": word,
        "style": style,
        "by": _by(line),
        "changed": line.now is not None and line.now != line.then,
        "recall": str(RecallKind(recalled.kind).label) if recalled else "",
        "answer": str(RecallState(recalled.state).label) if recalled else "",
    }


def _by(line: Line) -> str:
    kinds = {"person": _("a person"), "machine": _("a machine")}
    return "" if line.fetched is None else kinds.get(line.fetched.by, line.fetched.by)


COLUMNS = (
    "number", "ref", "version", "objects", "given_at", "tlp_then", "pap_then", "orcon_then",
    "tlp_now", "pap_now", "orcon_now", "state", "fetched_at", "fetched_outlet", "fetched_by",
    "recall_kind", "recall_answer", "recall_answered_at",
)  # fmt: skip


def _csv(caller: Caller, member: Member) -> Iterator[str]:
    yield _csv_row(COLUMNS)
    for line in exposure.every_line(caller, member, timezone.now()):
        fetched, recalled = line.fetched, line.recalled
        yield _csv_row(
            (
                line.number,
                line.ref,
                str(line.version),
                str(line.objects),
                line.given_at.isoformat(),
                *_handling_cells(line.then),
                *(("no longer shared", "", "") if line.now is None else _handling_cells(line.now)),
                line.state.value,
                fetched.at.isoformat() if fetched else "",
                fetched.outlet if fetched else "",
                fetched.by if fetched else "",
                recalled.kind if recalled else "",
                recalled.state if recalled else "",
                recalled.answered_at.isoformat() if recalled and recalled.answered_at else "",
            )
        )


def _handling_cells(handling: Handling) -> tuple[str, str, str]:
    return handling.tlp.word, handling.pap.word, "yes" if handling.orcon else "no"


class _Line:
    """What csv writes one row to."""

    def write(self, text: str) -> str:
        return text


def _csv_row(cells: tuple[str, ...]) -> str:
    written: str = csv.writer(_Line()).writerow([_plain(cell) for cell in cells])
    return written


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    starts = cell[:1]
    return f"'{cell}" if starts.isspace() or starts in set("=+-@|%") else cell


def _json(caller: Caller, member: Member) -> Iterator[str]:
    now = timezone.now()
    sight = exposure.sight_of(caller, member)
    if sight is None:
        return
    head = {"member": member.slug, "at": now.isoformat()}
    summary = ExposureCountsSerializer(exposure.counts(sight=sight, now=now)).data
    yield json.dumps(head | {"counts": summary})[:-1] + ', "lines": ['
    between = ""
    for line in exposure.every_line(caller, member, now):
        yield between + json.dumps(LineSerializer(line).data)
        between = ",\n"
    yield "]}"


class HandlingSerializer(serializers.Serializer[Handling]):
    tlp = serializers.CharField(source="tlp.word")
    pap = serializers.CharField(source="pap.word")
    orcon = serializers.BooleanField()


class FetchedSerializer(serializers.Serializer[exposure.Fetched]):
    at = serializers.DateTimeField()
    outlet = serializers.CharField()
    by = serializers.CharField()


class RecalledSerializer(serializers.Serializer[exposure.Recalled]):
    kind = serializers.CharField()
    answer = serializers.CharField(source="state")
    answered_at = serializers.DateTimeField(allow_null=True)


class LineSerializer(serializers.Serializer[Line]):
    """One version; `now` is null where it is no longer shared, `ref` empty for the secretariat."""

    number = serializers.CharField()
    ref = serializers.CharField()
    version = serializers.IntegerField()
    objects = serializers.IntegerField()
    given_at = serializers.DateTimeField()
    then = HandlingSerializer()
    now = HandlingSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=[state.value for state in LineState])
    fetched = FetchedSerializer(allow_null=True)
    recalled = RecalledSerializer(allow_null=True)


class ExposureCountsSerializer(serializers.Serializer[Counts]):
    """`unlisted`: versions given, in whole or in part, to people or machines cleared higher."""

    versions = serializers.IntegerField()
    incidents = serializers.IntegerField()
    fetched = serializers.IntegerField()
    unlisted = serializers.IntegerField()
    states = serializers.SerializerMethodField()
    tlps = serializers.SerializerMethodField()
    recalls = serializers.SerializerMethodField()

    def get_states(self, counts: Counts) -> dict[str, int]:
        return {state.value: number for state, number in counts.states.items()}

    def get_tlps(self, counts: Counts) -> dict[str, int]:
        return {TLP(tlp).word: number for tlp, number in counts.tlps.items()}

    def get_recalls(self, counts: Counts) -> dict[str, int]:
        return {state.value: number for state, number in counts.recalls.items()}


class ExposureSerializer(serializers.Serializer[Any]):
    """A page of the report; `next` goes into `after`."""

    member = serializers.CharField()
    at = serializers.DateTimeField()
    counts = ExposureCountsSerializer()
    lines = LineSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ExposureQuery(serializers.Serializer[Any]):
    after = serializers.CharField(required=False, max_length=12)
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=MOST_ROWS)


class ExposureView(AdministrationView):
    """Everything that a member was ever given, without content."""

    @extend_schema(parameters=[ExposureQuery], responses=ExposureSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Give the next lines: to an administrator of the member and to the secretariat."""
        member = Member.objects.filter(slug=slug).first()
        sight = exposure.sight_of(cast(Caller, request.user), member) if member else None
        if member is None or sight is None:
            raise NotFound("There is no such member.")
        asked = ExposureQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        try:
            found = exposure.page(
                sight=sight, now=self.now, after=values.get("after"), limit=values["limit"]
            )
        except NoSuchLine:
            raise Invalid("There is no such line.", field="after") from None
        body = {
            "member": member.slug,
            "at": self.now,
            "counts": exposure.counts(sight=sight, now=self.now),
            "lines": found.lines,
            "next": found.next,
        }
        return Response(ExposureSerializer(body).data)
