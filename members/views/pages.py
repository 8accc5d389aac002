"""Pages: members, tiers, circles. What may be seen is decided in `visibility` and `rows`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.duties import duties
from members.history import history_of
from members.models import Circle, Member, Person
from members.models.choices import ROLE_WORDS, TIER_WORDS, Accreditation, SuspensionCause
from members.queries import people_of
from members.roles import Right, Role
from members.rows import (
    CircleRow,
    MemberRow,
    ceilings,
    circle_rows,
    circles_of,
    member_rows,
    tier_counts,
)
from members.tiers import Status, Tier
from members.views.circling import steps_of
from members.views.considering import considered, waiting_for
from members.views.steps import STEPS
from members.visibility import Viewer, members_visible_to, viewer_of
from sharing.exposure import sight_of

_SUSPENDABLE = (Status.PROBATION.value, Status.ACTIVE.value)


def _viewer(request: HttpRequest) -> Viewer:
    return viewer_of(cast(Person, request.user).actor)


@require_safe
@login_required
@never_cache
def members(request: HttpRequest) -> HttpResponse:
    """Show the members one may know of."""
    rows = member_rows(_viewer(request), timezone.now())
    return render(request, "members/list.html", {"members": rows})


@require_safe
@login_required
@never_cache
def member(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one member; to itself and to the secretariat with what lies behind its standing."""
    viewer, now = _viewer(request), timezone.now()
    found = members_visible_to(viewer).filter(slug=slug).first()
    if found is None:
        raise Http404
    [row] = member_rows(viewer, now, [slug])
    context: dict[str, Any] = {
        "member": row,
        "facts": _facts(found, row),
        "circles": [_circle(circle) for circle in circles_of(found, viewer)],
        "history": history_of(found) if row.reasons else [],
        "actions": _actions(found, viewer, exposed=_exposed(request, found)),
        "steps": _steps(found, viewer),
        "waiting": waiting_for(found, viewer, cast(Person, request.user)),
    }
    if viewer.own_id == found.pk and Right.OWN_PEOPLE in viewer.rights:
        context["people"] = _people(found)
    return render(request, "members/detail.html", context)


@require_safe
@login_required
@never_cache
def tiers(request: HttpRequest) -> HttpResponse:
    """Show what each tier may see, may do and owes; to who sets tiers, what a change would do."""
    viewer = _viewer(request)
    counts = tier_counts(viewer)
    columns = [
        {"tier": tier, "count": counts[tier], "ceiling": ceiling} for tier, ceiling in ceilings()
    ]
    context: dict[str, Any] = {"tiers": columns, "groups": duties()}
    if Right.TIER in viewer.rights:
        context |= _what_if(request, viewer)
    return render(request, "members/tiers.html", context)


def _what_if(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    """Return what the question beside the table needs, and its answer if it is asked."""
    members = list(members_visible_to(viewer).exclude(status=Status.WITHDRAWN.value))
    asked, to = request.GET.get("member", ""), request.GET.get("to", "")
    found = next((each for each in members if each.slug == asked), None)
    context: dict[str, Any] = {
        "candidates": [(each, TIER_WORDS[Tier(each.tier)]) for each in members],
        "words": [(tier.word, TIER_WORDS[tier]) for tier in sorted(Tier, reverse=True)],
        "to": to,
    }
    if found is None or to not in {tier.word for tier in Tier}:
        return context
    if Tier.parse(to) == found.tier:
        return context | {"asked": found, "same": True}
    return context | {"asked": found} | considered(STEPS["tier"], found, to, timezone.now())


@require_safe
@login_required
@never_cache
def circles(request: HttpRequest) -> HttpResponse:
    """Show the circles one may know of."""
    rows = [_circle(row) for row in circle_rows(_viewer(request))]
    return render(request, "members/circles.html", {"circles": rows})


@require_safe
@login_required
@never_cache
def circle(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one circle."""
    rows = [_circle(row) for row in circle_rows(_viewer(request), [slug])]
    if not rows:
        raise Http404
    viewer = _viewer(request)
    found = Circle.objects.select_related("maker").get(slug=slug)
    context = {"circles": rows, "one": rows[0], "actions": steps_of(found, viewer)}
    return render(request, "members/circles.html", context)


def _circle(row: CircleRow) -> dict[str, Any]:
    names = (
        "slug",
        "name",
        "kind_label",
        "state",
        "state_label",
        "min_tier",
        "max_tlp",
        "ends_at",
        "chatham_house",
        "is_in",
        "members",
    )
    url = reverse("members:circle", args=[row.slug])
    return {name: getattr(row, name) for name in names} | {"url": url}


def _facts(found: Member, row: MemberRow) -> list[tuple[str, str]]:
    """Return what the page says about a member, without what is not said of it."""
    facts = [
        (_("Kind"), row.kind_label),
        (_("Country"), row.country or _("International body")),
        (_("Groups"), ", ".join(row.groups)),
        (_("Constituency"), found.constituency),
        (_("Sectors"), ", ".join(row.sectors)),
        (_("Accreditation"), _accreditation(found)),
        (_("SIM3"), found.sim3_level),
        (_("STIX identity"), row.stix_identity_id),
        *_inside_facts(found, row),
    ]
    return [(label, value) for label, value in facts if value]


def _inside_facts(found: Member, row: MemberRow) -> list[tuple[str, str]]:
    """Return what only the member itself and the secretariat read."""
    reasons = row.reasons
    if reasons is None:
        return []
    facts = [
        (_("Clock regime"), found.clock_regime),
        (_("Contact at any hour"), found.contact_24x7),
        (_("Effective tier"), str(TIER_WORDS[reasons.effective_tier])),
        (_("Standing"), reasons.standing_label),
        (_("Probation until"), _day(reasons.probation_until)),
        (_("Agreement until"), _day(reasons.agreement_until) or _("None holds: CLEAR only")),
    ]
    if suspension := reasons.suspension:
        confirmed = _("confirmed") if suspension.confirmed else _("not confirmed yet")
        facts += [
            (_("Suspended"), f"{_day(suspension.at)}, {confirmed}"),
            (_("Reason"), suspension.reason),
        ]
    return facts


def _accreditation(found: Member) -> str:
    words = []
    if found.accreditation != Accreditation.NONE:
        words.append(str(Accreditation(found.accreditation).label))
    if found.first_member:
        words.append("FIRST")
    return ", ".join(words)


def _day(at: datetime | None) -> str:
    """Return the date; Ukrainian writes months small."""
    return date_format(at, "j b Y" if get_language() == "uk" else "j M Y") if at else ""


def _exposed(request: HttpRequest, found: Member) -> bool:
    return sight_of(cast(Person, request.user), found) is not None


def _actions(found: Member, viewer: Viewer, *, exposed: bool) -> list[dict[str, str]]:
    """Return what the viewer's office lets it do to the member."""
    actions = []
    if exposed:
        url = reverse("members:exposure", args=[found.slug])
        actions.append(_action(_("What it was given"), url))
    if Right.OWN_CONTACTS in viewer.rights and viewer.member == found:
        actions.append(_action(_("Two people"), reverse("members:two-people", args=[found.slug])))
    if Right.STAFF in viewer.rights:
        url = reverse("admin:members_member_change", args=[found.pk])
        actions.append(_action(_("Manage"), url))
    if Right.SUSPEND not in viewer.rights:
        return actions
    if found.status in _SUSPENDABLE or found.suspension_cause == SuspensionCause.STANDING:
        actions.append(_action(_("Suspend"), reverse("members:suspend", args=[found.slug]), "d"))
    if found.status == Status.SUSPENDED and found.suspension_confirmed_at is None:
        url = reverse("members:confirm-suspension", args=[found.slug])
        confirm = _action(_("Confirm the suspension"), url, "primary")
        actions.append(confirm | {"method": "post"})
    return actions


def _steps(found: Member, viewer: Viewer) -> list[dict[str, str]]:
    """Return the changes of standing that the viewer may make; each shows first what it does."""
    return [
        _action(str(step.title), reverse("members:change", args=[found.slug, step.name]))
        for step in STEPS.values()
        if step.right in viewer.rights and step.offered(found)
    ]


def _action(label: str, url: str, style: str = "q") -> dict[str, str]:
    return {"label": label, "url": url, "style": style, "method": "get"}


def _people(found: Member) -> list[dict[str, Any]]:
    people = list(people_of(found).filter(is_active=True))
    secured = set(
        Authenticator.objects.filter(user__in=people)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    return [
        {
            "name": person.name or person.email,
            "email": person.email,
            "roles": [str(ROLE_WORDS[Role(role)]) for role in person.roles],
            "max_tlp": person.max_tlp,
            "two_steps": person.pk in secured,
        }
        for person in people
    ]
