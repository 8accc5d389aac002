"""Other members' objects: none goes out wider than it came in, nor does what is made from one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from incidents.marking import Marking, meet
from sharing.floors import Held, holding
from sharing.lint.findings import Draft, Finding, block
from sharing.policy.plan import DEFINITIONS

DERIVED = frozenset({"derived-from", "duplicate-of"})


def foreign(draft: Draft) -> Iterator[Finding]:
    """Yield a block for each object that another member's marking or consent does not allow."""
    context = draft.context
    for item in context.items.values():
        mine = item.creator is None or item.creator in context.owners
        if mine or item.reference or item.type in DEFINITIONS:
            continue
        held = draft.preview.loaded.held.of.get(item.id)
        yield from _carried(item.id, draft.effective[item.id], held, draft.now)


def _carried(
    object_id: str, marking: Marking, held: Held | None, now: datetime
) -> Iterator[Finding]:
    if held is None:
        yield block(
            "NOT_RECEIVED_NOW",
            _("%(id)s is another team's, and you do not receive it at present.")
            % {"id": object_id},
            _("Leave it out."),
            object_id,
        )
    elif held.needs_consent:
        yield block(
            "ORCON_WITHOUT_CONSENT",
            _("%(id)s is passed on only with its originator's consent.") % {"id": object_id},
            _("Ask the originator, or leave it out."),
            object_id,
        )
    elif not narrow_enough(marking, held.floors, now):
        if held.consented and not narrow_enough(marking, [held.consented], now):
            yield block(
                "WIDER_THAN_CONSENTED",
                _("The originator of %(id)s consented to a stricter marking.") % {"id": object_id},
                _("Mark it as strictly as it was consented to, or ask the originator again."),
                object_id,
            )
        else:
            yield block(
                "WIDER_THAN_RECEIVED",
                _("%(id)s was received under a stricter marking than this release's.")
                % {"id": object_id},
                _("Mark it as strictly as you received it, or leave it out."),
                object_id,
            )


def narrow_enough(marking: Marking, floors: Iterable[Marking], now: datetime) -> bool:
    """Say whether a marking is at least as strict as one of the floors, of what still binds.

    ORCON is no matter of the carrier's marking: it stays on the object whatever that states.
    """
    stated = replace(marking, orcon=True)
    return any(meet(stated, _still(floor, now)) == stated for floor in floors)


def _still(floor: Marking, now: datetime) -> Marking:
    """Return the floor without the times that have passed."""
    if floor.release_at is not None and floor.release_at <= now:
        floor = replace(floor, release_at=None)
    if floor.embargo_until is not None and floor.embargo_until <= now:
        floor = replace(floor, embargo_until=None, early=())
    return floor


def derived(draft: Draft) -> Iterator[Finding]:
    """Yield a block for each own object that goes out wider than what it is stated to be made from.

    The statement is a relationship in the bundle; what it points at may stand in the bundle or be
    something that the owner received. Of anything else the owner learns nothing. Three queries.
    """
    pairs = list(_derivations(draft))
    held = holding(
        owner=draft.incident.owner,
        object_ids={source for _own, source in pairs},
        now=draft.now,
        incident=draft.incident,
    )
    for own, source in pairs:
        found = held.of.get(source)
        if found is None:
            continue
        if found.needs_consent:
            yield block(
                "ORCON_WITHOUT_CONSENT",
                _("%(id)s is made from what is passed on only with its originator's consent.")
                % {"id": own},
                _("Ask the originator of what it is made from, or leave it out."),
                source,
            )
        elif not narrow_enough(draft.effective[own], found.floors, draft.now):
            yield block(
                "DERIVED_WIDER",
                _("%(id)s is made from what you received under a stricter marking.") % {"id": own},
                _("Mark it as strictly as what it is made from, or leave it out."),
                own,
            )


def _derivations(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield (own object, what it is made from) as the bundle states it, each once."""
    found: dict[tuple[str, str], None] = {}
    for item in draft.of_type("relationship"):
        kind = item.body.get("relationship_type")
        source, target = str(item.body.get("source_ref")), str(item.body.get("target_ref"))
        if kind not in DERIVED:
            continue
        found[source, target] = None
        if kind == "duplicate-of":
            found[target, source] = None
    for own, other in found:
        if _is_own(draft, own) and not _is_own(draft, other):
            yield own, other


def _is_own(draft: Draft, object_id: str) -> bool:
    item = draft.context.items.get(object_id)
    return item is not None and item.creator in draft.context.owners
