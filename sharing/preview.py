"""Who would get an incident, and why: computed by the same function that fan-out uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incidents.marking import Marking, to_json
from incidents.models import Incident
from members.models import Member
from members.queries import standings
from members.standing import Standing
from members.tlp import TLP
from sharing import contexts
from sharing.contexts import Loaded
from sharing.policy.audience import audience, audience_digest, row_json
from sharing.policy.types import Reach, Row


@dataclass(frozen=True, slots=True)
class Preview:
    """The audience of what is being worked on, under the marking it would be released with.

    `digest` binds revision, marking and rows: an approval carries it.
    """

    rows: tuple[Row, ...]
    marking: Marking
    digest: str
    loaded: Loaded
    standings: tuple[Standing, ...]

    def rows_json(self) -> list[dict[str, Any]]:
        """Return one JSON row per member, by slug."""
        return [row_json(row) for row in self.rows]

    def count(self, outcome: Reach) -> int:
        """Return how many members have this outcome."""
        return sum(row.outcome is outcome for row in self.rows)


def preview(
    *,
    incident: Incident,
    now: datetime,
    marking: Marking | None = None,
    only_these: bool = False,
) -> Preview:
    """Return who would get the head revision now, and later without anyone's decision.

    With `only_these` the members that would get it, now or when it opens, are written into
    `named`: whoever meets the terms later gets nothing. Nothing is stored.

    Owners name only circles they belong to (domain §3, step 8): who belongs to another one does
    not show here, and a release that names it is stopped (`sharing.lint`).
    """
    loaded = contexts.of_head(incident, now, marking)
    present = through_circles_of(incident.owner, standings(now))
    rows = _rows(loaded, present, now)
    if only_these:
        chosen = frozenset(row.member for row in rows if reaches(row))
        named = loaded.context.marking.named
        limited = replace(loaded.context.marking, named=chosen if named is None else named & chosen)
        loaded = replace(loaded, context=replace(loaded.context, marking=limited))
        rows = _rows(loaded, present, now)
    if incident.head is None:
        raise ValueError(f"{incident.ref} has no revision")
    applied = loaded.context.marking
    digest = audience_digest(incident.head.digest, to_json(applied), rows)
    return Preview(rows, applied, digest, loaded, present)


def reaches(row: Row) -> bool:
    """Say whether a member gets something, now or when it opens."""
    return row.outcome is not Reach.NONE or row.opens_at is not None


def names_by_default(marking: Marking) -> bool:
    """Say whether "only these members" is the default: where later members get no back-fill."""
    return marking.tlp is not None and marking.tlp >= TLP.AMBER_STRICT


def through_circles_of(owner: Member, present: Sequence[Standing]) -> tuple[Standing, ...]:
    """Return the standings with no circles but those that the owner belongs to."""
    own = frozenset(
        circle.slug for each in present if each.member == owner.slug for circle in each.circles
    )
    return tuple(
        replace(each, circles=tuple(circle for circle in each.circles if circle.slug in own))
        for each in present
    )


def _rows(loaded: Loaded, present: Sequence[Standing], now: datetime) -> tuple[Row, ...]:
    return tuple(audience(loaded.context.as_released(), present, now))


def difference(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of `after` that are new or changed, and those of `before` that are gone."""
    old = {row["member"]: row for row in before}
    new = {row["member"]: row for row in after}
    changed = [row for slug, row in new.items() if old.get(slug) != row]
    gone = [{"member": slug, "outcome": "none", "gone": True} for slug in old if slug not in new]
    return sorted(changed + gone, key=lambda row: str(row["member"]))
