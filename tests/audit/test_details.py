"""The log holds ids, numbers, codes and hashes; never content, names or addresses."""

from __future__ import annotations

from typing import Any

import pytest

from audit.details import DetailsRefused, check


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"tier": 3, "from": "at_risk", "until": "2026-01-01T00:00:00+00:00", "none": None},
        {"ids": ["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"], "counts": {"full": 7}},
    ],
)
def test_ids_numbers_and_codes_are_kept(details: Any) -> None:
    check(details)


@pytest.mark.parametrize(
    "details",
    [
        {"reason": "they told us"},
        {"who": "someone@example.org"},
        {"a sentence as key": 1},
        {"share": 0.5},
        {"large": 2**53},
        {"quote": '"x"'},
        {"nul": "a\x00b"},
        {"line": "a\nb"},
        {"long": "a" * 201},
        {"deep": {"deeper": {"deepest": {"too": 1}}}},
        {"many": list(range(501))},
        {"bytes": b"x"},
        {1: "x"},
    ],
)
def test_anything_else_is_refused(details: Any) -> None:
    with pytest.raises(DetailsRefused):
        check(details)
