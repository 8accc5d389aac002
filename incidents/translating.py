"""Problems of a submission in the reader's language: the core speaks English, by code."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from incidents.stix import LineProblem, Problem
from incidents.stix.messages import MESSAGES


def translated(problem: Problem) -> dict[str, Any]:
    """Return a problem as templates show it."""
    message, params = MESSAGES.get(problem.code), dict(problem.params)
    shown: dict[str, Any] = dict(problem.to_json())
    if message is None:
        return shown
    return shown | {"message": _filled(message.text, params), "fix": _filled(message.fix, params)}


def _filled(template: str, params: dict[str, str]) -> str:
    try:
        return _(template).format_map(params)
    except (KeyError, ValueError, IndexError):  # a translation with other places
        return template.format_map(params)


def line_text(problem: LineProblem) -> str:
    """Return what is wrong with a line of indicators, and how to mend it."""
    return _("Line %(line)d, “%(text)s”: %(message)s %(fix)s") % {
        "line": problem.line,
        "text": problem.text,
        "message": _(problem.message),
        "fix": _(problem.fix),
    }
