"""Changing a member's standing: what it would do stands there, counts first, before it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from members import services
from members.duties import duties
from members.errors import Refused
from members.models import Member, Person, Proposal
from members.models.choices import ProposalKind
from members.services.two_people import may_be_proposer
from members.tiers import Tier
from members.views.steps import STEPS, Step
from members.visibility import Viewer, members_visible_to, proposals_visible_to, viewer_of
from sharing.small_cells import told
from sharing.what_if import what_if


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def change(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show what a change of the member's standing would do, and make or propose it."""
    person, viewer = _who(request)
    step = STEPS.get(name)
    found = members_visible_to(viewer).filter(slug=slug).first()
    if found is None or step is None or step.right not in viewer.rights:
        raise Http404
    now = timezone.now()
    said = request.POST if request.method == "POST" else request.GET
    to = said.get("to", "")
    error, status = "", 200
    if request.method == "POST":
        error = _wrong(step, found, to, said.get("typed", ""))
        status = 422 if error else 200
        if not error:
            try:
                outcome = step.act(found, to, person.actor, now)
            except Refused as refused:
                error, status = refused.sentence, 409
            else:
                messages.success(request, _done(outcome))
                return HttpResponseRedirect(reverse("members:detail", args=[slug]))
        found.refresh_from_db()
    context = considered(step, found, to, now) | {"error": error, "waiting": None}
    if step.kind:
        context["waiting"] = waiting_for(found, viewer, person, step.kind)
    return render(request, "members/change.html", context, status=status)


@require_POST
@login_required
@never_cache
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline what waits for a second person, or take one's own proposal back."""
    person, viewer = _who(request)
    proposal = proposals_visible_to(viewer).filter(pk=pk, member__isnull=False).first()
    if proposal is None or proposal.member is None:
        raise Http404
    try:
        services.decline(proposal=proposal, actor=person.actor, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, _("Declined. Nothing has changed."))
    return HttpResponseRedirect(reverse("members:detail", args=[proposal.member.slug]))


def considered(step: Step, member: Member, to: str, now: datetime) -> dict[str, Any]:
    """Return what the pages show of a change of one member; `what_if` None: nothing chosen yet."""
    choices = step.choices(member)
    chosen = not choices or to in {word for word, _label in choices}
    offered = step.offered(member)
    counts = None
    if offered and chosen:
        [counts] = told(what_if(change=step.consider(member, to), now=now))
    return {
        "member": member,
        "step": step,
        "to": to if chosen else "",
        "choices": choices,
        "offered": offered,
        "what_if": counts,
        "duties": duties_of(member, to) if step.name == "tier" and chosen else [],
    }


def duties_of(member: Member, to: str) -> list[tuple[str, Any, Any]]:
    """Return the rights and duties in which two tiers differ: label, now, then."""
    now, then = (len(Tier) - 1 - tier for tier in (Tier(member.tier), Tier.parse(to)))
    return [
        (row.label, row.cells[now], row.cells[then])
        for group in duties()
        for row in group.rows
        if row.cells[now] != row.cells[then]
    ]


def waiting_for(
    member: Member, viewer: Viewer, person: Person, *kinds: ProposalKind
) -> list[dict[str, Any]]:
    """Return what waits for a second person about a member, and whether it may be this one."""
    waiting = proposals_visible_to(viewer).filter(member=member, person=None)
    if kinds:
        waiting = waiting.filter(kind__in=kinds)
    return [_waiting(proposal, person) for proposal in waiting.order_by("proposed_at")]


def _waiting(proposal: Proposal, person: Person) -> dict[str, Any]:
    return {
        "pk": proposal.pk,
        "label": proposal.get_kind_display(),
        "by": proposal.proposed_by,
        "at": proposal.proposed_at,
        "to": wanted(proposal),
        "own": may_be_proposer(proposal, person.actor),
        "url": page_of(proposal),
    }


def wanted(proposal: Proposal) -> str:
    """Return the word that a page is asked for with, as `to`."""
    to = proposal.payload.get("to")
    return Tier(to).word if proposal.kind == ProposalKind.TIER else str(to or "")


def page_of(proposal: Proposal) -> str:
    """Return the address at which a proposed change of standing is decided, "" if none is."""
    step = next((s for s in STEPS.values() if s.kind == proposal.kind), None)
    if step is None or proposal.member is None:
        return ""
    url = reverse("members:change", args=[proposal.member.slug, step.name])
    return f"{url}?{urlencode({'to': wanted(proposal)})}"


def _wrong(step: Step, member: Member, to: str, typed: str) -> str:
    choices = step.choices(member)
    if choices and to not in {word for word, _label in choices}:
        return _("Choose one of those offered.")
    if step.typed and typed.strip() != member.slug:
        return _("Type the member's short name to confirm.")
    return ""


def _done(outcome: object) -> str:
    if isinstance(outcome, Proposal):
        return _("Proposed. It is done when a second person asks for the same.")
    return _("Done. The next read obeys it; what is new comes at new places in the feeds.")


def _who(request: HttpRequest) -> tuple[Person, Viewer]:
    person = cast(Person, request.user)
    return person, viewer_of(person.actor)
