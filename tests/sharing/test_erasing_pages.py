"""Erasure's edges: who finds them, what they never show, and that a slip erases nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from incidents.models import Incident, State
from members.models import Agreement, Person
from members.roles import Scope
from sharing.models import (
    Erasure,
    ErasureState,
    Grant,
    GrantKind,
    Recall,
    RecallKind,
    RenderingObject,
)
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, indicator, make_person, release
from tests.members import world as members_world
from tests.members.calling import Api
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
TITLE = "Wiper in Chornobyl"


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    found = world()
    Agreement.objects.update(valid_until=timezone.now() + timedelta(days=300))
    ee = found["ee"].member
    return found | {
        "ee admin": make_person(ee, "admin", "member_admin"),
        "platform": make_person(None, "platform", "platform_admin"),
        "auditor": make_person(None, "auditor", "auditor"),
    }


def share(people: dict[str, Person], name: str = TITLE, *extra: dict[str, Any]) -> Incident:
    data = bundle(incident(name, owner="cert-ua"), indicator(f"{name} i", owner="cert-ua"), *extra)
    made = file(people["author"], data, marking={"tlp": "AMBER"}).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def asked(people: dict[str, Person], made: Incident) -> Erasure:
    answer = enter(people["admin"]).post(
        f"/incidents/{made.ref}/erase",
        {"ground": "order", "case": "4K-12/26", "typed": made.ref},
    )
    assert answer.status_code == 302, answer.content
    return Erasure.objects.get(incident=made)


def press(person: Person, erasure: Erasure, do: str, typed: str = "") -> Any:
    return enter(person).post(f"/erasures/{erasure.pk}/", {"do": do, "typed": typed})


def test_journey_from_asking_to_a_page_that_is_gone(people: dict[str, Person]) -> None:
    made = share(people)
    address = f"/incidents/{made.ref}/"
    assert enter(people["ee"]).get(address).status_code == 200
    shown = enter(people["admin"]).get(f"{address}erase")
    assert shown.status_code == 200
    assert TITLE not in shown.content.decode()
    erasure = asked(people, made)
    assert enter(people["ee"]).get(address).status_code == 200  # nothing has changed yet
    page = enter(people["platform"]).get(f"/erasures/{erasure.pk}/")
    assert TITLE not in page.content.decode()
    assert page.context["extent"].members == 3
    assert press(people["platform"], erasure, "approve", "CF-2026-AAAAAA").status_code == 422
    assert press(people["platform"], erasure, "approve").status_code == 422
    assert press(people["platform"], erasure, "approve", made.ref).status_code == 302
    made.refresh_from_db()
    assert made.state == State.RETRACTED
    hidden = enter(people["ee"]).get(address)
    unknown = enter(people["ee"]).get("/incidents/CF-2026-AAAAAA/")
    assert hidden.status_code == unknown.status_code == 404
    for name in ("author", "reviewer"):
        own = enter(people[name]).get(address)
        assert own.status_code == 200
        assert "[erased: order 4K-12/26]" in own.content.decode()
        assert "Chornobyl" not in own.content.decode()
        listed = enter(people[name]).get("/incidents/")
        assert "Chornobyl" not in listed.content.decode()
    assert Recall.objects.get().kind == RecallKind.ERASURE
    assert press(people["platform"], erasure, "decline").status_code == 409


def test_nobody_else_finds_any_of_it(people: dict[str, Person]) -> None:
    made = share(people)
    erasure = asked(people, made)
    found: dict[str, set[str]] = {}
    for address in (f"/incidents/{made.ref}/erase", "/erasures/", f"/erasures/{erasure.pk}/"):
        for name, person in people.items():
            answer = enter(person).get(address)
            if answer.status_code == 200:
                found.setdefault(name, set()).add(address.partition(made.ref)[2] or address)
            else:
                assert answer.status_code == 404
    assert found == {
        "admin": {"/erase", "/erasures/", f"/erasures/{erasure.pk}/"},
        "platform": {"/erasures/", f"/erasures/{erasure.pk}/"},
        "ee admin": {"/erasures/"},
    }
    assert enter(people["ee admin"]).get("/erasures/").context["rows"] == []
    for person in (people["ee admin"], people["staff"], people["author"]):
        assert press(person, erasure, "approve", made.ref).status_code == 404
        assert press(person, erasure, "decline").status_code == 404
    assert press(people["admin"], erasure, "approve", made.ref).status_code == 409
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.ASKED


def test_a_slip_asks_for_nothing(people: dict[str, Person]) -> None:
    made = share(people)
    client = enter(people["admin"])
    good = {"ground": "term", "case": "", "typed": made.ref}
    for change in ({"typed": ""}, {"typed": "CF"}, {"ground": "mood"}, {"case": "see her mail"}):
        assert client.post(f"/incidents/{made.ref}/erase", good | change).status_code == 422
    assert not Erasure.objects.exists()
    assert client.post(f"/incidents/{made.ref}/erase", good).status_code == 302
    assert client.post(f"/incidents/{made.ref}/erase", good).status_code == 409


def test_words_that_are_no_ground_are_shown_to_nobody(people: dict[str, Person]) -> None:
    erasure = asked(people, share(people))
    for words in ("canary7f3a of the case", "order canary7f3a and more"):
        Erasure.objects.update(reason=words)
        for address in ("/erasures/", f"/erasures/{erasure.pk}/"):
            assert "canary7f3a" not in enter(people["platform"]).get(address).content.decode()
        assert "canary7f3a" not in Api(person=people["platform"]).get("erasures/").content.decode()


def test_who_asked_takes_it_back(people: dict[str, Person]) -> None:
    made = share(people)
    erasure = asked(people, made)
    assert press(people["admin"], erasure, "decline").status_code == 302
    erasure.refresh_from_db()
    assert (erasure.state, erasure.decided_by) == (ErasureState.DECLINED, None)
    made.refresh_from_db()
    assert made.state == State.RELEASED


def test_the_incident_page_leads_an_administrator_there(people: dict[str, Person]) -> None:
    made = share(people)
    assert people["admin"].member is not None
    reads = make_person(people["admin"].member, "reads", "member_admin", "reader")
    writes = make_person(people["admin"].member, "writes", "member_admin", "analyst")
    address = f"/incidents/{made.ref}/"
    for person, led in ((reads, True), (writes, True), (people["author"], False)):
        page = enter(person).get(address).content.decode()
        assert (f'href="{address}erase"' in page) is led
    assert f"{address}erase" not in enter(people["ee"]).get(address).content.decode()


def test_csrf_is_asked_for(people: dict[str, Person]) -> None:
    made = share(people)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["admin"])
    answer = client.post(f"/incidents/{made.ref}/erase", {"ground": "term", "typed": made.ref})
    assert answer.status_code == 403
    assert not Erasure.objects.exists()


def test_rest_asks_and_decides(people: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members_world, "NOW", timezone.now())
    made = share(people)
    owner = people["admin"].member
    assert owner is not None
    issued = members_world.credential(owner, people["admin"], Scope.MEMBERS_ADMIN)
    writes = members_world.credential(owner, people["author"], Scope.INCIDENTS_WRITE)
    admin, platform = Api(secret=issued.secret), Api(person=people["platform"])
    path, body = f"incidents/{made.ref}/erase/", {"ref": made.ref, "ground": "data-subject"}
    assert Api(secret=writes.secret).post(path, body).status_code == 404
    assert Api(person=people["ee admin"]).post(path, body).status_code == 404
    assert platform.post(path, body).status_code == 404
    assert admin.post(path, body | {"ref": "CF-2026-AAAAAA"}).status_code == 409
    assert admin.post(path, body | {"ground": "mood"}).status_code == 422
    assert admin.post(path, body | {"case": "a b"}).status_code == 422
    made_answer = admin.post(path, body)
    assert made_answer.status_code == 201
    number = made_answer.json()["id"]
    assert [row["id"] for row in admin.get("erasures/").json()] == [number]
    assert Api(person=people["ee admin"]).get("erasures/").json() == []
    assert Api(person=people["staff"]).get("erasures/").status_code == 404
    agree = {"ref": made.ref}
    assert admin.post(f"erasures/{number}/approve/", agree).status_code == 403
    for name in ("ee admin", "staff", "author"):
        other = Api(person=people[name])
        assert other.post(f"erasures/{number}/approve/", agree).status_code == 404
        assert other.post(f"erasures/{number}/decline/").status_code == 404
    assert platform.post(f"erasures/{number}/approve/", {}).status_code == 422
    done = platform.post(f"erasures/{number}/approve/", agree)
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert (done.json()["ground"], done.json()["case"]) == ("data-subject", "")
    assert TITLE not in done.content.decode()
    assert platform.post(f"erasures/{number}/decline/").status_code == 409


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_takes_as_many_queries_for_one_as_for_six(
    people: dict[str, Person], count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        asked(people, share(people, f"i{number}"))
    client = enter(people["platform"])
    client.get("/erasures/")
    with django_assert_num_queries(4):
        assert len(client.get("/erasures/").context["rows"]) == count


def test_the_owner_is_told_of_carriers_it_may_see_and_of_no_other(
    people: dict[str, Person],
) -> None:
    made = share(people)
    address = f"/incidents/{made.ref}/erase"
    before = enter(people["admin"]).get(address)
    assert before.context["carried"] == ()
    copy = indicator(f"{TITLE} i", owner="cert-ua")
    shown = RenderingObject.objects.filter(
        object_id=copy["id"],
        rendering__grants__member=people["ee"].member,
        rendering__grants__kind=GrantKind.SHARED,
    ).first()
    assert shown is not None
    carrying = file(
        people["ee"],
        bundle(incident("Carried", owner="cert-ee"), json.loads(shown.body)),
        marking={"tlp": "AMBER"},
    ).incident
    hidden = enter(people["admin"]).get(address)
    assert hidden.context["carried"] == ()
    second = make_person(people["ee"].member, "second", "reviewer")
    done = release(carrying, author=people["ee"], reviewer=second)
    settle(done.pk, now=NOW)
    assert Grant.objects.filter(release=done, member=people["admin"].member).exists()
    told = enter(people["admin"]).get(address)
    assert told.context["carried"] == (carrying.ref,)
    # Erased: who carried it on carries nothing any more, and its recipients are told as well.
    assert press(people["platform"], asked(people, made), "approve", made.ref).status_code == 302
    still = Grant.objects.filter(
        rendering__shown__object_id=copy["id"],
        kind=GrantKind.SHARED,
        notice=False,
        withdrawn_at=None,
    )
    # The originator is still shown, by the carrier, what it made itself (domain: own).
    assert set(still.values_list("member__slug", flat=True)) == {"cert-ua"}
    recalls = {(each.incident.ref, each.kind) for each in Recall.objects.all()}
    assert recalls == {(made.ref, "erasure"), (carrying.ref, "origin")}
    erasing = Recall.objects.get(kind=RecallKind.ERASURE)
    told_members = set(erasing.notices.values_list("member__slug", flat=True))
    assert told_members == {"cert-ee", "cert-de", "cert-ie"}
    assert enter(people["ee"]).get(f"/incidents/{carrying.ref}/").status_code == 200
