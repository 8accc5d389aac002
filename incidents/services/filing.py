"""Filing: a checked submission becomes an incident with an immutable revision."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from incidents.marking import NEUTRAL, to_json
from incidents.models import Incident, Revision, RevisionObject, State, Working
from incidents.queries import next_number
from incidents.services.keeping import as_it_stands
from incidents.services.life import require_acting
from incidents.services.plan import Filing, Plan, prepare
from incidents.services.storing import Received, store_objects
from incidents.stix import Problem
from members.errors import Conflict
from members.models import Member, Person

FILED = Action("incidents:incident:file")
REVISED = Action("incidents:incident:revise")
FILING_LOCK = 0x63665F66  # "cf_f"


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

    The exact same submission again is a success without effect: a marking that people stated
    since stays. `person` is who answers for it.

    Raises:
        FilingRefused: with the problems, each naming its object, property and fix.
        NotPermitted: the member does not take part at present.
        Conflict: the incident was released already; its next version is made by amending.
    """
    require_acting(member)
    plan, problems = prepare(member=member, filing=filing, now=now)
    one_at_a_time(member)
    incident = (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .filter(owner=member, stix_id=plan.incident.id)
        .select_related("head")
        .first()
    )
    if incident and incident.head and incident.head.digest == plan.digest:
        return Filed(incident, incident.head, problems, created=False, changed=False)
    if incident and incident.working != Working.DRAFT:
        raise Conflict(
            _(
                "This incident is not a draft any more. Send it back to draft, or amend the "
                "released version, then file again."
            )
        )
    if incident is not None:
        plan = as_it_stands(plan, incident=incident, filing=filing)
    stored = store_objects(member=member, plan=plan, received=received, now=now)
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


def one_at_a_time(member: Member) -> None:
    """Let a member's submissions be stored one after another: they may share ids.

    Before any row, so that whoever files into what it has locked does not wait crosswise.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [FILING_LOCK, member.pk])


def new_ref(now: datetime) -> str:
    """Return a fresh `CF-<year>-<6 random base32>`, which tells nobody how many there are."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return f"CF-{now.year}-" + "".join(secrets.choice(alphabet) for _ in range(6))


def _new_incident(member: Member, plan: Plan, now: datetime) -> Incident:
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
    plan: Plan,
    person: Person | None,
    problems: Sequence[Problem],
    now: datetime,
) -> Revision:
    facts = plan.facts
    return Revision.objects.create(
        incident=incident,
        number=next_number(incident),
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
