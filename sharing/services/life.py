"""What becomes of a release: closed, opened again, retracted; a next version begun and dropped."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.services import record
from incidents import lifecycle
from incidents.models import Incident
from incidents.services import By, discard, locked, require, step
from incidents.services.life import require_own
from members.errors import Invalid
from members.roles import Role
from sharing import contexts
from sharing.carried import carriers_of
from sharing.comparing import compare
from sharing.locks import standings_change
from sharing.models import Grant, GrantKind, RecallKind, Release
from sharing.narrowing import narrow
from sharing.noticing import put_in_feeds
from sharing.recalling import lost, recall
from sharing.services.carrying import resettle_carriers
from sharing.services.fanout import live_of
from sharing.withdrawing import withdraw

CLOSED = Action("sharing:incident:close")
REOPENED = Action("sharing:incident:reopen")
RETRACTED = Action("sharing:incident:retract")
LONGEST_REASON = 2_000


@transaction.atomic
def close_incident(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Close an incident; what was released stays in force.

    Raises:
        NotPermitted, Conflict
    """
    return _step(by, incident, lifecycle.Action.CLOSE, CLOSED, now)


@transaction.atomic
def reopen_incident(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Open a closed incident again.

    Raises:
        NotPermitted, Conflict
    """
    return _step(by, incident, lifecycle.Action.REOPEN, REOPENED, now)


def _step(
    by: By, incident: Incident, what: lifecycle.Action, action: Action, now: datetime
) -> Incident:
    incident = locked(incident)
    require(by, incident, Role.REVIEWER)
    step(incident, what)
    incident.changed_at = now
    incident.save(update_fields=["state", "working", "changed_at"])
    _record(by, incident, action, now)
    return incident


def _record(by: By, incident: Incident, action: Action, now: datetime) -> None:
    record(
        actor=by.actor,
        action=action,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={"version": incident.version},
    )


@transaction.atomic
def discard_working(*, by: By, incident: Incident, now: datetime) -> Incident:
    """Drop the next version; its objects leave the owner's own feed.

    Raises:
        NotPermitted, Conflict
    """
    last = last_release(incident)
    if last is None:
        incident = locked(incident)
        require(by, incident, Role.ANALYST)
        step(incident, lifecycle.Action.DISCARD)  # refuses: there is nothing to go back to
        raise AssertionError
    incident = discard(by=by, incident=incident, released=last.revision, now=now)
    _leave_own_feeds(incident, last, now)
    return incident


def _leave_own_feeds(incident: Incident, last: Release, now: datetime) -> None:
    """Take what was being worked on since the last release out of the owners' own feeds."""
    dropped = Grant.objects.filter(
        kind=GrantKind.OWN,
        withdrawn_at=None,
        single_ordinal=None,
        rendering__revision__incident=incident,
        rendering__revision__number__gt=last.revision.number,
    ).order_by("-last")
    withdraw(list(dropped.values_list("pk", flat=True)), now=now)


def last_release(incident: Incident) -> Release | None:
    """Return the newest release of an incident."""
    releases = Release.objects.filter(incident=incident).select_related("revision", "incident")
    return releases.order_by("-version").first()


@transaction.atomic
def retract_incident(*, by: By, incident: Incident, reason: str, now: datetime) -> Incident:
    """Take an incident back for good: gone from every read at once, recalled from who had it.

    The reason is for the owner's board; recipients are told the class. A suspended member may
    retract its own items, unless it is suspended for a compromise.

    Raises:
        NotPermitted, Conflict
        Invalid: no reason is given, or a very long one.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Say why it is retracted."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(_("Say it in at most 2,000 characters."), field="reason")
    incident = locked(incident)
    require_own(by, incident, Role.REVIEWER)
    standings_change()  # nobody decides meanwhile by what is taken back
    step(incident, lifecycle.Action.RETRACT)
    release = last_release(incident)
    assert release is not None  # only what was released can be retracted
    loaded = contexts.of_release(release, now)
    incident.head, incident.changed_at = release.revision, now
    incident.save(update_fields=["state", "working", "head", "changed_at"])
    Release.objects.filter(incident=incident, ended_at=None).update(ended_at=now)
    narrow(compare([], live_of(incident.pk), now), incident_id=incident.pk, now=now)
    _leave_own_feeds(incident, release, now)
    found = lost(
        incident=incident, kind=RecallKind.RETRACTED, object_ids=_ever_released(incident), now=now
    )
    made = recall(
        incident=incident,
        release=None,
        kind=RecallKind.RETRACTED,
        lost=found,
        by=by.person,
        reason=reason,
        now=now,
    )
    if made is not None:
        put_in_feeds(recall=made, release=release, loaded=loaded, now=now)
    resettle_carriers(carriers_of(incident.pk), now=now)
    _record(by, incident, RETRACTED, now)
    return incident


def _ever_released(incident: Incident) -> set[str]:
    return {
        object_id
        for release in incident.releases.select_related("revision")
        for object_id in release.revision.places.values_list("object__stix_id", flat=True)
    }
