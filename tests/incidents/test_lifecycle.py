"""The life of an incident: every step from every place, and when two people are needed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from incidents import lifecycle
from incidents.lifecycle import Action, State, Working, after
from incidents.marking import NEUTRAL, Marking
from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from members.tlp import TLP

from .stix.samples import sample

S, W, A = State, Working, Action

# Every place that can be reached, and where each action leads from it.
STEPS: dict[tuple[State, Working], dict[Action, tuple[State, Working]]] = {
    (S.DRAFT, W.DRAFT): {A.SUBMIT: (S.REVIEW, W.REVIEW)},
    (S.REVIEW, W.REVIEW): {A.RETURN: (S.DRAFT, W.DRAFT), A.RELEASE: (S.RELEASED, W.NONE)},
    (S.RELEASED, W.NONE): {
        A.AMEND: (S.RELEASED, W.DRAFT),
        A.CLOSE: (S.CLOSED, W.NONE),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.RELEASED, W.DRAFT): {
        A.DISCARD: (S.RELEASED, W.NONE),
        A.SUBMIT: (S.RELEASED, W.REVIEW),
        A.CLOSE: (S.CLOSED, W.DRAFT),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.RELEASED, W.REVIEW): {
        A.DISCARD: (S.RELEASED, W.NONE),
        A.RETURN: (S.RELEASED, W.DRAFT),
        A.RELEASE: (S.UPDATED, W.NONE),
        A.CLOSE: (S.CLOSED, W.REVIEW),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.UPDATED, W.NONE): {
        A.AMEND: (S.UPDATED, W.DRAFT),
        A.CLOSE: (S.CLOSED, W.NONE),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.UPDATED, W.DRAFT): {
        A.DISCARD: (S.UPDATED, W.NONE),
        A.SUBMIT: (S.UPDATED, W.REVIEW),
        A.CLOSE: (S.CLOSED, W.DRAFT),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.UPDATED, W.REVIEW): {
        A.DISCARD: (S.UPDATED, W.NONE),
        A.RETURN: (S.UPDATED, W.DRAFT),
        A.RELEASE: (S.UPDATED, W.NONE),
        A.CLOSE: (S.CLOSED, W.REVIEW),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.CLOSED, W.NONE): {A.REOPEN: (S.UPDATED, W.NONE), A.RETRACT: (S.RETRACTED, W.NONE)},
    (S.CLOSED, W.DRAFT): {
        A.DISCARD: (S.CLOSED, W.NONE),
        A.REOPEN: (S.UPDATED, W.DRAFT),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.CLOSED, W.REVIEW): {
        A.DISCARD: (S.CLOSED, W.NONE),
        A.REOPEN: (S.UPDATED, W.REVIEW),
        A.RETURN: (S.CLOSED, W.DRAFT),
        A.RETRACT: (S.RETRACTED, W.NONE),
    },
    (S.RETRACTED, W.NONE): {},
}
EVERY = [(place, action) for place in STEPS for action in Action]


@pytest.mark.parametrize(("place", "action"), EVERY)
def test_step(place: tuple[State, Working], action: Action) -> None:
    state, working = place
    expected = STEPS[place].get(action)
    if expected:
        assert after(action, state=state, working=working) == expected
    else:
        with pytest.raises(lifecycle.Refused) as caught:
            after(action, state=state, working=working)
        assert type(caught.value) is not lifecycle.Refused
        assert str(caught.value).endswith(".")
        assert caught.value.code != "refused"


def test_the_table_is_closed_and_all_of_it_is_reached() -> None:
    reached = {(S.DRAFT, W.DRAFT)}
    for _ in STEPS:
        reached |= {place for at in reached for place in STEPS[at].values()}
    assert reached == set(STEPS)


@pytest.mark.parametrize("place", STEPS)
def test_possible_actions(place: tuple[State, Working]) -> None:
    assert lifecycle.possible(state=place[0], working=place[1]) == set(STEPS[place])


@pytest.mark.parametrize(
    ("place", "action", "refusal"),
    [
        ((S.RETRACTED, W.NONE), A.AMEND, lifecycle.IsRetracted),
        ((S.CLOSED, W.NONE), A.AMEND, lifecycle.IsClosed),
        ((S.CLOSED, W.REVIEW), A.RELEASE, lifecycle.IsClosed),
        ((S.DRAFT, W.DRAFT), A.RELEASE, lifecycle.NotInReview),
        ((S.DRAFT, W.DRAFT), A.RETRACT, lifecycle.NotReleased),
        ((S.REVIEW, W.REVIEW), A.SUBMIT, lifecycle.NotADraft),
        ((S.RELEASED, W.DRAFT), A.AMEND, lifecycle.AlreadyWorking),
        ((S.RELEASED, W.NONE), A.REOPEN, lifecycle.NotClosed),
    ],
)
def test_refusal_says_why(
    place: tuple[State, Working], action: Action, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        after(action, state=place[0], working=place[1])


# Two people ---------------------------------------------------------------------------------


def marking(tlp: TLP) -> Marking:
    return replace(NEUTRAL, tlp=tlp)


@pytest.mark.parametrize(
    ("level", "tlp", "widens", "demands", "warning", "forbids", "needed"),
    [
        (3, TLP.AMBER, False, False, False, False, False),
        (4, TLP.AMBER, False, False, False, False, True),
        (0, TLP.RED, False, False, False, False, True),
        (0, TLP.AMBER, True, False, False, False, True),
        (0, TLP.AMBER, False, True, False, False, True),
        (5, TLP.AMBER, False, False, True, False, False),
        (5, TLP.AMBER, False, False, True, True, True),
        (5, TLP.AMBER, True, False, True, False, True),
        (5, TLP.AMBER, False, True, True, False, True),
    ],
)
def test_two_people_needed(
    level: int,
    tlp: TLP,
    widens: bool,
    demands: bool,
    warning: bool,
    forbids: bool,
    needed: bool,
) -> None:
    assert (
        lifecycle.two_people_needed(
            level=level,
            marking=marking(tlp),
            widens=widens,
            member_demands_two=demands,
            early_warning=warning,
            member_forbids_exception=forbids,
        )
        is needed
    )


def test_demanding_two_people_never_relaxes() -> None:
    for level, tlp, widens, warning, forbids in itertools.product(
        range(6), TLP, (False, True), (False, True), (False, True)
    ):
        given: dict[str, Any] = {
            "level": level,
            "marking": marking(tlp),
            "widens": widens,
            "early_warning": warning,
            "member_forbids_exception": forbids,
        }
        assert lifecycle.two_people_needed(member_demands_two=True, **given)


def warning(**changes: Any) -> dict[str, Any]:
    """Return an incident that says only a warning, with changes to our extension."""
    ours = {
        "extension_type": "property-extension",
        "criticality_level": 5,
        "malicious": "yes",
        "cross_border": "no",
        "sectors": ["energy"],
        "aware_at": "2026-02-20T06:20:00Z",
        "report_kind": "early_warning",
    }
    extensions = sample("incident")["extensions"] | {CYBERFRAME_INCIDENT_EXT: ours | changes}
    return sample("incident", extensions=extensions)


def is_warning(
    incident: dict[str, Any],
    *,
    further: int = 0,
    stated: TLP = TLP.AMBER,
    preset: TLP = TLP.AMBER,
) -> bool:
    return lifecycle.is_early_warning(
        incident=incident,
        further_objects=further,
        marking=marking(stated),
        preset=marking(preset),
    )


def test_early_warning() -> None:
    assert is_warning(warning())
    assert is_warning(sample("incident"))
    assert is_warning(warning(), stated=TLP.GREEN, preset=TLP.GREEN)


@pytest.mark.parametrize(
    "incident",
    [
        warning() | {"description": "more"},
        warning() | {"x_more": 1},
        warning() | {"external_references": [{"source_name": "a", "url": "http://a.example"}]},
        warning(summary="more"),
        warning(handling="more"),
        warning(impacts=[{"kind": "x"}]),
        warning(attribution={"statement": "x"}),
        warning(countries_affected=["UA"]),
        warning() | {"extensions": {"extension-definition--x": {}}},
        warning() | {"extensions": {INCIDENT_CORE_ID: {"incident_types": ["x"]}}},
        warning() | {"extensions": 7},
    ],
)
def test_more_than_a_warning_is_none(incident: dict[str, Any]) -> None:
    assert not is_warning(incident)


def test_warning_with_objects_or_another_marking_is_none() -> None:
    assert not is_warning(warning(), further=1)
    assert not is_warning(warning(), stated=TLP.GREEN)
    assert not is_warning(warning(), stated=TLP.AMBER_STRICT, preset=TLP.AMBER_STRICT)
    assert not is_warning(warning(), stated=TLP.RED, preset=TLP.RED)
    unmarked = lifecycle.is_early_warning(
        incident=warning(), further_objects=0, marking=NEUTRAL, preset=NEUTRAL
    )
    assert not unmarked
