"""Comparing versions: the owner its own, a recipient what it was given, others nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.marking import from_json
from incidents.models import Incident
from incidents.services import amend, mark
from members.models import Person
from members.tiers import Tier
from sharing.models import Grant
from sharing.services.erasure import Ground, approve, ask
from sharing.services.fanout import settle
from sharing.services.life import retract_incident
from tests.factories import (
    bundle,
    by,
    file,
    incident,
    indicator,
    make_person,
    release,
    sdo,
    stix_id,
    tlp,
)
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
OWNER = "cert-ua"


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def first() -> bytes:
    return bundle(
        incident("Wiper", owner=OWNER, at=at(0)),
        indicator("one", owner=OWNER, at=at(0)),
        indicator("gone", owner=OWNER, at=at(0), address="192.0.2.66"),
        indicator("strict", owner=OWNER, at=at(0), address="192.0.2.8", **tlp("AMBER+STRICT")),
    )


def second() -> bytes:
    changed = incident("Wiper", owner=OWNER, at=at(0), level=4)
    return bundle(
        changed | {"modified": stamp(10), "description": "It was <b>worse</b>."},
        indicator("one", owner=OWNER, at=at(0)),
        indicator("strict", owner=OWNER, at=at(0), address="192.0.2.9", **tlp("AMBER+STRICT"))
        | {"modified": stamp(10)},
        sdo("malware", "wiper", owner=OWNER, at=at(10), name="Wiper 2", is_family=False),
    )


def stamp(minutes: int) -> str:
    return f"{at(minutes):%Y-%m-%dT%H:%M:%S}.000Z"


def put_out(people: dict[str, Person], made: Incident, minutes: int) -> None:
    made.refresh_from_db()
    now = at(minutes)
    done = release(made, author=people["author"], reviewer=people["reviewer"], now=now)
    settle(done.pk, now=now)
    made.refresh_from_db()


def next_version(people: dict[str, Person], made: Incident, data: bytes, minutes: int) -> None:
    amend(by=by(people["author"]), incident=made, now=at(minutes))
    file(people["author"], data, now=at(minutes), marking={"tlp": "AMBER"})
    made.refresh_from_db()


@pytest.fixture
def made(people: dict[str, Person]) -> Incident:
    """An incident with two released versions."""
    found = file(people["author"], first(), now=at(0), marking={"tlp": "AMBER"}).incident
    put_out(people, found, 1)
    next_version(people, found, second(), 11)
    put_out(people, found, 12)
    return found


def compare(person: Person, made: Incident, pair: str = "1..2") -> Any:
    return enter(person).get(f"/incidents/{made.ref}/versions/{pair}/")


def told(page: Any) -> dict[str, Any]:
    found = page.context["difference"]
    return {
        "added": [each["name"] for each in found["added"]],
        "removed": [each["name"] for each in found["removed"]],
        "changed": {
            each["name"]: {c["path"]: (c["before"], c["after"]) for c in each["changes"]}
            for each in found["changed"]
        },
    }


def test_the_owner_sees_every_difference(people: dict[str, Person], made: Incident) -> None:
    page = compare(people["author"], made)
    assert page.status_code == 200
    found = told(page)
    paths = {path.rpartition(".")[2] for path in found["changed"]["Wiper"]}
    assert paths == {"description", "criticality_level"}
    assert found["added"] == ["Wiper 2"]
    assert found["removed"] == ["gone"]
    assert found["changed"]["strict"] == {
        "pattern": (
            "[ipv4-addr:value = '192[.]0[.]2[.]8']",
            "[ipv4-addr:value = '192[.]0[.]2[.]9']",
        )
    }
    assert set(found["changed"]) == {"Wiper", "strict"}


def test_content_is_text(people: dict[str, Person], made: Incident) -> None:
    text = compare(people["author"], made).content.decode()
    assert "It was &lt;b&gt;worse&lt;/b&gt;." in text
    assert "<b>worse</b>" not in text


def test_the_other_way_round_tells_the_opposite(people: dict[str, Person], made: Incident) -> None:
    back = told(compare(people["author"], made, "2..1"))
    assert (back["added"], back["removed"]) == (["gone"], ["Wiper 2"])


def test_a_recipient_sees_what_it_was_given_of_both(
    people: dict[str, Person], made: Incident
) -> None:
    """What a version left out is no more in the older one either: it was taken back."""
    page = compare(people["de"], made)
    found = told(page)
    assert found["added"] == ["Wiper 2"]
    assert set(found["changed"]) == {"Wiper", "strict"}
    assert page.context["moves"] == []
    limited = compare(people["ie"], made)
    assert set(told(limited)["changed"]) == {"Wiper"}
    text = limited.content.decode()
    assert "strict" not in told(limited)["changed"]
    assert "192[.]0[.]2[.]9" not in text
    assert "192.0.2.9" not in text
    assert stix_id("indicator", "strict") not in text


def test_what_was_never_given_is_not_there(people: dict[str, Person], made: Incident) -> None:
    """Versions that a member never got are as unknown as those that do not exist."""
    Grant.objects.filter(member=people["ie"].member, release__version=1, withdrawn_at=None).update(
        withdrawn_at=at(13)
    )
    hidden, unknown = (compare(people["ie"], made, pair) for pair in ("1..2", "7..2"))
    assert hidden.status_code == unknown.status_code == 404
    assert body(hidden) == body(unknown)
    seen = compare(people["ie"], made, "2..2")
    assert seen.status_code == 200
    assert seen.context["pairs"] == []
    detail = enter(people["ie"]).get(f"/incidents/{made.ref}/")
    assert [v["number"] for v in detail.context["versions"]] == [2]
    assert [v["changes"] for v in detail.context["versions"]] == [""]
    other = enter(people["de"]).get(f"/incidents/{made.ref}/").context["versions"]
    assert [v["changes"] for v in other] == [f"/incidents/{made.ref}/versions/1..2/", ""]


def body(answer: Any) -> bytes:
    """Return an error page without what is new in every answer, and without its own address."""
    text = re.sub(rb"versions/\d+\.\.\d+/", b"", answer.content)
    return re.sub(rb'(value|nonce|content)="[^"]{8,}"|[0-9a-f]{16}', b"", text)


def test_nobody_else_learns_anything(people: dict[str, Person]) -> None:
    made = file(people["author"], first(), now=at(0), marking={"tlp": "AMBER+STRICT"}).incident
    put_out(people, made, 1)
    next_version(people, made, second(), 11)
    put_out(people, made, 12)
    Grant.objects.filter(member=people["ie"].member).update(withdrawn_at=at(13))
    for name in ("ie", "staff", "admin"):
        hidden = compare(people[name], made)
        missing = enter(people[name]).get("/incidents/CF-2026-AAAAAA/versions/1..2/")
        assert hidden.status_code == missing.status_code == 404
    assert compare(people["de"], made).status_code == 200


def test_the_working_copy_is_the_last_number_of_analysts_and_reviewers_alone(
    people: dict[str, Person], made: Incident
) -> None:
    amend(by=by(people["author"]), incident=made, now=at(20))
    made.refresh_from_db()
    marking = {"tlp": "GREEN", "exclude": ["cert-de"]}
    mark(by=by(people["author"]), incident=made, marking=from_json(marking), now=at(20))
    page = compare(people["author"], made, "2..3")
    assert page.context["gone"] == ("TLP:AMBER",)
    assert page.context["fresh"] == ("TLP:GREEN", "Not for cert-de.")
    moves = {m["member"].slug: (m["word"], m["before"], m["after"]) for m in page.context["moves"]}
    assert moves == {"cert-de": ("lost", "full", "none")}
    assert compare(people["reviewer"], made, "2..3").status_code == 200
    for name in ("reader", "de"):
        assert compare(people[name], made, "2..3").status_code == 404
        assert compare(people[name], made, "1..2").status_code == 200
    assert compare(people["author"], made, "3..4").status_code == 404
    assert compare(people["author"], made, "0..1").status_code == 404
    assert compare(people["author"], made, f"1..{10**30}").status_code == 404


def test_readers_of_the_owner_see_neither_rules_nor_audience(
    people: dict[str, Person],
) -> None:
    marking = {"tlp": "AMBER", "exclude": ["cert-de"]}
    made = file(people["author"], first(), now=at(0), marking=marking).incident
    put_out(people, made, 1)
    amend(by=by(people["author"]), incident=made, now=at(5))
    file(people["author"], first(), now=at(5), marking={"tlp": "AMBER+STRICT"})
    put_out(people, made, 6)
    author, reader = (compare(people[name], made).context for name in ("author", "reader"))
    assert "Not for cert-de." in author["gone"]
    assert [m["member"].slug for m in author["moves"]] == ["cert-de", "cert-ie"]
    assert (reader["gone"], reader["fresh"]) == (("TLP:AMBER",), ("TLP:AMBER+STRICT",))
    assert reader["moves"] == []


def test_own_markings_of_objects_are_compared(people: dict[str, Person], made: Incident) -> None:
    amend(by=by(people["author"]), incident=made, now=at(20))
    stricter = {stix_id("indicator", "one"): from_json({"min_tier": Tier.CORE.word})}
    file(people["author"], second(), now=at(20), marking={"tlp": "AMBER"}, object_markings=stricter)
    (line,) = compare(people["author"], made, "2..3").context["own_lines"]
    assert line == {
        "name": "one",
        "gone": (),
        "fresh": ("Only from this tier upwards: Core.",),
    }


def test_nothing_differs_says_so(people: dict[str, Person], made: Incident) -> None:
    page = compare(people["author"], made, "2..2")
    assert page.context["same"]
    assert b"Nothing differs" in page.content


def test_queries_do_not_grow_with_objects(people: dict[str, Person]) -> None:
    counts = []
    for count in (1, 30):
        name = f"Size {count}"
        data = bundle(
            incident(name, owner=OWNER, at=at(0)),
            *(indicator(f"{name} {n}", owner=OWNER, at=at(0)) for n in range(count)),
        )
        found = file(people["author"], data, now=at(0), marking={"tlp": "AMBER"}).incident
        put_out(people, found, 1)
        next_version(people, found, data, 5)
        put_out(people, found, 6)
        for person in (people["author"], people["de"]):
            client = enter(person)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"/incidents/{found.ref}/versions/1..2/")
            assert answer.status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_what_was_retracted_stays_comparable_for_the_owner_alone(
    people: dict[str, Person], made: Incident
) -> None:
    retract_incident(by=by(people["reviewer"]), incident=made, reason="False alarm.", now=at(20))
    assert told(compare(people["author"], made))["added"] == ["Wiper 2"]
    assert compare(people["de"], made).status_code == 404
    page = enter(people["author"]).get(f"/incidents/{made.ref}/view-as/cert-de")
    assert (page.context["outcome"], page.context["sentence"]) == ("none", "Retracted.")


def test_what_was_erased_shows_no_content_and_no_error(
    people: dict[str, Person], made: Incident
) -> None:
    platform = make_person(None, "platform", "platform_admin")
    asked = ask(
        actor=people["admin"].actor, incident=made, ground=Ground.ORDER, case="1", now=at(20)
    )
    approve(actor=platform.actor, erasure=asked, now=at(21))
    made.refresh_from_db()
    for path in ("versions/1..2/", "view-as/cert-de", "view-as/cert-de.json"):
        answer = enter(people["author"]).get(f"/incidents/{made.ref}/{path}")
        assert answer.status_code in (200, 404)
        assert b"Wiper 2" not in answer.content
        assert b"worse" not in answer.content
        assert b"192" not in answer.content
