"""The next version of what is released: begun and filed into, or opened for its rules alone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import services
from incidents.marking import from_json
from incidents.models import Incident, Working
from incidents.services import By, Filed, Filing, locked, one_at_a_time
from members.errors import Conflict
from sharing.services.filing import take_in


@transaction.atomic
def begin_next(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Begin the next version with the content and under the rules that are in force.

    Whom the release named when it went out ("only these members") stands in those rules: who
    meets the terms since then gets the next version only if it is named too.

    Raises:
        NotPermitted
        Conflict: nothing is released, or a next version is under way.
    """
    begun = services.amend(by=by, incident=incident, now=now)
    release = begun.releases.order_by("-version").first()
    assert release is not None  # `amend` has refused what was never released
    services.mark(by=by, incident=begun, marking=from_json(release.marking), now=now)
    return locked(begun)


@transaction.atomic
def amend_with(*, by: By, incident: Incident, filing: Filing, now: datetime) -> Filed:
    """Begin the next version and file it, both or neither.

    The same filing again is a success without effect, as everywhere.

    Raises:
        FilingRefused, NotPermitted
        Conflict: nothing is released, another next version is under way, or the bundle is of
            another incident.
    """
    one_at_a_time(incident.owner)  # before the row, as whoever files does
    incident = locked(incident)
    begun = incident.working == Working.NONE
    if begun:
        incident = begin_next(by=by, incident=incident, now=now)
    filed = take_in(actor=by.actor, person=by.person, member=incident.owner, filing=filing, now=now)
    if filed.incident.pk != incident.pk:
        raise Conflict(
            _("This bundle is not of this incident. Keep its incident object, with its id.")
        )
    if filed.changed and not begun:
        raise Conflict(_("The next version of this incident is being worked on already."))
    return filed


@transaction.atomic
def change_audience(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Begin a next version of the same content and hand it to the reviewers at once.

    What is shared too widely must not wait for an analyst. Where a version waits for release
    already, that one is it.

    Raises:
        NotPermitted
        Conflict: nothing is released, or an analyst is working on the next version.
    """
    incident = locked(incident)
    services.require_hand(by, incident)
    if incident.version and incident.working == Working.REVIEW:
        return incident
    begun = begin_next(by=by, incident=incident, now=now)
    return services.submit(by=by, incident=begun, now=now)
