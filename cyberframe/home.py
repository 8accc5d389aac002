"""Situation: what waits on the person, what partners shared, and how much there is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cyberframe.templatetags.cyberframe import moment
from incidents.models import Incident, Working
from incidents.queries import own_incidents, waiting_for_release
from members.models import Member, Person, Proposal
from members.models.choices import ProposalKind
from members.roles import Right, Role, rights_of
from members.tiers import Status
from members.visibility import proposals_visible_to, viewer_of
from sharing import reuse
from sharing.deadlines import half_term
from sharing.door import reader_of_person
from sharing.models import RecallState, Release, ReuseState
from sharing.queries import Narrow, Row, counts, incidents
from sharing.recalls import Notice, by_deadline, open_count
from sharing.viewers import Viewer, viewer_of_person

FRESH: Final = timedelta(hours=24)
ROWS: Final = 8
NEEDS: Final = 10
SECOND_PERSON: Final = timedelta(hours=24)
STANDING_KINDS: Final = (
    ProposalKind.ADMIT,
    ProposalKind.CONFIRM,
    ProposalKind.TIER,
    ProposalKind.STANDING,
    ProposalKind.REINSTATE,
)


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def situation(request: HttpRequest) -> HttpResponse:
    """Show the first page; the coalition's staff, who read no content, see no incidents."""
    person, now = request.user, timezone.now()
    assert isinstance(person, Person)
    viewer = viewer_of_person(person)
    content = _content(viewer, now) if viewer else {}
    late, in_time = _to_delete(person, now)
    needs = [
        *late,
        *_suspensions(person),
        *_proposals(person),
        *_to_confirm(person),
        *in_time,
        *_to_consent(person),
        *_to_release(person),
        *_to_finish(person),
    ][:NEEDS]
    context = {"needs": needs, "suspended": _suspended(person), **content}
    return render(request, "cyberframe/home.html", context)


def waiting(request: HttpRequest) -> dict[str, int]:
    """Return the count beside "To release", for the menu."""
    person = request.user
    if not isinstance(person, Person) or not person.has_role(Role.REVIEWER):
        return {}
    return {"review": waiting_for_release(person).count()}


def recalled(request: HttpRequest) -> dict[str, int]:
    """Return the count beside "Recalls", for the menu: what the person's team has to answer."""
    person = request.user
    if not isinstance(person, Person) or not person.has_role(Role.ANALYST, Role.REVIEWER):
        return {}
    reader = reader_of_person(person)
    return {"recalls": open_count(reader=reader, now=timezone.now())} if reader else {}


def consents(request: HttpRequest) -> dict[str, int]:
    """Return the count beside "Reuse requests", for the menu."""
    person = request.user
    if not isinstance(person, Person) or not person.has_role(Role.REVIEWER):
        return {}
    return {"reuse": reuse.waiting(person.member)} if person.member else {}


def _content(viewer: Viewer, now: datetime) -> dict[str, Any]:
    found = counts(viewer=viewer, now=now, since=now - FRESH)
    shared = incidents(viewer=viewer, now=now, narrow=Narrow(view="shared"), limit=ROWS)
    address = reverse("incidents:list")
    tiles = [
        {"value": found.total, "label": _("incidents you may see"), "url": address},
        {
            "value": found.fresh,
            "label": _("new from partners in 24 hours"),
            "url": f"{address}?view=shared",
        },
        {"value": found.shared, "label": _("from partners"), "url": f"{address}?view=shared"},
        {"value": found.own, "label": _("your own"), "url": f"{address}?view=own"},
    ]
    return {
        "fresh": [_fresh(row) for row in shared.rows],
        "fresh_url": f"{address}?view=shared",
        "counts": tiles,
    }


def _fresh(row: Row) -> dict[str, Any]:
    return asdict(row) | {
        "owner": row.owner,
        "title": row.title or _("Part of an incident"),
        "url": reverse("incidents:detail", args=[row.ref]),
    }


def _suspended(person: Person) -> str:
    """Return where a suspended team reads why it is, nothing for others."""
    member = person.member
    if member is None or member.status != Status.SUSPENDED:
        return ""
    return reverse("members:detail", args=[member.slug])


def _suspensions(person: Person) -> list[dict[str, Any]]:
    """Return the suspensions that another person decided alone, nearest deadline first."""
    if Right.SUSPEND not in rights_of(person.role_set):
        return []
    waiting = Member.objects.filter(
        status=Status.SUSPENDED, suspended_at__isnull=False, suspension_confirmed_at=None
    ).exclude(suspended_by=person)
    return [
        {
            "icon": "clock",
            "tone": "hot",
            "title": member.name,
            "detail": _("Suspended without a second person"),
            "due_at": member.suspended_at + SECOND_PERSON if member.suspended_at else None,
            "url": reverse("members:detail", args=[member.slug]),
            "action": _("Look at it"),
        }
        for member in waiting.order_by("suspended_at")[:NEEDS]
    ]


def _proposals(person: Person) -> list[dict[str, Any]]:
    """Return what another person asked for and this one may decide, on its page or in the admin."""
    waiting = proposals_visible_to(viewer_of(person.actor)).exclude(proposed_by=person)
    if not person.is_staff:
        waiting = waiting.filter(kind__in=STANDING_KINDS)
    return [
        {
            "icon": "people",
            "tone": "warm",
            "title": str(proposal.member or proposal.person or ""),
            "detail": f"{proposal.get_kind_display()} ·",
            "at": moment(proposal.proposed_at, "short"),
            "url": _page_of(proposal),
            "action": _("Look at it"),
        }
        for proposal in waiting.order_by("proposed_at")[:NEEDS]
    ]


def _page_of(proposal: Proposal) -> str:
    """Return where it is decided; a change of standing on the member's page, beside its what-if."""
    if proposal.kind in STANDING_KINDS and proposal.member is not None:
        return reverse("members:detail", args=[proposal.member.slug])
    return reverse("admin:members_proposal_changelist")


def _to_confirm(person: Person) -> list[dict[str, Any]]:
    """Return early warnings that a second person has not confirmed, nearest deadline first."""
    if not person.has_role(Role.REVIEWER):
        return []
    open_ones = (
        Release.objects.filter(
            incident__in=own_incidents(person).filter(owner_id=person.member_id).order_by(),
            confirm_by_at__isnull=False,
            confirmed_at=None,
        )
        .exclude(by=person)
        .select_related("incident__head")
        .order_by("confirm_by_at")
    )
    return [
        _need(
            release.incident,
            icon="clock",
            tone="hot",
            says=_("Early warning without a second person"),
            url=reverse("incidents:detail", args=[release.incident.ref]),
            action=_("Confirm"),
        )
        | {"at": "", "due_at": release.confirm_by_at}
        for release in open_ones[:NEEDS]
    ]


def _to_delete(person: Person, now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the recalls that this reviewer has to answer: those overdue, and the others."""
    reader = reader_of_person(person) if person.has_role(Role.REVIEWER) else None
    if reader is None:
        return [], []
    found = by_deadline(reader=reader, now=now, state=RecallState.OPEN, limit=NEEDS)
    rows = [_recall(notice, now) for notice in found.rows]
    return [r for r in rows if r["tone"] == "hot"], [r for r in rows if r["tone"] != "hot"]


def _recall(notice: Notice, now: datetime) -> dict[str, Any]:
    """Return a recall as a row: at half its term it is a reminder, past it more than that."""
    due = notice.due_at
    tone, says = "", _("Delete and confirm")
    if due is not None and now >= due:
        tone, says = "hot", _("Overdue: delete and confirm")
    elif due is not None and now >= half_term(at=notice.at, due=due):
        tone, says = "warm", _("Reminder: delete and confirm")
    return {
        "icon": "back",
        "tone": tone,
        "title": _("Recall: %(kind)s") % {"kind": notice.kind.label},
        "ref": notice.ref or "",
        "detail": f"{says} · {notice.tlp.label}",
        "due_at": due,
        "url": f"{reverse('sharing:recalls')}#r-{notice.key}",
        "action": _("Confirm"),
    }


def _to_consent(person: Person) -> list[dict[str, Any]]:
    """Return the requests to carry an object of this reviewer's team that wait for an answer."""
    if not person.has_role(Role.REVIEWER) or person.member is None:
        return []
    return [
        {
            "icon": "key",
            "tone": "warm",
            "title": asking.name or asking.type,
            "detail": _("%(member)s asks to carry it") % {"member": asking.asker.name},
            "at": moment(asking.asked_at, "short"),
            "url": f"{reverse('sharing:reuse')}#r-{asking.key}",
            "action": _("Answer"),
        }
        for asking in reuse.asked_of(person.member)[:NEEDS]
        if asking.state == ReuseState.ASKED
    ]


def _to_release(person: Person) -> list[dict[str, Any]]:
    """Return what waits for this reviewer, oldest first."""
    return [
        _need(
            incident,
            icon="send",
            tone="warm",
            says=_("Waiting for release since"),
            url=reverse("sharing:release", args=[incident.ref]),
            action=_("Review"),
        )
        for incident in waiting_for_release(person)[:NEEDS]
    ]


def _to_finish(person: Person) -> list[dict[str, Any]]:
    """Return the drafts whose last revision this person wrote."""
    if not person.has_role(Role.ANALYST):
        return []
    drafts = own_incidents(person).filter(
        working=Working.DRAFT, owner_id=person.member_id, head__created_by=person
    )
    return [
        _need(
            incident,
            icon="edit",
            tone="",
            says=_("Draft, saved"),
            url=reverse("incidents:detail", args=[incident.ref]),
            action=_("Continue"),
        )
        for incident in drafts[:NEEDS]
    ]


def _need(
    incident: Incident, *, icon: str, tone: str, says: str, url: str, action: str
) -> dict[str, Any]:
    title = incident.head.title if incident.head else ""
    return {
        "icon": icon,
        "tone": tone,
        "title": title or _("Untitled"),
        "ref": incident.ref,
        "detail": says,
        "at": moment(incident.changed_at, "short"),
        "url": url,
        "action": action,
    }
