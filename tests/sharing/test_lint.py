"""Release lint: each block and warning, what mends it, and what it costs on a large bundle."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.marking import NEUTRAL, from_json
from members.models import Member, Person
from members.tiers import Tier
from sharing.lint import Finding, lint
from sharing.lint.harmless import list_of
from sharing.lint.lists import (
    DOCUMENTATION,
    EMPTY_FILE,
    POPULAR,
    RESERVED_NAMES,
    RESOLVERS,
    SPECIAL,
)
from sharing.preview import preview
from tests.factories import (
    NOW,
    bundle,
    file,
    incident,
    indicator,
    make_member,
    sdo,
    stix_id,
    tlp,
)
from tests.sharing.carrying import OBJECT, copy_of, origin, out, team

pytestmark = pytest.mark.django_db
PUBLIC = "93.184.216.34"
GREEN: dict[str, Any] = {"tlp": "GREEN"}
EXTENSION = "cyberframe-incident"


@pytest.fixture
def owner() -> Person:
    make_member("de", tier=Tier.PARTNER, country="DE")
    return team("ua", country="UA")


def findings(
    person: Person, *objects: dict[str, Any], marking: Any, **options: Any
) -> list[Finding]:
    filed = file(person, bundle(*objects), marking=marking, **options).incident
    return lint(incident=filed, preview=preview(incident=filed, now=NOW), now=NOW)


def codes(found: list[Finding]) -> dict[str, bool]:
    return {each.code: each.blocks for each in found}


def extended(name: str, *, level: int = 3, without: str = "", **more: Any) -> dict[str, Any]:
    """Return an incident whose cyberframe extension says more."""
    made = incident(name, owner="ua", level=level)
    ours = next(e for e in made["extensions"].values() if "criticality_level" in e)
    ours.update(more)
    ours.pop(without, None)
    return made


def person_(name: str, **fields: Any) -> dict[str, Any]:
    return sdo("identity", name, owner="ua", name=name, **fields)


def tie(kind: str, source: str, target: str, *, owner: str = "ua") -> dict[str, Any]:
    return sdo(
        "relationship", f"{source}{target}", owner=owner,
        relationship_type=kind, source_ref=source, target_ref=target,
    )  # fmt: skip


BARE = "bare"
VICTIM = stix_id("identity", "victim")
MAIL = {
    "type": "email-addr",
    "spec_version": "2.1",
    "id": "email-addr--2d77a846-6264-5d51-b586-e43822ea1ea3",
    "value": "jo@bank.example",
}
STATE = {"statement": "It was them", "level": "state"}
GRANULAR: dict[str, Any] = {
    "granular_markings": [
        {"marking_ref": tlp("RED")["object_marking_refs"][0], "selectors": ["description"]}
    ],
    "description": "who told us",
}


def named(text: str) -> dict[str, Any]:
    return sdo("tool", "t", owner="ua", name=text)


CASES: list[tuple[str, list[dict[str, Any]], dict[str, Any], set[str]]] = [
    ("nothing", [], GREEN, set()),
    ("nato", [], {"tlp": "AMBER", "rel_to": ["NATO", "EU", "DE"]}, {"UKRAINE_EXCLUDED"}),
    ("nato and ua", [], {"tlp": "AMBER", "rel_to": ["NATO", "UA", "DE"]}, set()),
    ("denied", [], {"tlp": "AMBER", "named": ["de", "nobody"], "min_tier": "core"},
     {"NAMED_BUT_DENIED", "EMPTY_AUDIENCE"}),
    ("individual", [person_("jo", identity_class="individual")], GREEN, {"PERSONAL_DATA_WIDELY"}),
    ("individual, amber", [person_("jo", identity_class="individual")], {"tlp": "AMBER"}, set()),
    ("mail", [MAIL], GREEN, {"PERSONAL_DATA_WIDELY"}),
    ("victim",
     [person_("victim", **tlp("GREEN")), tie("targets", stix_id("incident", BARE), VICTIM)],
     GREEN, {"VICTIM_WIDELY"}),
    ("victim, strict",
     [person_("victim", **tlp("AMBER+STRICT")), tie("targets", stix_id("incident", BARE), VICTIM)],
     GREEN, set()),
    ("granular red", [sdo("tool", "t", owner="ua", name="t", **GRANULAR)], GREEN,
     {"GRANULAR_RED_UNSEEN"}),
    ("granular red, named", [sdo("tool", "t", owner="ua", name="t", **GRANULAR)],
     GREEN | {"named": ["de"]}, set()),
    ("anonymous", [named("as CERT ua saw it")], GREEN | {"anonymous": True}, {"OWNER_NAMED"}),
    ("anonymous, part of a word", [named("quarter")], GREEN | {"anonymous": True}, set()),
    ("not anonymous", [named("as CERT ua saw it")], GREEN, set()),
    ("list", [indicator("i", owner="ua", address="8.8.8.8")], GREEN, {"WARNING_LIST"}),
    ("no list", [indicator("i", owner="ua", address=PUBLIC)], GREEN, set()),
    ("benign", [indicator("i", owner="ua", address="8.8.8.8") | {"indicator_types": ["benign"]}],
     GREEN, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("objects", "marking", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_objects_and_terms(
    owner: Person, objects: list[dict[str, Any]], marking: dict[str, Any], expected: set[str]
) -> None:
    found = findings(owner, incident(BARE, owner="ua"), *objects, marking=marking)
    assert set(codes(found)) == expected
    assert all(str(each.sentence) and str(each.fix) for each in found)


LATE = GREEN | {"embargo_until": "2026-11-22T13:00:00Z"}


@pytest.mark.parametrize(
    ("made", "marking", "expected"),
    [
        (extended("x", without="aware_at"), GREEN, {"NO_AWARE_AT"}),
        (extended("x", level=2, without="aware_at"), GREEN, set()),
        (extended("x", without="criticality_level"), GREEN, {"LEVEL_ASSUMED"}),
        (extended("x", attribution=STATE | {"confidence": 15}), GREEN, {"STATE_AT_LOW_CONFIDENCE"}),
        (extended("x", attribution=STATE), GREEN, {"STATE_AT_LOW_CONFIDENCE"}),
        (extended("x", attribution=STATE | {"confidence": 50}), GREEN, set()),
        (extended("x", attribution=STATE | {"level": "group", "confidence": 0}), GREEN, set()),
        (extended("x", clock_regime="NIS2"), LATE, {"EMBARGO_PAST_CLOCK"}),
        (extended("x", clock_regime="COALITION"), LATE, {"EMBARGO_PAST_CLOCK"}),
        (extended("x", clock_regime="UA-1533", aware_at="2026-11-22T12:30:00Z"), LATE, set()),
        (extended("x", clock_regime="UA-1533", aware_at="2026-11-22T11:30:00Z"), LATE,
         {"EMBARGO_PAST_CLOCK"}),
        (extended("x", clock_regime="NIS2", aware_at="2026-11-22T11:30:00Z"), LATE, set()),
        (extended("x"), LATE, set()),
        (extended("x", level=2, clock_regime="NIS2"), LATE, set()),
        (extended("x", level=2, significant=True, clock_regime="NIS2"), LATE,
         {"EMBARGO_PAST_CLOCK"}),
    ],
)  # fmt: skip
def test_incident(
    owner: Person, made: dict[str, Any], marking: dict[str, Any], expected: set[str]
) -> None:
    assert set(codes(findings(owner, made, marking=marking))) == expected


def test_regime_of_the_member_counts_where_the_incident_states_none(owner: Person) -> None:
    Member.objects.filter(slug="ua").update(clock_regime="NIS2")
    fresh = Person.objects.select_related("member").get(pk=owner.pk)
    assert set(codes(findings(fresh, extended("x"), marking=LATE))) == {"EMBARGO_PAST_CLOCK"}


def test_anonymous_objects_that_a_named_incident_has_are_told(owner: Person) -> None:
    shared = named("loader")
    out(file(owner, bundle(incident("first", owner="ua"), shared), marking=GREEN).incident, owner)
    again = [incident("second", owner="ua"), shared]
    found = findings(owner, *again, marking=GREEN | {"anonymous": True})
    assert [(each.code, each.object_id) for each in found] == [("KNOWN_ELSEWHERE", shared["id"])]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10.1.2.3", SPECIAL),
        ("192.168.0.0/16", SPECIAL),
        ("0.0.0.0/0", None),
        ("fe80::1", SPECIAL),
        ("198.51.100.7", DOCUMENTATION),
        ("2001:db8::5", DOCUMENTATION),
        ("1.1.1.1", RESOLVERS),
        (PUBLIC, None),
        ("999.1.1.1", None),
        ("WWW.Google.com.", POPULAR),
        ("evil-google.com", None),
        ("mail.google.com", None),
        ("https://github.com/", POPULAR),
        ("https://github.com/someone/loader", None),
        ("http://10.0.0.1/x", SPECIAL),
        ("http://[::1]:8080/x", SPECIAL),
        ("http://[broken", None),
        ("a.b.example.org", DOCUMENTATION),
        ("host.local", RESERVED_NAMES),
        ("local.evil.net", None),
        ("D41D8CD98F00B204E9800998ECF8427E", EMPTY_FILE),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", EMPTY_FILE),
        ("f" * 64, None),
        ("", None),
        ("a b", None),
        ("." * 3000, None),
    ],
)
def test_lists(value: str, expected: object) -> None:
    assert list_of(value) is expected


FILE = {
    "type": "file",
    "spec_version": "2.1",
    "id": "file--e277603e-1060-5ad4-9937-c26c97f1ca68",
    "hashes": {"MD5": "d41d8cd98f00b204e9800998ecf8427e"},
}
ADDRESS = {
    "type": "ipv4-addr",
    "spec_version": "2.1",
    "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd",
    "value": "8.8.8.8",
}


def pattern(text: str) -> dict[str, Any]:
    return indicator("i", owner="ua") | {"pattern": text}


@pytest.mark.parametrize(
    "made",
    [
        FILE,
        ADDRESS,
        pattern("[domain-name:value = 'x.evil.net' OR ipv4-addr:value IN ('5.6.7.8', '9.9.9.9')]"),
        pattern("[ipv4-addr:value ISSUBSET '10.0.0.0/9']"),
        pattern("[file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']"),
        pattern("[url:value = 'https://www.example.com/it\\'s']"),
    ],
)
def test_lists_are_asked_whatever_the_way_of_filing(owner: Person, made: dict[str, Any]) -> None:
    assert "WARNING_LIST" in codes(findings(owner, incident("x", owner="ua"), made, marking=GREEN))


# Other members' objects -----------------------------------------------------------------------


def made_from(kind: str, *, turned: bool = False) -> list[dict[str, Any]]:
    own = indicator("mine", owner="ee", address=PUBLIC)
    ends = (OBJECT, own["id"]) if turned else (own["id"], OBJECT)
    return [own, tie(kind, *ends, owner="ee")]


@pytest.mark.parametrize(
    ("objects", "received", "marking", "expected"),
    [
        (made_from("derived-from"), {"tlp": "AMBER"}, GREEN, {"DERIVED_WIDER": True}),
        (made_from("duplicate-of"), {"tlp": "AMBER"}, GREEN, {"DERIVED_WIDER": True}),
        (made_from("duplicate-of", turned=True), {"tlp": "AMBER"}, GREEN, {"DERIVED_WIDER": True}),
        (made_from("related-to"), {"tlp": "AMBER"}, GREEN, {}),
        (made_from("derived-from", turned=True), {"tlp": "AMBER"}, GREEN, {}),
        (made_from("derived-from"), {"tlp": "AMBER"}, {"tlp": "AMBER"}, {}),
        (made_from("derived-from"), {"tlp": "AMBER", "orcon": True}, {"tlp": "AMBER"},
         {"ORCON_WITHOUT_CONSENT": True}),
        (made_from("derived-from"), {"tlp": "AMBER", "exclude": ["ee"]}, GREEN, {}),
    ],
)  # fmt: skip
def test_what_is_made_from_another_members_object_goes_out_no_wider(
    owner: Person,
    objects: list[dict[str, Any]],
    received: dict[str, Any],
    marking: dict[str, Any],
    expected: dict[str, bool],
) -> None:
    ee = team("ee")
    origin(owner, received)
    assert codes(findings(ee, incident("x", owner="ee"), *objects, marking=marking)) == expected


@pytest.mark.parametrize(
    ("marking", "own", "expected"),
    [
        ({"tlp": "AMBER"}, {}, {}),
        ({"tlp": "GREEN"}, {}, {}),  # the copy states what it was received under
        ({"tlp": "AMBER"}, {"exclude": ["ie"]}, {}),
    ],
)
def test_received_object_at_its_own_marking_goes_out(
    owner: Person, marking: dict[str, Any], own: dict[str, Any], expected: dict[str, bool]
) -> None:
    ee = team("ee")
    origin(owner, {"tlp": "AMBER"})
    stated = {OBJECT: from_json(own, base=NEUTRAL)}
    objects = [incident("x", owner="ee"), *copy_of(ee)]
    found = findings(ee, *objects, marking=marking, object_markings=stated)
    assert {key: blocks for key, blocks in codes(found).items() if blocks} == expected


def test_received_object_is_stopped_where_it_would_go_to_more(owner: Person) -> None:
    ee = team("ee")
    origin(owner, {"tlp": "AMBER", "not_rel_to": ["IE"]})
    objects = [incident("x", owner="ee"), *copy_of(ee)]
    blocks = [f for f in findings(ee, *objects, marking={"tlp": "AMBER"}) if f.blocks]
    assert [(f.code, f.object_id) for f in blocks] == [("WIDER_THAN_RECEIVED", OBJECT)]


def test_an_embargo_that_has_passed_binds_nobody(owner: Person) -> None:
    ee = team("ee")
    at = "2026-11-22T11:00:00Z"
    origin(owner, {"tlp": "AMBER", "embargo_until": at, "release_at": at})
    objects = [incident("x", owner="ee"), *copy_of(ee)]
    assert [f for f in findings(ee, *objects, marking={"tlp": "AMBER"}) if f.blocks] == []


def test_time_and_queries_are_bounded_on_a_large_bundle(owner: Person) -> None:
    counted, took = [], 0.0
    for size in (10, 4_999):
        objects = [
            indicator(f"i{size}-{n}", owner="ua", address=f"10.{n // 250}.{n % 250}.7")
            for n in range(size)
        ]
        data = bundle(incident(f"large {size}", owner="ua"), *objects)
        filed = file(owner, data, marking=GREEN | {"anonymous": True}).incident
        seen = preview(incident=filed, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            found = lint(incident=filed, preview=seen, now=NOW)
            took = time.perf_counter() - started
        counted.append(len(queries))
        assert "WARNING_LIST" in codes(found)
    assert counted[0] == counted[1] <= 5
    assert took < 3, f"{took:.2f} s for 4 999 indicators"


def test_hostile_patterns_cost_no_time(owner: Person) -> None:
    nasty = ["'" + "\\" * 60_000, "['" * 30_000, "a" * 200_000, "'" + "a" * 100_000 + "'"]
    from sharing.lint.harmless import _STRING, LONGEST

    started = time.perf_counter()
    for text in nasty:
        _STRING.findall(text[:LONGEST])
    assert time.perf_counter() - started < 1
