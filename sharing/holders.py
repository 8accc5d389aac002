"""Who has what is in force now, for its owner: the same function that a preview uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.marking import from_json, to_json
from incidents.models import Incident
from members.queries import standings
from sharing import contexts
from sharing.models import Release
from sharing.policy.audience import audience, audience_digest
from sharing.policy.types import Row


@dataclass(frozen=True, slots=True)
class InForce:
    """The last release and who gets it now; `digest` is of these rows, as an approval's is."""

    release: Release
    rows: tuple[Row, ...]
    digest: str


def in_force(incident: Incident, now: datetime) -> InForce | None:
    """Return who gets the version in force, None before the first release."""
    release = (
        Release.objects.filter(incident=incident)
        .select_related("incident__owner", "revision", "by")
        .order_by("-version")
        .first()
    )
    if release is None:
        return None
    loaded = contexts.of_release(release, now)
    rows = tuple(audience(loaded.context, standings(now), now))
    marking = to_json(from_json(release.marking))
    return InForce(release, rows, audience_digest(release.revision.digest, marking, rows))
