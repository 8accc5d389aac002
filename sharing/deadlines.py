"""Until when what was recalled is to be deleted, and when reminders of it fall due.

Neither clock nor I/O: the time is passed in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from members.tlp import TLP
from sharing.models.recalls import RecallKind

TERMS: Final = {
    TLP.RED: timedelta(hours=24),
    TLP.AMBER_STRICT: timedelta(hours=24),
    TLP.AMBER: timedelta(hours=72),
}
REMINDERS: Final = 2  # at half the term, and when it is over


def due_at(*, kind: RecallKind, tlp: TLP, now: datetime) -> datetime | None:
    """Return when a recall made now is to be confirmed, by the strictest TLP it is about.

    GREEN and CLEAR have no term, and neither has what an update only left out.
    """
    term = TERMS.get(tlp)
    if term is None or kind is RecallKind.DROPPED:
        return None
    return now + term


def reminders_by(now: datetime, *, at: datetime, due: datetime | None) -> int:
    """Return how many reminders are to have been given by now: none without a term."""
    if due is None:
        return 0
    return int(now >= at + (due - at) / 2) + int(now >= due)
