"""What can be wrong with a submission: the problem itself and the exception that carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from incidents.stix.messages import MESSAGES

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, where it is, and what to do about it.

    `number` is the position in the bundle from 1; 0 means the bundle itself. `property` is a
    path such as `external_references.[0].url`. `message` and `fix` are English; the edge
    translates by `code` with `params` (see `messages.MESSAGES`).
    """

    number: int
    type: str
    id: str
    property: str
    code: str
    message: str
    fix: str
    level: Level = "error"
    params: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, str | int]:
        """Return the shape the interfaces answer with."""
        return {
            "number": self.number,
            "type": self.type,
            "id": self.id,
            "property": self.property,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
            "level": self.level,
        }


SHOWN_CHARACTERS = 200


def shown(value: object) -> str:
    """Return a value as it may stand in a message: one line, short, printable."""
    text = value if isinstance(value, str) else repr(value)
    text = text[: SHOWN_CHARACTERS + 1]
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def problem(
    code: str,
    *,
    number: int = 0,
    type: str = "bundle",
    id: str = "",
    property: str = "",
    params: Mapping[str, object] | None = None,
) -> Problem:
    """Return the problem that `code` names, its sentences filled in from `params`."""
    message = MESSAGES[code]
    texts = {name: shown(value) for name, value in (params or {}).items()}
    texts.setdefault("property", shown(property))
    texts.setdefault("id", shown(id))
    return Problem(
        number=number,
        type=shown(type),
        id=shown(id),
        property=shown(property),
        code=code,
        message=message.text.format_map(texts),
        fix=message.fix.format_map(texts),
        level=message.level,
        params=tuple(sorted(texts.items())),
    )


class SubmissionRejected(Exception):
    """The bytes cannot be taken in at all.

    `status_hint` is 413 (too large), 400 (no JSON) or 422 (JSON, but not what is accepted).
    """

    def __init__(self, problems: Sequence[Problem], status_hint: Literal[400, 413, 422]) -> None:
        super().__init__("; ".join(item.message for item in problems[:3]))
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.status_hint = status_hint
