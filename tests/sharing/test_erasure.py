"""Lawful erasure: who may, that nothing of the content is left anywhere, and that proofs stand."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection

from audit.models import Entry, TreeHead
from audit.services import seal
from audit.verification import verify
from incidents.models import Incident, Note, Revision, State, StixObject, Working
from incidents.services import amend, return_to_draft, submit
from members.errors import Conflict, Invalid, NotFound, NotPermitted
from members.models import Person
from members.tiers import Tier
from sharing.models import (
    Erasure,
    ErasureState,
    Grant,
    GrantKind,
    Recall,
    RecallAnswer,
    RecallItem,
    RecallKind,
    RecallNotice,
    RecallState,
    Release,
    Rendering,
    RenderingObject,
    ReuseRequest,
)
from sharing.services.erasure import Ground, approve, ask, decline
from sharing.services.fanout import settle
from sharing.services.life import retract_incident
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
    sdo,
    stix_id,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
CANARY = "canary7f3a"  # in every text of the incident


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    ua, de = make_member("ua", country="UA"), make_member("de", country="DE")
    make_member("ie", country="IE", tier=Tier.OBSERVER)
    return {
        "author": make_person(ua, "author", "analyst"),
        "reviewer": make_person(ua, "reviewer", "reviewer"),
        "admin": make_person(ua, "admin", "member_admin"),
        "de": make_person(de, "analyst", "analyst", "reviewer"),
        "de admin": make_person(de, "admin", "member_admin"),
        "platform": make_person(None, "platform", "platform_admin"),
        "office": make_person(None, "front", "secretariat"),
        "operator": make_person(None, "operator", "platform_admin", is_superuser=True),
    }


def data(name: str, *extra: dict[str, Any]) -> bytes:
    """Return a bundle with the canary in names, texts, patterns and a property nobody knows."""
    victim = sdo(
        "identity", f"{name}-v", owner="ua", name=f"{CANARY} victim", x_secret=f"{CANARY} property"
    )
    host = {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": stix_id("domain-name", name),
        "value": f"{CANARY}.example",
    }
    told = incident(f"{CANARY} {name}", owner="ua", labels=[f"{CANARY}-label"])
    seen = indicator(f"{CANARY} {name}", owner="ua", description=f"{CANARY} in words")
    return bundle(told, seen, victim, host, *extra)


def shared(people: dict[str, Person], name: str = "one", *extra: dict[str, Any]) -> Incident:
    """Return an incident of two versions, released to `de`, with every text that can be written."""
    author, reviewer = people["author"], people["reviewer"]
    made = file(author, data(name, *extra), marking={"tlp": "AMBER"}).incident
    submit(by=by(author), incident=made, now=NOW)
    return_to_draft(by=by(reviewer), incident=made, note=f"{CANARY} note", now=NOW)
    made.refresh_from_db()
    done = release(made, author=author, reviewer=reviewer)
    settle(done.pk, now=NOW)
    Release.objects.filter(pk=done.pk).update(reason=f"{CANARY} reason")
    ReuseRequest.objects.create(
        incident=made,
        object_id=stix_id("indicator", "foreign"),
        marking={"tlp": "AMBER", "public": True},
        purpose=f"{CANARY} purpose",
        note=f"{CANARY} answer",
        asked_by=author,
        asked_at=NOW,
    )
    made.refresh_from_db()
    return made


def recalled(made: Incident, people: dict[str, Person]) -> None:
    """Leave an earlier recall with words of the owner and of a recipient."""
    act = Recall.objects.create(
        incident=made, kind=RecallKind.DROPPED, reason=f"{CANARY} why", by=None, at=NOW
    )
    member = people["de"].member
    assert member is not None
    notice = RecallNotice.objects.create(recall=act, member=member, at=NOW, note=f"{CANARY} no")
    RecallAnswer.objects.create(
        notice=notice, state=RecallState.REFUSED, note=f"{CANARY} no", at=NOW, by=people["de"]
    )


def erase(people: dict[str, Person], made: Incident) -> Erasure:
    asked = ask(
        actor=people["admin"].actor, incident=made, ground=Ground.ORDER, case="4K-12/26", now=NOW
    )
    return approve(actor=people["platform"].actor, erasure=asked, now=LATER)


def places_of(word: str) -> set[str]:
    """Return every column of every table of the database in which the word stands."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = 'public' AND a.attnum > 0
                 AND NOT a.attisdropped"""
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s'
                f" OR encode(convert_to(\"{column}\"::text, 'UTF8'), 'escape') ILIKE %s LIMIT 1",
                [f"%{word}%", f"%{word.encode().hex()}%"],
            )
            if cursor.fetchone():
                found.add(f"{table}.{column}")
    return found


FILLED = {
    "incidents_note.text",
    "incidents_revision.facts",
    "incidents_revision.source",
    "incidents_revision.summary",
    "incidents_revision.title",
    "incidents_stixobject.text",
    "sharing_recall.reason",
    "sharing_recallanswer.note",
    "sharing_recallnotice.note",
    "sharing_release.reason",
    "sharing_rendering.summary",
    "sharing_renderingobject.body",
    "sharing_reuserequest.note",
    "sharing_reuserequest.purpose",
}


def test_no_column_of_any_table_holds_it_afterwards(people: dict[str, Person]) -> None:
    made = shared(people)
    recalled(made, people)
    assert places_of(CANARY) >= FILLED
    retract_incident(by=by(people["reviewer"]), incident=made, reason=f"{CANARY}!", now=NOW)
    made.refresh_from_db()
    erase(people, made)
    assert places_of(CANARY) == set()


def test_reference_times_counts_and_ids_remain(people: dict[str, Person]) -> None:
    made = shared(people)
    before = list(Revision.objects.order_by("pk").values("number", "created_at", "object_count"))
    objects = set(StixObject.objects.values_list("stix_id", "version"))
    shown = set(RenderingObject.objects.values_list("object_id", "version", "ordinal"))
    released = list(Release.objects.values("version", "at", "audience", "marking"))
    summary = Rendering.objects.filter(release__isnull=False).first()
    assert summary is not None
    erase(people, made)
    after = Incident.objects.get(ref=made.ref)
    assert (after.state, after.working, after.version) == (State.RETRACTED, Working.NONE, 1)
    assert list(Revision.objects.order_by("pk").values(*before[0])) == before
    assert set(StixObject.objects.values_list("stix_id", "version")) == objects
    notices = RenderingObject.objects.filter(rendering__grants__notice=True)
    kept = RenderingObject.objects.exclude(pk__in=notices)
    assert set(kept.values_list("object_id", "version", "ordinal")) == shown
    assert list(Release.objects.values(*released[0])) == released
    rendering = Rendering.objects.get(pk=summary.pk)
    for name in ("tlp", "pap", "orcon", "objects", "indicators"):
        assert rendering.summary[name] == summary.summary[name]
    for text in StixObject.objects.values_list("text", flat=True):
        assert msgspec.json.decode(text)["erased"] == "order 4K-12/26"


def test_every_grant_ends_and_whoever_had_it_is_told(people: dict[str, Person]) -> None:
    made = shared(people)
    had = Grant.objects.filter(kind=GrantKind.SHARED, notice=False)
    members = set(had.values_list("member__slug", flat=True))
    assert members == {"de"}
    erase(people, made)
    live = Grant.objects.filter(withdrawn_at=None)
    assert set(live.values_list("notice", flat=True)) == {True}
    recall = Recall.objects.get(kind=RecallKind.ERASURE)
    assert set(recall.notices.values_list("member__slug", flat=True)) == members
    items = set(RecallItem.objects.values_list("object_id", flat=True))
    assert items == set(StixObject.objects.values_list("stix_id", flat=True))
    (note,) = RenderingObject.objects.filter(rendering__grants__notice=True)
    assert note.type == "note"
    assert recall.notices.get().due_at == LATER + timedelta(hours=72)


def test_the_audit_log_still_verifies_and_proves_no_content(people: dict[str, Person]) -> None:
    made = shared(people)
    head = Revision.objects.order_by("pk").first()
    assert head is not None
    entry = Entry.objects.get(action="incidents:incident:file")
    proof = hashlib.sha256(bytes(head.salt) + head.digest.encode()).hexdigest()
    assert entry.details["digest"] == proof
    seal(NOW)
    known = TreeHead.objects.order_by("-size").first()
    assert known is not None
    erase(people, made)
    seal(LATER)
    verdict = verify(known=(known.size, bytes(known.root)))
    assert verdict.sound
    assert verdict.size > known.size
    erased = Revision.objects.get(pk=head.pk)
    assert bytes(erased.salt) == b""
    assert erased.digest == entry.details["digest"]  # the leaf's hash, and no way to try content
    digests = set(StixObject.objects.values_list("digest", flat=True))
    assert head.digest not in digests


def test_an_object_that_another_incident_carries_stays_until_that_is_erased(
    people: dict[str, Person],
) -> None:
    twice = indicator("twice", owner="ua", description="in both")
    one, two = shared(people, "one", twice), shared(people, "two", twice)
    erase(people, one)
    kept = StixObject.objects.get(stix_id=twice["id"])
    assert msgspec.json.decode(kept.text)["description"] == "in both"
    bodies = RenderingObject.objects.filter(object_id=twice["id"])
    texts = {
        each.rendering.revision.incident.ref: "in both" in each.body
        for each in bodies.select_related("rendering__revision__incident")
    }
    assert texts == {one.ref: False, two.ref: True}
    shown = Grant.objects.filter(
        member__slug="de", notice=False, withdrawn_at=None, rendering__shown__object_id=twice["id"]
    )
    assert shown.exists()
    assert not RecallItem.objects.filter(object_id=twice["id"]).exists()
    erase(people, two)
    kept.refresh_from_db()
    assert "erased" in msgspec.json.decode(kept.text)
    assert places_of("in both") == set()


def test_a_draft_is_erased_before_any_release(people: dict[str, Person]) -> None:
    made = file(people["author"], data("draft"), marking={"tlp": "AMBER"}).incident
    erase(people, made)
    assert places_of(CANARY) == set()
    made.refresh_from_db()
    assert (made.state, made.version) == (State.RETRACTED, 0)
    assert not Grant.objects.filter(withdrawn_at=None).exists()
    with pytest.raises(Conflict):
        amend(by=by(people["author"]), incident=made, now=LATER)
    with pytest.raises(Conflict):
        file(people["author"], data("draft"), marking={"tlp": "AMBER"}, now=LATER)


def test_settling_again_brings_nothing_back(people: dict[str, Person]) -> None:
    made = shared(people)
    erase(people, made)
    done = Release.objects.get(incident=made)
    assert settle(done.pk, now=LATER).granted == 0
    assert places_of(CANARY) == set()


def test_only_an_administrator_of_the_owner_asks(people: dict[str, Person]) -> None:
    made = shared(people)

    def asking(name: str, case: str = "") -> None:
        ask(actor=people[name].actor, incident=made, ground=Ground.TERM, case=case, now=NOW)

    for name in ("author", "reviewer"):
        with pytest.raises(NotPermitted):
            asking(name)
    for name in ("de admin", "platform", "office"):
        with pytest.raises(NotFound):
            asking(name)
    for words in ("see the mail of Olena", "a\nb", "x" * 41, "='1'"):
        with pytest.raises(Invalid):
            asking("admin", words)
    asking("admin")
    with pytest.raises(Conflict):
        asking("admin")


def test_a_platform_administrator_who_did_not_ask_decides(people: dict[str, Person]) -> None:
    made = shared(people)
    values: dict[str, Any] = {"incident": made, "ground": Ground.UNLAWFUL, "case": ""}
    own = ask(actor=people["operator"].actor, now=NOW, **values)
    with pytest.raises(NotPermitted):
        approve(actor=people["operator"].actor, erasure=own, now=LATER)
    decline(actor=people["operator"].actor, erasure=own, now=LATER)
    asked = ask(actor=people["admin"].actor, now=NOW, **values)
    for name in ("admin", "reviewer", "de admin", "office"):
        with pytest.raises(NotPermitted):
            approve(actor=people[name].actor, erasure=asked, now=LATER)
    for name in ("reviewer", "de admin", "office"):
        with pytest.raises(NotPermitted):
            decline(actor=people[name].actor, erasure=asked, now=LATER)
    assert places_of(CANARY) != set()
    done = approve(actor=people["platform"].actor, erasure=asked, now=LATER)
    assert (done.state, done.decided_by) == (ErasureState.DONE, people["platform"])
    with pytest.raises(Conflict):
        decline(actor=people["platform"].actor, erasure=asked, now=LATER)
    with pytest.raises(Conflict):
        ask(actor=people["admin"].actor, now=LATER, **values)


def test_what_an_administrator_asked_who_is_none_any_more_is_not_done(
    people: dict[str, Person],
) -> None:
    made = shared(people)
    asked = ask(actor=people["admin"].actor, incident=made, ground=Ground.TERM, case="", now=NOW)
    Person.objects.filter(pk=people["admin"].pk).update(roles=["reader"])
    with pytest.raises(NotPermitted):
        approve(actor=people["platform"].actor, erasure=asked, now=LATER)
    declined = decline(actor=people["platform"].actor, erasure=asked, now=LATER)
    assert declined.state == ErasureState.DECLINED
    assert Note.objects.get().text == f"{CANARY} note"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE incidents_revision SET title = ''",
        "UPDATE incidents_stixobject SET text = ''",
        "UPDATE incidents_revisionobject SET marking = NULL",
        "UPDATE sharing_renderingobject SET body = ''",
    ],
)
def test_the_database_refuses_what_only_erasure_may(people: dict[str, Person], change: str) -> None:
    erase(people, shared(people))
    with (
        pytest.raises(Exception, match="is never changed"),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
