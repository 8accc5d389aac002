"""Filing as the edges do it: the incident is stored, and stands in its owner's own feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from audit.actors import Actor
from incidents.marking import meet
from incidents.models import Incident
from incidents.services import Filed, Filing, digest_of, file_incident
from members.models import Member, Person
from members.tlp import ALL_READERS, TLP
from sharing import contexts
from sharing.live import live_grants
from sharing.models import GrantKind, RenderingObject
from sharing.own import leave_out_dropped
from sharing.policy.codes import Code
from sharing.policy.types import Context, Obligations, Outcome
from sharing.publishing import Terms, publish, store_rendering
from sharing.rendering import render
from sharing.services.fanout import slots


@transaction.atomic
def take_in(
    *, actor: Actor, person: Person | None, member: Member, filing: Filing, now: datetime
) -> Filed:
    """File a submission and grant its owners their own copy, in one transaction.

    Raises:
        FilingRefused, Conflict
    """

    def received(
        pairs: Sequence[tuple[str, datetime]],
    ) -> Mapping[tuple[str, datetime], frozenset[str]]:
        return received_copies(member=member, pairs=pairs, now=now)

    filed = file_incident(
        actor=actor, person=person, member=member, filing=filing, received=received, now=now
    )
    if filed.changed:
        grant_own(filed.incident, now=now)
    return filed


def received_copies(
    *, member: Member, pairs: Sequence[tuple[str, datetime]], now: datetime
) -> dict[tuple[str, datetime], frozenset[str]]:
    """Return the digests (RFC 8785) of the copies that the member may read now. One query."""
    live = live_grants(member, now).filter(kind=GrantKind.SHARED)
    rows = RenderingObject.objects.filter(
        object_id__in=[object_id for object_id, _ in pairs], rendering__grants__in=live
    ).values_list("object_id", "version", "body")
    found: dict[tuple[str, datetime], set[str]] = {}
    for object_id, version, body in rows.distinct():
        found.setdefault((object_id, version), set()).add(digest_of(msgspec.json.decode(body)))
    wanted = set(pairs)
    return {pair: frozenset(digests) for pair, digests in found.items() if pair in wanted}


def grant_own(incident: Incident, *, now: datetime) -> int:
    """Grant the owners the head revision whole, in any state (domain §3, step 0)."""
    loaded = contexts.of_head(incident, now)
    context = loaded.context
    marks = {name: _bound(context, name) for name in context.items}
    outcome = Outcome(visible=tuple(context.items), cuts={}, marks=marks, shares=())
    rendered = render(loaded, outcome)
    assert incident.head_id is not None
    rendering_id = store_rendering(
        revision_id=incident.head_id,
        release_id=None,
        key=rendered.key,
        summary=rendered.summary,
        bodies=rendered.bodies,
    )
    terms = Terms(
        kind=GrantKind.OWN,
        rendering_id=rendering_id,
        release_id=None,
        tlp=0,
        min_tier=0,
        readers=ALL_READERS,
        code=Code.PERMIT_OWN.value,
    )
    owners = [loaded.member_ids[slug] for slug in sorted(context.owners)]
    leave_out_dropped(incident, now=now)
    return publish(grants=[(pk, terms) for pk in owners], slots=slots(loaded), now=now)


def _bound(context: Context, name: str) -> Obligations:
    """Return the effective marking of an object as its owner sees it."""
    effective = meet(context.marking, context.items[name].own)
    return Obligations(
        tlp=TLP.RED if effective.tlp is None else effective.tlp,
        pap=effective.pap,
        orcon=effective.orcon,
        delete_by=effective.expires_at,
    )
