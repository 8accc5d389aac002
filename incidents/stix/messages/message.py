"""Two sentences for one code: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """Two templates in plain English, and whether the object can be filed all the same.

    `{name}` stands for a parameter of the problem.
    """

    text: str
    fix: str
    level: Literal["error", "warning"] = "error"


def warning(text: str, fix: str) -> Message:
    """Return a message about something that is accepted all the same."""
    return Message(text, fix, "warning")


def _(text: str) -> str:
    """Mark a text for translation; the edge looks it up, for nothing here knows a language."""
    return text
