"""Storing the objects of a submission: one row for each version of an object and owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from incidents.models import StixObject
from incidents.services.plan import Plan, digest_of
from incidents.services.refusals import FilingRefused
from incidents.stix import ParsedObject, Problem, problem
from members.models import Member
from members.tiers import Status

# Digests (SHA-256 of RFC 8785) of the copies of others' objects that the filer itself received.
Received = Callable[[Sequence[tuple[str, datetime]]], Mapping[tuple[str, datetime], frozenset[str]]]
_DEFINITIONS = frozenset({"marking-definition", "extension-definition"})  # neither SDO nor SRO


def store_objects(
    *, member: Member, plan: Plan, received: Received, now: datetime
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
    """Return the members that the objects name as their makers, by identity.

    Who has only applied is an outsider yet: a refusal would tell that it applied.
    """
    named = {obj.creator_ref for obj in objects if obj.creator_ref}
    members = Member.objects.filter(stix_identity_id__in=named)
    return {m.stix_identity_id: m for m in members.exclude(status=Status.APPLICANT.value)}


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
        if not (obj.sco or obj.type in _DEFINITIONS)
        and (creators.get(obj.creator_ref or "") or member).pk != member.pk
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
