"""The page that shows an owner exactly what a given member gets, and the same as a download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Incident, Working
from incidents.pages import own_or_404, page, person_of, refused
from incidents.presenting import bundle_of, shared_page, shared_view
from incidents.queries import DRAFT_ROLES
from incidents.showing import Body, name_of
from members.models import Member
from members.tlp import TLP
from sharing.policy.types import Reach
from sharing.queries import Shared
from sharing.reasons import AT_PRESENT, cut_sentence, sentence
from sharing.view_as import (
    READERS,
    ReadAs,
    ViewAs,
    reach,
    read_as,
    view_in_force,
    view_of_draft,
    viewable_members,
)

STIX_TYPE: Final = "application/stix+json;version=2.1"
MOST_CUTS: Final = 100
MOST_JSON: Final = 60
MOST_CHARACTERS: Final = 20_000
_READER_WORDS: Final = {
    "person": gettext_lazy("A person"),
    "internal": gettext_lazy("An internal credential"),
    "downstream": gettext_lazy("A credential for its clients"),
    "blocklist": gettext_lazy("A credential for automatic blocking"),
    "peer": gettext_lazy("Another platform"),
    "own-peer": gettext_lazy("Its own platform"),
}


class ReaderForm(forms.Form):
    """By what the member reads."""

    member = forms.ChoiceField(label=gettext_lazy("Member"))
    reader = forms.ChoiceField(
        label=gettext_lazy("Read by"), choices=list(_READER_WORDS.items()), required=False
    )
    max_tlp = forms.ChoiceField(
        label=gettext_lazy("May read up to"),
        choices=[(tlp.word, tlp.label) for tlp in reversed(TLP)],
        required=False,
    )
    person = forms.ChoiceField(label=gettext_lazy("Named person"), required=False)
    withhold = forms.BooleanField(
        label=gettext_lazy("Leaves out what would be redacted"), required=False
    )

    def __init__(self, data: Mapping[str, Any], *, members: Sequence[Member]) -> None:
        super().__init__(data)
        self._offer("member", [(member.slug, member.name) for member in members])
        self.offer_people(())

    def offer_people(self, people: Sequence[str]) -> None:
        """Offer the people whom the owner named; without any there is nothing to choose."""
        self._offer("person", [("", _("Nobody you named")), *((each, each) for each in people)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@dataclass(frozen=True, slots=True)
class _Asked:
    """One look at an incident as a member."""

    incident: Incident
    member: Member
    members: Sequence[Member]
    form: ReaderForm
    working: bool
    opened: bool
    now: datetime

    def view(self) -> ViewAs:
        """Return what is asked for.

        Raises:
            Http404: there is no such version.
        """
        look = view_of_draft if self.working else view_in_force
        found = look(
            incident=self.incident,
            member=self.member,
            read_as=self._read_as(),
            now=self.now,
            opened=self.opened,
        )
        if found is None:
            raise Http404
        return found

    def _read_as(self) -> ReadAs:
        given = self.form.data
        reader, word = given.get("reader"), given.get("max_tlp")
        return read_as(
            reader if reader in READERS else "person",
            TLP.parse(word) if word in {tlp.word for tlp in TLP} else TLP.AMBER_STRICT,
            person=given.get("person", ""),
            withhold=given.get("withhold") == "on",
        )


@page("GET", "HEAD")
def pick(request: HttpRequest, ref: str) -> HttpResponse:
    """Go to the page of the member that was chosen, by default the first by name."""
    incident = own_or_404(request, ref)
    if why_not := _refusal(request):
        return refused(request, why_not)
    query = request.GET.copy()
    wanted = query.pop("member", [""])[0]
    members = viewable_members(incident)
    member = members.filter(slug=wanted).first() if wanted else members.first()
    if member is None:
        raise Http404
    address = reverse("sharing:view-as", args=[ref, member.slug])
    return HttpResponseRedirect(f"{address}?{query.urlencode()}" if query else address)


@page("GET", "HEAD")
def view_as(request: HttpRequest, ref: str, member: str) -> HttpResponse:
    """Show what the member gets; 404 for members that the owner cannot know of."""
    incident = own_or_404(request, ref)
    if why_not := _refusal(request):
        return refused(request, why_not)
    asked = _asked(request, incident, member)
    found = asked.view()
    return render(request, "sharing/view_as.html", _context(request, asked, found))


@page("GET", "HEAD")
def view_as_bundle(request: HttpRequest, ref: str, member: str) -> HttpResponse:
    """Give the exact bundle that the member gets; 404 where it gets nothing."""
    incident = own_or_404(request, ref)
    if why_not := _refusal(request):
        return refused(request, why_not)
    shared = _asked(request, incident, member).view().shared
    if shared is None:
        raise Http404
    answer = HttpResponse(bundle_of(shared_view(shared)), content_type=STIX_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{ref}-{member}.json"'
    return answer


def _refusal(request: HttpRequest) -> str:
    if DRAFT_ROLES.intersection(person_of(request).roles):
        return ""
    return _("Only analysts and reviewers of your team see what others get.")


def _asked(request: HttpRequest, incident: Incident, slug: str) -> _Asked:
    members = list(viewable_members(incident))
    member = next((each for each in members if each.slug == slug), None)
    if member is None:
        raise Http404
    given = request.GET
    default = "working" if incident.working != Working.NONE else "in-force"
    version = given.get("version", default)
    data = {"reader": "person", "max_tlp": TLP.AMBER_STRICT.word, "person": ""}
    return _Asked(
        incident=incident,
        member=member,
        members=members,
        form=ReaderForm({**data, **given.dict(), "member": slug}, members=members),
        working=version == "working",
        opened=given.get("opened") == "1",
        now=timezone.now(),
    )


def _context(request: HttpRequest, asked: _Asked, found: ViewAs) -> dict[str, Any]:
    asked.form.offer_people(found.people)
    incident, shared = asked.incident, found.shared
    head = incident.head
    assert head is not None  # filing makes both in one transaction
    cuts = [] if shared is None else _cuts(found)
    return {
        "own": {
            "ref": incident.ref,
            "title": head.title or _("Untitled"),
            "version": found.version,
            "working": asked.working,
        },
        "member": asked.member,
        "form": asked.form,
        "people": found.people,
        "pick_url": reverse("sharing:view-as-pick", args=[incident.ref]),
        "versions": _versions(request, asked),
        "outcome": reach(found).value,
        "sentence": _verdict(found),
        "older": shared.versions[0][0] if shared and not asked.working else None,
        "opens": _opens(request, asked, found),
        "late": found.late,
        "cuts": cuts[:MOST_CUTS],
        "cuts_more": max(0, len(cuts) - MOST_CUTS),
        "shown": _shown(request, asked, shared) if shared else None,
    }


def _verdict(found: ViewAs) -> str:
    """Return why it gets that much; what workers have not followed yet is not told."""
    behind = found.shared is None and found.row.outcome is not Reach.NONE
    return str(AT_PRESENT) if behind else sentence(found.row, found.standing, named=found.named)


def _cuts(found: ViewAs) -> list[dict[str, str]]:
    return [
        {
            "name": found.names.get(cut.id, "") or cut.id,
            "id": cut.id,
            "path": cut.path,
            "sentence": cut_sentence(cut, found.standing),
        }
        for cut in found.row.redactions
    ]


def _versions(request: HttpRequest, asked: _Asked) -> list[dict[str, Any]]:
    """Return the two versions to look at, where there are two."""
    incident = asked.incident
    if incident.working == Working.NONE or not incident.version:
        return []
    return [
        {
            "label": label,
            "url": _address(request, asked, version=word),
            "current": asked.working == (word == "working"),
        }
        for word, label in (
            ("in-force", _("Version %(n)d, in force") % {"n": incident.version}),
            ("working", _("Version %(n)d, being worked on") % {"n": incident.version + 1}),
        )
    ]


def _opens(request: HttpRequest, asked: _Asked, found: ViewAs) -> dict[str, Any] | None:
    """Return when the member gets more by itself, and the address of the other moment."""
    if found.row.opens_at is None:
        return None
    return {
        "at": found.row.opens_at,
        "then": found.at != asked.now,
        "url": _address(request, asked, opened="" if asked.opened else "1"),
    }


def _address(request: HttpRequest, asked: _Asked, *, name: str = "", **changes: str) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        query[key] = value
    path = reverse(name or "sharing:view-as", args=[asked.incident.ref, asked.member.slug])
    return f"{path}?{query.urlencode()}" if query else path


def _shown(request: HttpRequest, asked: _Asked, shared: Shared) -> dict[str, Any]:
    """Return the member's incident page, and each object's exact JSON."""
    return {
        **shared_page(shared),
        "json": [
            {
                "id": each.object_id,
                "name": name_of(Body(msgspec.json.decode(each.body), None))[:200],
                "type": each.type,
                "redacted": not each.whole,
                "text": Truncator(each.body).chars(MOST_CHARACTERS),
                "cut": len(each.body) > MOST_CHARACTERS,
            }
            for each in shared.objects[:MOST_JSON]
        ],
        "json_more": max(0, len(shared.objects) - MOST_JSON),
        "count": len(shared.objects),
        "url": _address(request, asked, name="sharing:view-as-bundle"),
    }
