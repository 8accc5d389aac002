"""Consent to carry what is ORCON: asked for blindly, bound to what was consented, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from incidents.marking import from_json
from incidents.models import Incident
from incidents.services import mark, submit
from members.errors import Conflict, NotPermitted
from members.models import Person
from members.tiers import Tier
from sharing.carried import carriers, own_carriers
from sharing.door import reader_of_person
from sharing.feed import page
from sharing.models import (
    Grant,
    GrantKind,
    Recall,
    RecallItem,
    Release,
    ReportKind,
    ReuseRequest,
    ReuseState,
)
from sharing.preview import preview
from sharing.services import fanout
from sharing.services.carrying import resettle_carriers
from sharing.services.fanout import settle
from sharing.services.release import Approval, LintBlocks, release_incident
from sharing.services.reuse import answer, ask, withdraw_consent
from tests.factories import (
    NOW,
    bundle,
    by,
    file,
    incident,
    indicator,
    make_person,
    sdo,
    stix_id,
)
from tests.sharing.carrying import OBJECT, draft, has, origin, out, second, team

pytestmark = pytest.mark.django_db
AMBER: dict[str, Any] = {"tlp": "AMBER"}
ORCON = AMBER | {"orcon": True}
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ua() -> Person:
    return team("ua", country="UA")


@pytest.fixture
def ee(ua: Person) -> Person:
    return team("ee")


@pytest.fixture
def ie(ee: Person) -> Person:
    """Return a partner of both."""
    return team("ie", tier=Tier.PARTNER, country="IE")


@pytest.fixture
def filed(ua: Person, ee: Person, ie: Person) -> Incident:
    origin(ua, ORCON)
    return draft(ee, AMBER, more=(indicator("mine", owner="ee"), tie("ee")))


TIE = stix_id("relationship", "tie")


def tie(owner: str) -> dict[str, Any]:
    """Return the owner's statement that its indicator is about the carried one's matter."""
    own = stix_id("indicator", "mine")
    return sdo(
        "relationship",
        "tie",
        owner=owner,
        relationship_type="related-to",
        source_ref=own,
        target_ref=OBJECT,
    )


def asked(person: Person, filed: Incident, object_id: str = OBJECT) -> ReuseRequest:
    return ask(by=by(person), incident=filed, object_id=object_id, purpose="to warn", now=NOW)


def granted(filed: Incident, ua: Person, ee: Person) -> ReuseRequest:
    state = ReuseState.GRANTED
    return answer(by=by(ua), request=asked(ee, filed), state=state, now=NOW)


def test_request_reaches_the_originator_with_the_marking_and_nothing_else(
    filed: Incident, ua: Person, ee: Person
) -> None:
    request = asked(ee, filed)
    assert request.originator == ua.member
    assert (request.marking["tlp"], request.state) == ("AMBER", ReuseState.ASKED)
    assert Entry.objects.filter(action="sharing:reuse:ask").count() == 1


def test_asking_costs_and_leaves_the_same_whatever_stands_behind_the_id(
    filed: Incident, ua: Person, ee: Person, ie: Person
) -> None:
    hidden = indicator("hidden", owner="ie")
    file(ie, bundle(incident("secret", owner="ie"), hidden), marking=ORCON)
    own = indicator("own", owner="ee")
    file(ee, bundle(incident("mine", owner="ee"), own), marking=AMBER)
    found = {}
    for object_id in (OBJECT, hidden["id"], own["id"], stix_id("indicator", "none at all")):
        with CaptureQueriesContext(connection) as queries:
            request = asked(ee, filed, object_id)
        shapes = [
            q["sql"].split(" WHERE ")[0].split(" VALUES ")[0]
            for q in queries
            if "SAVEPOINT" not in q["sql"]
        ]
        found[object_id] = (shapes, request.state)
    first = found.pop(OBJECT)
    assert [*found.values()] == [first] * 3
    reached = ReuseRequest.objects.exclude(originator=None)
    assert [request.object_id for request in reached] == [OBJECT]


def test_asking_twice_is_one_request_and_another_marking_another(
    filed: Incident, ua: Person, ee: Person
) -> None:
    first = asked(ee, filed)
    assert asked(ee, filed) == first
    mark(by=by(ee), incident=filed, marking=from_json({"tlp": "AMBER+STRICT"}), now=NOW)
    again = asked(ee, filed)
    first.refresh_from_db()
    assert (first.state, again.marking["tlp"]) == (ReuseState.ENDED, "AMBER+STRICT")
    with pytest.raises(Conflict):
        answer(by=by(ua), request=first, state=ReuseState.GRANTED, now=NOW)


def test_only_reviewers_of_the_originator_decide(filed: Incident, ua: Person, ee: Person) -> None:
    request = asked(ee, filed)
    analyst = make_person(ua.member, "analyst", "analyst")
    for person in (ee, analyst):
        with pytest.raises(NotPermitted):
            answer(by=by(person), request=request, state=ReuseState.GRANTED, now=NOW)
        with pytest.raises(NotPermitted):
            withdraw_consent(by=by(person), request=request, now=NOW)
    with pytest.raises(NotPermitted):
        asked(make_person(ee.member, "reads", "reader"), filed)


def feed(person: Person, now: datetime, after: datetime | None = None) -> dict[str, datetime]:
    """Return what a poll answers: ids with their dates added."""
    reader = reader_of_person(Person.objects.select_related("member").get(pk=person.pk))
    assert reader is not None
    got = page(reader=reader, kind=GrantKind.SHARED, now=now, after=after)
    return {entry.object_id: entry.added for entry in got.entries}


@pytest.fixture
def carried(filed: Incident, ua: Person, ee: Person) -> Incident:
    """Return an incident of ee's in force that carries ua's ORCON object by consent."""
    granted(filed, ua, ee)
    out(filed, ee)
    return filed


def consent(filed: Incident) -> ReuseRequest:
    return ReuseRequest.objects.get(incident=filed, state=ReuseState.GRANTED)


def test_release_waits_for_consent_and_goes_out_with_it(
    filed: Incident, ua: Person, ee: Person, ie: Person
) -> None:
    submit(by=by(ee), incident=filed, now=NOW)
    with pytest.raises(LintBlocks) as refused:
        again(filed, ee)
    assert [f.code for f in refused.value.findings] == ["ORCON_WITHOUT_CONSENT"]
    granted(filed, ua, ee)
    settle(again(filed, ee).pk, now=NOW)
    assert has(ie, of=filed)


def again(filed: Incident, person: Person) -> Release:
    """Release what is in review."""
    filed.refresh_from_db()
    digest = preview(incident=filed, now=NOW).digest
    approval = Approval(digest=digest, report_kind=ReportKind.NOTIFICATION)
    return release_incident(by=by(second(person)), incident=filed, approval=approval, now=NOW)


def test_wider_marking_than_consented_is_blocked(filed: Incident, ua: Person, ee: Person) -> None:
    request = asked(ee, filed)
    ReuseRequest.objects.filter(pk=request.pk).update(marking={"tlp": "AMBER+STRICT"})
    answer(by=by(ua), request=request, state=ReuseState.GRANTED, now=NOW)
    with pytest.raises(LintBlocks) as refused:
        out(filed, ee)
    assert [f.code for f in refused.value.findings] == ["WIDER_THAN_CONSENTED"]


def test_consent_withdrawn_is_gone_from_the_very_next_read_and_recalled(
    carried: Incident, ua: Person, ie: Person
) -> None:
    assert TIE in feed(ie, NOW)

    withdraw_consent(by=by(ua), request=consent(carried), now=LATER)

    assert not has(ie, of=carried)
    assert has(ie), "the originator's own release stays"
    assert TIE not in feed(ie, LATER)
    recall = Recall.objects.get(incident=carried)
    items = RecallItem.objects.filter(notice__recall=recall, notice__member=ie.member)
    assert (recall.kind, {item.object_id for item in items}) == ("origin", {TIE})


def test_consent_given_again_reaches_a_partner_that_only_polls_with_its_last_added_after(
    carried: Incident, ua: Person, ee: Person, ie: Person
) -> None:
    before = feed(ie, NOW)[TIE]
    withdraw_consent(by=by(ua), request=consent(carried), now=LATER)
    then = LATER + timedelta(minutes=1)
    cursor = max(feed(ie, then).values())

    answer(by=by(ua), request=asked(ee, carried), state=ReuseState.GRANTED, now=then)
    assert feed(ie, then, cursor) == {}  # a worker gives it
    for release_id in fanout.waiting(then):
        fanout.settle(release_id, now=then)

    after = feed(ie, then, cursor)
    assert {key for key in after if not key.startswith("marking-definition")} == {TIE}
    assert after[TIE] > cursor > before


def test_what_rests_on_an_access_is_denied_and_recalled_when_it_ends_down_the_chain(
    ua: Person, ee: Person, ie: Person
) -> None:
    first = origin(ua, AMBER)
    middle = draft(ee, AMBER)
    out(middle, ee)
    last = draft(ie, AMBER, name="carrier two")
    out(last, ie)
    bystander = draft_without(ie)
    Grant.objects.filter(release=first).update(withdrawn_at=LATER)
    assert ee.member is not None
    found = carriers(member_ids=[ee.member.pk], object_ids=[OBJECT])
    assert found == own_carriers([ee.member.pk])

    resettle_carriers(found, now=LATER)

    assert not any(has(person) for person in (ee, ie))
    kinds = Recall.objects.values_list("incident", "kind")
    assert set(kinds) == {(middle.pk, "origin"), (last.pk, "origin")}
    assert has(ee, stix_id("indicator", "alone"), of=bystander)


def draft_without(person: Person) -> Incident:
    """Release an incident that carries nothing of others."""
    assert person.member is not None
    slug = person.member.slug
    data = bundle(incident("alone", owner=slug), indicator("alone", owner=slug))
    filed = file(person, data, marking=AMBER).incident
    out(filed, person)
    return filed


def test_carriers_of_each_other_are_settled_to_an_end(ua: Person, ee: Person, ie: Person) -> None:
    first = origin(ua, AMBER)
    out(draft(ee, AMBER), ee)
    out(draft(ie, AMBER, name="carrier two"), ie)
    assert ee.member is not None
    Grant.objects.filter(release=first).update(withdrawn_at=LATER)
    resettle_carriers(own_carriers([ee.member.pk]), now=LATER)
    assert not any(has(person) for person in (ee, ie))
