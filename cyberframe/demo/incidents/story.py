"""What the demo tells of one incident: its bundle, its marking and when it went which step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cyberframe.demo.incidents.later import Later, later
from cyberframe.demo.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One incident of the demo, ready to be filed.

    `marking` and `object_markings` are as REST takes them. `released_at` None: it waits in
    review. `goal` is the state of the demo's table, reached as far as the services go.
    """

    key: str
    owner: str
    bundle: dict[str, Any]
    marking: dict[str, Any]
    filed_at: datetime
    released_at: datetime | None
    report_kind: str
    goal: str
    co_owners: tuple[str, ...] = ()
    later: tuple[Later, ...] = ()
    object_markings: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def submitted_at(self) -> datetime:
        """Return when the analyst handed it to the reviewer."""
        return self.filed_at + timedelta(minutes=5)

    @property
    def incident(self) -> dict[str, Any]:
        """Return the incident SDO."""
        found: dict[str, Any] = next(
            obj for obj in self.bundle["objects"] if obj["type"] == "incident"
        )
        return found


def told(
    sheet: Sheet,
    marking: dict[str, Any],
    *,
    released_after: timedelta | None,
    report_kind: str = "notification",
    goal: str = "released",
    **rest: Any,
) -> Story:
    """Return the story of a finished sheet; `released_after` counts from awareness."""
    pap = {} if sheet.pap == "CLEAR" else {"pap": sheet.pap}
    return Story(
        key=sheet.key,
        owner=sheet.owner,
        bundle=sheet.bundle(),
        marking={"tlp": sheet.tlp, **pap, **marking},
        filed_at=sheet.made_at,
        released_at=None if released_after is None else sheet.aware_at + released_after,
        report_kind=report_kind,
        goal=goal,
        later=later(sheet.key, sheet.seeded_at),
        **rest,
    )
