"""What takes over where something is withdrawn: the same body at its old slot, others at a new."""

from __future__ import annotations

from datetime import timedelta

from sharing.settling import Place, Single, uncovered
from tests.factories import NOW

DAY = timedelta(days=1)
ALL = 0b11


def place(grant: int, version: int = 1, **fields: object) -> Place:
    values: dict[str, object] = {
        "grant": grant,
        "ordinal": 0,
        "object_id": "x",
        "version": NOW + version * DAY,
        "fullness": 1,
        "tlp": 1,
        "again": 0,
        "added": NOW + timedelta(seconds=grant),
        "readers": ALL,
        "leaving": False,
        "is_open": True,
    }
    return Place(**values | fields)  # type: ignore[arg-type]


def test_nothing_takes_over_what_nobody_else_carries() -> None:
    assert uncovered([place(1, leaving=True)]) == []


def test_same_body_takes_the_old_slot() -> None:
    gone = place(1, leaving=True)
    assert uncovered([gone, place(2, ordinal=4)]) == [Single(2, 4, gone.added, 0, ALL)]


def test_older_version_takes_a_new_slot() -> None:
    found = uncovered([place(1, version=1), place(2, version=2, leaving=True)])
    assert found == [Single(1, 0, None, 1, ALL)]


def test_redacted_body_takes_a_new_slot_behind_the_whole_one() -> None:
    found = uncovered([place(1, leaving=True), place(2, fullness=0)])
    assert found == [Single(2, 0, None, 1, ALL)]


def test_looser_marking_takes_a_new_slot_behind_the_stricter_one() -> None:
    found = uncovered([place(1), place(2, tlp=2, leaving=True)])
    assert found == [Single(1, 0, None, 1, ALL)]


def test_what_was_not_shown_leaves_without_a_trace() -> None:
    assert uncovered([place(1), place(2, leaving=True)]) == []
    assert uncovered([place(1, version=2), place(2, version=1, leaving=True)]) == []


def test_each_class_of_readers_gets_its_own() -> None:
    places = [
        place(1, version=1, readers=0b01),
        place(2, version=2, readers=0b10),
        place(3, version=2, leaving=True),
    ]
    first, second = uncovered([places[0], places[2]]), uncovered(places)
    assert first == [Single(1, 0, None, 1, 0b01)]
    # Class 0 falls back; for class 1 the earlier carrier was shown all along.
    assert second == first


def test_after_a_gate_the_same_body_stays_where_it_is() -> None:
    closed = place(1, leaving=True, is_open=False)
    assert uncovered([closed, place(2)]) == []


def test_after_a_gate_an_older_version_takes_a_new_slot() -> None:
    closed = place(2, version=2, leaving=True, is_open=False)
    assert uncovered([place(1, version=1), closed]) == [Single(1, 0, None, 1, ALL)]


def test_what_is_closed_itself_takes_nothing_over() -> None:
    assert uncovered([place(1, version=2, leaving=True), place(2, is_open=False)]) == []


def test_what_came_back_before_comes_back_higher() -> None:
    places = [place(1, version=1, again=3), place(2, version=2, leaving=True)]
    assert uncovered(places) == [Single(1, 0, None, 4, ALL)]


def test_whole_only_readers_fall_back_to_a_whole_body() -> None:
    places = [
        place(1, version=1),
        place(2, version=2, fullness=0),
        place(3, version=2, leaving=True),
    ]
    assert sorted(uncovered(places), key=lambda single: single.carrier) == [
        Single(1, 0, None, 1, ALL),
        Single(2, 0, None, 1, ALL),
    ]
