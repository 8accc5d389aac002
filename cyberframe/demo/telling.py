"""Filing and releasing the demo's incidents, step by step in the order in which they happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from cyberframe.demo.incidents.story import Story
from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from incidents.services import By, Filing, submit
from incidents.stix import read
from members.models import Person
from sharing.models import ReportKind
from sharing.preview import preview
from sharing.services.fanout import settle
from sharing.services.filing import take_in
from sharing.services.opening import open_due
from sharing.services.release import Approval, release_incident

STEPS = ("filed_at", "submitted_at", "released_at")


def tell(stories: Iterable[Story], now: datetime) -> dict[str, Incident]:
    """File, submit and release every story; return the incidents by key.

    The steps of all stories are taken in the order of their times, so that feed positions grow
    with time. Analysts file and submit, reviewers release what they did not write.
    """
    steps = [
        (at, place, name, story)
        for place, story in enumerate(stories)
        for name in STEPS
        if (at := getattr(story, name)) is not None
    ]
    told: dict[str, Incident] = {}
    for at, _, name, story in sorted(steps, key=lambda step: step[:2]):
        if name == "filed_at":
            told[story.key] = _file(story, at)
        elif name == "submitted_at":
            submit(by=_by("analyst", story), incident=told[story.key], now=at)
        else:
            _release(story, told[story.key], at)
    open_due(now=now)
    return {key: Incident.objects.get(pk=told[key].pk) for key in sorted(told)}


def _by(account: str, story: Story) -> By:
    email = f"{account}@{story.owner}.example"
    person = Person.objects.select_related("member").get(email=email)
    return By(actor=person.actor, person=person)


def _file(story: Story, at: datetime) -> Incident:
    by = _by("analyst", story)
    assert by.person.member is not None
    source = json.dumps(story.bundle, ensure_ascii=False, indent=2)
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


def _release(story: Story, incident: Incident, at: datetime) -> None:
    seen = preview(incident=Incident.objects.get(pk=incident.pk), now=at)
    approval = Approval(digest=seen.digest, report_kind=ReportKind(story.report_kind))
    release = release_incident(
        by=_by("reviewer", story), incident=incident, approval=approval, now=at
    )
    settle(release.pk, now=at)
