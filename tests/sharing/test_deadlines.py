"""Terms and reminders by TLP, class and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from members.tlp import TLP
from sharing.deadlines import REMINDERS, due_at, reminders_by
from sharing.models import RecallKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TERM = {
    TLP.CLEAR: None,
    TLP.GREEN: None,
    TLP.AMBER: timedelta(hours=72),
    TLP.AMBER_STRICT: timedelta(hours=24),
    TLP.RED: timedelta(hours=24),
}


@pytest.mark.parametrize("kind", RecallKind)
@pytest.mark.parametrize("tlp", TLP)
def test_term_follows_tlp_and_what_was_dropped_has_none(kind: RecallKind, tlp: TLP) -> None:
    term = None if kind is RecallKind.DROPPED else TERM[tlp]

    assert due_at(kind=kind, tlp=tlp, now=NOW) == (None if term is None else NOW + term)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (timedelta(0), 0),
        (timedelta(hours=12, microseconds=-1), 0),
        (timedelta(hours=12), 1),
        (timedelta(hours=24, microseconds=-1), 1),
        (timedelta(hours=24), REMINDERS),
        (timedelta(days=400), REMINDERS),
    ],
)
def test_reminders_at_half_the_term_and_at_its_end(after: timedelta, wanted: int) -> None:
    due = NOW + timedelta(hours=24)

    assert reminders_by(NOW + after, at=NOW, due=due) == wanted


def test_without_a_term_nobody_is_reminded() -> None:
    assert reminders_by(NOW + timedelta(days=400), at=NOW, due=None) == 0
