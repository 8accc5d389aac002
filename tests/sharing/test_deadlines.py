"""Terms by TLP and class."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from members.tlp import TLP
from sharing.deadlines import due_at, half_term
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


def test_first_reminder_is_at_half_the_term() -> None:
    assert half_term(at=NOW, due=NOW + timedelta(hours=24)) == NOW + timedelta(hours=12)
