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
TERMLESS: Final = frozenset({RecallKind.DROPPED})


def due_at(*, kind: RecallKind, tlp: TLP, now: datetime) -> datetime | None:
    """Return when a recall made now is to be confirmed, by the strictest TLP it is about.

    GREEN and CLEAR have no term, and neither has what an update only left out.
    """
    term = TERMS.get(tlp)
    if term is None or kind in TERMLESS:
        return None
    return now + term


def half_term(*, at: datetime, due: datetime) -> datetime:
    """Return when the first reminder is given; the second is when the term is over."""
    return at + (due - at) / 2
