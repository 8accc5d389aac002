"""REST: filing, reading, and the steps up to a release, over HTTP."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import rfc8785

from incidents.models import Incident
from members.models import Person
from members.roles import Scope
from members.tlp import Channel
from sharing.models import Release
from sharing.services.fanout import settle
from tests.factories import bundle, incident, indicator, sdo, tlp
from tests.sharing.web import machine, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def submission(name: str = "Wiper", **fields: Any) -> bytes:
    return bundle(
        incident(name, owner="cert-ua", **fields), indicator(f"{name} address", owner="cert-ua")
    )


def test_filing_answers_with_reference_and_state(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    answer = api.ask("POST", "incidents/", submission())
    assert answer.status_code == 201, answer.content
    body = answer.json()
    made = Incident.objects.get()
    assert body["ref"] == made.ref
    assert (body["state"], body["working"], body["problems"]) == ("draft", "draft", [])
    assert not body["tlp_confirmed"]
    assert answer["Location"] == body["url"] == f"/api/v1/incidents/{made.ref}/"
    assert answer["Cache-Control"] == "private, no-store"


def test_the_same_submission_again_changes_nothing(people: dict[str, Person]) -> None:
    api, data = machine(people["author"]), submission()
    first, again = api.ask("POST", "incidents/", data), api.ask("POST", "incidents/", data)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["ref"] == again.json()["ref"]
    assert Incident.objects.get().revisions.count() == 1


def test_what_stix_cannot_carry_stands_beside_the_bundle(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    shown = indicator("one", owner="cert-ua")
    body = {
        "bundle": json.loads(bundle(sdo("report", "r", owner="cert-ua", name="A report",
            published="2026-11-20T00:00:00Z", object_refs=[shown["id"]]), shown)),
        "title": "Named by the request",
        "marking": {"tlp": "AMBER", "rel_to": ["UA", "NATO"]},
        "object_markings": {shown["id"]: {"tlp": "RED", "named": ["cert-ee"]}},
    }  # fmt: skip
    answer = api.ask("POST", "incidents/", body)
    assert answer.status_code == 201, answer.content
    made = Incident.objects.get()
    assert made.head is not None
    assert made.head.title == "Named by the request"
    assert made.head.marking == {"tlp": "AMBER", "rel_to": [["NATO", "UA"]], "public": False}
    assert list(made.head.object_markings) == [shown["id"]]


def test_problems_name_object_and_fix_and_nothing_is_stored(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    bad = indicator("bad", owner="cert-ua") | {"pattern": "[ipv4-addr:value = "}
    data = bundle(incident("Mixed", owner="cert-ua"), indicator("good", owner="cert-ua"), bad)
    answer = api.ask("POST", "incidents/", data)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    (problem,) = [p for p in answer.json()["problems"] if p["level"] == "error"]
    assert (problem["number"], problem["type"], problem["id"]) == (3, "indicator", bad["id"])
    assert problem["property"] == "pattern"
    assert problem["fix"]
    assert not Incident.objects.exists()

    kept = api.ask("POST", "incidents/?partial=true", data)
    assert kept.status_code == 201
    assert [p["number"] for p in kept.json()["problems"]] == [3]
    assert kept.json()["objects"] == 2


def test_markings_beside_the_bundle_are_judged_whole(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    body = {
        "bundle": json.loads(submission()),
        "marking": {"tlp": "PURPLE", "colour": 1},
        "object_markings": {"x": {"named": "all"}},
        "extra": 1,
    }
    answer = api.ask("POST", "incidents/", body)
    assert answer.status_code == 422
    assert {p["property"] for p in answer.json()["problems"]} == {
        "extra",
        "marking.tlp",
        "marking.colour",
        "object_markings.x.named",
    }


def deep(levels: int) -> bytes:
    return b'{"type":"bundle","id":"b","objects":' + b"[" * levels + b"]" * levels + b"}"


HOSTILE: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b"[]", 422),
    "a number": (b"1" * 5000, 422),
    "not UTF-8": (b'{"type": "\xff"}', 400),
    "UTF-16": ("{}".encode("utf-16"), 400),
    "too large": (b" " * 5_000_001, 413),
    "too deep": (deep(100_000), 422),
    "half a character": (b'{"type":"bundle","id":"\\ud800","objects":[{}]}', 422),
    "NUL": (b'{"type":"bundle","objects":[{"type":"incident","name":"\\u0000"}]}', 422),
    "NaN": (b'{"type":"bundle","objects":[{"x":NaN}]}', 422),
    "overflow": (b'{"type":"bundle","objects":[{"x":1e999}]}', 422),
    "a giant integer": (b'{"type":"bundle","objects":[{"x":' + b"9" * 5000 + b"}]}", 422),
    "a key twice": (b'{"type":"bundle","type":"bundle","objects":[{}]}', 422),
    "objects of other kinds": (b'{"type":"bundle","objects":[1,"x",null,[]]}', 422),
    "types of other kinds": (b'{"type":"bundle","objects":[{"type":{},"id":[]}]}', 422),
    "an empty bundle inside": (b'{"bundle":{}}', 422),
    "a bundle of another kind": (b'{"bundle":[]}', 422),
    "no bundle": (b'{"title":"x"}', 422),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused_never_fail(name: str, people: dict[str, Person]) -> None:
    data, status = HOSTILE[name]
    answer = machine(people["author"]).ask("POST", "incidents/", data)
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["problems"]


def test_other_encodings_and_media_types_are_refused(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    packed = gzip.compress(submission())
    answer = api.ask("POST", "incidents/", packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert api.ask("POST", "incidents/", b"x", content_type="text/plain").status_code == 415
    stix = "application/stix+json;version=2.1"
    assert api.ask("POST", "incidents/", submission(), content_type=stix).status_code == 201


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "level=9", "tlp=PINK", "state=x", "cursor=x", "from=%00",
     "q=%00", "sector=x", "colour=1", "cursor=%F0%9F%98%80"],
)  # fmt: skip
def test_wrong_filters_are_refused(query: str, people: dict[str, Person]) -> None:
    assert machine(people["author"]).ask("GET", f"incidents/?{query}").status_code == 422


STEPS: dict[str, tuple[str, Any]] = {
    "submit/": ("POST", {}),
    "return/": ("POST", {"note": "x"}),
    "release/": ("POST", {"digest": "0" * 64, "report_kind": "initial"}),
    "confirm/": ("POST", {}),
    "audience/": ("GET", None),
    "marking/": ("GET", None),
    "": ("GET", None),
    "objects/": ("GET", None),
}
BODIES = [
    b"{",
    b"[]",
    b"1",
    b'"x"',
    b'{"note":"\\u0000"}',
    b'{"note":"\\ud800"}',
    b"[" * 5000,
    b'{"note":NaN}',
    b'{"a":1,"a":2}',
    b"\xff",
    b'{"digest":{}}',
    b'{"tlp":[]}',
    b'{"persons":["a\\u0000@b"]}',
    b'{"release_at":"0000-00-00T00:00:00Z"}',
    b'{"embargo_until":"9999-12-31T23:59:59Z","tlp":"RED"}',
    b'{"note":"' + b"x" * 5000 + b'"}',
]


@pytest.mark.parametrize("body", BODIES)
def test_hostile_steps_never_fail(body: bytes, people: dict[str, Person]) -> None:
    api = machine(people["both"])
    ref = api.ask("POST", "incidents/", submission()).json()["ref"]
    for step, method in (
        ("submit/", "POST"),
        ("return/", "POST"),
        ("release/", "POST"),
        ("marking/", "PUT"),
        ("marking/", "PATCH"),
    ):
        answer = api.ask(method, f"incidents/{ref}/{step}", body)
        assert answer.status_code < 500, (step, body, answer.content)
    assert api.ask("GET", f"incidents/{ref}/audience/").status_code == 200


def test_every_route_answers_hidden_as_it_answers_unknown(people: dict[str, Person]) -> None:
    hidden = machine(people["author"]).ask("POST", "incidents/", submission()).json()["ref"]
    for caller in ("ee", "ie"):
        api = machine(people[caller])
        for step, (method, body) in STEPS.items():
            seen = api.ask(method, f"incidents/{hidden}/{step}", body)
            unknown = api.ask(method, f"incidents/CF-2026-AAAAAA/{step}", body)
            assert seen.status_code == unknown.status_code == 404, step
            assert seen.content == unknown.content
            assert dict(seen.headers) == dict(unknown.headers)
        for path in ("incidents/", "incidents/?q=wiper", "incidents/?from=cert-ua"):
            assert api.get(path) == {"incidents": [], "next": None}


def test_every_route_wants_a_credential(people: dict[str, Person]) -> None:
    from tests.sharing.web import Machine

    nobody = Machine("Bearer cfs_wrong")
    for step, (method, body) in {**STEPS, "x": ("GET", None)}.items():
        path = "incidents/" if step == "x" else f"incidents/CF-2026-AAAAAA/{step}"
        answer = nobody.ask(method, path, body)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"]


SCOPE_OF = {
    "submit/": {Scope.INCIDENTS_SUBMIT},
    "return/": {Scope.INCIDENTS_RELEASE},
    "release/": {Scope.INCIDENTS_RELEASE},
    "confirm/": {Scope.INCIDENTS_RELEASE},
    "audience/": {Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE},
    "marking/": {Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE},
    "": {Scope.FEED_READ, Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE},
    "objects/": {
        Scope.FEED_READ,
        Scope.INCIDENTS_WRITE,
        Scope.INCIDENTS_SUBMIT,
        Scope.INCIDENTS_RELEASE,
    },
}


@pytest.mark.parametrize("scope", [s for s in Scope if s is not Scope.MEMBERS_ADMIN])
def test_each_scope_opens_its_routes_and_no_other(scope: Scope, people: dict[str, Person]) -> None:
    ref = machine(people["author"]).ask("POST", "incidents/", submission()).json()["ref"]
    api = machine(people["both"], scopes=(scope,))
    for step, (method, body) in STEPS.items():
        status = api.ask(method, f"incidents/{ref}/{step}", body).status_code
        assert (status != 403) == (scope in SCOPE_OF[step]), (step, status)
    may_write = scope is Scope.INCIDENTS_WRITE
    filed = api.ask("POST", "incidents/", submission("Another"))
    assert (filed.status_code == 201) == may_write


def test_other_channels_see_no_drafts(people: dict[str, Person]) -> None:
    ref = machine(people["author"]).ask("POST", "incidents/", submission()).json()["ref"]
    api = machine(people["author"], channel=Channel.DOWNSTREAM)
    assert api.ask("GET", f"incidents/{ref}/").status_code == 404
    assert api.get("incidents/")["incidents"] == []


def test_from_filing_to_a_partners_copy(people: dict[str, Person]) -> None:
    writer, releaser = machine(people["author"]), machine(people["reviewer"])
    data = submission()
    ref = writer.ask(
        "POST",
        "incidents/",
        {"bundle": json.loads(data), "marking": {"tlp": "AMBER+STRICT"}},
    ).json()["ref"]
    assert writer.ask("POST", f"incidents/{ref}/submit/").json()["state"] == "review"
    audience = releaser.get(f"incidents/{ref}/audience/?only_these=true")
    rows = {row["member"]: row["outcome"] for row in audience["rows"]}
    assert rows == {"cert-de": "full", "cert-ee": "full", "cert-ie": "none"}
    assert audience["rows"][2]["codes"] == ["NOT_NAMED", "TIER_CEILING"]
    assert audience["counts"] == {"full": 2, "redacted": 0, "none": 1}
    wish = {"digest": audience["digest"], "report_kind": "notification", "only_these": True}

    stale = releaser.ask("POST", f"incidents/{ref}/release/", wish | {"digest": "0" * 64})
    assert stale.status_code == 409
    assert stale.json()["code"] == "audience_changed"
    assert stale.json()["digest"] == audience["digest"]
    assert [r["member"] for r in stale.json()["rows"]] == ["cert-de", "cert-ee", "cert-ie"]

    done = releaser.ask("POST", f"incidents/{ref}/release/", wish)
    assert done.status_code == 200, done.content
    assert (done.json()["state"], done.json()["version"]) == ("released", 1)
    again = releaser.ask("POST", f"incidents/{ref}/release/", wish)
    assert again.json() == done.json()
    release = Release.objects.get()
    settle(release.pk, now=release.at)

    partner = machine(people["de"])
    (row,) = partner.get("incidents/")["incidents"]
    assert (row["ref"], row["tlp"], row["own"], row["owner"]["slug"]) == (
        ref,
        "AMBER+STRICT",
        False,
        "cert-ua",
    )
    got = {o["id"]: o for o in partner.get(f"incidents/{ref}/objects/")["objects"]}
    for sent in json.loads(data)["objects"]:
        copy = got[sent["id"]]
        assert len(copy.pop("object_marking_refs")) == 1
        assert rfc8785.dumps(copy) == rfc8785.dumps(sent)
    assert partner.get(f"incidents/{ref}/")["facts"]["determination"] == "confirmed"
    held = releaser.get(f"incidents/{ref}/audience/")
    assert {row["member"]: row["outcome"] for row in held["rows"]} == rows
    assert machine(people["ie"]).ask("GET", f"incidents/{ref}/").status_code == 404


def test_lint_blocks_are_answered_with_their_fix(people: dict[str, Person]) -> None:
    api, other = machine(people["author"]), machine(people["reviewer"])
    ref = api.ask("POST", "incidents/", submission()).json()["ref"]
    api.ask("POST", f"incidents/{ref}/submit/")
    audience = other.get(f"incidents/{ref}/audience/")
    assert [f["code"] for f in audience["lint"] if f["level"] == "error"] == ["TLP_UNCONFIRMED"]
    wish = {"digest": audience["digest"], "report_kind": "initial"}
    answer = other.ask("POST", f"incidents/{ref}/release/", wish)
    assert answer.status_code == 422
    assert [p["code"] for p in answer.json()["problems"]] == ["TLP_UNCONFIRMED"]
    marked = other.ask("PATCH", f"incidents/{ref}/marking/", {"tlp": "GREEN"})
    assert marked.json()["marking"]["tlp"] == "GREEN"
    wish["digest"] = other.get(f"incidents/{ref}/audience/")["digest"]
    assert other.ask("POST", f"incidents/{ref}/release/", wish).status_code == 200


def test_a_credential_is_its_accountable_person_for_four_eyes(
    people: dict[str, Person],
) -> None:
    mine, hers = machine(people["both"]), machine(people["reviewer"])
    body = {"bundle": json.loads(submission(level=5)), "marking": {"tlp": "AMBER"}}
    ref = mine.ask("POST", "incidents/", body).json()["ref"]
    mine.ask("POST", f"incidents/{ref}/submit/")
    audience = mine.get(f"incidents/{ref}/audience/")
    assert audience["second_person"] is True
    wish = {"digest": audience["digest"], "report_kind": "initial"}
    refused = mine.ask("POST", f"incidents/{ref}/release/", wish)
    assert refused.status_code == 403
    assert hers.ask("POST", f"incidents/{ref}/release/", wish).status_code == 200


def test_paging_gives_everything_once(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    refs = {api.ask("POST", "incidents/", submission(f"No. {n}")).json()["ref"] for n in range(7)}
    seen: list[str] = []
    path = "incidents/?limit=3"
    while path:
        page = api.get(path)
        seen += [row["ref"] for row in page["incidents"]]
        path = f"incidents/?limit=3&cursor={page['next']}" if page["next"] else ""
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == refs
    cursor = api.get("incidents/?limit=3")["next"]
    assert machine(people["ee"]).ask("GET", f"incidents/?cursor={cursor}").status_code == 422


def test_queries_do_not_grow_with_the_list(
    people: dict[str, Person], django_assert_num_queries: Any
) -> None:
    api = machine(people["author"])
    api.ask("POST", "incidents/", submission("One"))
    with django_assert_num_queries(2):  # who asks; the page
        assert len(api.get("incidents/")["incidents"]) == 1
    for n in range(9):
        api.ask("POST", "incidents/", submission(f"No. {n}"))
    with django_assert_num_queries(2):
        assert len(api.get("incidents/")["incidents"]) == 10


def test_marked_in_the_bundle_counts_as_stated(people: dict[str, Person]) -> None:
    api = machine(people["author"])
    data = bundle(incident("Marked", owner="cert-ua", **tlp("GREEN")))
    body = api.ask("POST", "incidents/", data).json()
    assert body["tlp_confirmed"] is True
    assert api.get(f"incidents/{body['ref']}/marking/")["marking"]["tlp"] == "GREEN"
