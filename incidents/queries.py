"""Doors to a member's own incidents; what others share is read through `sharing.door`."""

from __future__ import annotations

from django.db.models import Max, Q, QuerySet

from audit.models import Entry
from incidents.models import IN_FORCE, Incident, Revision, RevisionObject
from members.models import Member, Person

DRAFT_ROLES = frozenset({"analyst", "reviewer"})
READ_ROLES = frozenset({"reader", "analyst", "reviewer"})


def own_incidents(person: Person) -> QuerySet[Incident]:
    """Return the incidents that the person may see as its member's own, newest change first.

    Analysts and reviewers see drafts; readers see what is in force (domain §1, Roles).
    """
    roles = set(person.roles)
    if person.member_id is None or not roles & READ_ROLES:
        return Incident.objects.none()
    mine = Incident.objects.filter(
        Q(owner_id=person.member_id) | Q(co_originators=person.member_id)
    )
    if not roles & DRAFT_ROLES:
        mine = mine.filter(state__in=IN_FORCE)
    return mine.select_related("head", "owner").order_by("-changed_at", "-pk").distinct()


def own_incident(person: Person, ref: str) -> Incident | None:
    """Return one of the person's own incidents, or None as for an unknown reference."""
    return own_incidents(person).filter(ref=ref).first()


def member_incident(member: Member, ref: str) -> Incident | None:
    """Return one of the member's own incidents (for its credentials)."""
    return Incident.objects.filter(owner=member, ref=ref).select_related("head", "owner").first()


def waiting_for_release(person: Person) -> QuerySet[Incident]:
    """Return what waits for a reviewer of the person's member, oldest first."""
    if "reviewer" not in person.roles:
        return Incident.objects.none()
    return (
        own_incidents(person)
        .filter(working="review", owner_id=person.member_id)
        .order_by("changed_at", "pk")
    )


def places(revision: Revision) -> list[RevisionObject]:
    """Return a revision's objects in order, with creator and owner. One query."""
    return list(
        RevisionObject.objects.filter(revision=revision)
        .select_related("object", "object__creator")
        .order_by("ordinal")
    )


def next_number(incident: Incident) -> int:
    """Return the number of the incident's next revision: those of dropped ones stay taken."""
    last = incident.revisions.aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def authors(incident: Incident, *, since: int = 0) -> set[int]:
    """Return the ids of the persons who wrote a revision later than number `since`.

    Who only narrowed the marking wrote nothing: that can show nobody more than the author meant.
    """
    written = incident.revisions.filter(
        number__gt=since, narrows_only=False, created_by__isnull=False
    )
    return set(written.values_list("created_by_id", flat=True))


def written_by(incident: Incident, *, since: int = 0) -> QuerySet[Entry]:
    """Return the audit entries of the revisions that make their makers authors."""
    numbers = incident.revisions.filter(number__gt=since, narrows_only=False)
    return Entry.objects.filter(
        target_kind="incident",
        target_key=incident.ref,
        details__revision__in=list(numbers.values_list("number", flat=True)),
        action__in=[
            "incidents:incident:file",
            "incidents:incident:revise",
            "incidents:incident:mark",
        ],
    )
