"""The life of an incident, pure: states, the actions between them, and who must agree.

`State` is what is in force; `Working` is the next version, if one is being made. Before the
first release the two move together.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from incidents.marking import Marking
from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID
from incidents.stix.messages.message import _
from incidents.stix.shapes import words
from members.tlp import TLP


class State(StrEnum):
    """What is in force."""

    DRAFT = "draft"
    REVIEW = "review"
    RELEASED = "released"
    UPDATED = "updated"
    CLOSED = "closed"
    RETRACTED = "retracted"


class Working(StrEnum):
    """The next version."""

    NONE = "none"
    DRAFT = "draft"
    REVIEW = "review"


class Action(StrEnum):
    """What people do to an incident."""

    SUBMIT = "submit"
    RETURN = "return"
    RELEASE = "release"
    AMEND = "amend"
    DISCARD = "discard"
    CLOSE = "close"
    REOPEN = "reopen"
    RETRACT = "retract"


class Refused(Exception):
    """The action is not possible now; the text is a sentence for the person who tried."""

    code = "refused"
    sentence = _("This cannot be done now.")

    def __init__(self) -> None:
        super().__init__(self.sentence)


class NotADraft(Refused):
    code = "not_a_draft"
    sentence = _("Only a draft can be submitted for review.")


class NotInReview(Refused):
    code = "not_in_review"
    sentence = _("This version is not in review; submit it first.")


class AlreadyWorking(Refused):
    code = "already_working"
    sentence = _("The next version is being worked on already.")


class NotReleased(Refused):
    code = "not_released"
    sentence = _("Nothing of this incident has been released yet.")


class NoWorkingCopy(Refused):
    code = "no_working_copy"
    sentence = _("No next version of this incident is being worked on.")


class IsClosed(Refused):
    code = "is_closed"
    sentence = _("This incident is closed; reopen it first.")


class NotClosed(Refused):
    code = "not_closed"
    sentence = _("This incident is not closed.")


class IsRetracted(Refused):
    code = "is_retracted"
    sentence = _("This incident was retracted; that is final.")


FIRST: Final = frozenset({State.DRAFT, State.REVIEW})
OPEN: Final = frozenset({State.RELEASED, State.UPDATED})
IN_FORCE: Final = OPEN | {State.CLOSED}

_Place = tuple[State, Working]


def after(action: Action, *, state: State, working: Working) -> _Place:
    """Return the state and the working version after an action.

    Raises:
        Refused: the action is not possible here; which subclass says why.
    """
    if state is State.RETRACTED:
        raise IsRetracted
    return _STEPS[action](state, working)


def _submit(state: State, working: Working) -> _Place:
    if state is State.CLOSED:
        raise IsClosed
    if working is not Working.DRAFT:
        raise NotADraft
    return (State.REVIEW if state in FIRST else state), Working.REVIEW


def _return(state: State, working: Working) -> _Place:
    if working is not Working.REVIEW:
        raise NotInReview
    return (State.DRAFT if state in FIRST else state), Working.DRAFT


def _release(state: State, working: Working) -> _Place:
    if state is State.CLOSED:
        raise IsClosed
    if working is not Working.REVIEW:
        raise NotInReview
    return (State.RELEASED if state in FIRST else State.UPDATED), Working.NONE


def _amend(state: State, working: Working) -> _Place:
    if state in FIRST:
        raise NotReleased
    if state is State.CLOSED:
        raise IsClosed
    if working is not Working.NONE:
        raise AlreadyWorking
    return state, Working.DRAFT


def _discard(state: State, working: Working) -> _Place:
    """Drop the next version; a first one is no next one, it stays a draft."""
    if state in FIRST:
        raise NotReleased
    if working is Working.NONE:
        raise NoWorkingCopy
    return state, Working.NONE


def _close(state: State, working: Working) -> _Place:
    """Close what is in force; a next version waits until the incident is reopened."""
    if state in FIRST:
        raise NotReleased
    if state is State.CLOSED:
        raise IsClosed
    return State.CLOSED, working


def _reopen(state: State, working: Working) -> _Place:
    if state is not State.CLOSED:
        raise NotClosed
    return State.UPDATED, working


def _retract(state: State, working: Working) -> _Place:  # noqa: ARG001 (one shape for all)
    if state in FIRST:
        raise NotReleased
    return State.RETRACTED, Working.NONE


_STEPS: Final = MappingProxyType(
    {
        Action.SUBMIT: _submit,
        Action.RETURN: _return,
        Action.RELEASE: _release,
        Action.AMEND: _amend,
        Action.DISCARD: _discard,
        Action.CLOSE: _close,
        Action.REOPEN: _reopen,
        Action.RETRACT: _retract,
    }
)


def possible(*, state: State, working: Working) -> frozenset[Action]:
    """Return the actions that `after` would not refuse."""
    found = set()
    for action in Action:
        try:
            after(action, state=state, working=working)
        except Refused:
            continue
        found.add(action)
    return frozenset(found)


# Two people ---------------------------------------------------------------------------------
SEVERE: Final = 4


def two_people_needed(
    *,
    level: int,
    marking: Marking,
    widens: bool,
    member_demands_two: bool,
    early_warning: bool = False,
    member_forbids_exception: bool = False,
) -> bool:
    """Return whether author and releaser must be two people (domain §1, State).

    `widens` is false for a first release. `early_warning` is what `is_early_warning` said; its
    exception lifts the rules by level, not a member's demand for two people always.
    """
    if member_demands_two:
        return True
    if early_warning and not member_forbids_exception and not widens:
        return False
    return level >= SEVERE or marking.tlp is TLP.RED or widens


_BARE_PROPERTIES: Final = frozenset(
    words(
        "type spec_version id created modified created_by_ref name lang object_marking_refs "
        "extensions"
    )
)
_BARE_EXTENSIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # What Incident Core requires, and says nothing beyond the warning itself.
        INCIDENT_CORE_ID: frozenset(
            words("extension_type determination investigation_status criticality")
        ),
        CYBERFRAME_INCIDENT_EXT: frozenset(
            words(
                "extension_type criticality_level malicious cross_border sectors significant "
                "clock_regime report_kind kind started_at detected_at aware_at contained_at "
                "resolved_at"
            )
        ),
    }
)


def says_only_a_warning(incident: Mapping[str, Any]) -> bool:
    """Return whether an incident SDO has title, level, sector and times, and no more."""
    if not incident.keys() <= _BARE_PROPERTIES:
        return False
    extensions = incident.get("extensions", {})
    return isinstance(extensions, dict) and all(
        key in _BARE_EXTENSIONS
        and isinstance(content, dict)
        and content.keys() <= _BARE_EXTENSIONS[key]
        for key, content in extensions.items()
    )


def is_early_warning(
    *, incident: Mapping[str, Any], further_objects: int, marking: Marking, preset: Marking
) -> bool:
    """Return whether the author alone may release this at any level (domain §1, State).

    `incident` is the SDO; the marking must be the member's preset, at most AMBER.
    """
    return (
        further_objects == 0
        and marking == preset
        and marking.tlp is not None
        and marking.tlp <= TLP.AMBER
        and says_only_a_warning(incident)
    )
