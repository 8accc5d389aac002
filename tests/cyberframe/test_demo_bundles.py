"""The demo's incidents as they are filed: correct STIX, the table's counts, nothing real."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

import pytest
import stix2
from stix2validator import ValidationOptions, validate_instance

from cyberframe.demo.ids import NAMESPACE, sha256
from cyberframe.demo.incidents import BUILDERS, stories
from cyberframe.demo.incidents.story import Story
from cyberframe.demo.organisations import CIRCLES, MEMBERS
from incidents.marking import NEUTRAL, from_json
from incidents.stix import check, incident_facts, own_marking, read
from incidents.stix.markings import PAP_IDS, TLP2_IDS
from members.identity import identity_id

T0 = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
STORIES = {story.key: story for story in stories(T0)}
each_story = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)


class Row(NamedTuple):
    """One row of the demo's table."""

    title: str
    owner: str
    level: int
    sectors: str
    rsit: str
    techniques: str
    objects: str  # type=count; what is not named does not occur


TABLE = {
    "I01": Row(
        "Boot-record wiper with web defacement on ministries",
        "cert-ua",
        4,
        "public-administration",
        "information-content-security:data-loss",
        "T1561.002 T1561.001 T1485 T1491.002 T1102 T1059.001 T1562.001 T1529",
        "malware=1 file=2 indicator=3 tool=1 course-of-action=1 relationship=12",
    ),
    "I02": Row(
        "Domain-wide wiper through Group Policy with decoy encryptor",
        "cert-ua",
        5,
        "public-administration banking",
        "information-content-security:data-loss",
        "T1484.001 T1561.002 T1561.001 T1490 T1053.005 T1489 T1047 T1021.002",
        "malware=2 indicator=4 campaign=1 note=1",
    ),
    "I03": Row(
        "Satellite modems wiped, spill-over to wind farms abroad",
        "cert-ua",
        5,
        "space energy",
        "availability:sabotage",
        "T1133 T1078 T1561.001 T1485 T1529 T0814 T0826",
        "malware=1 infrastructure=1 ipv4-addr=2 indicator=2 vulnerability=1",
    ),
    "I04": Row(
        "High-voltage substation switching attempt with timed wiper",
        "csirt-nrg-ua",
        5,
        "energy",
        "intrusions:privileged-account-compromise",
        "T0855 T0836 T0806 T0881 T0802 T1484.001 T1485 T1561.002 T1053.005",
        "malware=2 indicator=5 file=3 identity=1 course-of-action=1",
    ),
    "I05": Row(
        "Removable-media and HTA phishing cluster",
        "cert-ua",
        3,
        "public-administration defence local-government",
        "fraud:phishing",
        "T1566.001 T1027.006 T1218.005 T1059.005 T1091 T1547.001 T1105 T1071.001",
        "intrusion-set=1 malware=1 indicator=24 domain-name=12 url=6 ipv4-addr=1",
    ),
    "I06": Row(
        "Webmail and calendar exploits against logistics firms in five states",
        "csirt-pl",
        4,
        "transport",
        "intrusions:application-compromise",
        "T1566.001 T1203 T1187 T1110.003 T1114.002 T1190",
        "intrusion-set=1 vulnerability=2 indicator=9 email-message=4",
    ),
    "I07": Row(
        "Mobile operator core destroyed",
        "cert-ua",
        5,
        "digital-infrastructure",
        "information-content-security:data-loss",
        "T1078.002 T1485 T1561.001 T1529 T1489 T1531",
        "malware=1 indicator=3 identity=1 ipv4-addr=1",
    ),
    "I08": Row(
        "Trojanised accounting-software update",
        "cert-ua",
        4,
        "manufacturing banking",
        "malicious-code:malware-distribution",
        "T1195.002 T1486 T1210 T1003.001 T1047 T1021.002 T1053.005",
        "malware=1 software=1 indicator=6 vulnerability=1",
    ),
    "I09": Row(
        "District-heating controllers rewritten over Modbus",
        "csirt-nrg-ua",
        4,
        "energy",
        "intrusions:application-compromise",
        "T1190 T1505.003 T0836 T0869 T0826 T0829",
        "malware=1 infrastructure=1 indicator=2",
    ),
    "I10": Row(
        "Invoice lure with remote-access tool in banks",
        "csirt-fin-ua",
        3,
        "banking",
        "fraud:phishing",
        "T1566.001 T1204.002 T1219 T1056.001 T1555.003 T1041",
        "tool=1 indicator=15 sighting=7",
    ),
    "I11": Row(
        "Messenger accounts taken by device-linking QR codes",
        "ncsc-gb",
        3,
        "defence media",
        "information-gathering:social-engineering",
        "T1660 T1676 T1566.003 T1598.003",
        "infrastructure=1 domain-name=5 indicator=5",
    ),
    "I12": Row(
        "DDoS waves on parliament and transport portals",
        "ncsc-lt",
        2,
        "public-administration transport",
        "availability:ddos",
        "T1498 T1499 T1583.005",
        "threat-actor=1 infrastructure=1 ipv4-addr=8 report=1",
    ),
    "I13": Row(
        "Content-delivery address reported as C2 by mistake",
        "cert-nl",
        1,
        "digital-infrastructure",
        "malicious-code:c2-server",
        "",
        "indicator=1",
    ),
}

MARKINGS: dict[str, dict[str, Any]] = {
    "I01": {"tlp": "GREEN"},
    "I02": {"tlp": "AMBER", "pap": "GREEN", "circles": ["c-wiper"]},
    "I03": {"tlp": "AMBER", "circles": ["c-satcom"], "orcon": True},
    "I04": {"tlp": "AMBER+STRICT", "circles": ["c-energy"], "orcon": True},
    "I05": {"tlp": "GREEN", "pap": "GREEN"},
    "I06": {"tlp": "AMBER", "rel_to": ["PL", "UA", "NATO", "EU", "JP"]},
    "I07": {"tlp": "RED", "pap": "AMBER", "named": ["csirt-pl", "ncsc-gb", "cert-nl"]},
    "I08": {
        "tlp": "AMBER+STRICT",
        "embargo_until": "2026-11-23T20:00:00.000Z",
        "early": ["ncsc-gb", "cert-jp"],
    },
    "I09": {"tlp": "AMBER"},
    "I10": {"tlp": "AMBER", "circles": ["c-fin"], "anonymous": True},
    "I11": {"tlp": "AMBER", "pap": "RED", "rel_to": ["GB", "UA", "NATO"], "not_rel_to": ["NO"]},
    "I12": {"tlp": "CLEAR", "public": True},
    "I13": {"tlp": "GREEN"},
}

# Hours from seeding: aware, released.
TIMES = {
    "I01": (-60 * 24, -60 * 24 + 9),
    "I02": (-21 * 24, -21 * 24 + 2),
    "I03": (-40 * 24, -40 * 24 + 5),
    "I04": (-12 * 24, -12 * 24 + 3),
    "I05": (-6 * 24, -6 * 24 + 5),
    "I06": (-60, -49),
    "I07": (-20, -18),
    "I08": (-9, -3),
    "I09": (-5, None),
    "I10": (-8 * 24, -8 * 24 + 26),
    "I11": (-9 * 24, -9 * 24 + 16),
    "I12": (-4 * 24, -4 * 24 + 10),
    "I13": (-3 * 24, -3 * 24 + 2),
}


def of_type(story: Story, *types: str) -> list[dict[str, Any]]:
    return [obj for obj in story.bundle["objects"] if obj["type"] in types]


def test_the_table_has_thirteen_incidents() -> None:
    assert list(STORIES) == list(TABLE) == list(MARKINGS) == list(TIMES)
    assert len(BUILDERS) == 13


@each_story
def test_our_checks_find_nothing(story: Story) -> None:
    checked = check(read(json.dumps(story.bundle, ensure_ascii=False).encode()), T0)
    assert checked.problems == ()
    assert [own_marking(obj, {})[1] for obj in checked.objects if own_marking(obj, {})[1]] == []


@each_story
def test_stix2_and_its_validator_accept_it(story: Story) -> None:
    stix2.parse(story.bundle, allow_custom=True)
    result = validate_instance(story.bundle, ValidationOptions(version="2.1"))
    assert result.is_valid, [str(error) for error in result.errors]


@each_story
def test_it_is_what_the_table_says(story: Story) -> None:
    row = TABLE[story.key]
    checked = check(read(json.dumps(story.bundle).encode()), T0)
    (incident,) = checked.incidents
    facts = incident_facts(incident)
    assert (facts.title, story.owner) == (row.title, row.owner)
    assert (facts.level, facts.rsit) == (row.level, row.rsit)
    assert list(facts.sectors) == row.sectors.split()
    assert facts.aware_at == T0 + timedelta(hours=TIMES[story.key][0])


@each_story
def test_counts_are_exactly_the_tables(story: Story) -> None:
    row = TABLE[story.key]
    expected = {
        name: int(count) for name, _, count in (w.partition("=") for w in row.objects.split())
    }
    counts = Counter(obj["type"] for obj in story.bundle["objects"])
    assert counts.pop("incident") == 1
    assert counts.pop("attack-pattern", 0) == len(row.techniques.split())
    if "relationship" not in expected:
        assert counts.pop("relationship") > 0
    assert counts == expected


@each_story
def test_techniques_are_the_tables(story: Story) -> None:
    numbers = [
        obj["external_references"][0]["external_id"] for obj in of_type(story, "attack-pattern")
    ]
    assert numbers == TABLE[story.key].techniques.split()


@each_story
def test_markings_are_the_tables(story: Story) -> None:
    assert from_json(story.marking) == from_json(MARKINGS[story.key])
    tlp, pap = story.marking["tlp"], story.marking.get("pap")
    refs = [TLP2_IDS[tlp], *([PAP_IDS[pap]] if pap else [])]
    assert story.incident["object_marking_refs"] == refs


@each_story
def test_times_are_the_tables(story: Story) -> None:
    aware, released = TIMES[story.key]
    steps = [T0 + timedelta(hours=aware), story.filed_at, story.submitted_at]
    if released is None:
        assert (story.released_at, story.goal) == (None, "review")
    else:
        assert story.released_at == T0 + timedelta(hours=released)
        steps.append(story.released_at)
    assert steps == sorted(steps)
    assert steps[-1] <= T0


def test_only_the_victim_of_the_substation_has_a_marking_that_stix_cannot_carry() -> None:
    marked = {key: story.object_markings for key, story in STORIES.items() if story.object_markings}
    (victim,) = of_type(STORIES["I04"], "identity")
    assert list(marked) == ["I04"]
    own = from_json(marked["I04"][victim["id"]], base=NEUTRAL)
    assert own == from_json({"tlp": "AMBER+STRICT", "named": ["cert-ua"]}, base=NEUTRAL)


def test_victims_are_marked_amber_strict() -> None:
    victims = [v for story in STORIES.values() for v in of_type(story, "identity")]
    assert len(victims) == 2
    assert {v["object_marking_refs"][0] for v in victims} == {TLP2_IDS["AMBER+STRICT"]}


def test_an_address_is_shared_by_the_green_and_the_red_incident() -> None:
    (green,), (red,) = (of_type(STORIES[key], "ipv4-addr") for key in ("I05", "I07"))
    assert green == red
    assert "object_marking_refs" not in red


def test_circles_are_ones_the_owner_belongs_to() -> None:
    members = {circle.slug: circle.members for circle in CIRCLES}
    for story in STORIES.values():
        for slug in story.marking.get("circles", []):
            assert story.owner in members[slug]


@each_story
def test_every_object_is_the_owners_and_every_reference_leads_somewhere(story: Story) -> None:
    ids = {obj["id"] for obj in story.bundle["objects"]} | {identity_id(story.owner)}
    for obj in story.bundle["objects"]:
        if "created" in obj:
            assert obj["created_by_ref"] == identity_id(story.owner)
        assert set(references(obj)) <= ids, obj["id"]


def references(value: Any) -> Iterator[str]:
    for key, item in value.items():
        if key == "object_marking_refs":
            continue
        if key.endswith("_refs"):
            yield from item
        elif key.endswith("_ref"):
            yield item


@each_story
def test_every_technique_and_indicator_is_connected(story: Story) -> None:
    ends = {
        obj[end] for obj in of_type(story, "relationship") for end in ("source_ref", "target_ref")
    }
    loose = [o["id"] for o in of_type(story, "attack-pattern", "indicator") if o["id"] not in ends]
    assert loose == []


@each_story
def test_the_story_is_told_in_two_to_five_sentences(story: Story) -> None:
    sentences = re.findall(r"[.!?](?= |$)", story.incident["description"])
    assert 2 <= len(sentences) <= 5


def test_some_of_it_is_in_ukrainian() -> None:
    texts = [obj for story in STORIES.values() for obj in story.bundle["objects"] if "lang" in obj]
    assert {obj["lang"] for obj in texts} == {"uk"}
    assert len(texts) >= 3
    for obj in texts:
        assert re.search("[іїєґ]", obj.get("description") or obj["content"])


# Nothing real -----------------------------------------------------------------------------------

DOCUMENTATION = [
    ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
_NOISE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
)
_DOTTED = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_HARMLESS = re.compile(
    r"T\d{4}\.\d{3}"  # a technique
    r"|\d+\.\d+(?:\.\d+)?"  # a version
    r"|src_ref\.value"  # a path in a pattern
    r"|[\w.-]+\.(?:exe|dll|sys|dat|bin|elf|sh|ps1|cmd|vbs|hta|lnk|rar|zip|docm|xhtml|html|jpg|wav|aspx)"
)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def foreign(text: str) -> list[str]:
    """Return what in a text looks like an address or name that is not reserved for examples."""
    found = []
    for word in _DOTTED.findall(_NOISE.sub(" ", text)):
        if re.fullmatch(r"\d+(?:\.\d+){3}", word):
            if not any(ip_address(word) in net for net in DOCUMENTATION):
                found.append(word)
        elif not (word.endswith(".example") or _HARMLESS.fullmatch(word)):
            found.append(word)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seen at 192.0.2.80 and pay-desk.example", []),
        ("seen at 8.8.8.8", ["8.8.8.8"]),
        ("http://cert.gov.ua/x", ["cert.gov.ua"]),
        ("mail.example.com", ["mail.example.com"]),
        ("T1561.002, version 10.01.189, stage1.exe", []),
    ],
)
def test_foreign_names_and_addresses_are_recognised(text: str, expected: list[str]) -> None:
    assert foreign(text) == expected


@each_story
def test_addresses_and_names_are_reserved_ones(story: Story) -> None:
    assert [word for text in strings(story.bundle) for word in foreign(text)] == []
    assert not [text for text in strings(story.bundle) if re.search("[0-9a-f]::", text)]


def test_members_and_accounts_use_reserved_names() -> None:
    assert [
        word for member in MEMBERS for text in member.name.split() for word in foreign(text)
    ] == []
    assert all(member.name.endswith("(demo)") for member in MEMBERS)


@each_story
def test_hashes_are_of_demo_words(story: Story) -> None:
    text = json.dumps(story.bundle)
    named = set(_DOTTED.findall(text))
    hashes = set(re.findall(r"\b[0-9a-f]{64}\b", text))
    assert hashes <= {sha256(name) for name in named}
    assert not re.search(r"\b(?:[0-9a-f]{32}|[0-9a-f]{40})\b", text)


def test_software_is_fictional_and_says_so() -> None:
    made = [
        obj
        for story in STORIES.values()
        for obj in of_type(
            story, "malware", "tool", "infrastructure", "identity", "campaign", "threat-actor"
        )
    ]
    assert [obj["name"] for obj in made if "(demo)" not in obj["name"]] == []


# The same every time ----------------------------------------------------------------------------


def ids(now: datetime) -> list[str]:
    return [obj["id"] for story in stories(now) for obj in story.bundle["objects"]]


def test_ids_are_the_same_whenever_it_is_built() -> None:
    assert ids(T0) == ids(T0 + timedelta(days=123, hours=4))


def test_two_builds_at_one_time_are_equal() -> None:
    assert stories(T0) == stories(T0)


def test_ids_have_not_changed() -> None:
    """Partners and other tests name these; a new namespace would orphan them."""
    assert str(NAMESPACE) == "b7a1f6de-30a4-5c1b-9e57-6d2c8f04a9e3"
    assert STORIES["I01"].incident["id"] == "incident--03a3bc68-c1eb-57e5-b758-65f474814fec"


def test_one_owner_never_has_two_contents_under_one_id() -> None:
    seen: dict[tuple[str, str], Any] = {}
    for story in STORIES.values():
        for obj in story.bundle["objects"]:
            assert seen.setdefault((story.owner, obj["id"]), obj) == obj


def test_no_two_owners_share_an_object_but_observables() -> None:
    owners: dict[str, set[str]] = {}
    for story in STORIES.values():
        for obj in story.bundle["objects"]:
            if "created" in obj:
                owners.setdefault(obj["id"], set()).add(story.owner)
    assert {key for key, found in owners.items() if len(found) > 1} == set()


@each_story
def test_observables_have_the_ids_that_stix2_gives_them(story: Story) -> None:
    for obj in story.bundle["objects"]:
        if "created" not in obj:
            again = stix2.parse(
                {key: item for key, item in obj.items() if key != "id"}, version="2.1"
            )
            assert again["id"] == obj["id"]


def test_the_anonymous_incident_shares_no_object_with_a_named_one() -> None:
    """Whoever has both would know the owner."""
    anonymous = {obj["id"] for obj in STORIES["I10"].bundle["objects"]}
    others = {
        obj["id"] for key, s in STORIES.items() if key != "I10" for obj in s.bundle["objects"]
    }
    assert anonymous & others == set()
