"""The demo world with a token in every text that not everybody may read.

The coalition and its thirteen incidents are the demo's, filed and released through the services,
with `tokens.with_tokens` over every object. A few incidents more hold what the demo does not:
granular markings, statements, a draft, a note of a reviewer, the next version of a released one.
Rows that have no service of their own here (recalls, reuse, erasure) are written as they stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cyberframe.demo.founding import found_coalition
from cyberframe.demo.incidents import stories
from cyberframe.demo.incidents.story import Story
from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident, Note
from incidents.services import By, Filing, amend, return_to_draft, submit
from incidents.stix import read
from incidents.stix.markings import TLP2_IDS
from members.models import Circle, Credential, Member, Person
from members.roles import Role
from members.tlp import TLP
from sharing.models import (
    Erasure,
    Grant,
    GrantKind,
    Recall,
    RecallItem,
    RecallKind,
    RecallNotice,
    Release,
    ReportKind,
    ReuseRequest,
)
from sharing.preview import preview
from sharing.services.fanout import settle
from sharing.services.filing import take_in
from sharing.services.opening import open_due
from sharing.services.release import Approval, release_incident
from tests.factories import bundle, incident, indicator, sdo, tlp
from tests.leaks.tokens import token, with_tokens

T0 = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
OWNER = "cert-ee"  # of what is filed here beside the demo
Who = Callable[[Any], bool]  # of an oracle.Principal


@dataclass(slots=True)
class World:
    """What was built: incidents by key, and who may read each token outside of objects."""

    now: datetime = T0
    incidents: dict[str, Incident] = field(default_factory=dict)
    office: dict[str, Who] = field(default_factory=dict)

    def say(self, who: Who, *place: object) -> str:
        """Return the token of a place that is no object's, for those who may read it."""
        made = token("office", *place)
        self.office[made] = who
        return made


def build(now: datetime = T0) -> World:
    """Build the world as of `now`, in the transaction that the caller rolls back."""
    world = World(now)
    found_coalition(now)
    _tell(world, [_with_tokens(story) for story in stories(now)])
    _more(world)
    _offices(world)
    _aftermath(world)
    return world


# Who may read what is no object's ----------------------------------------------------------------


def drafters(slug: str) -> Who:
    """Return who works on a member's incidents: its analysts, reviewers, internal credentials."""
    return lambda p: p.member == slug and p.drafts


def inside(slug: str) -> Who:
    """Return who is of the member, or sees the reasons of every standing by office."""
    return lambda p: p.member == slug or p.has(Role.SECRETARIAT, Role.PLATFORM_ADMIN)


def any_of(*whos: Who) -> Who:
    return lambda p: any(who(p) for who in whos)


# The demo's incidents ----------------------------------------------------------------------------


def _with_tokens(story: Story) -> Story:
    made = {**story.bundle, "objects": [with_tokens(each) for each in story.bundle["objects"]]}
    return replace(story, bundle=made)


def _tell(world: World, told: Iterable[Story]) -> None:
    """File, submit and release each story at its times, in the order of time."""
    steps = []
    for place, story in enumerate(told):
        steps.append((story.filed_at, place, _file, story))
        steps.append((story.submitted_at, place, _submit, story))
        if story.released_at is not None:
            steps.append((story.released_at, place, _release, story))
    for at, _, act, story in sorted(steps, key=lambda step: step[:2]):
        act(world, story, at)
    open_due(now=world.now)


def _file(world: World, story: Story, at: datetime) -> None:
    world.incidents[story.key] = file(
        story.owner,
        json.dumps(story.bundle).encode(),
        at=at,
        marking=story.marking,
        object_markings=story.object_markings,
    )


def _submit(world: World, story: Story, at: datetime) -> None:
    submit(by=by("analyst", story.owner), incident=world.incidents[story.key], now=at)


def _release(world: World, story: Story, at: datetime) -> None:
    reason = world.say(drafters(story.owner), "release reason", story.key)
    release(world.incidents[story.key], at=at, kind=ReportKind(story.report_kind), reason=reason)


def by(duty: str, slug: str) -> By:
    """Return the member's person of that duty as services take it."""
    person = Person.objects.select_related("member").get(email=f"{duty}@{slug}.example")
    return By(actor=person.actor, person=person)


def file(
    slug: str,
    data: bytes,
    *,
    at: datetime,
    marking: Mapping[str, Any],
    object_markings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Incident:
    """File a bundle as the member's analyst."""
    author = by("analyst", slug)
    assert author.person.member is not None
    stated = {key: from_json(each, base=NEUTRAL) for key, each in (object_markings or {}).items()}
    filing = Filing(
        submission=read(data),
        source=data.decode(),
        marking=from_json(marking),
        object_markings=stated,
    )
    return take_in(
        actor=author.actor,
        person=author.person,
        member=author.person.member,
        filing=filing,
        now=at,
    ).incident


def release(
    found: Incident, *, at: datetime, kind: ReportKind = ReportKind.NOTIFICATION, reason: str = ""
) -> Release:
    """Release what is in review as the owner's reviewer, and settle it."""
    fresh = Incident.objects.select_related("owner", "head").get(pk=found.pk)
    approval = Approval(
        digest=preview(incident=fresh, now=at).digest, report_kind=kind, reason=reason
    )
    done = release_incident(
        by=by("reviewer", fresh.owner.slug), incident=fresh, approval=approval, now=at
    )
    settle(done.pk, now=at)
    return done


# Incidents beside the demo's ---------------------------------------------------------------------

STATEMENT = "marking-definition--0f0d8f0e-7a29-4f6b-a8a4-6f4be0d2b0aa"


def objects(name: str, owner: str, at: datetime, level: int = 3) -> list[dict[str, Any]]:
    """Return an incident with granular markings, a statement and objects for few."""
    marked = tlp("GREEN")
    head = incident(name, owner=owner, level=level, at=at, **marked)
    open_one = indicator(f"{name} open", owner=owner, at=at, description="All.", **marked)
    cut = indicator(
        f"{name} cut",
        owner=owner,
        at=at,
        description="Its description is for few.",
        **marked,
        granular_markings=[
            {"marking_ref": TLP2_IDS["RED"], "selectors": ["description", "labels.[0]"]}
        ],
    )
    few = sdo("malware", f"{name} few", owner=owner, at=at, is_family=False, name="few")
    few |= tlp("AMBER+STRICT")
    red = sdo("tool", f"{name} red", owner=owner, at=at, name="red") | tlp("RED")
    tie = sdo(
        "relationship",
        f"{name} tie",
        owner=owner,
        at=at,
        relationship_type="indicates",
        source_ref=open_one["id"],
        target_ref=few["id"],
        **marked,
    )
    report = sdo(
        "report",
        f"{name} report",
        owner=owner,
        at=at,
        name="report",
        published="2026-11-20T00:00:00Z",
        object_refs=[open_one["id"], few["id"], red["id"]],
        **marked,
    )
    said = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-11-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": token("statement")},
    }
    few["object_marking_refs"] = [*few["object_marking_refs"], STATEMENT]
    made = [with_tokens(each) for each in (head, open_one, cut, few, red, tie, report)]
    return [*made, said]


def _more(world: World) -> None:
    start = world.now - timedelta(hours=6)
    green = {"tlp": "GREEN"}

    def filed(key: str, hours: float, marking: Mapping[str, Any] = green) -> Incident:
        at = start + timedelta(hours=hours)
        world.incidents[key] = file(OWNER, bundle(*objects(key, OWNER, at)), at=at, marking=marking)
        return world.incidents[key]

    tear = filed("tear", 0)
    submit(by=by("analyst", OWNER), incident=tear, now=start)
    reason = world.say(drafters(OWNER), "release reason", "tear")
    release(tear, at=start + timedelta(minutes=30), reason=reason)
    filed("draft", 1)
    returned = filed("returned", 2)
    submit(by=by("analyst", OWNER), incident=returned, now=start + timedelta(hours=2))
    return_to_draft(
        by=by("reviewer", OWNER),
        incident=returned,
        note=world.say(drafters(OWNER), "note", "returned"),
        now=start + timedelta(hours=2, minutes=5),
    )
    amended = filed("amended", 3)
    submit(by=by("analyst", OWNER), incident=amended, now=start + timedelta(hours=3))
    release(amended, at=start + timedelta(hours=3, minutes=5))
    at = start + timedelta(hours=4)
    amend(by=by("analyst", OWNER), incident=amended, now=at)
    file(OWNER, bundle(*objects("amended", OWNER, at)), at=at, marking=green)


# Members, people, circles, credentials -----------------------------------------------------------


def _offices(world: World) -> None:
    for member in Member.objects.all():
        slug = member.slug
        member.contact_24x7 = world.say(inside(slug), "contact", slug)
        if member.suspension_reason:
            member.suspension_reason = world.say(inside(slug), "suspension", slug)
        member.save(update_fields=["contact_24x7", "suspension_reason"])
    for person in Person.objects.select_related("member"):
        slug = person.member.slug if person.member else ""
        person.name = world.say(inside(slug), "person", person.email)
        person.save(update_fields=["name"])
        world.office[person.email] = inside(slug)
    for credential in Credential.objects.select_related("member"):
        slug = credential.member.slug if credential.member else ""
        credential.name = world.say(inside(slug), "credential", credential.public_id)
        credential.save(update_fields=["name"])
    for circle in Circle.objects.all():
        belong = frozenset(
            circle.memberships.filter(left_at=None).values_list("member__slug", flat=True)
        )
        circle.name = world.say(_in_circle(belong), "circle", circle.slug)
        circle.save(update_fields=["name"])


def _in_circle(belong: frozenset[str]) -> Who:
    return lambda p: p.member in belong or p.has(Role.PLATFORM_ADMIN)


# What has no service here ------------------------------------------------------------------------


def _aftermath(world: World) -> None:
    """Write a recall with an answer, a request to reuse, a request to erase."""
    found = world.incidents["I02"]
    owner, at = found.owner.slug, world.now - timedelta(hours=1)
    last = Release.objects.filter(incident=found).latest("version")
    had = Grant.objects.filter(release=last, kind=GrantKind.SHARED, position__isnull=False)
    grant = had.select_related("member").order_by("member__slug")[0]
    recall = Recall.objects.create(
        incident=found,
        kind=RecallKind.TIGHTENED,
        reason=world.say(drafters(owner), "recall reason"),
        by=by("reviewer", owner).person,
        at=at,
    )
    both = any_of(drafters(owner), lambda p: p.member == grant.member.slug)
    notice = RecallNotice.objects.create(
        recall=recall,
        member=grant.member,
        at=at,
        due_at=at + timedelta(days=1),
        state="refused",
        note=world.say(both, "recall answer"),
        answered_at=at,
        answered_by=by("reviewer", grant.member.slug).person,
    )
    shown = grant.rendering.shown.order_by("ordinal")[0]
    RecallItem.objects.create(
        notice=notice,
        object_id=shown.object_id,
        type=shown.type,
        version=shown.version,
        tlp=int(TLP.AMBER),
        readers=grant.readers,
    )
    asker = by("analyst", OWNER).person
    ReuseRequest.objects.create(
        incident=world.incidents["draft"],
        object_id=shown.object_id,
        originator=found.owner,
        marking={"tlp": "GREEN"},
        purpose=world.say(any_of(drafters(OWNER), drafters(owner)), "reuse purpose"),
        asked_by=asker,
        asked_at=at,
    )
    # Who decides about an erasure knows the reference, and nothing else of the incident.
    world.office[world.incidents["tear"].ref] = lambda p: p.has(Role.PLATFORM_ADMIN)
    administrator = by("admin", OWNER).person
    Erasure.objects.create(
        incident=world.incidents["tear"],
        reason=world.say(inside(OWNER), "erasure"),
        asked_by=administrator,
        asked_at=at,
    )


def notes() -> Sequence[Note]:
    """Return the notes of reviewers."""
    return list(Note.objects.all())
