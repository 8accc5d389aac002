"""Filing: a checked submission becomes an incident with an immutable revision."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import rfc8785
from django.db import transaction

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from incidents.marking import NEUTRAL, Marking, meet, to_json
from incidents.models import Incident, Revision, RevisionObject, State, StixObject, Working
from incidents.services.life import require_acting
from incidents.services.refusals import FilingRefused
from incidents.stix import (
    ParsedObject,
    Problem,
    Submission,
    check,
    incident_facts,
    own_marking,
    problem,
    synthetic_incident,
)
from incidents.stix.facts import IncidentFacts
from members.errors import Conflict
from members.models import Member, Person
from members.tlp import TLP

FILED = Action("incidents:incident:file")
REVISED = Action("incidents:incident:revise")

# Digests (SHA-256 of RFC 8785) of the copies of others' objects that the filer itself received.
Received = Callable[[Sequence[tuple[str, datetime]]], Mapping[tuple[str, datetime], frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed: the judged bytes, and what STIX cannot carry.

    `marking` is what the filer states for the incident, None for nothing; `object_markings` are
    stated per STIX id. With `partial`, objects with errors are left out instead of refusing all.
    """

    submission: Submission
    source: str
    title: str = ""
    marking: Marking | None = None
    object_markings: Mapping[str, Marking] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """The incident and its head; `problems` are warnings, and errors left out by `partial`.

    `changed` is false where exactly this was filed before.
    """

    incident: Incident
    revision: Revision
    problems: tuple[Problem, ...]
    created: bool
    changed: bool


def digest_of(value: Mapping[str, Any]) -> str:
    """Return SHA-256 of a JSON value's RFC 8785 form, in hex."""
    return hashlib.sha256(rfc8785.dumps(dict(value))).hexdigest()


def prepare(*, member: Member, filing: Filing, now: datetime) -> tuple[_Plan, tuple[Problem, ...]]:
    """Return what would be stored and every problem; nothing is stored.

    Raises:
        FilingRefused: an error that leaving objects out cannot cure, or any error unless partial.
    """
    checked = check(filing.submission, now)
    problems = (*filing.submission.problems, *checked.problems)
    if checked.bundle_errors or (checked.errors and not filing.partial):
        raise FilingRefused(problems)
    objects = checked.good
    if not objects:
        raise FilingRefused((*problems, problem("no_good_objects")))
    if len(checked.incidents) > 1:
        raise FilingRefused((*problems, problem("several_incidents")))
    if not checked.incidents:
        objects = (*_made_for(member, objects, filing.title, now), *objects)
    plan, more = _plan(filing=filing, objects=objects)
    problems = (*problems, *more)
    if any(each.level == "error" for each in more):
        raise FilingRefused(problems)
    return plan, problems


@transaction.atomic
def file_incident(
    *,
    actor: Actor,
    person: Person | None,
    member: Member,
    filing: Filing,
    received: Received,
    now: datetime,
) -> Filed:
    """File a submission as the member's incident, or as the next revision of its draft.

    The exact same submission again is a success without effect. `person` is who answers for it.

    Raises:
        FilingRefused: with the problems, each naming its object, property and fix.
        NotPermitted: the member does not take part at present.
        Conflict: the incident was released already; its next version is made by amending.
    """
    require_acting(member)
    plan, problems = prepare(member=member, filing=filing, now=now)
    incident = (
        Incident.objects.select_for_update(of=("self",))
        .filter(owner=member, stix_id=plan.incident.id)
        .select_related("head")
        .first()
    )
    if incident and incident.head and incident.head.digest == plan.digest:
        return Filed(incident, incident.head, problems, created=False, changed=False)
    if incident and incident.working != Working.DRAFT:
        raise Conflict(
            "This incident is not a draft any more. Send it back to draft, or amend the released "
            "version, then file again."
        )
    stored = _store_objects(member=member, plan=plan, received=received, now=now)
    created = incident is None
    incident = incident or _new_incident(member, plan, now)
    revision = _new_revision(incident, plan, person, problems, now)
    RevisionObject.objects.bulk_create(
        [
            RevisionObject(
                revision=revision,
                ordinal=ordinal,
                object=stored[parsed.number],
                marking=None if own == NEUTRAL else to_json(own),
            )
            for ordinal, (parsed, own) in enumerate(plan.places)
        ]
    )
    incident.head = revision
    incident.changed_at = now
    incident.save(update_fields=["head", "changed_at"])
    record(
        actor=actor,
        action=FILED if created else REVISED,
        target=Target("incident", incident.ref),
        at=now,
        member_id=member.pk,
        details={
            "revision": revision.number,
            "objects": revision.object_count,
            "digest": hashlib.sha256(bytes(revision.salt) + plan.digest.encode()).hexdigest(),
        },
    )
    return Filed(incident, revision, problems, created, changed=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A submission ready to be stored; `places` are the objects in order with own markings."""

    incident: ParsedObject
    facts: IncidentFacts
    places: tuple[tuple[ParsedObject, Marking], ...]
    marking: Marking
    tlp_confirmed: bool
    object_markings: Mapping[str, Marking]
    source: str
    digest: str
    title: str


def _plan(*, filing: Filing, objects: Sequence[ParsedObject]) -> tuple[_Plan, tuple[Problem, ...]]:
    problems = list(_unknown_object_markings(filing, objects))
    definitions = {obj.id: obj for obj in objects if obj.type == "marking-definition"}
    places = []
    for obj in objects:
        own, _doubts = own_marking(obj, definitions)  # `check` has told them already
        places.append((obj, meet(own, filing.object_markings.get(obj.id, NEUTRAL))))
    incident, carried = next((obj, own) for obj, own in places if obj.type == "incident")
    marking, confirmed = _incident_marking(filing.marking, carried)
    facts = incident_facts(incident)
    stated = {
        "objects": [(obj.id, digest_of(obj.value)) for obj in objects],
        "marking": to_json(marking),
        "object_markings": {key: to_json(each) for key, each in filing.object_markings.items()},
    }
    plan = _Plan(
        incident=incident,
        facts=facts,
        places=tuple(places),
        marking=marking,
        tlp_confirmed=confirmed,
        object_markings=filing.object_markings,
        source=filing.source,
        digest=digest_of(stated),
        title=facts.title,
    )
    return plan, tuple(problems)


def _incident_marking(stated: Marking | None, carried: Marking) -> tuple[Marking, bool]:
    """Return the incident's marking and whether its TLP was stated (domain §3, Marking).

    What the filer states counts; else the incident object's TLP and PAP; else AMBER, to confirm.
    """
    if stated is not None and stated.tlp is not None:
        return stated, True
    base = stated or Marking()  # nothing is published by leaving `public` out
    if carried.tlp is not None:
        return meet(base, carried), True
    return meet(base, Marking(tlp=TLP.AMBER)), False


def _unknown_object_markings(filing: Filing, objects: Sequence[ParsedObject]) -> list[Problem]:
    known = {obj.id for obj in objects}
    return [
        problem("marking_for_unknown_object", id=stix_id, property="object_markings")
        for stix_id in filing.object_markings
        if stix_id not in known
    ]


def _made_for(
    member: Member, objects: Sequence[ParsedObject], title: str, now: datetime
) -> tuple[ParsedObject, ...]:
    """Return an incident in the member's name and a report listing all objects.

    Ids follow from the objects' ids, so that filing the same bundle again makes no second one.
    """
    seed = "|".join([member.slug, *sorted(obj.id for obj in objects)])
    return synthetic_incident(
        objects=objects,
        title=title,
        identity_id=member.stix_identity_id,
        now=now,
        seed=uuid.uuid5(_MADE, seed),
    )


_MADE = uuid.UUID("0d6d1dcb-6d3c-4e0e-9b8e-1b6a1a8dd3a5")


def _store_objects(
    *, member: Member, plan: _Plan, received: Received, now: datetime
) -> dict[int, StixObject]:
    """Return the stored row for each object's number; refuse versions that are taken.

    Raises:
        FilingRefused: same id and version with other content, or another member's object that
            is not the copy the filer received.
    """
    objects = [obj for obj, _own in plan.places]
    creators = _creators(objects)
    problems = _foreign(objects, creators, member, received)
    digests = {obj.number: digest_of(obj.value) for obj in objects}
    known = {
        (row.stix_id, row.version): row
        for row in StixObject.objects.filter(owner=member, stix_id__in=[o.id for o in objects])
    }
    rows: dict[int, StixObject] = {}
    new: list[StixObject] = []
    for obj in objects:
        row = known.get((obj.id, obj.version))
        version = obj.version
        if row is not None and row.digest != digests[obj.number]:
            if not obj.sco:
                problems.append(_taken(obj, row))
                continue
            row, version = _other_content(obj, digests[obj.number], known, now)
        if row is None:
            creator = None if obj.sco else creators.get(obj.creator_ref or "", member)
            row = StixObject(
                owner=member,
                creator=creator,
                stix_id=obj.id,
                type=obj.type,
                version=version,
                text=obj.text,
                digest=digests[obj.number],
                stored_at=now,
            )
            new.append(row)
            known[obj.id, version] = row
        rows[obj.number] = row
    if problems:
        raise FilingRefused(problems)
    StixObject.objects.bulk_create(new)
    return rows


def _other_content(
    obj: ParsedObject, digest: str, known: Mapping[tuple[str, datetime], StixObject], now: datetime
) -> tuple[StixObject | None, datetime]:
    """Return the row of an SCO's changed content, or the version under which to store it."""
    for (stix_id, version), row in known.items():
        if stix_id == obj.id and row.digest == digest:
            return row, version
    version = now
    while (obj.id, version) in known:
        version += timedelta(microseconds=1)
    return None, version


def _creators(objects: Sequence[ParsedObject]) -> dict[str, Member]:
    named = {obj.creator_ref for obj in objects if obj.creator_ref}
    return {m.stix_identity_id: m for m in Member.objects.filter(stix_identity_id__in=named)}


def _foreign(
    objects: Sequence[ParsedObject],
    creators: Mapping[str, Member],
    member: Member,
    received: Received,
) -> list[Problem]:
    """Return a problem for each other member's object that is not the copy received.

    The sentence is the same whether or not such an object exists.
    """
    others = [
        obj
        for obj in objects
        if not obj.sco and (creators.get(obj.creator_ref or "") or member).pk != member.pk
    ]
    if not others:
        return []
    copies = received([(obj.id, obj.version) for obj in others])
    return [
        problem(
            "not_your_object",
            number=obj.number,
            type=obj.type,
            id=obj.id,
            property="created_by_ref",
        )
        for obj in others
        if obj.type == "incident"
        or digest_of(obj.value) not in copies.get((obj.id, obj.version), frozenset())
    ]


def _taken(obj: ParsedObject, row: StixObject) -> Problem:
    place = row.places.select_related("revision__incident").order_by("pk").first()
    where = f"{place.revision.incident.ref}, object {place.ordinal + 1}" if place else ""
    return problem(
        "version_taken",
        number=obj.number,
        type=obj.type,
        id=obj.id,
        property="modified",
        params={"where": where},
    )


def new_ref(now: datetime) -> str:
    """Return a fresh `CF-<year>-<6 random base32>`, which tells nobody how many there are."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return f"CF-{now.year}-" + "".join(secrets.choice(alphabet) for _ in range(6))


def _new_incident(member: Member, plan: _Plan, now: datetime) -> Incident:
    return Incident.objects.create(
        ref=new_ref(now),
        stix_id=plan.incident.id,
        owner=member,
        state=State.DRAFT,
        working=Working.DRAFT,
        created_at=now,
        changed_at=now,
    )


def _new_revision(
    incident: Incident,
    plan: _Plan,
    person: Person | None,
    problems: Sequence[Problem],
    now: datetime,
) -> Revision:
    facts = plan.facts
    return Revision.objects.create(
        incident=incident,
        number=(incident.head.number if incident.head else 0) + 1,
        created_at=now,
        created_by=person,
        source=plan.source,
        digest=plan.digest,
        salt=secrets.token_bytes(16),
        marking=to_json(plan.marking),
        tlp_confirmed=plan.tlp_confirmed,
        object_markings={key: to_json(each) for key, each in plan.object_markings.items()},
        title=plan.title,
        summary=facts.description,
        level=2 if facts.level is None else facts.level,
        level_stated=facts.level is not None,
        sectors=list(facts.sectors),
        facts=msgspec.to_builtins(facts),
        aware_at=facts.aware_at,
        indicator_count=sum(obj.type == "indicator" for obj, _ in plan.places),
        object_count=len(plan.places),
        problems=[each.to_json() for each in problems],
    )
