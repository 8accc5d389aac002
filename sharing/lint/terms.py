"""The marking as a whole: what stops a release, and what it may not be meant to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from incidents.marking import Marking
from members.models import Circle, Member
from members.models.choices import CircleState
from members.queries import circle_terms
from members.standing import CircleTerms
from members.tlp import TLP
from sharing.lint.findings import Draft, Finding, block, warn
from sharing.preview import Preview, reaches


def _marking_blocks(draft: Draft) -> Iterator[Finding]:
    marking, preview = draft.preview.marking, draft.preview
    if marking.tlp is None:
        yield block("NO_TLP", _("The incident has no TLP."), _("Choose one."))
    elif not draft.head.tlp_confirmed:
        yield block(
            "TLP_UNCONFIRMED",
            _("No TLP was stated, so AMBER was assumed."),
            _("Confirm AMBER or choose another, then save the marking."),
        )
    if marking.tlp is TLP.RED and marking.named is None:
        yield block(
            "RED_WITHOUT_NAMED",
            _("TLP:RED goes only to named members, and none are named."),
            _("Name the members, or choose TLP:AMBER+STRICT."),
        )
    if marking.tlp is TLP.CLEAR and marking.limits_audience:
        yield block(
            "CLEAR_WITH_LIMIT",
            _("TLP:CLEAR may go to anyone, but the audience is limited."),
            _("Remove the limits, or choose TLP:GREEN or stricter."),
        )
    if not any(reaches(row) for row in preview.rows):
        yield block(
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
            yield block(
                "CIRCLE_NOT_ACTIVE",
                _("The circle %(circle)s is not an active one of yours.") % {"circle": slug},
                _("Choose an active circle that your team belongs to."),
            )
        elif slug in of_incident and tlp > own[slug].max_tlp:
            yield block(
                "CIRCLE_MAX_TLP",
                _("The circle %(circle)s takes at most %(tlp)s.")
                % {"circle": slug, "tlp": own[slug].max_tlp.label},
                _("Choose a circle that takes this TLP, or lower it."),
            )


def _named_circles(marking: Marking) -> frozenset[str]:
    return frozenset(slug for any_of in marking.circles for slug in any_of)


def terms(draft: Draft) -> Iterator[Finding]:
    """Yield what is wrong with the marking and its circles, and what it may not mean. A query."""
    yield from _marking_blocks(draft)
    yield from _circle_blocks(draft.preview, _own_circles(draft.incident.owner, draft.now))
    yield from _named_but_denied(draft.preview)
    yield from _without_ukraine(draft.preview)


def _named_but_denied(preview: Preview) -> Iterator[Finding]:
    fix = _("Naming lifts no tier, country or ceiling; lower the marking if it must have it.")
    named = preview.marking.named or frozenset()
    for row in preview.rows:
        if row.member in named and not reaches(row):
            yield warn(
                "NAMED_BUT_DENIED",
                _("%(member)s is named but cannot receive this at present.")
                % {"member": row.member},
                fix,
            )


def _without_ukraine(preview: Preview) -> Iterator[Finding]:
    owns = (item.own.rel_to for item in preview.loaded.context.items.values())
    sets = {any_of for rel_to in (preview.marking.rel_to, *owns) for any_of in rel_to}
    for any_of in sorted(sets, key=sorted):
        if any_of & {"NATO", "EU"} and "UA" not in any_of:
            yield warn(
                "UKRAINE_EXCLUDED",
                _("Releasable to NATO or EU only: Ukraine is in neither and gets nothing."),
                _("Add UA unless you mean that."),
            )
            return
