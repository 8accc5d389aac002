"""What keeps a release from going out, and what the reviewer should look at first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.marking import NOBODY, Marking, meet
from incidents.models import Incident
from members.models import Circle, Member
from members.models.choices import CircleState
from members.queries import circle_terms
from members.standing import CircleTerms
from members.tlp import TLP
from sharing.policy.types import Context, Reach
from sharing.preview import Preview, reaches

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: a code, a sentence and its fix; `blocks` says that it stops the release."""

    code: str
    sentence: Text
    fix: Text
    blocks: bool


def lint(*, incident: Incident, preview: Preview, now: datetime) -> list[Finding]:
    """Return the blocks, then the warnings. One query."""
    return [
        *_marking_blocks(incident, preview),
        *_circle_blocks(preview, _own_circles(incident.owner, now)),
        *_object_blocks(incident, preview.loaded.context),
        *_warnings(incident, preview),
    ]


def _block(code: str, sentence: Text, fix: Text) -> Finding:
    return Finding(code, sentence, fix, blocks=True)


def _warn(code: str, sentence: Text, fix: Text) -> Finding:
    return Finding(code, sentence, fix, blocks=False)


def _marking_blocks(incident: Incident, preview: Preview) -> Iterator[Finding]:
    marking = preview.marking
    if marking.tlp is None:
        yield _block("NO_TLP", _("The incident has no TLP."), _("Choose one."))
    elif incident.head is not None and not incident.head.tlp_confirmed:
        yield _block(
            "TLP_UNCONFIRMED",
            _("No TLP was stated, so AMBER was assumed."),
            _("Confirm AMBER or choose another, then save the marking."),
        )
    if marking.tlp is TLP.RED and marking.named is None:
        yield _block(
            "RED_WITHOUT_NAMED",
            _("TLP:RED goes only to named members, and none are named."),
            _("Name the members, or choose TLP:AMBER+STRICT."),
        )
    if marking.tlp is TLP.CLEAR and marking.limits_audience:
        yield _block(
            "CLEAR_WITH_LIMIT",
            _("TLP:CLEAR may go to anyone, but the audience is limited."),
            _("Remove the limits, or choose TLP:GREEN or stricter."),
        )
    if not any(reaches(row) for row in preview.rows):
        yield _block(
            "EMPTY_AUDIENCE",
            _("Nobody would receive this, now or later."),
            _("Widen the marking, or keep it as a draft."),
        )


def _own_circles(owner: Member, now: datetime) -> dict[str, CircleTerms]:
    """Return the circles that the owner may release to; of any other it learns nothing."""
    active = Circle.objects.filter(
        memberships__member=owner, memberships__left_at=None, state=CircleState.ACTIVE
    )
    terms = (circle_terms(circle) for circle in active)
    return {each.slug: each for each in terms if each.runs(now)}


def _circle_blocks(preview: Preview, own: dict[str, CircleTerms]) -> Iterator[Finding]:
    tlp = preview.marking.tlp or TLP.RED
    of_incident = _named_circles(preview.marking)
    of_objects = (_named_circles(item.own) for item in preview.loaded.context.items.values())
    for slug in sorted(of_incident.union(*of_objects)):
        if slug not in own:
            yield _block(
                "CIRCLE_NOT_ACTIVE",
                _("The circle %(circle)s is not an active one of yours.") % {"circle": slug},
                _("Choose an active circle that your team belongs to."),
            )
        elif slug in of_incident and tlp > own[slug].max_tlp:
            yield _block(
                "CIRCLE_MAX_TLP",
                _("The circle %(circle)s takes at most %(tlp)s.")
                % {"circle": slug, "tlp": own[slug].max_tlp.label},
                _("Choose a circle that takes this TLP, or lower it."),
            )


def _named_circles(marking: Marking) -> frozenset[str]:
    return frozenset(slug for any_of in marking.circles for slug in any_of)


def _object_blocks(incident: Incident, context: Context) -> Iterator[Finding]:
    found = incident.head.problems if incident.head else []
    two_tlps = {problem["id"] for problem in found if problem["code"] == "two_tlps"}
    for item in context.items.values():
        if item.own == NOBODY:
            yield _block(
                "UNKNOWN_MARKING",
                _("%(id)s has a marking that is not known here.") % {"id": item.id},
                _("Replace the marking, or leave the object out."),
            )
        if item.id in two_tlps:
            yield _block(
                "TWO_TLPS",
                _("%(id)s states two TLP levels.") % {"id": item.id},
                _("Keep one of them, then file the object again."),
            )
        if item.reference or item.creator is None or item.creator in context.owners:
            continue
        floors = context.floors.get(item.id, ())
        effective = meet(context.marking, item.own)
        if not any(meet(effective, floor) == effective for floor in floors):
            yield _block(
                "WIDER_THAN_RECEIVED",
                _("%(id)s was received under a stricter marking than this release's.")
                % {"id": item.id},
                _("Mark it as strictly as you received it, ask its originator, or leave it out."),
            )


def _warnings(incident: Incident, preview: Preview) -> Iterator[Finding]:
    marking = preview.marking
    denied = [
        row.member
        for row in preview.rows
        if marking.named
        and row.member in marking.named
        and row.outcome is Reach.NONE
        and row.opens_at is None
    ]
    for slug in denied:
        yield _warn(
            "NAMED_BUT_DENIED",
            _("%(member)s is named but cannot receive this at present.") % {"member": slug},
            _("Naming lifts no tier, country or ceiling; lower the marking if it must have it."),
        )
    for any_of in marking.rel_to:
        if any_of & {"NATO", "EU"} and "UA" not in any_of:
            yield _warn(
                "UKRAINE_EXCLUDED",
                _("Releasable to NATO or EU only: Ukraine is in neither and gets nothing."),
                _("Add UA unless you mean that."),
            )
    head = incident.head
    if head is not None and head.level >= 3 and head.aware_at is None:
        yield _warn(
            "NO_AWARE_AT",
            _("Level 3 or higher without the time you became aware: its clocks cannot run."),
            _("State when you became aware of it."),
        )
    if head is not None and not head.level_stated:
        yield _warn(
            "LEVEL_ASSUMED",
            _("No level was stated, so 2 (medium) was assumed."),
            _("State the level."),
        )
