"""What a next revision does not state beside its bundle: it stays as it stands, never wider."""

from __future__ import annotations

from dataclasses import replace

from incidents.marking import NEUTRAL, Marking, from_json, meet
from incidents.models import Incident, Revision
from incidents.services.plan import Filing, Plan


def as_it_stands(plan: Plan, *, incident: Incident, filing: Filing) -> Plan:
    """Return the plan under the rules that stand, where people set them or a release has them.

    What the filing states beside the bundle counts. What it leaves out stays, met with the
    markings that the objects carry: sending the content again undoes no rule.
    """
    head = incident.head
    if head is None or not (incident.version or _marked_since(incident, head)):
        return plan
    stated = _object_markings(plan, head, filing)
    places = tuple((obj, meet(own, stated.get(obj.id, NEUTRAL))) for obj, own in plan.places)
    plan = replace(plan, places=places, object_markings=stated)
    if filing.marking is not None and filing.marking.tlp is not None:
        return plan
    carried = next(own for obj, own in places if obj.id == plan.incident.id)
    before = meet(from_json(head.marking), filing.marking or NEUTRAL)
    return replace(
        plan,
        marking=meet(before, carried),
        tlp_confirmed=head.tlp_confirmed or carried.tlp is not None,
    )


def _object_markings(plan: Plan, head: Revision, filing: Filing) -> dict[str, Marking]:
    known = {obj.id for obj, _own in plan.places}
    before = {
        key: from_json(value, base=NEUTRAL)
        for key, value in head.object_markings.items()
        if key in known
    }
    return before | dict(filing.object_markings)


def _marked_since(incident: Incident, head: Revision) -> bool:
    """Say whether somebody stated a marking after this content was filed."""
    filed = incident.revisions.filter(digest=head.digest).order_by("number").first()
    return filed is not None and (filed.marking, filed.tlp_confirmed) != (
        head.marking,
        head.tlp_confirmed,
    )
