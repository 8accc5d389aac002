"""What the incident says of itself: level, times, clocks, who did it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from sharing.lint.findings import Draft, Finding, warn

LOW = 15  # confidence in per cent (domain §1)
SERIOUS = 3
# The first reports due after the owner became aware (domain §1, Clocks).
FIRST_REPORT = {
    "NIS2": timedelta(hours=24),
    "UA-1533": timedelta(hours=1),
    "COALITION": timedelta(hours=24),
}


def incident(draft: Draft) -> Iterator[Finding]:
    """Yield warnings about the level, the time of becoming aware, attribution and clocks."""
    head, facts = draft.head, draft.head.facts
    if head.level >= SERIOUS and head.aware_at is None:
        yield warn(
            "NO_AWARE_AT",
            _("Level 3 or higher without the time you became aware: its clocks cannot run."),
            _("State when you became aware of it."),
        )
    if not head.level_stated:
        yield warn(
            "LEVEL_ASSUMED",
            _("No level was stated, so 2 (medium) was assumed."),
            _("State the level."),
        )
    told = facts.get("attribution") or {}
    confidence = told.get("confidence")
    if told.get("level") == "state" and (confidence is None or confidence <= LOW):
        yield warn(
            "STATE_AT_LOW_CONFIDENCE",
            _("A state is named as the actor with low confidence, or with none stated."),
            _("Raise the confidence if you can defend it, or name a group or cluster instead."),
        )
    yield from _late(draft)


def _late(draft: Draft) -> Iterator[Finding]:
    """Yield a warning where nobody else gets a first report before its clock runs out."""
    due = _due(draft)
    marking = draft.context.marking
    opens = max((t for t in (marking.release_at, marking.embargo_until) if t), default=None)
    if due is not None and opens is not None and opens > due:
        yield warn(
            "EMBARGO_PAST_CLOCK",
            _("The embargo or schedule ends after the report is due."),
            _("End it earlier, or let those who must be told have it early."),
        )


def _due(draft: Draft) -> datetime | None:
    """Return when the first report is due, None where no clock runs or one was made before."""
    head = draft.head
    running = bool(head.facts.get("significant")) or head.level >= SERIOUS
    regime = head.facts.get("clock_regime") or draft.incident.owner.clock_regime
    within = FIRST_REPORT.get(str(regime))
    if not running or head.aware_at is None or within is None or draft.incident.version:
        return None
    return head.aware_at + within
