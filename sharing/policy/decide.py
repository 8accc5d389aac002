"""The one decision: may a subject see an object, and what of it (domain §3, pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sharing.policy.asking import answers_for
from sharing.policy.codes import Code
from sharing.policy.paths import text_of
from sharing.policy.plan import plan_of
from sharing.policy.projection import Projection, Shown, earliest, furthest, project
from sharing.policy.types import RETRACTED, Context, Obligations, Redaction, Subject, Verdict


def decide(object_id: str, contexts: Iterable[Context], subject: Subject, now: datetime) -> Verdict:
    """Return whether the subject may see an object, through any of the incidents carrying it.

    Total: what is unknown or cannot be decided is refused. A permit's code is the first that
    holds in any permitting context; a redaction counts only if every permitting context makes
    it; what binds the recipient is the strictest of them. A refusal's codes are those of the
    context that got furthest.
    """
    views = [view(c, subject, now) for c in contexts if object_id in c.items]
    shown = [seen.shown[object_id] for seen in views if object_id in seen.shown]
    if shown:
        return _permit(object_id, shown)
    return Verdict(False, furthest(seen.hidden[object_id] for seen in views))


def view(context: Context, subject: Subject, now: datetime) -> Projection:
    """Return how one incident looks to a subject: view-as, pages of one incident.

    An exception hides the whole incident as UNDECIDED.
    """
    try:
        plan = plan_of(context)
        return project(plan, answers_for(plan, subject, now), now)
    except Exception:  # decide is total; a fault shows as UNDECIDED on the owner's page
        return Projection({}, dict.fromkeys(context.items, (Code.UNDECIDED,)))


def notice(object_id: str, contexts: Iterable[Context], subject: Subject, now: datetime) -> Verdict:
    """Return whether who had a retracted object gets its last version, `revoked: true`.

    That is whom `decide`, RETRACTED apart, still permits: PERMIT_NOTICE. The caller asks for
    objects that the owner created, no other incident in force carries for the subject, and
    the subject had.
    """
    retracted = [c for c in contexts if c.state == RETRACTED]
    verdict = decide(object_id, [c.as_released() for c in retracted], subject, now)
    return replace(verdict, codes=(Code.PERMIT_NOTICE,)) if verdict.permit else verdict


def _permit(object_id: str, shown: list[Shown]) -> Verdict:
    code = earliest(seen.code for seen in shown)
    everywhere = frozenset.intersection(*(frozenset(seen.cuts) for seen in shown))
    redactions = (
        Redaction(object_id, text_of(path), earliest(s.cuts[path] for s in shown))
        for path in everywhere
    )
    return Verdict(
        True, (code,), tuple(sorted(redactions)), strictest(s.obligations for s in shown)
    )


def strictest(found: Iterable[Obligations]) -> Obligations:
    """Return the strictest of what several contexts bind a recipient to."""
    bound = list(found)
    return Obligations(
        tlp=max(o.tlp for o in bound),
        pap=max(o.pap for o in bound),
        orcon=any(o.orcon for o in bound),
        delete_by=min((o.delete_by for o in bound if o.delete_by), default=None),
    )
