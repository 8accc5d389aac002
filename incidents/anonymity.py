"""Anonymous by default: what a circle under the Chatham House rule means for a marking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from incidents.marking import Marking
from members.models import Member
from members.queries import chatham_circles


def names_any(marking: Marking, circles: frozenset[str]) -> bool:
    """Say whether the marking names one of the circles."""
    return not circles.isdisjoint(frozenset[str]().union(*marking.circles))


def by_circle(marking: Marking, *, stated: object, owner: Member) -> Marking:
    """Return the marking, anonymous where it names such a circle of the owner's and is silent.

    `stated` is the JSON that says what is new: the owner switches it off by `"anonymous": false`.
    At most one query.
    """
    given = stated if isinstance(stated, Mapping) else {}
    if "anonymous" in given or not given.get("circles"):
        return marking
    if not names_any(marking, chatham_circles(owner)):
        return marking
    return replace(marking, anonymous=True)
