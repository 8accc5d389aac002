"""What a partner's machine gets from each route, for whom, and with how many queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from feeds.taxii.collections import ALL_PERMITTED, COLLECTIONS, OWN, REFERENCE
from feeds.taxii.views import discovery
from members.models import Member
from members.tiers import Status, Tier
from members.tlp import ALL_READERS, TLP, Channel
from sharing.models import GrantKind
from sharing.services.reference import load_reference
from tests.factories import NOW, make_member
from tests.feeds.machines import ALL, ROOT, TAXII, Machine, make_machine
from tests.sharing.feeding import Press, body

pytestmark = pytest.mark.django_db


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def member() -> Member:
    return make_member("ee")


@pytest.fixture
def machine(member: Member) -> Machine:
    return make_machine(member)


def names(response: Any) -> list[str]:
    return [each["name"] for each in response.json().get("objects", [])]


def test_objects_are_the_stored_texts_in_the_order_they_were_added(
    press: Press, member: Member, machine: Machine
) -> None:
    given = [body("a", 0), body("b", 1), body("ü", 2, text='"\\ ü')]
    press.give(given, [member])

    response = machine.get(f"{ALL}objects/")

    assert response.status_code == 200
    assert response["Content-Type"] == TAXII
    assert response["Cache-Control"] == "private, no-store"
    inside = ",".join(each.body for each in given)
    assert response.content.decode() == f'{{"more":false,"objects":[{inside}]}}'


@pytest.mark.parametrize("count", [1, 50])
def test_a_page_takes_two_queries_and_its_receipt_however_long_it_is(
    press: Press,
    member: Member,
    machine: Machine,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    press.give([body(f"o{n}", n) for n in range(count)], [member])
    one = body("o0").object_id
    routes = {"objects/": 3, "manifest/": 2, f"objects/{one}/": 3, f"objects/{one}/versions/": 2}
    for route, queries in routes.items():
        for _again in range(2):  # the receipt stands then, and is looked for all the same
            with django_assert_num_queries(queries):
                assert machine.get(ALL + route).status_code == 200
    for suffix in ("", "versions/"):
        with django_assert_num_queries(2):
            unknown = f"{ALL}objects/{body('never').object_id}/{suffix}"
            assert machine.get(unknown).status_code == 404


def test_nothing_is_an_empty_object_without_date_headers(machine: Machine) -> None:
    for route in ("objects/", "manifest/"):
        response = machine.get(ALL + route)
        assert (response.status_code, response.json()) == (200, {})
        assert "X-TAXII-Date-Added-First" not in response.headers


def test_next_is_given_exactly_where_more_follows(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body(f"o{n}", n) for n in range(5)], [member])
    for route, key in (("objects/", "name"), ("manifest/", "id")):
        seen, query = [], {"limit": "2"}
        for left in (3, 1, 0):
            page = machine.get(ALL + route, query).json()
            seen += [each[key] for each in page["objects"]]
            assert page["more"] is (left > 0)
            assert ("next" in page) is (left > 0)
            query = {"limit": "2", "next": page.get("next", "")}
        assert len(seen) == len(set(seen)) == 5


def test_added_after_the_last_date_goes_on_where_the_page_ended(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body(f"o{n}", n) for n in range(3)], [member])
    first = machine.get(f"{ALL}objects/", {"limit": "2"})
    last = first["X-TAXII-Date-Added-Last"]

    rest = machine.get(f"{ALL}objects/", {"added_after": last})
    none = machine.get(f"{ALL}objects/", {"added_after": rest["X-TAXII-Date-Added-Last"]})

    assert names(first) + names(rest) == ["o0", "o1", "o2"]
    assert len(last) == len("2026-01-31T08:00:00.000000Z")
    assert none.json() == {}


def test_next_and_added_after_mixed_repeat_nothing(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body(f"o{n}", n) for n in range(4)], [member])
    first = machine.get(f"{ALL}objects/", {"limit": "2", "added_after": "2020-01-01T00:00:00Z"})
    both = {"next": first.json()["next"], "added_after": "2020-01-01T00:00:00Z"}
    assert names(machine.get(f"{ALL}objects/", both)) == ["o2", "o3"]


def test_a_limit_beyond_the_servers_own_is_served_with_fewer(
    press: Press, member: Member, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.taxii.parameters.MAX_PAGE", 3)
    press.give([body(f"o{n}", n) for n in range(4)], [member])
    page = machine.get(f"{ALL}objects/", {"limit": str(2**53 - 1)}).json()
    assert (len(page["objects"]), page["more"]) == (3, True)


def test_manifest_has_a_record_for_each_version(
    press: Press, member: Member, machine: Machine
) -> None:
    later = NOW + timedelta(hours=1)
    press.give([body("a")], [member])
    press.give([body("a", version=later)], [member])

    last = machine.get(f"{ALL}manifest/").json()["objects"]
    every = machine.get(f"{ALL}manifest/", {"match[version]": "all"})

    assert [each["version"] for each in last] == ["2026-11-22T13:00:00.000000Z"]
    records = every.json()["objects"]
    assert [each["version"] for each in records] == [
        "2026-11-22T12:00:00.000000Z",
        "2026-11-22T13:00:00.000000Z",
    ]
    assert records[0] == {
        "id": body("a").object_id,
        "date_added": every["X-TAXII-Date-Added-First"],
        "version": "2026-11-22T12:00:00.000000Z",
        "media_type": "application/stix+json;version=2.1",
    }


def test_one_object_and_its_versions(press: Press, member: Member, machine: Machine) -> None:
    later = NOW + timedelta(hours=1)
    press.give([body("a"), body("b", 1)], [member])
    press.give([body("a", version=later)], [member])
    path = f"{ALL}objects/{body('a').object_id}/"

    versions = machine.get(f"{path}versions/")
    assert versions.json() == {
        "more": False,
        "versions": ["2026-11-22T12:00:00.000000Z", "2026-11-22T13:00:00.000000Z"],
    }
    assert versions["X-TAXII-Date-Added-First"] < versions["X-TAXII-Date-Added-Last"]
    page = machine.get(f"{path}versions/", {"limit": "1"}).json()
    rest = machine.get(f"{path}versions/", {"limit": "1", "next": page["next"]}).json()
    assert (page["more"], rest["more"]) == (True, False)
    assert page["versions"] + rest["versions"] == versions.json()["versions"]

    def modified(query: dict[str, str]) -> list[str]:
        found = machine.get(path, query).json()
        return [each["modified"] for each in found.get("objects", [])]

    first, last = "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"
    assert modified({}) == [last]
    assert modified({"match[version]": "first"}) == [first]
    assert modified({"match[version]": "all"}) == [first, last]
    assert modified({"match[version]": first}) == [first]
    assert modified({"match[version]": f"first,{last}"}) == [first, last]
    assert modified({"match[version]": "first,last,2020-01-01T00:00:00Z"}) == [first, last]
    assert modified({"match[version]": "2020-01-01T00:00:00Z"}) == []


def test_match_takes_values_as_alternatives_and_fields_together(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body("a"), body("b", 1), body("c", 2, type_="malware")], [member])
    a, c = body("a").object_id, body("c", type_="malware").object_id

    def found(**query: str) -> list[str]:
        given = {f"match[{name}]": value for name, value in query.items()}
        return names(machine.get(f"{ALL}objects/", given))

    assert found(id=f"{a},{c}") == ["a", "c"]
    assert found(type="malware,tool") == ["c"]
    assert found(id=f"{a},{c}", type="indicator") == ["a"]
    assert found(type="x-anything") == []
    assert found(spec_version="2.1") == found(spec_version="2.0,2.1") == ["a", "b", "c"]
    assert found(spec_version="2.0") == []


def test_an_object_that_the_filters_leave_out_is_still_there(
    press: Press, member: Member, machine: Machine
) -> None:
    press.give([body("a")], [member])
    path = f"{ALL}objects/{body('a').object_id}/"
    for query in (
        {"added_after": "2100-01-01T00:00:00Z"},
        {"match[spec_version]": "2.0"},
        {"match[version]": "2020-01-01T00:00:00Z"},
    ):
        response = machine.get(path, query)
        assert (response.status_code, response.json()) == (200, {})


def test_hidden_and_unknown_objects_answer_the_same_bytes(press: Press, machine: Machine) -> None:
    press.give([body("hidden")], [make_member("fr")])
    queries: list[dict[str, str]] = [
        {},
        {"added_after": "2020-01-01T00:00:00Z"},
        {"match[version]": "all", "limit": "1"},
        {"match[spec_version]": "2.0"},
    ]
    for suffix in ("", "versions/"):
        for query in queries:
            hidden = machine.get(f"{ALL}objects/{body('hidden').object_id}/{suffix}", query)
            unknown = machine.get(f"{ALL}objects/{body('never').object_id}/{suffix}", query)
            odd = machine.get(f"{ALL}objects/no-id/{suffix}", query)
            assert hidden.status_code == 404
            assert hidden.content == unknown.content == odd.content
            assert _headers(hidden) == _headers(unknown) == _headers(odd)


def _headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name != "X-Request-Id"}


def test_collections_stand_by_id_and_answer_to_their_aliases(machine: Machine) -> None:
    listed = machine.get(f"{ROOT}collections/").json()["collections"]
    assert [each["id"] for each in listed] == sorted(each.id for each in COLLECTIONS)
    assert {each["alias"] for each in listed} == {"all-permitted", "own", "reference"}
    for each in listed:
        assert each["id"][14] == "4"
        assert (each["can_read"], each["can_write"]) == (True, False)
        for name in (each["id"], each["id"].upper(), each["alias"]):
            assert machine.get(f"{ROOT}collections/{name}/").json() == each
    assert machine.get(f"{ROOT}collections/other/").status_code == 404
    assert machine.get(f"{ROOT}collections/other/objects/").status_code == 404


def test_discovery_and_api_root(machine: Machine) -> None:
    found = machine.get("/taxii2/").json()
    assert found["default"] in found["api_roots"]
    root = machine.get(found["default"]).json()
    assert root["versions"] == [TAXII]
    assert root["max_content_length"] > 0


@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "Token", "bearer"])
def test_three_ways_to_show_a_credential(machine: Machine, scheme: str) -> None:
    value = machine.basic if scheme == "Basic" else f"{scheme} {machine.secret}"
    assert machine.get("/taxii2/", authorization=value).status_code == 200


@pytest.mark.parametrize("value", ["", "Basic", "Basic !", "Bearer cfs_wrong", "Digest x", "é"])
def test_without_a_good_credential_nothing_is_said(machine: Machine, value: str) -> None:
    for path in ("/taxii2/", f"{ALL}objects/", f"{ROOT}collections/other/objects/"):
        response = machine.get(path, authorization=value)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Basic ")
        assert response["Content-Type"] == TAXII
        assert response.json()["http_status"] == "401"


def test_a_credential_without_the_scope_reads_nothing(member: Member) -> None:
    response = make_machine(member, scopes=()).get(f"{ALL}objects/")
    assert response.status_code == 403
    assert "feed:read" in response.json()["title"]


def test_head_is_get_without_the_body(press: Press, member: Member, machine: Machine) -> None:
    press.give([body(f"o{n}", n) for n in range(20)], [member])
    for path in ("/taxii2/", f"{ALL}objects/", f"{ALL}manifest/", f"{ALL}objects/x/"):
        for encoding in ("identity", "gzip"):
            got = machine.get(path, accept_encoding=encoding)
            head = machine.ask("HEAD", path, accept_encoding=encoding)
            assert head.content == b""
            assert (head.status_code, _headers(head)) == (got.status_code, _headers(got))
    # Django's test client drops bodies itself; a WSGI server need not.
    bare = RequestFactory().head("/taxii2/", headers={"authorization": machine.basic})
    assert discovery(bare).content == b""


def test_a_forgotten_slash_is_served_without_a_redirect(machine: Machine) -> None:
    for path in (ROOT, f"{ROOT}collections/", ALL, f"{ALL}objects/", f"{ALL}manifest/"):
        assert machine.get(path.removesuffix("/")).content == machine.get(path).content
    assert machine.ask("POST", f"{ALL}objects").status_code == 403


def test_gzip_only_where_it_was_asked_for(press: Press, member: Member, machine: Machine) -> None:
    import gzip

    press.give([body(f"o{n}", n) for n in range(20)], [member])
    plain = machine.get(f"{ALL}objects/")
    packed = machine.get(f"{ALL}objects/", accept_encoding="br, gzip;q=0.5")
    refused = machine.get(f"{ALL}objects/", accept_encoding="gzip;q=0, *;q=0")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content == refused.content
    assert "Content-Encoding" not in refused.headers


def test_nothing_can_be_written(machine: Machine) -> None:
    assert machine.ask("POST", f"{ALL}objects/").status_code == 403
    assert machine.ask("DELETE", f"{ALL}objects/{body('a').object_id}/").status_code == 403
    for method, path in (
        ("DELETE", f"{ALL}objects/"),
        ("PUT", f"{ALL}objects/"),
        ("POST", "/taxii2/"),
        ("PATCH", f"{ALL}manifest/"),
        ("OPTIONS", f"{ALL}manifest/"),
    ):
        response = machine.ask(method, path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
        assert response["Content-Type"] == TAXII
        assert response.json()["http_status"] == "405"


def test_no_session_and_no_cookie(press: Press, member: Member, machine: Machine) -> None:
    press.give([body("a")], [member])
    response = machine.get(f"{ALL}objects/")
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


def test_the_door_narrows_by_tier_ceiling_channel_and_status(press: Press) -> None:
    associate = make_member("ie", tier=Tier.ASSOCIATE)
    everything = ALL_READERS
    press.give([body("green")], [associate])
    press.give([body("amber")], [associate], tlp=TLP.AMBER.value)
    press.give([body("strict")], [associate], tlp=TLP.AMBER_STRICT.value)
    press.give([body("partners")], [associate], min_tier=Tier.PARTNER.value)
    internal = make_machine(associate)
    press.give([body("not-internal")], [associate], readers=everything & ~_bit(internal))
    press.give([body("person")], [associate], persons=("a@ie.example",))
    press.give([body("later")], [associate], visible_from=datetime(2100, 1, 1, tzinfo=UTC))
    press.give([body("over")], [associate], visible_until=NOW)

    assert names(internal.get(f"{ALL}objects/")) == ["green", "amber"]
    low = make_machine(associate, max_tlp=TLP.GREEN)
    assert names(low.get(f"{ALL}objects/")) == ["green", "amber", "not-internal"]

    Member.objects.filter(pk=associate.pk).update(standing="lapsed")
    assert names(internal.get(f"{ALL}objects/")) == ["green"]
    Member.objects.filter(pk=associate.pk).update(
        status=Status.SUSPENDED.value,
        suspension_cause="standing",
        suspended_from="active",
        suspended_at=NOW,
    )
    assert internal.get(f"{ALL}objects/").json() == {}


def _bit(machine: Machine) -> int:
    return 1 << machine.credential.reader.bit


def test_own_is_any_state_for_internal_and_in_force_for_the_rest(press: Press) -> None:
    owner = press.owner
    press.give([body("draft")], [owner], kind=GrantKind.OWN)
    press.give([body("released")], [owner], kind=GrantKind.OWN_IN_FORCE)
    press.give([body("received")], [owner])
    path = f"{ROOT}collections/{OWN.alias}/objects/"

    assert names(make_machine(owner).get(path)) == ["draft"]
    assert names(make_machine(owner, channel=Channel.DOWNSTREAM).get(path)) == ["released"]
    Member.objects.filter(pk=owner.pk).update(
        status=Status.SUSPENDED.value,
        suspension_cause="standing",
        suspended_from="active",
        suspended_at=NOW,
    )
    assert names(make_machine(owner).get(path)) == ["draft"]


def test_withhold_leaves_out_what_would_come_redacted(press: Press, member: Member) -> None:
    press.give([body("cut", whole=False), body("whole", 1)], [member])
    assert names(make_machine(member).get(f"{ALL}objects/")) == ["cut", "whole"]
    assert names(make_machine(member, withhold=True).get(f"{ALL}objects/")) == ["whole"]


def test_reference_is_the_same_for_everyone_and_has_its_own_cursor(
    press: Press,
    member: Member,
    machine: Machine,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    load_reference(now=datetime.now(UTC))
    path = f"{ROOT}collections/{REFERENCE.id}/"
    with django_assert_num_queries(2):
        got = machine.get(f"{path}objects/")
    ids = {each["id"] for each in got.json()["objects"]}
    assert {member.stix_identity_id, press.owner.stix_identity_id} <= ids
    assert got.content == make_machine(press.owner).get(f"{path}objects/").content
    one = f"{path}objects/{member.stix_identity_id}/"
    assert machine.get(one).content.decode() == (
        f'{{"more":false,"objects":[{member.stix_identity}]}}'
    )
    assert len(machine.get(f"{one}versions/").json()["versions"]) == 1
    records = machine.get(f"{path}manifest/").json()["objects"]
    assert [each["date_added"] for each in records] == sorted(
        {each["date_added"] for each in records}
    )


def test_next_is_good_for_its_reader_and_collection_alone(
    press: Press, member: Member, machine: Machine
) -> None:
    other = make_member("de")
    press.give([body("a"), body("b", 1)], [member, other])
    load_reference(now=datetime.now(UTC))
    cursor = machine.get(f"{ALL}objects/", {"limit": "1"}).json()["next"]
    same = f"{ROOT}collections/{ALL_PERMITTED.id}/objects/"
    twin = make_machine(member)
    foreign = [
        (make_machine(other), same),
        (make_machine(member, max_tlp=TLP.GREEN), same),
        (make_machine(member, channel=Channel.BLOCKLIST), same),
        (make_machine(member, withhold=True), same),
        (machine, f"{ROOT}collections/reference/objects/"),
        (machine, f"{ROOT}collections/own/objects/"),
    ]
    assert names(machine.get(same, {"next": cursor})) == ["b"]
    assert names(twin.get(same, {"next": cursor})) == ["b"]
    for who, path in foreign:
        response = who.get(path, {"next": cursor})
        assert response.status_code == 400
        assert "next" in response.json()["title"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for text in (flipped, cursor[:-1], cursor + "A", "", "x", "é" * 32, "\x00" * 32):
        assert machine.get(same, {"next": text}).status_code == 400
