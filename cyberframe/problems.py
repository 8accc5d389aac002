"""Errors of the REST surface as problem details (RFC 9457).

Named in settings as DRF's exception handler, so a room raises its own errors and the table here
gives them a status. A thing that is hidden and one that does not exist get the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from rest_framework import exceptions

from audit.request import REQUEST_ID
from incidents.marking import MarkingError, MarkingProblem
from incidents.services import FilingRefused
from incidents.stix import SubmissionRejected
from members import errors
from sharing.services.release import AudienceChanged, LintBlocks

PROBLEM_TYPE = "application/problem+json"
STATUS_OF: dict[type[Exception], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotPermitted: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def problem_response(
    status: int,
    *,
    detail: str = "",
    code: str = "",
    problems: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """Return problem details: the status's title, one sentence, a code and the single problems.

    `extra` holds further members of the object (RFC 9457 §3.2).
    """
    body: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": int(status)}
    if detail:
        body["detail"] = detail
    if code:
        body["code"] = code
    if problems:
        body["problems"] = list(problems)
    body |= extra or {}
    body["instance"] = f"urn:request:{REQUEST_ID.get()}"
    return JsonResponse(
        body,
        status=status,
        content_type=PROBLEM_TYPE,
        headers={"Cache-Control": "private, no-store", **(headers or {})},
    )


def exception_handler(
    exc: Exception,
    context: Mapping[str, Any],  # noqa: ARG001 - DRF's signature
) -> JsonResponse | None:
    """Return the problem that an exception of a REST view is; None for a fault of ours (a 500)."""
    if isinstance(exc, errors.Refused):
        return _refused(exc)
    if isinstance(exc, (Http404, exceptions.NotFound)):
        return problem_response(HTTPStatus.NOT_FOUND)
    if isinstance(exc, PermissionDenied):
        return problem_response(HTTPStatus.FORBIDDEN)
    if isinstance(exc, RequestDataTooBig):
        return problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if isinstance(exc, exceptions.ValidationError):
        problems = list(_flat(exc.get_full_details()))
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, code="invalid", problems=problems)
    if isinstance(exc, exceptions.APIException):
        return _rest(exc)
    return _of_content(exc)


def _of_content(exc: Exception) -> JsonResponse | None:
    """Return what is wrong with a submission, a marking or a release."""
    match exc:
        case SubmissionRejected():
            found = [each.to_json() for each in exc.problems]
            return problem_response(exc.status_hint, code="not_accepted", problems=found)
        case FilingRefused():
            found = [each.to_json() for each in exc.problems]
            return _unprocessable(code="not_filed", problems=found)
        case MarkingError():
            found = [_marking_problem(each) for each in exc.problems]
            return _unprocessable(code="not_a_marking", problems=found)
        case LintBlocks():
            found = [
                {
                    "code": each.code,
                    "message": str(each.sentence),
                    "fix": str(each.fix),
                    "level": "error",
                }
                for each in exc.findings
            ]
            return _unprocessable(code="lint", problems=found)
        case AudienceChanged():
            rows = exc.preview.rows_json()
            return problem_response(
                HTTPStatus.CONFLICT,
                code="audience_changed",
                detail=str(exc),
                extra={"digest": exc.preview.digest, "rows": rows},
            )
    return None


def _unprocessable(*, code: str, problems: Sequence[Mapping[str, Any]]) -> JsonResponse:
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, code=code, problems=problems)


def _marking_problem(problem: MarkingProblem) -> dict[str, Any]:
    return {
        "number": 0,
        "type": "marking",
        "id": "",
        "property": problem.path,
        "code": "not_a_marking",
        "message": problem.message,
        "fix": problem.fix,
        "level": "error",
    }


def _refused(refused: errors.Refused) -> JsonResponse | None:
    status = next((STATUS_OF[kind] for kind in type(refused).mro() if kind in STATUS_OF), None)
    if status is None:
        return None
    if status is HTTPStatus.NOT_FOUND:
        return problem_response(status)
    problems = []
    if isinstance(refused, errors.Invalid):
        problems = [{"property": refused.field, "code": refused.code, "message": refused.sentence}]
    return problem_response(status, detail=refused.sentence, code=refused.code, problems=problems)


def _rest(exc: exceptions.APIException) -> JsonResponse:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    unauthenticated = exc.status_code == HTTPStatus.UNAUTHORIZED
    detail = "" if unauthenticated else str(exc.detail)
    code = "" if unauthenticated else str(exc.get_codes())
    return problem_response(exc.status_code, detail=detail, code=code, headers=headers)


def _flat(details: Any, where: str = "") -> Iterator[dict[str, str]]:
    """Give each single fault of a serializer with the path of its property."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"property": where, "code": str(details["code"]), "message": str(details["message"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (where, here) if part))
    else:
        for number, inner in enumerate(details):
            nested = isinstance(inner, Mapping) and set(inner) != {"message", "code"}
            yield from _flat(inner, f"{where}[{number}]" if nested else where)
