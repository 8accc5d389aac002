"""Every error of the REST surface is problem details (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions

from cyberframe.problems import exception_handler, problem_response
from members import errors


class Stale(errors.Conflict):
    """A room's own conflict."""


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (errors.NotPermitted("No."), 403, "not_permitted"),
        (errors.Conflict("No."), 409, "conflict"),
        (Stale("No.", code="stale"), 409, "stale"),
        (errors.Invalid("No.", field="tier"), 422, "invalid"),
        (exceptions.ParseError("No."), 400, "parse_error"),
        (exceptions.PermissionDenied("No."), 403, "permission_denied"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("x/y"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (PermissionDenied("secret"), 403, None),
        (RequestDataTooBig("secret"), 413, None),
    ],
)
def test_each_error_has_its_status(raised: Exception, status: int, code: str | None) -> None:
    answer = exception_handler(raised, {})
    assert answer is not None
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], body.get("code")) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "private, no-store"
    assert "secret" not in answer.content.decode()


def test_hidden_and_missing_are_the_same_bytes() -> None:
    raised = (errors.NotFound("Hidden."), Http404("No such row"), exceptions.NotFound("Other"))
    answers = [exception_handler(one, {}) for one in raised]
    assert {answer.content for answer in answers if answer} == {
        b'{"title": "Not Found", "status": 404, "instance": "urn:request:-"}'
    }


def test_nested_faults_are_named_by_path() -> None:
    raised = exceptions.ValidationError(
        {
            "name": ["Too long."],
            "rows": [{}, {"tier": ["Unknown."]}],
            "non_field_errors": ["Do not fit."],
        }
    )
    answer = exception_handler(raised, {})
    assert answer is not None
    problems: list[dict[str, Any]] = json.loads(answer.content)["problems"]
    assert [(one["property"], one["message"]) for one in problems] == [
        ("name", "Too long."),
        ("rows[1].tier", "Unknown."),
        ("", "Do not fit."),
    ]


def test_fault_of_ours_is_not_hidden() -> None:
    assert exception_handler(ZeroDivisionError(), {}) is None
    assert exception_handler(errors.Refused("No room's error."), {}) is None


def test_throttled_says_when_to_come_back() -> None:
    answer = exception_handler(exceptions.Throttled(wait=7), {})
    assert answer is not None
    assert answer["Retry-After"] == "7"


def test_extra_members_stand_beside_the_others() -> None:
    answer = problem_response(409, detail="Changed.", code="stale", extra={"digest": "abc"})
    assert json.loads(answer.content) == {
        "title": "Conflict",
        "status": 409,
        "detail": "Changed.",
        "code": "stale",
        "digest": "abc",
        "instance": "urn:request:-",
    }
