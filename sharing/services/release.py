"""Releasing: the approved list becomes the effect, or the release is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.models import Entry
from audit.services import record
from incidents import lifecycle
from incidents.marking import NEUTRAL, Marking, from_json, meet, to_json
from incidents.models import IN_FORCE, Incident, Revision
from incidents.queries import authors, places, written_by
from incidents.services import By, locked, require, step
from members.behind import people_behind, people_behind_acts
from members.errors import Conflict, NotPermitted
from members.roles import Role
from sharing.lint import Finding, lint
from sharing.locks import standings_change
from sharing.models import Release, ReportKind
from sharing.preview import Preview, preview
from sharing.services.replacing import replace_in_force
from sharing.waking import wake

RELEASED = Action("sharing:release:create")
CONFIRMED = Action("sharing:release:confirm")
CONFIRM_WITHIN = timedelta(hours=12)


class LintBlocks(Exception):
    """The release may not go out as it is; `findings` say why and what mends it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f.code for f in findings))
        self.findings = findings


class AudienceChanged(Exception):
    """The list is not the one that was approved; `preview` is the list as it is now."""

    def __init__(self, present: Preview) -> None:
        super().__init__("The list of recipients has changed since it was shown.")
        self.preview = present


@dataclass(frozen=True, slots=True)
class Approval:
    """What the approver saw and decided: the digest of the list, and the kind of report.

    `only_these` was shown as the choice "only these members".
    """

    digest: str
    report_kind: ReportKind
    only_these: bool = False
    reason: str = ""


@transaction.atomic
def release_incident(*, by: By, incident: Incident, approval: Approval, now: datetime) -> Release:
    """Put the version in review in force for exactly the list that was approved.

    A draft goes out directly only as an early warning by its author (domain §1). Releasing what
    is released already, with the same digest, returns that release: a second click is harmless.

    Raises:
        NotPermitted: no reviewer of the owner, or the author where two people are needed.
        Conflict: nothing is in review.
        LintBlocks, AudienceChanged
    """
    incident = locked(incident)
    require(by, incident, Role.REVIEWER)
    if incident.version:
        standings_change()  # nobody decides meanwhile by the version that is replaced
    repeated = _already(incident, approval)
    if repeated is not None:
        return repeated
    early = _check_people(by, incident)
    seen = preview(incident=incident, now=now, only_these=approval.only_these)
    blocks = tuple(f for f in lint(incident=incident, preview=seen, now=now) if f.blocks)
    if blocks:
        raise LintBlocks(blocks)
    if seen.digest != approval.digest:
        raise AudienceChanged(seen)
    return _store(by, incident, approval, seen, early=early, now=now)


@transaction.atomic
def confirm_early_warning(*, by: By, release: Release, now: datetime) -> Release:
    """Say as a second person that an early warning released by its author alone is right.

    Confirming twice is harmless.

    Raises:
        NotPermitted: no reviewer of the owner, or the person who released it.
        Conflict: nothing waits to be confirmed.
    """
    release = (
        Release.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident__owner")
        .get(pk=release.pk)
    )
    require(by, release.incident, Role.REVIEWER)
    if release.confirm_by_at is None:
        raise Conflict(_("This release needs no confirmation."))
    if _may_have_released(by, release):
        raise NotPermitted(_("You released this yourself. Another reviewer confirms it."))
    if release.confirmed_at is None:
        release.confirmed_by, release.confirmed_at = by.person, now
        release.save(update_fields=["confirmed_by", "confirmed_at"])
        record(
            actor=by.actor,
            action=CONFIRMED,
            target=Target("incident", release.incident.ref),
            at=now,
            member_id=release.incident.owner_id,
            details={"version": release.version},
        )
    return release


def two_people_needed(incident: Incident) -> bool:
    """Say whether the author of the head may not release it (domain §1, State)."""
    head = incident.head
    if head is None:
        return False
    marking = from_json(head.marking)
    return lifecycle.two_people_needed(
        level=head.level,
        marking=marking,
        widens=widens(incident),
        member_demands_two=incident.owner.two_people_always,
        early_warning=is_early_warning(incident),
        member_forbids_exception=not incident.owner.early_warning_by_author,
    )


def is_early_warning(incident: Incident) -> bool:
    """Say whether the head is a bare early warning at the member's preset marking."""
    head = incident.head
    if head is None or incident.version:
        return False
    texts = {p.object.stix_id: p.object.text for p in places(head)}
    return lifecycle.is_early_warning(
        incident=msgspec.json.decode(texts.pop(incident.stix_id)),
        further_objects=len(texts),
        marking=from_json(head.marking),
        preset=from_json(incident.owner.early_warning_marking),
    )


def may_go_early(incident: Incident) -> bool:
    """Say whether the author may release the head in one step, from draft."""
    return is_early_warning(incident) and not two_people_needed(incident)


def is_author(by: By, incident: Incident) -> bool:
    """Say whether the person wrote any part of what would be released.

    A credential acts as its accountable person, but who may hold its secret is no second person:
    neither may release by one what it wrote itself, nor itself what it may have written by one.
    """
    last = incident.releases.order_by("-version").first()
    since = last.revision.number if last else 0
    return _may_be_one(by, authors(incident, since=since), written_by(incident, since=since))


def _may_have_released(by: By, release: Release) -> bool:
    done = Entry.objects.filter(
        action=RELEASED.name, target_kind="incident", target_key=release.incident.ref, at=release.at
    )
    return _may_be_one(by, {release.by_id}, done)


def _may_be_one(by: By, people: set[int], acts: QuerySet[Entry]) -> bool:
    """Say whether who acts now is one of the people, or may be who acted by a credential."""
    if not people.isdisjoint(people_behind(by.actor) | {by.person.pk}):
        return True
    return by.person.pk in people_behind_acts(acts.filter(credential_id__isnull=False))


def _check_people(by: By, incident: Incident) -> bool:
    """Return whether this goes out unconfirmed by a second person; refuse what is not allowed."""
    author = is_author(by, incident)
    early = is_early_warning(incident)
    needed = two_people_needed(incident)
    if incident.working != lifecycle.Working.REVIEW and not (early and author and not needed):
        raise Conflict(_("Only a version in review can be released. Submit it first."))
    if author and needed:
        raise NotPermitted(
            _("You wrote this version, and it needs a second person. Ask another reviewer.")
        )
    return author and early


def widens(incident: Incident) -> bool:
    """Say whether the head is marked wider than the last release, as a whole or for an object.

    A first release widens nothing (domain §1, State), nor does an object that is new.
    """
    last = incident.releases.select_related("revision").order_by("-version").first()
    if last is None or incident.head is None:
        return False
    old = _effective(last.revision, from_json(last.marking))
    new = _effective(incident.head, from_json(incident.head.marking))
    return any(key in old and meet(new[key], old[key]) != new[key] for key in new)


def _effective(revision: Revision, marking: Marking) -> dict[str, Marking]:
    """Return the effective marking of each object by id; of the incident itself under ""."""
    own = revision.places.filter(marking__isnull=False).values_list("object__stix_id", "marking")
    stated = {key: meet(marking, from_json(value, base=NEUTRAL)) for key, value in own}
    ids = revision.places.values_list("object__stix_id", flat=True)
    return {"": marking} | {key: stated.get(key, marking) for key in ids}


def _already(incident: Incident, approval: Approval) -> Release | None:
    if incident.state not in IN_FORCE or incident.working != lifecycle.Working.NONE:
        return None
    last = incident.releases.order_by("-version").first()
    if last is not None and last.audience_digest == approval.digest:
        return last
    raise Conflict(_("This incident is released already."))


def _store(
    by: By, incident: Incident, approval: Approval, seen: Preview, *, early: bool, now: datetime
) -> Release:
    if incident.working == lifecycle.Working.DRAFT:
        step(incident, lifecycle.Action.SUBMIT)
    step(incident, lifecycle.Action.RELEASE)
    before = _end_last(incident, now)
    incident.version += 1
    incident.changed_at = now
    incident.save(update_fields=["state", "working", "version", "changed_at"])
    assert incident.head is not None  # preview has refused an incident without revision
    release = Release.objects.create(
        incident=incident,
        revision=incident.head,
        version=incident.version,
        report_kind=approval.report_kind,
        by=by.person,
        at=now,
        marking=to_json(seen.marking),
        reason=approval.reason,
        audience_digest=seen.digest,
        audience=seen.rows_json(),
        confirm_by_at=now + CONFIRM_WITHIN if early else None,
    )
    record(
        actor=by.actor,
        action=RELEASED,
        target=Target("incident", incident.ref),
        at=now,
        member_id=incident.owner_id,
        details={
            "version": release.version,
            "audience_digest": seen.digest,
            "report_kind": approval.report_kind,
        },
    )
    if before is not None:
        replace_in_force(before=before, release=release, by=by.person, now=now)
    else:
        transaction.on_commit(partial(wake, "sharing.tasks.fan_out", release.pk), robust=True)
    return release


def _end_last(incident: Incident, now: datetime) -> Release | None:
    """End the release in force, if there is one, and return it."""
    last = Release.objects.filter(incident=incident, ended_at=None).order_by("-version").first()
    if last is not None:
        last.ended_at = now
        last.save(update_fields=["ended_at"])
    return last
