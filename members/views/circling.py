"""Who joins and leaves a circle, archiving and closing it: what each would do stands there first.

The coalition's staff are told counts over all that is in force. A member's people are told of what
is theirs to know: who runs a circle of its member's own incidents, who leaves of what it sees.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.errors import Refused
from members.models import Circle, Member, Person
from members.models.choices import CircleState
from members.queries import members_of
from members.roles import Right
from members.visibility import Viewer, circles_visible_to, members_visible_to, viewer_of
from sharing import standing_changes
from sharing.proposed import ArchiveCircle, CloseCircle, JoinCircle, LeaveCircle, Proposed
from sharing.seen_releases import releases_seen_by
from sharing.small_cells import told
from sharing.what_if import what_if

TITLES: Final = {
    "join": gettext_lazy("Take a member in"),
    "leave": gettext_lazy("Take a member out"),
    "archive": gettext_lazy("Archive the circle"),
    "close": gettext_lazy("Close the circle"),
}
TEXTS: Final = {
    "join": gettext_lazy("What it may have through the circle comes at new places in its feeds."),
    "leave": gettext_lazy("What rested on the circle alone is gone at the member's next read."),
    "archive": gettext_lazy("Nothing new is released to it; its members read on."),
    "close": gettext_lazy("For good: reading through it ends at the next read."),
}
_ABOUT_ONE: Final = frozenset({"join", "leave"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def circle_change(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show what a change of the circle would do, and make it."""
    person = cast(Person, request.user)
    viewer = viewer_of(person.actor)
    circle = circles_visible_to(viewer).filter(slug=slug).first()
    if circle is None or name not in TITLES or not may(viewer, circle, name):
        raise Http404
    now = timezone.now()
    said = request.POST if request.method == "POST" else request.GET
    offered = _offered(circle, name, viewer)
    member = next((one for one in offered if one.slug == said.get("member")), None)
    error, status = "", 200
    if request.method == "POST":
        if name in _ABOUT_ONE and member is None:
            error, status = _("Choose one of those offered."), 422
        else:
            try:
                _act(circle, name, member)(person.actor, now)
            except Refused as refused:
                error, status = refused.sentence, 409
            else:
                messages.success(request, _("Done. The next read obeys it."))
                return HttpResponseRedirect(_after(person, circle))
    context = {
        "circle": circle,
        "name": name,
        "title": TITLES[name],
        "text": TEXTS[name],
        "offered": offered,
        "member": member,
        "error": error,
        "found": None,
        "about_all": Right.ANY_CIRCLE in viewer.rights,
    }
    if name not in _ABOUT_ONE or member is not None:
        change = proposed(circle, name, member)
        context["found"] = named(
            told(what_if(change=change, now=now, **scope(person, viewer, change, now)))
        )
    return render(request, "members/circle_change.html", context, status=status)


def may(viewer: Viewer, circle: Circle, name: str) -> bool:
    """Say whether the viewer may do this to the circle."""
    if viewer.runs(circle):
        return True
    return name == "leave" and Right.LEAVE_CIRCLE in viewer.rights and viewer.member is not None


def steps_of(circle: Circle, viewer: Viewer) -> list[dict[str, Any]]:
    """Return what the circle's page offers the viewer."""
    names = ["leave"]
    if circle.state == CircleState.ACTIVE:
        names = ["join", "leave", "archive", "close"]
    elif circle.state == CircleState.ARCHIVED:
        names = ["leave", "close"]
    return [
        {
            "label": TITLES[name],
            "url": reverse("members:circle-change", args=[circle.slug, name]),
            "style": "d" if name == "close" else "q",
        }
        for name in names
        if may(viewer, circle, name) and _useful(circle, name, viewer)
    ]


def proposed(circle: Circle, name: str, member: Member | None) -> Proposed:
    """Return the change to ask about.

    Raises:
        ValueError: a member is needed and none is given.
    """
    if name == "archive":
        return ArchiveCircle(circle)
    if name == "close":
        return CloseCircle(circle)
    if member is None:
        raise ValueError("Name a member.")
    return JoinCircle(circle, member) if name == "join" else LeaveCircle(circle, member)


def scope(person: Person | None, viewer: Viewer, change: Proposed, now: datetime) -> dict[str, Any]:
    """Return over what the viewer is told counts: all, what it sees, or its member's own."""
    if Right.ANY_CIRCLE in viewer.rights:
        return {}
    member = viewer.member
    if member is None:
        return {"release_ids": ()}
    leaving = isinstance(change, LeaveCircle) and change.member.pk == member.pk
    if leaving:
        return {"release_ids": releases_seen_by(person, now) if person else ()}
    return {"owner": member}


def named(found: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return the effects with the members they are on, for a page."""
    members = {m.slug: m for m in Member.objects.filter(slug__in=[each.member for each in found])}
    return [{"member": members[each.member], "what_if": each} for each in found]


def _offered(circle: Circle, name: str, viewer: Viewer) -> list[Member]:
    """Return the members that may be taken in or out by the viewer."""
    inside = members_of(circle)
    if name == "join":
        visible = members_visible_to(viewer).exclude(status__in=["applicant", "withdrawn"])
        return list(visible.exclude(pk__in=inside.values("pk")))
    if name != "leave":
        return []
    if viewer.runs(circle):
        return list(inside)
    return [one for one in inside if one.pk == viewer.own_id]


def _useful(circle: Circle, name: str, viewer: Viewer) -> bool:
    return name != "leave" or bool(_offered(circle, name, viewer))


def _act(circle: Circle, name: str, member: Member | None) -> Callable[..., object]:
    if name == "archive":
        return lambda actor, now: standing_changes.archive_circle(
            circle=circle, actor=actor, now=now
        )
    if name == "close":
        return lambda actor, now: standing_changes.close_circle(circle=circle, actor=actor, now=now)
    assert member is not None, "checked by the caller"
    act = standing_changes.join_circle if name == "join" else standing_changes.leave_circle
    return lambda actor, now: act(circle=circle, member=member, actor=actor, now=now)


def _after(person: Person, circle: Circle) -> str:
    """Return where to go: the circle, or all of them where it is out of sight now."""
    still = circles_visible_to(viewer_of(person.actor)).filter(pk=circle.pk).exists()
    return reverse("members:circle", args=[circle.slug]) if still else reverse("members:circles")
