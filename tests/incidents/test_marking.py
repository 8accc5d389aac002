"""The marking: the stricter of two, and its JSON."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.marking import NEUTRAL, NOBODY, Marking, MarkingError, from_json, meet, to_json
from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import Status, Tier
from members.tlp import PAP, TLP
from sharing.policy.clauses import Case, is_early, member_refusals

unhurried = settings(deadline=None)  # a busy machine is no failure
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
words = st.frozensets(st.sampled_from(["cert-ua", "cert-ee", "core"]), max_size=2)
places = st.frozensets(st.sampled_from(["UA", "EE", "NATO"]), max_size=2)
times = st.none() | st.integers(-2, 2).map(lambda h: NOW + timedelta(hours=h))


def sets(of: st.SearchStrategy[frozenset[str]]) -> st.SearchStrategy[tuple[frozenset[str], ...]]:
    return st.lists(of, max_size=2).map(tuple)


markings = st.builds(
    Marking,
    tlp=st.none() | st.sampled_from(TLP),
    pap=st.sampled_from(PAP),
    min_tier=st.sampled_from(Tier),
    rel_to=sets(places),
    not_rel_to=places,
    circles=sets(st.frozensets(st.sampled_from(["c-fin", "c-sat"]), max_size=2)),
    named=st.none() | words,
    persons=st.none() | st.frozensets(st.sampled_from(["a@x.example", "b@x.example"])),
    exclude=words,
    release_at=times,
    embargo_until=times,
    early=sets(words),
    expires_at=times,
    orcon=st.booleans(),
    anonymous=st.booleans(),
    public=st.booleans(),
)
FIN = CircleTerms("c-fin", Tier.PARTNER, TLP.AMBER)
SAT = CircleTerms("c-sat", Tier.OBSERVER, TLP.RED)
standings = st.builds(
    Standing,
    member=st.sampled_from(["cert-ua", "cert-ee"]),
    status=st.just(Status.ACTIVE),
    tier=st.sampled_from(Tier),
    agreement_until=st.none() | st.just(NOW + timedelta(days=1)),
    country=st.sampled_from(["UA", "EE"]),
    groups=st.just(()) | st.just((GroupSpan("NATO"),)),
    circles=st.just(())
    | st.just(
        (CircleTerms("c-fin", Tier.PARTNER, TLP.AMBER), CircleTerms("c-sat", Tier(0), TLP.RED))
    ),
)


@unhurried
@given(markings, markings)
def test_meet_is_commutative(a: Marking, b: Marking) -> None:
    assert meet(a, b) == meet(b, a)


@unhurried
@given(markings, markings, markings)
def test_meet_is_associative(a: Marking, b: Marking, c: Marking) -> None:
    assert meet(meet(a, b), c) == meet(a, meet(b, c))


@unhurried
@given(markings)
def test_meet_is_idempotent_and_neutral_changes_nothing(a: Marking) -> None:
    assert meet(a, a) == a
    assert meet(a, NEUTRAL) == a


@unhurried
@given(markings, markings, standings)
def test_meet_is_never_looser_than_either(a: Marking, b: Marking, standing: Standing) -> None:
    both = Case(meet(a, b), "released", True, NOW)
    if not member_refusals(both, standing):
        assert not member_refusals(Case(a, "released", True, NOW), standing)
        assert not member_refusals(Case(b, "released", True, NOW), standing)
    assert meet(a, b).public <= a.public
    assert meet(a, b).orcon >= a.orcon
    assert meet(a, b).anonymous >= a.anonymous
    assert meet(a, b).pap >= a.pap
    if a.persons is not None:
        assert (meet(a, b).persons or frozenset()) <= a.persons


def test_embargo_without_early_list_stays_closed_when_it_meets_one_with() -> None:
    closed = Marking(tlp=TLP.GREEN, embargo_until=NOW + timedelta(hours=1))
    early = replace(closed, early=(frozenset({"cert-ee"}),))
    member = Standing("cert-ee", Status.ACTIVE, Tier.CORE)
    assert is_early(early, member)
    assert not is_early(meet(closed, early), member)


def test_early_without_embargo_states_nothing() -> None:
    assert Marking(early=(frozenset({"cert-ee"}),)) == Marking()


def test_a_member_called_like_a_tier_is_not_early_by_its_name() -> None:
    early = Marking(embargo_until=NOW, early=(frozenset({"core"}),))
    assert not is_early(early, Standing("core", Status.ACTIVE, Tier.PARTNER))
    assert is_early(early, Standing("any", Status.ACTIVE, Tier.CORE))


@unhurried
@given(markings)
def test_json_reads_back_equal_on_either_base(marking: Marking) -> None:
    assert from_json(to_json(marking)) == marking
    assert from_json(to_json(marking), base=NEUTRAL) == marking


@unhurried
@given(markings, st.randoms(use_true_random=False))
def test_equal_markings_have_equal_json(marking: Marking, rng: random.Random) -> None:
    shuffled = [*marking.circles, *marking.circles]
    rng.shuffle(shuffled)
    assert to_json(replace(marking, circles=tuple(shuffled))) == to_json(marking)


def test_json_of_every_field() -> None:
    given_json = {
        "tlp": "AMBER+STRICT",
        "pap": "GREEN",
        "min_tier": "partner",
        "rel_to": ["NATO", "UA"],
        "not_rel_to": ["NO"],
        "circles": [["c-fin", "c-sat"], ["c-wiper"]],
        "named": ["cert-ee"],
        "persons": ["Ann@X.example"],
        "exclude": ["cert-no"],
        "release_at": "2026-03-01T12:00:00Z",
        "embargo_until": "2026-03-02T12:00:00.5Z",
        "early": ["core", "cert-jp"],
        "expires_at": "2026-04-01T12:00:00Z",
        "orcon": True,
        "anonymous": True,
        "public": False,
    }
    read = from_json(given_json)
    assert read == Marking(
        tlp=TLP.AMBER_STRICT,
        pap=PAP.GREEN,
        min_tier=Tier.PARTNER,
        rel_to=(frozenset({"NATO", "UA"}),),
        not_rel_to=frozenset({"NO"}),
        circles=(frozenset({"c-fin", "c-sat"}), frozenset({"c-wiper"})),
        named=frozenset({"cert-ee"}),
        persons=frozenset({"ann@x.example"}),
        exclude=frozenset({"cert-no"}),
        release_at=NOW,
        embargo_until=NOW + timedelta(days=1, milliseconds=500),
        early=(frozenset({"core", "cert-jp"}),),
        expires_at=NOW + timedelta(days=31),
        orcon=True,
        anonymous=True,
    )
    assert to_json(read)["embargo_until"] == "2026-03-02T12:00:00.500000Z"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], "marking"),
        ({"color": "red"}, "marking.color"),
        ({"tlp": "purple"}, "marking.tlp"),
        ({"tlp": 3}, "marking.tlp"),
        ({"pap": None}, "marking.pap"),
        ({"min_tier": "gold"}, "marking.min_tier"),
        ({"rel_to": "UA"}, "marking.rel_to"),
        ({"rel_to": ["ua"]}, "marking.rel_to[0]"),
        ({"rel_to": [["UA"], "EE"]}, "marking.rel_to[1]"),
        ({"circles": [["ok", 7]]}, "marking.circles[0][1]"),
        ({"named": ["CERT UA"]}, "marking.named[0]"),
        ({"persons": ["nobody"]}, "marking.persons[0]"),
        ({"release_at": "2026-03-01T12:00:00+02:00"}, "marking.release_at"),
        ({"release_at": "2026-02-30T12:00:00Z"}, "marking.release_at"),
        ({"release_at": 7}, "marking.release_at"),
        ({"orcon": "yes"}, "marking.orcon"),
    ],
)
def test_malformed_json_is_refused_with_its_place(value: Any, path: str) -> None:
    with pytest.raises(MarkingError) as refused:
        from_json(value)
    assert [problem.path for problem in refused.value.problems] == [path]
    assert refused.value.problems[0].fix


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(MarkingError, match=r"m\.tlp.*m\.orcon"):
        from_json({"tlp": "x", "orcon": 1}, "m")


def test_empty_sets_and_nulls_keep_their_meaning() -> None:
    read = from_json(
        {"circles": [[]], "named": [], "persons": None, "release_at": None, "tlp": None}
    )
    assert read == Marking(circles=(frozenset(),), named=frozenset())
    assert from_json({"rel_to": []}) == Marking()


def test_unstated_is_not_public_for_an_incident_and_neutral_for_an_object() -> None:
    assert not from_json({"tlp": "CLEAR"}).public
    assert from_json({"tlp": "CLEAR"}, base=NEUTRAL).public


def test_unknown_marking_is_for_nobody() -> None:
    assert NOBODY.tlp is TLP.RED
    assert NOBODY.named == frozenset()
    assert NOBODY.limits_audience
