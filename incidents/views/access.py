"""What a viewer of the incident pages sees, and whether it may file."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from incidents.pages import person_of
from members.models import Member, Person
from members.roles import Role
from sharing.live import RECEIVING
from sharing.viewers import Viewer, viewer_of_person


def viewer_of(request: HttpRequest) -> Viewer:
    """Return the viewer.

    Raises:
        Http404: the person's roles read no incidents.
    """
    viewer = viewer_of_person(person_of(request))
    if viewer is None:
        raise Http404
    return viewer


def may_file(person: Person) -> str:
    """Return why the person may not file, nothing if it may."""
    if person.member is None or not person.has_role(Role.ANALYST):
        return _("Only analysts file incidents. Ask an analyst of your team.")
    return "" if takes_part(person.member) else _("Your team cannot file incidents at present.")


def takes_part(member: Member) -> bool:
    """Say whether the member may file and release now."""
    return member.status in RECEIVING
