"""The names of audited actions: `room:resource:action`, named once by the room that acts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z]+:[a-z_]+:[a-z_]+")


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of audited action, such as `members:member:suspend`."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > 80:
            raise ValueError(f"{self.name!r} is not of the form room:resource:action")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Target:
    """What was acted on: a kind (`member`, `incident`) and its key (slug, reference, number)."""

    kind: str
    key: str
