"""View as: what the owner is shown is what the member's own reader is answered, byte by byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from incidents.stix.markings import TLP2_IDS
from members.models import Circle, CircleMembership, Member, Person
from members.models.choices import CircleState
from members.roles import Scope
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel
from sharing.models import Grant, Rendering
from sharing.services.fanout import settle
from sharing.view_as import READERS
from tests.factories import (
    bundle,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
    sdo,
    stix_id,
    tlp,
)
from tests.feeds.machines import ALL as FEED
from tests.feeds.machines import make_machine
from tests.sharing.web import enter, machine, world

pytestmark = pytest.mark.django_db
CHANNELS = {
    "internal": Channel.INTERNAL,
    "downstream": Channel.DOWNSTREAM,
    "blocklist": Channel.BLOCKLIST,
    "peer": Channel.PEER,
}


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    found = world()
    observer = make_member("body-b", tier=Tier.OBSERVER, country=None)
    return found | {"b": make_person(observer, "b", "reader")}


def content() -> bytes:
    """Return an incident in which every member finds something else."""
    owner = "cert-ua"
    granular = {
        "description": "Behind the door of ministry three.",
        "granular_markings": [
            {"marking_ref": TLP2_IDS["AMBER+STRICT"], "selectors": ["description"]}
        ],
    }
    malware = sdo("malware", "wiper", owner=owner, name="Wiper", is_family=False, **tlp("AMBER"))
    open_one = indicator("open", owner=owner, **tlp("GREEN"))
    strict = indicator("strict", owner=owner, address="192.0.2.8", **tlp("AMBER+STRICT"))
    return bundle(
        incident("Wiper", owner=owner, **tlp("GREEN")),
        malware,
        open_one,
        strict,
        indicator("cut", owner=owner, address="192.0.2.9", **granular),
        *(
            sdo(
                "relationship",
                name,
                owner=owner,
                relationship_type="indicates",
                source_ref=source["id"],
                target_ref=malware["id"],
            )
            for name, source in (("r1", open_one), ("r2", strict))
        ),
        sdo(
            "report",
            "all",
            owner=owner,
            name="All of it",
            published="2026-11-22T12:00:00Z",
            object_refs=[open_one["id"], strict["id"], malware["id"]],
        ),
    )


def released(people: dict[str, Person], data: bytes | None = None, **marking: Any) -> Incident:
    now = datetime.now(UTC)
    made = file(
        people["author"], data or content(), now=now, marking={"tlp": "GREEN", **marking}
    ).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"], now=now)
    settle(done.pk, now=now)
    made.refresh_from_db()
    return made


def look(people: dict[str, Person], made: Incident, member: str, **query: str) -> Any:
    return enter(people["author"]).get(f"/incidents/{made.ref}/view-as/{member}", query)


def given(people: dict[str, Person], made: Incident, member: str, **query: str) -> bytes | None:
    """Return the download, None for a 404."""
    answer = enter(people["author"]).get(f"/incidents/{made.ref}/view-as/{member}.json", query)
    return None if answer.status_code == 404 else answer.content


@pytest.mark.parametrize("slug", ["cert-ee", "cert-de", "cert-ie", "body-b"])
def test_the_download_is_what_the_members_credential_is_answered(
    people: dict[str, Person], slug: str
) -> None:
    made = released(people)
    member, owner = Member.objects.get(slug=slug), machine(people["author"])
    for channel, ceiling, withhold in product(
        CHANNELS, ("RED", "AMBER+STRICT", "AMBER", "GREEN"), (False, True)
    ):
        own = make_machine(
            member,
            channel=CHANNELS[channel],
            max_tlp=TLP.parse(ceiling),
            withhold=withhold,
            scopes=(Scope.FEED_READ,),
        )
        answer = own.get(f"/api/v1/incidents/{made.ref}/objects/", accept="*/*")
        off_or_on = {"withhold": "on"} if withhold else {}
        shown = given(people, made, slug, reader=channel, max_tlp=ceiling, **off_or_on)
        if answer.status_code == 404:
            assert shown is None
            continue
        assert shown is not None
        assert shown == answer.content
        feed = own.get(f"{FEED}objects/").json()["objects"]
        mine = json.loads(shown)["objects"]
        assert sorted(map(json.dumps, feed)) == sorted(map(json.dumps, mine))
        asked = {"reader": channel, "max_tlp": ceiling, "withhold": str(withhold).lower()}
        over_rest = owner.ask(
            "GET", f"incidents/{made.ref}/view-as/{slug}/objects/?{urlencode(asked)}"
        )
        assert over_rest.content == shown


def test_readers_differ_where_they_should(people: dict[str, Person]) -> None:
    """Else the test above would compare the same few bytes over and over."""
    made = released(people)
    found = {
        (slug, reader, ceiling, withhold): given(
            people,
            made,
            slug,
            reader=reader,
            max_tlp=ceiling,
            **({"withhold": "on"} if withhold else {}),
        )
        for slug in ("cert-ee", "cert-ie", "body-b")
        for reader in ("internal", "downstream", "peer")
        for ceiling in ("AMBER+STRICT", "GREEN")
        for withhold in (False, True)
    }
    assert len({*found.values()}) >= 5
    whole = found["cert-ee", "internal", "AMBER+STRICT", False]
    assert whole is not None
    assert len(json.loads(whole)["objects"]) == 8


def test_the_download_is_named_and_typed(people: dict[str, Person]) -> None:
    made = released(people)
    answer = enter(people["author"]).get(f"/incidents/{made.ref}/view-as/cert-ee.json")
    assert answer["Content-Type"] == "application/stix+json;version=2.1"
    assert answer["Content-Disposition"] == f'attachment; filename="{made.ref}-cert-ee.json"'
    assert "no-store" in answer["Cache-Control"]


def test_only_this_incident_counts(people: dict[str, Person]) -> None:
    """Another owner's release of the same member shows nowhere."""
    made = released(people)
    before = given(people, made, "cert-de", reader="internal")
    other = make_member("cert-fi", country="FI")
    staff = [make_person(other, name, "analyst", "reviewer") for name in ("a", "b")]
    hidden = file(staff[0], bundle(incident("Other", owner="cert-fi")), marking={"tlp": "GREEN"})
    settle(release(hidden.incident, author=staff[0], reviewer=staff[1]).pk, now=datetime.now(UTC))
    assert given(people, made, "cert-de", reader="internal") == before


def test_what_is_cut_is_told_by_object_path_and_sentence(people: dict[str, Person]) -> None:
    made = released(people)
    page = look(people, made, "cert-ie", reader="internal")
    assert page.context["outcome"] == "redacted"
    cuts = {(cut["name"], cut["path"]): cut["sentence"] for cut in page.context["cuts"]}
    assert cuts == {
        ("strict", ""): "Its tier does not reach this TLP.",
        (stix_id("relationship", "r2"), ""): "What it links to is not for this member.",
        ("All of it", "object_refs.[1]"): "Its tier does not reach this TLP.",
        ("cut", "description"): "Its tier does not reach this TLP.",
    }
    text = page.content.decode()
    assert "Behind the door" not in text
    assert "192.0.2.8" not in text
    assert "192[.]0[.]2[.]7" in text
    kept = look(people, made, "cert-ie", reader="internal", withhold="on").context
    assert ("cut", "") in {(cut["name"], cut["path"]) for cut in kept["cuts"]}


def test_nothing_tells_that_a_member_is_lowered_or_kept_out(people: dict[str, Person]) -> None:
    """A tier that counts for less, a suspension and a missing agreement read alike."""
    made = released(people)
    Member.objects.filter(slug="cert-de").update(standing=Health.LAPSED.value)
    behind = look(people, made, "cert-de", reader="internal").context
    assert (behind["outcome"], behind["sentence"]) == ("none", "Cannot receive this at present.")
    settle(made.releases.get().pk, now=datetime.now(UTC))
    page = look(people, made, "cert-de", reader="internal")
    said = {cut["sentence"] for cut in page.context["cuts"]}
    assert "Cannot receive this at present." in said
    assert "Its tier does not reach this TLP." not in said
    Member.objects.filter(slug="cert-de").update(
        standing=Health.GOOD.value,
        status=Status.SUSPENDED.value,
        suspension_cause="standing",
        suspended_from=Status.ACTIVE.value,
        suspended_at=datetime.now(UTC),
        suspended_by=people["staff"],
    )
    page = look(people, made, "cert-de", reader="internal")
    assert page.context["outcome"] == "none"
    assert page.context["sentence"] == "Cannot receive this at present."
    assert "uspen" not in page.content.decode()
    assert given(people, made, "cert-de", reader="internal") is None


def test_named_persons_read_what_was_meant_for_them(people: dict[str, Person]) -> None:
    person = people["ee"]
    Person.objects.filter(pk=person.pk).update(max_tlp=TLP.RED.value)
    now = datetime.now(UTC)
    made = file(
        people["author"],
        content(),
        now=now,
        marking={"tlp": "GREEN"},
        object_markings={
            stix_id("indicator", "open"): from_json({"persons": [person.email]}, base=NEUTRAL)
        },
    ).incident
    settle(release(made, author=people["author"], reviewer=people["reviewer"], now=now).pk, now=now)
    page = look(people, made, "cert-ee", reader="person", person=person.email)
    assert page.context["people"] == (person.email,)
    shown = {row["id"] for row in page.context["shown"]["json"]}
    others = look(people, made, "cert-ee", reader="person").context["shown"]["json"]
    hidden = shown - {row["id"] for row in others}
    assert hidden == {stix_id("indicator", "open"), stix_id("relationship", "r1")}
    theirs = enter(Person.objects.get(pk=person.pk)).get(f"/incidents/{made.ref}/").context
    mine = {row.id for group in theirs["objects"] for row in group.rows}
    assert mine == shown


@pytest.mark.parametrize("slug", ["cert-ee", "cert-de", "cert-ie", "body-b"])
def test_a_draft_shows_what_its_release_then_gives(people: dict[str, Person], slug: str) -> None:
    now = datetime.now(UTC)
    made = file(people["author"], content(), now=now, marking={"tlp": "GREEN"}).incident
    queries = [
        {"reader": reader, **({"withhold": "on"} if withhold else {})}
        for reader, withhold in product(READERS, (False, True))
    ]
    before = [given(people, made, slug, **query) for query in queries]
    assert not Grant.objects.exclude(kind=1).exists()
    assert not Rendering.objects.filter(release__isnull=False).exists()
    done = release(made, author=people["author"], reviewer=people["reviewer"], now=now)
    settle(done.pk, now=now)
    assert [given(people, made, slug, **query) for query in queries] == before


def test_an_embargo_shows_when_it_opens_and_what_then(people: dict[str, Person]) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    marking = {
        "embargo_until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "early": [["cert-ee"]],
    }
    made = file(people["author"], content(), marking={"tlp": "GREEN", **marking}).incident
    for _ in ("draft", "in force"):
        page = look(people, made, "cert-de", reader="internal")
        assert page.context["outcome"] == "none"
        assert page.context["opens"]["at"] == until
        assert given(people, made, "cert-de", reader="internal") is None
        then = enter(people["author"]).get(page.context["opens"]["url"])
        assert then.context["outcome"] == "full"
        assert given(people, made, "cert-de", reader="internal", opened="1") is not None
        early = look(people, made, "cert-ee", reader="internal")
        assert (early.context["outcome"], early.context["opens"]) == ("full", None)
        if made.version == 0:
            done = release(
                made, author=people["author"], reviewer=people["reviewer"], now=datetime.now(UTC)
            )
            settle(done.pk, now=datetime.now(UTC))
            made.refresh_from_db()


def test_circles_of_others_do_not_show_in_a_draft(people: dict[str, Person]) -> None:
    """Who belongs to a circle that the owner does not belong to is not to be tried out here."""
    circle = Circle.objects.create(
        slug="c-secret",
        name="Secret",
        kind="multilateral",
        min_tier=Tier.OBSERVER.value,
        max_tlp=TLP.AMBER.value,
        state=CircleState.ACTIVE,
        maker=people["ee"].member,
        created_at=datetime.now(UTC),
    )
    CircleMembership.objects.create(
        circle=circle, member=Member.objects.get(slug="cert-de"), joined_at=datetime.now(UTC)
    )
    marking = {"tlp": "GREEN", "circles": [["c-secret"]]}
    made = file(people["author"], content(), marking=marking).incident
    pages = [look(people, made, slug, reader="internal").context for slug in ("cert-de", "cert-ie")]
    assert [page["outcome"] for page in pages] == ["none", "none"]
    assert pages[0]["sentence"] == pages[1]["sentence"]


@pytest.mark.parametrize("status", [Status.APPLICANT, Status.WITHDRAWN])
def test_members_the_owner_cannot_know_of_are_not_there(
    people: dict[str, Person], status: Status
) -> None:
    made = released(people)
    make_member("cert-xx", country="XX", status=status.value)
    unknown = look(people, made, "cert-yy")
    hidden = look(people, made, "cert-xx")
    assert unknown.status_code == hidden.status_code == 404
    shown = look(people, made, "cert-ee")
    assert b"cert-xx" not in shown.content
    assert given(people, made, "cert-xx") is None
    client = machine(people["author"])
    answers = [client.ask("GET", f"incidents/{made.ref}/view-as/{s}/") for s in ("cert-xx", "no")]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_only_the_owners_analysts_and_reviewers_look(people: dict[str, Person]) -> None:
    made = released(people)
    path = f"/incidents/{made.ref}/view-as/cert-ee"
    codes = {
        name: enter(people[name]).get(path).status_code
        for name in ("author", "reviewer", "reader", "ee", "staff", "admin")
    }
    assert codes == {
        "author": 200,
        "reviewer": 200,
        "reader": 403,
        "ee": 404,
        "staff": 404,
        "admin": 404,
    }
    for name in ("ee", "staff", "admin"):
        missing = enter(people[name]).get("/incidents/CF-2026-AAAAAA/view-as/cert-ee")
        assert missing.status_code == 404
    assert look(people, made, "cert-ua").status_code == 404  # the owner sees its own page


def test_reading_over_rest_says_how_much_and_why(people: dict[str, Person]) -> None:
    made = released(people)
    client = machine(people["author"])
    found = client.get(f"incidents/{made.ref}/view-as/cert-ie/")
    assert (found["outcome"], found["objects"], found["working"]) == ("redacted", 6, False)
    assert {"id": stix_id("indicator", "strict"), "path": "", "code": "TIER_CEILING"} in found[
        "redactions"
    ]
    again = client.ask("GET", found["objects_url"].removeprefix("/api/v1/"))
    assert again.content == given(people, made, "cert-ie", reader="internal")
    none = client.get(f"incidents/{made.ref}/view-as/cert-ie/?reader=peer&max_tlp=CLEAR")
    assert (none["outcome"], none["objects_url"]) == ("none", None)
    wrong = client.ask("GET", f"incidents/{made.ref}/view-as/cert-ie/?reader=nobody&colour=red")
    assert wrong.status_code == 422
    absent = client.ask("GET", f"incidents/{made.ref}/view-as/cert-ie/?version=working")
    assert absent.status_code == 404
    assert (
        machine(people["de"]).ask("GET", f"incidents/{made.ref}/view-as/cert-ie/").status_code
        == 404
    )


@pytest.mark.parametrize(
    "query", ["reader=%00", "max_tlp=PURPLE", "version=9", "person=%F0%9F%98%80"]
)
def test_a_strange_query_is_no_error_of_ours(people: dict[str, Person], query: str) -> None:
    made = released(people)
    answer = enter(people["author"]).get(f"/incidents/{made.ref}/view-as/cert-ee?{query}")
    assert answer.status_code == 200


def test_picking_a_member_goes_to_its_page(people: dict[str, Person]) -> None:
    made = released(people)
    client = enter(people["author"])
    answer = client.get(f"/incidents/{made.ref}/view-as/?member=cert-de&reader=peer")
    assert answer["Location"] == f"/incidents/{made.ref}/view-as/cert-de?reader=peer"
    first = client.get(f"/incidents/{made.ref}/view-as/")
    assert first["Location"] == f"/incidents/{made.ref}/view-as/body-b"
    assert client.get(f"/incidents/{made.ref}/view-as/?member=nobody").status_code == 404


def test_a_release_that_waits_for_workers_says_so(people: dict[str, Person]) -> None:
    now = datetime.now(UTC)
    made = file(people["author"], content(), now=now, marking={"tlp": "GREEN"}).incident
    release(made, author=people["author"], reviewer=people["reviewer"], now=now)
    page = look(people, made, "cert-ee")
    assert (page.context["late"], page.context["outcome"]) == (True, "none")
    assert b"being made ready" in page.content


def test_queries_do_not_grow_with_objects_or_members(people: dict[str, Person]) -> None:
    small, big = (
        released(
            people,
            bundle(
                incident(name, owner="cert-ua"),
                *(indicator(f"{name}{n}", owner="cert-ua") for n in range(count)),
            ),
        )
        for name, count in (("small", 1), ("big", 40))
    )
    client = enter(people["author"])
    counts = []
    for made, more in ((small, 0), (big, 30)):
        for n in range(more):
            make_member(f"cert-x{n}", country="NO")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/incidents/{made.ref}/view-as/cert-ee")
        counts.append(len(queries))
    assert counts[0] == counts[1]
