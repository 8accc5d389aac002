"""What suspended members would have of a release if they took part.

Their reads have stopped, and all their grants are closed: no grant tells what a version takes from
them. They hold still what they had, and are asked to delete what they could not get back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from members.queries import standings
from members.tiers import Status
from sharing import contexts
from sharing.models import Release
from sharing.policy.outcomes import outcomes
from sharing.policy.types import ShareKind


def would_have(release: Release, *, now: datetime) -> Mapping[int, set[str]]:
    """Return the objects that each suspended member would be shown by now, by its number.

    Three queries, and those of loading the release where a member is suspended.
    """
    present = [
        replace(standing, status=Status.ACTIVE)
        for standing in standings(now)
        if standing.status is Status.SUSPENDED
    ]
    if not present:
        return {}
    loaded = contexts.of_release(release, now)
    found: dict[int, set[str]] = {loaded.member_ids[each.member]: set() for each in present}
    for outcome in outcomes(loaded.context, present, now):
        for share in outcome.shares:
            opened = share.visible_from is None or share.visible_from <= now
            if share.kind is ShareKind.SHARED and opened:
                found[loaded.member_ids[share.member]].update(outcome.visible)
    return found
