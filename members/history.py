"""What happened to a member's standing, from the audit log, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import Action
from audit.models import Entry
from members import actions
from members.models import Member
from members.models.choices import HEALTH_WORDS, TIER_WORDS, SuspensionCause
from members.tiers import Health, Tier

_LONGEST = 20
_WORDS: dict[Action, Any] = {
    actions.MEMBER_CREATE: gettext_lazy("Entered as an applicant"),
    actions.MEMBER_ADMIT: gettext_lazy("Admitted to probation"),
    actions.MEMBER_CONFIRM: gettext_lazy("Probation ended"),
    actions.MEMBER_TIER: gettext_lazy("Tier changed"),
    actions.MEMBER_STANDING: gettext_lazy("Standing changed"),
    actions.MEMBER_SUSPEND: gettext_lazy("Suspended"),
    actions.MEMBER_CONFIRM_SUSPENSION: gettext_lazy("Suspension confirmed"),
    actions.MEMBER_REINSTATE: gettext_lazy("Reinstated"),
    actions.MEMBER_WITHDRAW: gettext_lazy("Membership ended"),
    actions.AGREEMENT_SIGN: gettext_lazy("Agreement signed"),
    actions.AGREEMENT_END: gettext_lazy("Agreement ended"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One change, when, and what it was from and to."""

    at: datetime
    text: str
    detail: str


def history_of(member: Member) -> list[Event]:
    """Return the latest changes of the member's standing, the newest first. One query.

    For those who may see the reasons of that member.
    """
    words = {action.name: word for action, word in _WORDS.items()}
    entries = Entry.objects.filter(
        target_kind="member", target_key=member.slug, action__in=list(words)
    ).order_by("-at", "-id")[:_LONGEST]
    return [Event(entry.at, str(words[entry.action]), _detail(entry)) for entry in entries]


def _detail(entry: Entry) -> str:
    details = entry.details
    if entry.action == actions.MEMBER_TIER.name:
        return _arrow(TIER_WORDS[Tier(details["from"])], TIER_WORDS[Tier(details["to"])])
    if entry.action == actions.MEMBER_STANDING.name:
        return _arrow(HEALTH_WORDS[Health(details["from"])], HEALTH_WORDS[Health(details["to"])])
    if entry.action == actions.MEMBER_SUSPEND.name:
        return str(SuspensionCause(details["cause"]).label)
    return ""


def _arrow(before: Any, after: Any) -> str:
    return _("%(before)s → %(after)s") % {"before": before, "after": after}
