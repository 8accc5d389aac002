"""One record is one line and holds neither content nor secrets."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest

from audit.request import REQUEST_ID
from cyberframe.logs import LineFormatter, shown

TEXT = LineFormatter(as_json=False, messages=False)
JSON = LineFormatter(as_json=True, messages=False)


def record(message: str, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("sharing.tasks", logging.INFO, __file__, 1, message, args, None)
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("formatter", [TEXT, JSON])
@pytest.mark.parametrize("bad", ["\n", "\r\n", "\u2028", "\x00", "\x1b[2J", "\u202e", "\x85"])
def test_a_record_is_one_printable_line(formatter: LineFormatter, bad: str) -> None:
    line = formatter.format(record("sent to %s", f"one{bad}12:00:00 INFO forged"))
    assert line.isprintable()
    assert len(line.splitlines()) == 1


def test_shown_keeps_readable_text_of_any_script() -> None:
    assert shown("Інцидент №5 — ok") == "Інцидент №5 — ok"


def test_an_error_is_told_without_its_message() -> None:
    try:
        try:
            raise KeyError("canary-inner")
        except KeyError as inner:
            raise ValueError("canary-outer") from inner
    except ValueError as error:
        made = record("failed", exc_info=(type(error), error, error.__traceback__))
    for formatter in (TEXT, JSON):
        line = formatter.format(made)
        assert "canary" not in line
        assert "ValueError at " in line
        assert "from KeyError at " in line


def test_celery_quotes_no_exception() -> None:
    made = logging.LogRecord(
        "celery.app.trace",
        logging.ERROR,
        __file__,
        1,
        "Task %(name)s[%(id)s] %(description)s: %(exc)s",
        ({"name": "t", "id": "1", "description": "raised", "exc": "ValueError('canary')"},),
        None,
    )
    assert "canary" not in TEXT.format(made)
    assert "Task t[1] raised: ValueError" in TEXT.format(made)


def test_an_address_is_told_by_its_route() -> None:
    request = SimpleNamespace(resolver_match=SimpleNamespace(route="join/<token>/"))
    line = TEXT.format(record("%s: %s", "Not Found", "/join/canary/", request=request))
    assert "canary" not in line
    assert "/join/<token>/" in line


def test_json_has_the_request_id() -> None:
    token = REQUEST_ID.set("abc12345")
    try:
        line = JSON.format(record("done", ms=3))
    finally:
        REQUEST_ID.reset(token)
    parsed = json.loads(line)
    assert (parsed["request"], parsed["ms"], parsed["message"]) == ("abc12345", 3, "done")
