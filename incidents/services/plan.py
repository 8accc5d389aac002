"""What a submission would store: its objects, their markings and the incident they make."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import rfc8785
from django.utils.crypto import salted_hmac

from incidents.marking import NEUTRAL, Marking, meet, to_json
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
    victims,
)
from incidents.stix.facts import IncidentFacts
from members.models import Member
from members.tlp import TLP

VICTIM_TLP: Final = TLP.AMBER_STRICT  # of a victim that states none (domain §1, Incident)


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
class Plan:
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


def digest_of(value: Mapping[str, Any]) -> str:
    """Return SHA-256 of a JSON value's RFC 8785 form, in hex."""
    return hashlib.sha256(rfc8785.dumps(dict(value))).hexdigest()


def prepare(*, member: Member, filing: Filing, now: datetime) -> tuple[Plan, tuple[Problem, ...]]:
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


def _plan(*, filing: Filing, objects: Sequence[ParsedObject]) -> tuple[Plan, tuple[Problem, ...]]:
    problems = list(_unknown_object_markings(filing, objects))
    struck = victims(objects)
    definitions = {obj.id: obj for obj in objects if obj.type == "marking-definition"}
    places = []
    for obj in objects:
        own, _doubts = own_marking(obj, definitions)  # `check` has told them already
        own = meet(own, filing.object_markings.get(obj.id, NEUTRAL))
        if obj.id in struck and own.tlp is None:
            own = replace(own, tlp=VICTIM_TLP)
            problems.append(problem("victim_strict", number=obj.number, type=obj.type, id=obj.id))
        places.append((obj, own))
    incident, carried = next((obj, own) for obj, own in places if obj.type == "incident")
    marking, confirmed = _incident_marking(filing.marking, carried)
    facts = incident_facts(incident)
    stated = {
        "objects": [(obj.id, digest_of(obj.value)) for obj in objects],
        "marking": to_json(marking),
        "object_markings": {key: to_json(each) for key, each in filing.object_markings.items()},
    }
    plan = Plan(
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

    Ids follow from the objects' ids, so that filing the same bundle again makes no second one;
    under a key, so that nobody who receives them can try which member they follow from.
    """
    told = "|".join([member.slug, *sorted(obj.id for obj in objects)])
    seed = salted_hmac("incidents.made_for", told, algorithm="sha256").digest()
    return synthetic_incident(
        objects=objects,
        title=title,
        identity_id=member.stix_identity_id,
        now=now,
        seed=uuid.UUID(bytes=seed[:16]),
    )
