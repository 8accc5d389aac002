"""Filing and releasing the demo's incidents, step by step in the order in which they happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cyberframe.demo.incidents.later import (
    WRITTEN,
    Acknowledgement,
    Close,
    Later,
    Retract,
    Update,
)
from cyberframe.demo.incidents.story import Story
from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from incidents.services import By, Filing, amend, submit
from incidents.stix import read
from members.models import Person
from sharing.models import ReportKind
from sharing.preview import preview
from sharing.services.fanout import settle
from sharing.services.filing import take_in
from sharing.services.life import close_incident, retract_incident
from sharing.services.opening import open_due
from sharing.services.receipts import acknowledge
from sharing.services.release import Approval, release_incident
from sharing.viewers import viewer_of_person

STEPS = ("filed_at", "submitted_at", "released_at")
BETWEEN = timedelta(minutes=7)  # acknowledgements


def tell(stories: Iterable[Story], now: datetime) -> dict[str, Incident]:
    """File, submit and release every story and what became of it; return incidents by key.

    The steps of all stories are taken in the order of their times, so that feed positions grow
    with time. Analysts file and submit, reviewers release what they did not write.
    """
    told: dict[str, Incident] = {}
    bundles: dict[str, dict[str, Any]] = {}
    steps: list[tuple[datetime, int, Callable[[], None]]] = []
    for place, story in enumerate(stories):
        bundles[story.key] = story.bundle
        for name in STEPS:
            at = getattr(story, name)
            if at is not None:
                steps.append((at, place, partial(_first, name, story, told, at)))
        steps += [
            (each.at, place, partial(_later, each, story, told, bundles)) for each in story.later
        ]
    for _, _, act in sorted(steps, key=lambda step: step[:2]):
        act()
    open_due(now=now)
    return {key: Incident.objects.get(pk=told[key].pk) for key in sorted(told)}


def _first(name: str, story: Story, told: dict[str, Incident], at: datetime) -> None:
    """Take one of the steps up to the first release."""
    if name == "filed_at":
        told[story.key] = _file(story, story.bundle, at)
    elif name == "submitted_at":
        submit(by=_by("analyst", story.owner), incident=told[story.key], now=at)
    else:
        _release(story.owner, told[story.key], story.report_kind, at)


def _later(
    step: Later, story: Story, told: dict[str, Incident], bundles: dict[str, dict[str, Any]]
) -> None:
    """Take one of the steps after it."""
    incident, owner = told[story.key], story.owner
    match step:
        case Update():
            written = step.at - WRITTEN
            bundles[story.key] = step.applied(bundles[story.key])
            amend(by=_by("analyst", owner), incident=incident, now=written)
            _file(story, bundles[story.key], written)
            submit(by=_by("analyst", owner), incident=incident, now=written + WRITTEN / 2)
            _release(owner, incident, step.report_kind, step.at)
        case Acknowledgement():
            for number, slug in enumerate(step.by):
                _take_note(slug, incident, step.at + number * BETWEEN)
        case Close():
            close_incident(by=_by("reviewer", owner), incident=incident, now=step.at)
        case Retract():
            retract_incident(
                by=_by("reviewer", owner), incident=incident, reason=step.reason, now=step.at
            )


def _take_note(slug: str, incident: Incident, at: datetime) -> None:
    by = _by("analyst", slug)
    viewer = viewer_of_person(by.person)
    assert viewer is not None
    acknowledge(by=by, viewer=viewer, ref=incident.ref, now=at)


def _by(account: str, slug: str) -> By:
    email = f"{account}@{slug}.example"
    person = Person.objects.select_related("member").get(email=email)
    return By(actor=person.actor, person=person)


def _file(story: Story, bundle: dict[str, Any], at: datetime) -> Incident:
    by = _by("analyst", story.owner)
    assert by.person.member is not None
    source = json.dumps(bundle, ensure_ascii=False, indent=2)
    filing = Filing(
        submission=read(source.encode()),
        source=source,
        marking=from_json(story.marking),
        object_markings={
            ref: from_json(stated, base=NEUTRAL) for ref, stated in story.object_markings.items()
        },
    )
    filed = take_in(
        actor=by.actor, person=by.person, member=by.person.member, filing=filing, now=at
    )
    return filed.incident


def _release(owner: str, incident: Incident, report_kind: str, at: datetime) -> None:
    seen = preview(incident=Incident.objects.get(pk=incident.pk), now=at)
    approval = Approval(digest=seen.digest, report_kind=ReportKind(report_kind))
    release = release_incident(
        by=_by("reviewer", owner), incident=incident, approval=approval, now=at
    )
    settle(release.pk, now=at)
