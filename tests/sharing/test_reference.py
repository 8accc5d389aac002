"""Reference data: loaded as often as one likes, placed once, and nobody hidden in it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, TLP2_IDS
from members.models import Member
from members.tiers import Status
from sharing.feed import Entry, Filters, Versions
from sharing.models import ReferenceObject
from sharing.reference import OBJECTS, reference_page
from sharing.services.reference import load_reference
from sharing.tasks import sweep
from tests.factories import NOW, make_member

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TECHNIQUE = {
    "type": "attack-pattern",
    "id": "attack-pattern--a62a8db3-f23a-4d8f-afd6-9dbc77e7813b",
    "created": "2020-03-02T18:45:07.892Z",
    "modified": "2026-04-15T12:00:00.000Z",
    "name": "Phishing",
}


def entries(filters: Filters = Filters()) -> tuple[Entry, ...]:  # noqa: B008 - frozen
    return reference_page(filters=filters, limit=1000).entries


def test_markings_extensions_and_identities_are_served() -> None:
    member = make_member("ee")
    placed = load_reference(now=NOW, texts=[json.dumps(TECHNIQUE)])
    found = {entry.object_id: entry.body for entry in entries()}
    assert placed == len(found) == len(OBJECTS) + 2
    assert found[member.stix_identity_id] == member.stix_identity
    assert found[str(TECHNIQUE["id"])] == json.dumps(TECHNIQUE)
    assert {TLP2_IDS["AMBER+STRICT"], CYBERFRAME_INCIDENT_EXT} <= found.keys()


def test_loading_again_changes_nothing() -> None:
    make_member("ee")
    load_reference(now=NOW)
    before = list(ReferenceObject.objects.order_by("pk").values())
    assert load_reference(now=NOW + HOUR) == 0
    assert list(ReferenceObject.objects.order_by("pk").values()) == before


def test_a_new_version_comes_behind_every_cursor_and_hides_the_old_one() -> None:
    load_reference(now=NOW, texts=[json.dumps(TECHNIQUE)])
    cursor = entries()[-1].added
    newer = TECHNIQUE | {"modified": "2026-05-15T12:00:00.000Z"}
    assert load_reference(now=NOW, texts=[json.dumps(newer)]) == 1

    (added,) = reference_page(after=cursor, filters=Filters()).entries
    assert added.body == json.dumps(newer)
    one = (str(TECHNIQUE["id"]),)
    assert [e.body for e in entries(Filters(ids=one))] == [json.dumps(newer)]
    first = Filters(ids=one, versions=frozenset({Versions.FIRST}))
    assert [e.body for e in entries(first)] == [json.dumps(TECHNIQUE)]
    assert len(entries(Filters(ids=one, versions=frozenset({Versions.ALL})))) == 2


def test_other_words_under_the_same_version_take_a_new_place() -> None:
    load_reference(now=NOW, texts=[json.dumps(TECHNIQUE)])
    cursor = entries()[-1].added
    assert load_reference(now=NOW, texts=[json.dumps(TECHNIQUE | {"name": "Phish"})]) == 1
    (added,) = reference_page(after=cursor, filters=Filters()).entries
    assert json.loads(added.body)["name"] == "Phish"


def test_who_has_only_applied_is_not_listed() -> None:
    applicant = make_member("new", status=Status.APPLICANT.value)
    load_reference(now=NOW)
    assert applicant.stix_identity_id not in {entry.object_id for entry in entries()}
    Member.objects.filter(pk=applicant.pk).update(status=Status.ACTIVE.value)
    assert load_reference(now=NOW) == 1


@pytest.mark.parametrize("text", ["[]", "{}", '{"id": "x", "type": "y", "created": "soon"}'])
def test_what_is_no_stix_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="STIX"):
        load_reference(now=NOW, texts=[text])


def test_the_sweep_keeps_it_complete() -> None:
    member = make_member("ee")
    sweep()
    assert member.stix_identity_id in {entry.object_id for entry in entries()}
    with CaptureQueriesContext(connection) as queries:
        assert load_reference(now=NOW) == 0
    assert not any("feedclock" in query["sql"] for query in queries)  # no lock for nothing
