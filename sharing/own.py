"""What a member's own feed leaves out: objects that no version of the incident has any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from incidents.models import Incident, RevisionObject
from sharing.comparing import Comparison, Leaving, Part, contents, terms_of
from sharing.models import Grant, GrantKind, Release
from sharing.narrowing import narrow


def leave_out_dropped(incident: Incident, *, now: datetime) -> int:
    """Take what neither the version in force nor the head has out of the owners' own feeds.

    Returns how many grants were narrowed. Older versions of what is still there stay.
    """
    revisions = [incident.head_id]
    in_force = Release.objects.filter(incident=incident).order_by("-version").first()
    if in_force is not None:
        revisions.append(in_force.revision_id)
    kept = RevisionObject.objects.filter(revision__in=revisions)
    return _leave(incident, set(kept.values_list("object__stix_id", flat=True)), now)


def _leave(incident: Incident, kept: Collection[str], now: datetime) -> int:
    grants = Grant.objects.filter(
        kind=GrantKind.OWN,
        withdrawn_at=None,
        single_ordinal=None,
        rendering__revision__incident=incident,
    ).order_by("pk")
    held = contents({grant.rendering_id for grant in grants})
    leaving = []
    for grant in grants:
        content = held[grant.rendering_id]
        stays = frozenset(
            place
            for place, each in content.items()
            if each.object_id in kept or each.type == "marking-definition"
        )
        if len(stays) < len(content):
            parts = (Part(terms_of(grant), grant.readers, stays),) if stays else ()
            leaving.append(Leaving(grant, content, parts))
    return narrow(Comparison([], [], leaving, []), incident_id=None, now=now)
