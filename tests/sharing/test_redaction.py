"""What is served: the submitter's JSON, but for its marking and what is cut."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785

from incidents.marking import Marking
from incidents.stix.markings import (
    CYBERFRAME_REDACTED_EXT,
    PAP_IDS,
    PAP_WHITE_ID,
    TLP1_IDS,
    TLP2_IDS,
)
from members.tlp import PAP, TLP
from sharing.policy import (
    Context,
    Granular,
    Item,
    Obligations,
    Outcome,
    Subject,
    outcomes,
    view,
)
from sharing.policy.paths import references, resolve
from sharing.redaction import marking_refs, project, rewritten, statements
from tests.sharing.policy import generator
from tests.sharing.policy.world import (
    NOW,
    OWNER,
    D,
    E,
    I,
    incident,
    item,
    own,
    relationship,
    report,
)

CLEAR_ID = TLP2_IDS["CLEAR"]
GREEN = Marking(tlp=TLP.GREEN)
AMBER_ID, GREEN_ID, STRICT_ID = TLP2_IDS["AMBER"], TLP2_IDS["GREEN"], TLP2_IDS["AMBER+STRICT"]
IEP = "marking-definition--11111111-1111-4111-8111-111111111111"
EXT = "extension-definition--22222222-2222-4222-8222-222222222222"


def texts(context: Context) -> dict[str, str]:
    return {name: json.dumps(each.body) for name, each in context.items.items()}


def served(context: Context, *members: Any) -> dict[str, dict[str, Any]]:
    """Return what the widest outcome for these members serves, by id."""
    found = project(context, texts(context), widest(outcomes(context, members, NOW)))
    return {one.id: json.loads(one.text) for one in found}


def widest(found: list[Outcome]) -> Outcome:
    return max(found, key=lambda outcome: len(outcome.visible))


def statement(number: int, words: str) -> Item:
    said: dict[str, Any] = {"definition_type": "statement", "definition": {"statement": words}}
    return item("marking-definition", number, **said)


def canonical(value: Mapping[str, Any]) -> bytes:
    return rfc8785.dumps({k: v for k, v in value.items() if k != "object_marking_refs"})


# Untouched objects ---------------------------------------------------------------------------

ODD = (
    '{ "type":"tool", "id":"tool--00000000-0000-4000-8000-000000000002","name":"\\u0422ool \\/",'
    '"x_big":9007199254740991,"x_float":1.50,"x_exp":1E+2,"x_tiny":1e-7,"x_long":'
    '0.1000000000000000055511151231257827,"x_null":null,"x_empty":[],"x_none":{},'
    '"revoked":false,"created":"2026-01-01T00:00:00Z", "x_\\u0456":{"b":1,"a":[1.0,-0]} }'
)


def test_an_object_that_is_marked_as_it_should_be_keeps_every_byte() -> None:
    text = ODD.replace('"revoked"', f'"object_marking_refs":["{GREEN_ID}"],"revoked"')
    assert rewritten(text, (), Obligations(TLP.GREEN)) == text


def test_values_keep_their_bytes_where_only_the_marking_changes() -> None:
    text = rewritten(ODD, (), Obligations(TLP.GREEN))
    for piece in (
        "1.50",
        "1E+2",
        "1e-7",
        "0.1000000000000000055511151231257827",
        '"\\u0422ool \\/"',
    ):
        assert piece in text
    assert json.loads(text) == json.loads(ODD) | {"object_marking_refs": [GREEN_ID]}


def random_json(rng: random.Random, depth: int = 0) -> Any:
    kinds = ["int", "float", "text", "bool", "null"] + ["list", "dict"] * (depth < 4)
    match rng.choice(kinds):
        case "int":
            return rng.choice([0, -1, 7, 2**53 - 1, -(2**53) + 1, rng.randrange(10**6)])
        case "float":
            return rng.choice([0.5, 1e21, 1e-7, -0.0, rng.random(), rng.uniform(-1e9, 1e9)])
        case "text":
            return "".join(rng.choices('aб"\\/\n\u2028😀 ', k=rng.randrange(6)))
        case "bool":
            return rng.random() < 0.5
        case "list":
            return [random_json(rng, depth + 1) for _ in range(rng.randrange(4))]
        case "dict":
            return {f"k{n}": random_json(rng, depth + 1) for n in range(rng.randrange(4))}
    return None


def test_generated_objects_are_equal_but_for_their_marking() -> None:
    rng = random.Random(3)
    for number in range(2_000):
        value: dict[str, Any] = {"type": "tool", "id": f"tool--{number:036x}"}
        value |= {f"x_{n}": random_json(rng) for n in range(rng.randrange(8))}
        value |= {"object_marking_refs": rng.sample([IEP, GREEN_ID, TLP1_IDS["GREEN"]], 2)}
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))
        after = json.loads(rewritten(text, (), Obligations(TLP.AMBER, PAP.RED)))
        assert canonical(after) == canonical(value)
        assert [*after] == [*value]
        assert {AMBER_ID, PAP_IDS["RED"]} <= {*after["object_marking_refs"]}


def test_nothing_but_marking_and_cuts_differs_in_random_releases() -> None:
    rng = random.Random(5)
    untouched = redacted = 0
    for number in range(150):
        context = generator.typed_context(generator.context(rng, number))
        members = [generator.typed_member(generator.member(rng, s)) for s in generator.MEMBERS]
        for outcome in outcomes(context, members, generator.NOW):
            for one in project(context, texts(context), outcome):
                if one.id not in context.items:
                    continue
                before, after = context.items[one.id].body, json.loads(one.text)
                same = ("id", "type", "created", "modified")
                assert [after.get(key) for key in same] == [before.get(key) for key in same]
                if one.redacted:
                    redacted += 1
                    assert after["extensions"][CYBERFRAME_REDACTED_EXT]["redacted"] is True
                    assert all(
                        resolve(after, selector)
                        for entry in after.get("granular_markings", [])
                        for selector in entry["selectors"]
                    )
                else:
                    untouched += 1
                    assert canonical(after) == canonical(before)
    assert untouched > 500
    assert redacted > 50


def test_no_bundle_refers_to_what_it_does_not_hold_of_its_release() -> None:
    rng = random.Random(9)
    for number in range(150):
        context = generator.typed_context(generator.context(rng, number))
        members = [generator.typed_member(generator.member(rng, s)) for s in generator.MEMBERS]
        for outcome in outcomes(context, members, generator.NOW):
            held = {*outcome.visible} | context.reference
            for one in project(context, texts(context), outcome):
                if one.id in context.items and not context.items[one.id].reference:
                    mine = context.items[one.id].creator
                    own_only = any(share.member == mine for share in outcome.shares)
                    targets = {target for _, target in references(json.loads(one.text))}
                    assert own_only or not (targets & context.items.keys()) - held


# Marking on the wire -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refs", "bound", "expected"),
    [
        ([], Obligations(TLP.AMBER_STRICT), [STRICT_ID]),
        ([TLP1_IDS["WHITE"]], Obligations(TLP.AMBER_STRICT), [STRICT_ID]),
        ([TLP1_IDS["AMBER"], IEP], Obligations(TLP.AMBER), [IEP, AMBER_ID]),
        ([GREEN_ID, IEP], Obligations(TLP.GREEN), [GREEN_ID, IEP]),
        ([GREEN_ID], Obligations(TLP.AMBER), [AMBER_ID]),
        ([GREEN_ID], Obligations(TLP.GREEN, PAP.RED), [GREEN_ID, PAP_IDS["RED"]]),
        (
            [PAP_IDS["GREEN"]],
            Obligations(TLP.CLEAR, PAP.AMBER),
            [TLP2_IDS["CLEAR"], PAP_IDS["AMBER"]],
        ),
        ([PAP_WHITE_ID], Obligations(TLP.CLEAR), [PAP_WHITE_ID, CLEAR_ID]),
        ([PAP_WHITE_ID], Obligations(TLP.CLEAR, PAP.GREEN), [CLEAR_ID, PAP_IDS["GREEN"]]),
        ([TLP2_IDS["RED"]], Obligations(TLP.GREEN), [TLP2_IDS["RED"], GREEN_ID]),
    ],
)
def test_marking_refs_hold_the_effective_marking(
    refs: list[str], bound: Obligations, expected: list[str]
) -> None:
    assert marking_refs(refs, bound, ()) == expected


def test_orcon_and_delete_by_travel_as_statements_with_ordinals_after_the_items() -> None:
    ends = datetime(2026, 4, 1, tzinfo=UTC)
    plain = item("tool", 2, name="plain")
    bound = item("tool", 3, own(orcon=True, expires_at=ends), name="bound")
    context = incident(GREEN, plain, bound)
    orcon, delete_by = statements(context)
    assert delete_by.words == "Delete by 2026-04-01T00:00:00Z."
    found = project(context, texts(context), widest(outcomes(context, [D], NOW)))
    assert [(one.ordinal, one.id) for one in found] == [
        (0, context.incident),
        (1, plain.id),
        (2, bound.id),
        (3, orcon.id),
        (4, delete_by.id),
    ]
    by_id = {one.id: json.loads(one.text) for one in found}
    assert by_id[bound.id]["object_marking_refs"] == [GREEN_ID, orcon.id, delete_by.id]
    assert by_id[plain.id]["object_marking_refs"] == [GREEN_ID]
    assert "ORCON" in by_id[orcon.id]["definition"]["statement"]
    assert found[3].version is not None
    # The same words are the same object in every release.
    assert statements(incident(Marking(tlp=TLP.RED, orcon=True)))[0].text == orcon.text


def test_reference_data_is_served_as_it_is() -> None:
    known = item("attack-pattern", 2, name="Phishing", reference=True)
    context = incident(Marking(tlp=TLP.AMBER), known)
    assert served(context, D)[known.id] == known.body


# Cutting -------------------------------------------------------------------------------------


def granular(index: int, *selectors: str, tlp: TLP = TLP.RED) -> Granular:
    return Granular(index, selectors, own(tlp=tlp))


def test_granular_cut_drops_its_entry_and_re_indexes_the_others() -> None:
    entries = [
        {"marking_ref": IEP, "selectors": ["labels.[0]", "description"]},
        {"marking_ref": GREEN_ID, "selectors": ["labels.[2]", "labels.[0]"]},
        {"lang": "uk", "selectors": ["name", "description"], "x_more": 1.50},
    ]
    tool = item(
        "tool",
        2,
        name="tool",
        labels=["secret", "b", "c"],
        description="secret",
        granular_markings=entries,
        extensions={EXT: {"extension_type": "property-extension", "x": 1}},
        granular=(
            granular(0, "labels.[0]", "description"),
            granular(1, "labels.[2]", tlp=TLP.GREEN),
        ),
    )
    body = served(incident(GREEN, tool), D)[tool.id]
    assert body["labels"] == ["b", "c"]
    assert "description" not in body
    assert body["granular_markings"] == [
        {"marking_ref": GREEN_ID, "selectors": ["labels.[1]"]},
        {"lang": "uk", "selectors": ["name"], "x_more": 1.5},
    ]
    assert body["extensions"] == {
        EXT: {"extension_type": "property-extension", "x": 1},
        CYBERFRAME_REDACTED_EXT: {"extension_type": "property-extension", "redacted": True},
    }


def test_last_granular_entry_gone_removes_the_property_and_empty_lists_go() -> None:
    tool = item(
        "tool",
        2,
        name="tool",
        labels=["secret"],
        granular_markings=[{"marking_ref": IEP, "selectors": ["labels.[0]"]}],
        granular=(granular(0, "labels.[0]"),),
    )
    body = served(incident(GREEN, tool), D)[tool.id]
    assert body.keys() == {*tool.body, "object_marking_refs", "extensions"} - {
        "labels",
        "granular_markings",
    }


@pytest.mark.parametrize(
    "selector",
    ["name", "id", "external_references.[0].source_name", "absent", "labels.[9]", "labels.x"],
)
def test_cutting_a_required_property_or_an_unknown_one_hides_the_object(selector: str) -> None:
    tool = item(
        "tool",
        2,
        name="tool",
        labels=["one"],
        external_references=[{"source_name": "cve", "external_id": "CVE-1"}],
        granular=(granular(0, selector),),
    )
    assert tool.id not in served(incident(GREEN, tool), D)


def test_hidden_references_are_cut_everywhere_and_whole_entries_with_them() -> None:
    red, seen = item("tool", 2, own(tlp=TLP.RED), name="red"), item("tool", 3, name="seen")
    nested = {
        "extension_type": "property-extension",
        "events": [{"event_ref": red.id, "next": "x"}, {"event_ref": seen.id}],
        "one_ref": red.id,
        "changed": {"initial_ref": red.id},
        "many_refs": [red.id, seen.id, "tool--outside"],
    }
    malware = item("malware", 4, is_family=False, sample_refs=[red.id], extensions={EXT: nested})
    body = served(incident(GREEN, red, seen, malware), D)[malware.id]
    assert "sample_refs" not in body
    assert body["extensions"][EXT] == {
        "extension_type": "property-extension",
        "events": [{"event_ref": seen.id}],
        "many_refs": [seen.id, "tool--outside"],
    }


def test_references_to_objects_outside_the_release_stay_as_written() -> None:
    outside = "indicator--00000000-0000-4000-8000-0000000000aa"
    author = "identity--00000000-0000-4000-8000-0000000000bb"
    tool = item("tool", 2, name="tool", created_by_ref=author)
    tie = item("relationship", 3, relationship_type="uses", source_ref=tool.id, target_ref=outside)
    listing = report(4, outside, tool.id)
    found = served(incident(GREEN, tool, tie, listing), D)
    assert found[listing.id]["object_refs"] == [outside, tool.id]
    assert found[tie.id]["target_ref"] == outside
    assert found[tool.id]["created_by_ref"] == author


def test_hidden_ends_and_empty_containers_fall_until_nothing_more_falls() -> None:
    red, seen = item("tool", 2, own(tlp=TLP.RED), name="red"), item("tool", 3, name="seen")
    tie = relationship(4, seen, red)
    inner = report(5, tie.id)
    outer = report(6, inner.id)
    kept = report(7, outer.id, seen.id)
    found = served(incident(GREEN, red, seen, tie, inner, outer, kept), D)
    assert {red.id, tie.id, inner.id, outer.id} & found.keys() == set()
    assert found[kept.id]["object_refs"] == [seen.id]


def test_required_reference_to_a_hidden_object_withholds_the_object() -> None:
    red = item("tool", 2, own(tlp=TLP.RED), name="red")
    words = item("language-content", 3, object_ref=red.id, contents={"uk": {"name": "х"}})
    assert words.id not in served(incident(GREEN, red, words), D)


def test_anonymous_hides_the_owner_from_everyone_else() -> None:
    who = item("identity", 9, name="Owner")
    tool = item(
        "tool",
        2,
        name="tool",
        created_by_ref=who.id,
        external_references=[
            {"source_name": "Owner portal", "external_id": "1"},
            {"source_name": "cve", "external_id": "CVE-1"},
        ],
    )
    tie = relationship(3, tool, who)
    seen = item("sighting", 4, sighting_of_ref=tool.id, where_sighted_refs=[who.id])
    naming = item(
        "marking-definition", 5, definition_type="statement", definition={"statement": "By Owner"}
    )
    silent = item(
        "marking-definition", 6, definition_type="statement", definition={"statement": "Thanks"}
    )
    marked = item("tool", 7, name="marked", object_marking_refs=[naming.id, silent.id])
    context = incident(
        Marking(tlp=TLP.GREEN, anonymous=True),
        *(who, tool, tie, seen, naming, silent, marked),
        owner_identities=frozenset({who.id}),
        owner_names=frozenset({"Owner", "owner"}),
    )
    found = served(context, D)
    assert found.keys() == {context.incident, tool.id, seen.id, silent.id, marked.id}
    assert "created_by_ref" not in found[tool.id]
    assert [r["source_name"] for r in found[tool.id]["external_references"]] == ["cve"]
    assert "where_sighted_refs" not in found[seen.id]
    assert found[marked.id]["object_marking_refs"] == [silent.id, GREEN_ID]
    assert who.id not in json.dumps(found)
    # Outside the release the owner's identity is cut all the same.
    elsewhere = incident(
        Marking(tlp=TLP.GREEN, anonymous=True), tool, tie, owner_identities=frozenset({who.id})
    )
    assert served(elsewhere, D).keys() == {elsewhere.incident, tool.id}
    assert not view(context, Subject(replace(E, member=OWNER)), NOW).hidden


def test_a_definition_is_served_with_what_names_it() -> None:
    used = statement(5, "A")
    secret = item(
        "marking-definition", 6, definition_type="statement", definition={"statement": "B"}
    )
    alone = item(
        "marking-definition", 7, definition_type="statement", definition={"statement": "C"}
    )
    seen = item("tool", 2, name="seen", object_marking_refs=[used.id])
    red = item("tool", 3, own(tlp=TLP.RED), name="red", object_marking_refs=[secret.id])
    context = incident(GREEN, used, secret, alone, seen, red)
    assert served(context, D).keys() == {context.incident, used.id, alone.id, seen.id}


def test_one_rendering_for_members_who_see_the_same_and_ordinals_of_the_release() -> None:
    strict = item("tool", 2, own(tlp=TLP.AMBER_STRICT), name="strict")
    open_to_all = item("tool", 3, name="open")
    context = incident(GREEN, strict, open_to_all)
    found: list[Outcome] = outcomes(context, [D, E, I], NOW)
    members = {tuple(o.visible): {s.member for s in o.shares} for o in found}
    assert members == {
        (context.incident, strict.id, open_to_all.id): {"cert-de", "cert-ee"},
        (context.incident, open_to_all.id): {"cert-de", "cert-ee", "cert-ie"},
    }
    narrow = next(o for o in found if len(o.visible) == 2)
    assert [one.ordinal for one in project(context, texts(context), narrow)] == [0, 2]


def test_an_object_of_which_nothing_is_left_is_never_served() -> None:
    with pytest.raises(ValueError, match="nothing is left"):
        rewritten('{"type":"tool"}', [("type",)], Obligations(TLP.GREEN))


def test_a_granular_marking_that_is_no_dictionary_goes_with_a_cut() -> None:
    text = '{"type":"tool","name":"x","labels":["a"],"granular_markings":["odd"]}'
    after = json.loads(rewritten(text, [("labels",)], Obligations(TLP.GREEN)))
    assert "granular_markings" not in after
