"""One record = one line, the same in every process: readable text, or JSON.

What was shared never enters a log: an error is told by its kind and place, not by its message,
which may quote a row; an address by its route, not by its path, which may hold a one-time key.
`CYBERFRAME_DEBUG=1` shows the messages.
"""

from __future__ import annotations

import json
import logging
import logging.config
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audit.request import REQUEST_ID

_FIELDS = ("method", "route", "status", "ms", "queue", "task")


def configure(options: Mapping[str, Any]) -> None:
    """Set logging up; `options` are settings.LOGGING: format, level and messages."""
    logging.config.dictConfig(dictionary(options))


def dictionary(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `dictConfig` of these options, for processes that set logging up themselves."""
    quiet = "WARNING" if options["level"] != "DEBUG" else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "cyberframe.logs.LineFormatter",
                "as_json": options["format"] == "json",
                "messages": options["messages"],
            }
        },
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"handlers": ["out"], "level": options["level"]},
        "loggers": {
            "_granian": {"handlers": ["out"], "level": quiet, "propagate": False},
            "django": {"handlers": [], "propagate": True},
            "django.db.backends": {"level": "INFO"},  # at DEBUG it writes every parameter
            "django.request": {"level": "ERROR"},  # ours has a line for each request
            "celery": {"handlers": [], "level": quiet, "propagate": True},
            "kombu": {"level": quiet},
            "amqp": {"level": quiet},
            "httpx": {"level": quiet},
            "httpcore": {"level": quiet},
        },
    }


class LineFormatter(logging.Formatter):
    """Writes a record as one line; control characters in it are shown escaped."""

    def __init__(self, *, as_json: bool, messages: bool) -> None:
        super().__init__()
        self.as_json = as_json
        self.messages = messages

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        number = getattr(record, "request_id", "") or REQUEST_ID.get()
        parts: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if number != "-":
            parts["request"] = number
        parts |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            parts["error"] = describe(record.exc_info[1], messages=self.messages)
        if self.as_json:
            return json.dumps(parts, ensure_ascii=True, default=str)
        return _text(parts, at)

    def _message(self, record: logging.LogRecord) -> str:
        args = record.args
        if not self.messages and isinstance(args, Mapping) and "exc" in args:
            # Celery quotes the exception and its traceback.
            args = {**args, "exc": str(args["exc"]).partition("(")[0], "traceback": ""}
            return str(record.msg) % args
        request = getattr(record, "request", None)
        if request is not None and isinstance(args, tuple) and args:
            return str(record.msg) % (*args[:-1], route_of(request))
        return record.getMessage()


def route_of(request: Any) -> str:
    """Return the pattern of the address that was asked for, never the address itself."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match is not None else "-"


def describe(error: BaseException, *, messages: bool) -> str:
    """Return an error, its causes and where each was raised, in one line."""
    told = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-4:]
        where = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
        text = f": {current}" if messages else ""
        told.append(f"{type(current).__name__}{text} at {where or '?'}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return " | from ".join(told)


def _text(parts: Mapping[str, Any], at: datetime) -> str:
    fields = " ".join(str(parts[name]) for name in _FIELDS if name in parts)
    line = f"{at:%H:%M:%S} {parts['level']:<7} {parts['logger']} {parts['message']}"
    if fields:
        line += f": {fields}" + (" ms" if "ms" in parts else "")
    if "request" in parts:
        line += f" [{parts['request']}]"
    if "error" in parts:
        line += f" {parts['error']}"
    return shown(line)


def shown(text: str) -> str:
    """Return `text` with what is not printable (line ends, controls, bidi marks) escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
