"""What a person may do to an incident of its own team now, as buttons of the incident page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.lifecycle import OPEN
from incidents.models import IN_FORCE, Incident, State, Working
from incidents.views.access import takes_part
from members.models import Person
from members.roles import Role
from sharing.models import Release

Button = dict[str, str]


def actions(incident: Incident, person: Person, releases: Sequence[Release]) -> list[Button]:
    """Return the buttons, the most likely first; each page behind them asks again."""
    if incident.owner_id != person.member_id:
        return []
    found: list[Button] = []
    if takes_part(incident.owner) and incident.state != State.RETRACTED:
        found += _confirming(incident, person, releases)
        if incident.state != State.CLOSED:
            found += _writing(incident, person)
        found += _ending(incident, person)
    if incident.state in IN_FORCE and person.has_role(Role.REVIEWER):
        # Also a member that does not take part takes back what it shared.
        found.append(_link(_("Retract"), "sharing:retract", incident) | {"style": "d"})
    return found + erasing(incident, person)


def erasing(incident: Incident, person: Person) -> list[Button]:
    """Return the button that an administrator has whatever else it may do."""
    own = incident.owner_id == person.member_id and person.has_role(Role.MEMBER_ADMIN)
    return [_link(_("Erase by law"), "sharing:erase", incident)] if own else []


def unconfirmed(release: Release) -> bool:
    """Say whether a release waits for a second person to confirm it."""
    return release.confirm_by_at is not None and release.confirmed_at is None


def may_discard(incident: Incident, person: Person) -> bool:
    """Say whether there is a next version, and the person may drop it."""
    there = incident.state in IN_FORCE and incident.working != Working.NONE
    ours = incident.owner_id == person.member_id and takes_part(incident.owner)
    return there and ours and (person.has_role(Role.ANALYST) or person.has_role(Role.REVIEWER))


def _confirming(
    incident: Incident, person: Person, releases: Sequence[Release]
) -> Iterator[Button]:
    if not releases or not unconfirmed(releases[0]):
        return
    if person.has_role(Role.REVIEWER) and releases[0].by_id != person.pk:
        yield _post(_("Confirm"), "sharing:confirm", incident, "primary")


def _writing(incident: Incident, person: Person) -> Iterator[Button]:
    """Yield what leads to the next version."""
    writes, reviews = person.has_role(Role.ANALYST), person.has_role(Role.REVIEWER)
    audience = _link(_("Who would get it"), "sharing:release", incident)
    if incident.working == Working.DRAFT and writes:
        yield _link(_("Edit"), "incidents:edit", incident) | {"hotkey": "e"}
        yield audience
        yield _post(_("Ask for release"), "incidents:submit", incident, "primary")
    elif incident.working == Working.REVIEW and reviews:
        look = _link(_("Look at the release"), "sharing:release", incident)
        yield look | {"style": "primary"}
    elif incident.working != Working.NONE:
        yield audience
    elif incident.state in OPEN:
        if writes:
            yield _post(_("New version"), "incidents:amend", incident) | {"hotkey": "e"}
        if reviews:
            yield _post(_("Change who has it"), "sharing:change", incident)


def _ending(incident: Incident, person: Person) -> Iterator[Button]:
    """Yield what a reviewer does to what is over, or is not."""
    if not person.has_role(Role.REVIEWER):
        return
    if incident.state == State.CLOSED:
        yield _post(_("Reopen"), "sharing:reopen", incident)
    elif incident.state in OPEN and incident.working == Working.NONE:
        yield _post(_("Close"), "sharing:close", incident)


def _link(label: str, name: str, incident: Incident) -> Button:
    return {"label": label, "url": reverse(name, args=[incident.ref])}


def _post(label: str, name: str, incident: Incident, style: str = "q") -> Button:
    return _link(label, name, incident) | {"method": "post", "style": style}
