"""Stored incidents as the policy's `Context`: loaded once, then judged without queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from incidents.marking import NEUTRAL, Marking, from_json
from incidents.models import Incident, Revision, RevisionObject
from incidents.queries import places
from incidents.stix import granular_marking
from members.models import Member
from sharing.floors import Holding, holding
from sharing.models import ReferenceObject, Release
from sharing.policy.types import Context, Granular, Item


@dataclass(frozen=True, slots=True)
class Loaded:
    """A context and what rendering needs beside it: the submitted texts and versions by id.

    `held` says how the owner holds what it carries of other members.
    """

    context: Context
    texts: Mapping[str, str]
    versions: Mapping[str, datetime]
    member_ids: Mapping[str, int]
    held: Holding


def load(
    *, incident: Incident, revision: Revision, state: str, marking: Marking, now: datetime
) -> Loaded:
    """Return the incident as it would be, or is, under `marking`. A fixed number of queries."""
    rows = places(revision)
    owners = {incident.owner, *incident.co_originators.all()}
    slugs = {owner.slug for owner in owners}
    references = dict(
        ReferenceObject.objects.order_by("version").values_list("object_id", "digest")
    )
    definitions = {
        row.object.stix_id: msgspec.json.decode(row.object.text)
        for row in rows
        if row.object.type == "marking-definition"
    }
    items = {row.object.stix_id: _item(row, references, definitions) for row in rows}
    foreign = [key for key, item in items.items() if item.creator and item.creator not in slugs]
    held = holding(owner=incident.owner, object_ids=foreign, now=now, incident=incident)
    context = Context(
        incident=incident.stix_id,
        owners=frozenset(slugs),
        state=state,
        marking=marking,
        items=items,
        floors=held.floors,
        reference=frozenset(references),
        owner_identities=frozenset(owner.stix_identity_id for owner in owners),
        owner_names=frozenset(name for owner in owners for name in (owner.name, owner.slug)),
    )
    return Loaded(
        context=context,
        texts={row.object.stix_id: row.object.text for row in rows},
        versions={row.object.stix_id: row.object.version for row in rows},
        member_ids=dict(Member.objects.values_list("slug", "pk")),
        held=held,
    )


def of_release(release: Release, now: datetime) -> Loaded:
    """Return a release as it stands."""
    incident = release.incident
    return load(
        incident=incident,
        revision=release.revision,
        state=incident.state,
        marking=from_json(release.marking),
        now=now,
    )


def of_head(incident: Incident, now: datetime, marking: Marking | None = None) -> Loaded:
    """Return what is being worked on, under its own marking or the one given."""
    revision = incident.head
    if revision is None:
        raise ValueError(f"{incident.ref} has no revision")
    return load(
        incident=incident,
        revision=revision,
        state=incident.state,
        marking=from_json(revision.marking) if marking is None else marking,
        now=now,
    )


def _item(
    row: RevisionObject, references: Mapping[str, str], definitions: Mapping[str, dict[str, object]]
) -> Item:
    stored = row.object
    body = msgspec.json.decode(stored.text)
    return Item(
        id=stored.stix_id,
        type=stored.type,
        creator=stored.creator.slug if stored.creator else None,
        body=body,
        sco=stored.creator_id is None,
        own=NEUTRAL if row.marking is None else from_json(row.marking, base=NEUTRAL),
        granular=_granular(body, definitions),
        reference=references.get(stored.stix_id) == stored.digest,
    )


def _granular(
    body: Mapping[str, object], definitions: Mapping[str, dict[str, object]]
) -> tuple[Granular, ...]:
    entries = body.get("granular_markings")
    if not isinstance(entries, list):
        return ()
    return tuple(
        Granular(
            index=index,
            selectors=tuple(entry["selectors"]),
            marking=granular_marking(entry["marking_ref"], definitions),
        )
        for index, entry in enumerate(entries)
        if "marking_ref" in entry  # `lang` limits nobody
    )
