"""The owner's marking in words."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import override

from incidents.marking import Marking
from incidents.showing import rules
from members.tlp import TLP

MARKING = Marking(
    tlp=TLP.AMBER,
    release_at=datetime(2027, 3, 1, 12, 0, tzinfo=UTC),
    embargo_until=datetime(2027, 6, 30, 22, 30, tzinfo=UTC),
    early=(frozenset({"cert-ee"}),),
    expires_at=datetime(2028, 1, 1, 0, 0, tzinfo=UTC),
)


def test_times_are_told_in_utc_and_in_kyiv() -> None:
    with override("en"):
        assert rules(MARKING) == [
            "Goes out at 1 Mar 2027, 12:00 UTC (14:00 in Kyiv).",
            "Embargo until 30 Jun 2027, 22:30 UTC (1 Jul, 01:30 in Kyiv).",
            "Before that only for cert-ee.",
            "Ends at 1 Jan 2028, 00:00 UTC (02:00 in Kyiv).",
        ]


def test_months_are_written_in_the_readers_language() -> None:
    with override("uk"):
        told = " ".join(rules(MARKING))
    assert "бер" in told
    assert "Mar" not in told
