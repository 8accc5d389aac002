"""A release replaced, tightened, widened and taken back: what each feed shows, and who is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit.actors import SYSTEM
from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from incidents.services import Filing, amend, mark, submit
from incidents.stix import read as read_bundle
from members.models import Member, Person
from members.models.choices import CircleKind
from members.services import NewCircle, create_circle, join_circle
from members.tiers import CEILING, Tier
from members.tlp import TLP, Channel, reader_class
from sharing import feed, standing_changes
from sharing.door import Reader
from sharing.models import GrantKind, Recall, RecallItem, RecallNotice, Release, ReportKind
from sharing.preview import preview
from sharing.services.fanout import settle
from sharing.services.filing import take_in
from sharing.services.life import (
    close_incident,
    discard_working,
    reopen_incident,
    retract_incident,
)
from sharing.services.release import Approval, release_incident
from tests.factories import (
    NOW,
    bundle,
    by,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
    stix_id,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
AGAIN = NOW + timedelta(hours=2)
LAST = NOW + timedelta(hours=3)


@pytest.fixture
def owner() -> Member:
    return make_member("ua", country="UA")


@pytest.fixture
def members() -> dict[str, Member]:
    return {
        "ee": make_member("ee"),
        "de": make_member("de", tier=Tier.PARTNER, country="DE"),
        "ie": make_member("ie", tier=Tier.ASSOCIATE, country="IE"),
    }


@pytest.fixture
def author(owner: Member) -> Person:
    return make_person(owner, "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(owner: Member) -> Person:
    return make_person(owner, "reviewer", "analyst", "reviewer")


def reader(member: Member, ceiling: TLP = TLP.AMBER_STRICT) -> Reader:
    member.refresh_from_db()
    limits = reader_class(channel=Channel.INTERNAL, max_tlp=ceiling)
    tier = member.effective_tier
    return Reader(
        member_id=member.pk,
        tier=int(tier),
        ceiling=int(CEILING[tier]),
        readers=1 << limits.bit,
        person=None,
        shared=member.status in ("active", "probation"),
        own_any_state=True,
    )


class Poller:
    """A partner that only ever asks with what the last answer gave it."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.after: datetime | None = None

    def poll(self, now: Any) -> list[dict[str, Any]]:
        page = feed.page(
            reader=reader(self.member),
            kind=GrantKind.SHARED,
            now=now,
            after=self.after,
            limit=1000,
        )
        if page.entries:
            self.after = page.entries[-1].added
        return [json.loads(entry.body) for entry in page.entries]


def shown(member: Member, now: Any) -> dict[str, dict[str, Any]]:
    page = feed.page(reader=reader(member), kind=GrantKind.SHARED, now=now, limit=1000)
    return {entry.object_id: json.loads(entry.body) for entry in page.entries}


def share(
    author: Person, reviewer: Person, marking: dict[str, Any], *objects: dict[str, Any]
) -> Incident:
    filed = file(author, bundle(incident("one", owner="ua"), *objects), marking=marking)
    settle(release(filed.incident, author=author, reviewer=reviewer).pk, now=NOW)
    return filed.incident


def update(
    what: Incident,
    author: Person,
    reviewer: Person,
    *,
    marking: dict[str, Any] | None = None,
    objects: list[dict[str, Any]] | None = None,
    object_markings: dict[str, Any] | None = None,
    now: Any = LATER,
    releaser: Person | None = None,
) -> Release:
    """Amend, change, submit and release; return the release."""
    what.refresh_from_db()
    amend(by=by(author), incident=what, now=now)
    assert what.head is not None
    if objects is not None:
        data = bundle(incident("one", owner="ua"), *objects)
        filing = Filing(
            submission=read_bundle(data),
            source=data.decode(),
            marking=from_json(what.head.marking if marking is None else marking),
            object_markings={
                key: from_json(value, base=NEUTRAL)
                for key, value in (object_markings or {}).items()
            },
        )
        take_in(actor=author.actor, person=author, member=what.owner, filing=filing, now=now)
    elif marking is not None:
        mark(by=by(releaser or author), incident=what, marking=from_json(marking), now=now)
    what.refresh_from_db()
    submit(by=by(author), incident=what, now=now)
    what.refresh_from_db()
    seen = preview(incident=what, now=now)
    approval = Approval(digest=seen.digest, report_kind=ReportKind.UPDATE, reason="because")
    return release_incident(by=by(releaser or reviewer), incident=what, approval=approval, now=now)


def kinds(member: Member) -> list[str]:
    notices = RecallNotice.objects.filter(member=member).order_by("pk")
    return [notice.recall.kind for notice in notices]


def test_an_update_that_only_adds_sends_only_what_is_new(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("old", owner="ua"))
    poller = Poller(members["ee"])
    assert len(poller.poll(NOW)) == 2

    update(
        what, author, reviewer,
        objects=[indicator("old", owner="ua"), indicator("new", owner="ua", address="192.0.2.9")],
    )  # fmt: skip

    assert [obj["id"] for obj in poller.poll(LATER)] == [stix_id("indicator", "new")]
    assert len(shown(members["ee"], LATER)) == 3
    assert not Recall.objects.exists()


def test_an_excluded_member_loses_it_at_once_and_is_told(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    stays, goes = Poller(members["ee"]), Poller(members["ie"])
    assert len(stays.poll(NOW)) == len(goes.poll(NOW)) == 2

    update(what, author, reviewer, marking={"tlp": "AMBER", "exclude": ["ie"]})

    assert stays.poll(LATER) == []  # nothing is new to it, nothing comes twice
    assert len(shown(members["ee"], LATER)) == 2
    (note,) = goes.poll(LATER)
    assert note["type"] == "note"
    assert set(note["object_refs"]) == {stix_id("incident", "one"), stix_id("indicator", "i")}
    assert shown(members["ie"], LATER).keys() == {note["id"]}
    assert kinds(members["ie"]) == ["tightened"]
    assert kinds(members["ee"]) == kinds(members["de"]) == []
    notice = RecallNotice.objects.get(member=members["ie"])
    assert notice.due_at == LATER + timedelta(hours=72)


def test_a_tightened_tlp_reaches_who_may_still_see_it_and_is_recalled_from_others(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "GREEN"}, indicator("i", owner="ua"))
    stays, goes = Poller(members["de"]), Poller(members["ie"])
    stays.poll(NOW)
    goes.poll(NOW)

    update(what, author, reviewer, marking={"tlp": "AMBER+STRICT"})

    again = stays.poll(LATER)
    assert {obj["id"] for obj in again} == {stix_id("incident", "one"), stix_id("indicator", "i")}
    assert {tuple(obj["object_marking_refs"]) for obj in again} == {
        ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",)
    }
    assert [obj["type"] for obj in goes.poll(LATER)] == ["note"]
    assert kinds(members["ie"]) == ["tightened"]
    assert kinds(members["de"]) == []


def test_an_object_tightened_by_itself_leaves_the_rest_where_it_stands(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    objects = [indicator("a", owner="ua"), indicator("b", owner="ua", address="192.0.2.9")]
    what = share(author, reviewer, {"tlp": "AMBER"}, *objects)
    goes, stays = Poller(members["ie"]), Poller(members["de"])
    goes.poll(NOW)
    stays.poll(NOW)
    b = stix_id("indicator", "b")

    update(
        what, author, reviewer, objects=objects, object_markings={b: {"tlp": "AMBER+STRICT"}}
    )  # fmt: skip

    (note,) = goes.poll(LATER)
    assert note["object_refs"] == [b]
    assert b not in shown(members["ie"], LATER)
    assert [obj["id"] for obj in stays.poll(LATER)] == [b]
    assert [(i.object_id, i.notice.member.slug) for i in RecallItem.objects.all()] == [(b, "ie")]


def test_what_an_update_leaves_out_comes_revoked_and_has_no_term(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    objects = [indicator("a", owner="ua"), indicator("b", owner="ua", address="192.0.2.9")]
    what = share(author, reviewer, {"tlp": "AMBER"}, *objects)
    poller = Poller(members["ee"])
    poller.poll(NOW)

    update(what, author, reviewer, objects=objects[:1])

    (revoked,) = poller.poll(LATER)
    assert revoked["id"] == stix_id("indicator", "b")
    assert revoked["revoked"] is True
    assert revoked["modified"] == "2026-11-22T13:00:00.000Z"
    assert kinds(members["ee"]) == ["dropped"]
    assert RecallNotice.objects.get(member=members["ee"]).due_at is None

    update(what, author, reviewer, objects=objects, now=AGAIN)

    (back,) = poller.poll(AGAIN)  # the very same version is current again
    assert back["id"] == revoked["id"]
    assert "revoked" not in back


def test_a_widened_update_needs_a_second_person_and_reaches_the_new_ones(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER+STRICT"}, indicator("i", owner="ua"))
    late, had = Poller(members["ie"]), Poller(members["de"])
    assert late.poll(NOW) == []
    had.poll(NOW)

    update(what, author, reviewer, marking={"tlp": "AMBER"})

    assert len(late.poll(LATER)) == 2
    assert len(had.poll(LATER)) == 2  # the same objects, marked anew
    assert shown(members["de"], LATER)[stix_id("indicator", "i")]["object_marking_refs"] == [
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
    ]
    assert not Recall.objects.exists()


def test_a_retraction_revokes_for_those_who_had_it_and_for_nobody_else(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    sco = {
        "type": "ipv4-addr",
        "spec_version": "2.1",
        "id": stix_id("ipv4-addr", "a"),
        "value": "192.0.2.7",
    }
    what = share(author, reviewer, {"tlp": "AMBER+STRICT"}, indicator("i", owner="ua"), sco)
    had, never = Poller(members["de"]), Poller(members["ie"])
    assert len(had.poll(NOW)) == 3
    what.refresh_from_db()

    retract_incident(by=by(reviewer), incident=what, reason="a mistake", now=LATER)

    got = {obj["id"]: obj for obj in had.poll(LATER)}
    assert got.keys() == {stix_id("incident", "one"), stix_id("indicator", "i")}
    assert all(obj["revoked"] for obj in got.values())
    assert shown(members["de"], LATER).keys() == got.keys()
    assert never.poll(LATER) == []
    assert kinds(members["ie"]) == []
    notice = RecallNotice.objects.get(member=members["de"])
    assert notice.due_at == LATER + timedelta(hours=24)
    assert {item.type for item in notice.items.all()} == {"incident", "indicator", "ipv4-addr"}
    assert not Release.objects.filter(ended_at=None).exists()


def test_what_another_incident_carries_is_not_recalled(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    shared = indicator("i", owner="ua")
    first = share(author, reviewer, {"tlp": "AMBER"}, shared)
    second = file(author, bundle(incident("two", owner="ua"), shared), marking={"tlp": "AMBER"})
    settle(release(second.incident, author=author, reviewer=reviewer).pk, now=NOW)
    poller = Poller(members["ee"])
    assert len(poller.poll(NOW)) == 3
    first.refresh_from_db()

    retract_incident(by=by(reviewer), incident=first, reason="a mistake", now=LATER)

    (revoked,) = poller.poll(LATER)
    assert revoked["id"] == stix_id("incident", "one")
    assert shown(members["ee"], LATER)[shared["id"]].get("revoked") is None
    assert [item.object_id for item in RecallItem.objects.filter(notice__member__slug="ee")] == [
        stix_id("incident", "one")
    ]


def test_older_versions_stay_to_be_asked_for(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    newer = indicator("i", owner="ua", modified="2026-11-22T12:30:00.000Z")
    poller = Poller(members["ee"])
    poller.poll(NOW)

    update(what, author, reviewer, objects=[newer])

    (got,) = poller.poll(LATER)
    assert got["modified"] == newer["modified"]
    everything = feed.page(
        reader=reader(members["ee"]),
        kind=GrantKind.SHARED,
        now=LATER,
        filters=feed.Filters(ids=(newer["id"],), versions=frozenset({feed.Versions.ALL})),
    )
    assert len(everything.entries) == 2


def test_closing_and_opening_again_changes_no_feed(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    poller = Poller(members["ee"])
    poller.poll(NOW)
    what = close_incident(by=by(reviewer), incident=what, now=LATER)
    assert what.state == "closed"
    assert poller.poll(LATER) == []
    assert len(shown(members["ee"], LATER)) == 2
    what = reopen_incident(by=by(reviewer), incident=what, now=AGAIN)
    assert what.state == "updated"
    assert poller.poll(AGAIN) == []


def test_dropping_the_next_version_leaves_what_is_in_force(
    owner: Member, members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    what.refresh_from_db()
    released = what.head
    amend(by=by(author), incident=what, now=LATER)
    data = bundle(incident("one", owner="ua"), indicator("draft", owner="ua"))
    filing = Filing(submission=read_bundle(data), source=data.decode())
    take_in(actor=author.actor, person=author, member=owner, filing=filing, now=LATER)
    own = feed.page(reader=reader(owner), kind=GrantKind.OWN, now=LATER)
    assert stix_id("indicator", "draft") in {entry.object_id for entry in own.entries}

    what = discard_working(by=by(author), incident=what, now=AGAIN)

    assert (what.working, what.head) == ("none", released)
    own = feed.page(reader=reader(owner), kind=GrantKind.OWN, now=AGAIN)
    assert stix_id("indicator", "draft") not in {entry.object_id for entry in own.entries}
    assert shown(members["ee"], AGAIN).keys() == {
        stix_id("incident", "one"),
        stix_id("indicator", "i"),
    }


def test_the_own_feed_leaves_out_what_no_version_has_any_more(
    owner: Member, members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    objects = [indicator("a", owner="ua"), indicator("b", owner="ua", address="192.0.2.9")]
    what = share(author, reviewer, {"tlp": "AMBER"}, *objects)
    b = stix_id("indicator", "b")

    def own(now: datetime) -> set[str]:
        found = feed.page(reader=reader(owner), kind=GrantKind.OWN, now=now)
        return {entry.object_id for entry in found.entries}

    what.refresh_from_db()
    amend(by=by(author), incident=what, now=LATER)
    data = bundle(incident("one", owner="ua"), objects[0])
    filing = Filing(submission=read_bundle(data), source=data.decode())
    take_in(actor=author.actor, person=author, member=owner, filing=filing, now=LATER)
    assert b in own(LATER)  # it is still in force
    discard_working(by=by(author), incident=what, now=LATER)

    update(what, author, reviewer, objects=objects[:1], now=AGAIN)
    assert b not in own(AGAIN)
    assert len(own(AGAIN)) == 2


def test_an_object_marked_looser_is_served_as_it_is_marked_now(
    members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    objects = [indicator("a", owner="ua"), indicator("b", owner="ua", address="192.0.2.9")]
    what = share(author, reviewer, {"tlp": "GREEN"}, *objects)
    b = stix_id("indicator", "b")
    strict = {b: {"tlp": "AMBER+STRICT"}}
    update(what, author, reviewer, objects=objects, object_markings=strict)
    poller = Poller(members["de"])
    poller.poll(LATER)

    # What a filing leaves out stays as it stands; it is loosened by saying so.
    update(what, author, reviewer, objects=objects, object_markings={b: {}}, now=AGAIN)

    (again,) = poller.poll(AGAIN)
    assert again["id"] == b
    assert again["object_marking_refs"] == [
        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
    ]
    assert shown(members["de"], AGAIN)[b] == again
    assert shown(members["ie"], AGAIN)[b] == again


def test_what_an_earlier_version_gave_rests_on_the_terms_of_the_one_in_force(
    owner: Member, members: dict[str, Member], author: Person, reviewer: Person
) -> None:
    terms = NewCircle(
        slug="c-one",
        name="One",
        kind=CircleKind.MULTILATERAL,
        min_tier=Tier.ASSOCIATE,
        max_tlp=TLP.AMBER,
    )
    circle = create_circle(new=terms, actor=SYSTEM, now=NOW)
    for member in (owner, members["ee"]):
        join_circle(circle=circle, member=member, actor=SYSTEM, now=NOW)
    what = share(author, reviewer, {"tlp": "AMBER"}, indicator("i", owner="ua"))
    poller = Poller(members["ee"])
    poller.poll(NOW)

    update(what, author, reviewer, marking={"tlp": "AMBER", "circles": [["c-one"]]})
    assert poller.poll(LATER) == []
    assert len(shown(members["ee"], LATER)) == 2

    standing_changes.leave_circle(circle=circle, member=members["ee"], actor=SYSTEM, now=AGAIN)
    assert shown(members["ee"], AGAIN) == {}  # before any worker ran
