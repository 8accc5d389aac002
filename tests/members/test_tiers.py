"""TLP, PAP, tiers, reader classes and standing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import CEILING, Health, Status, Tier, effective_tier
from members.tlp import (
    ALL_READERS,
    INTERNAL_READERS,
    PAP,
    READER_CLASSES,
    TLP,
    Channel,
    ReaderClass,
    reader_class,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("tier", "on_probation", "lapsed", "counts"),
    [
        (Tier.CORE, False, False, Tier.CORE),
        (Tier.CORE, True, False, Tier.ASSOCIATE),
        (Tier.CORE, False, True, Tier.PARTNER),
        (Tier.PARTNER, True, True, Tier.OBSERVER),
        (Tier.OBSERVER, True, False, Tier.OBSERVER),
        (Tier.OBSERVER, False, True, Tier.OBSERVER),
    ],
)
def test_effective_tier(tier: Tier, on_probation: bool, lapsed: bool, counts: Tier) -> None:
    assert effective_tier(tier=tier, on_probation=on_probation, lapsed=lapsed) is counts


def test_standing_takes_probation_and_lapse_into_its_tier() -> None:
    assert Standing("m", Status.PROBATION, Tier.CORE).effective_tier is Tier.ASSOCIATE
    assert Standing("m", Status.ACTIVE, Tier.CORE, Health.LAPSED).effective_tier is Tier.PARTNER
    assert Standing("m", Status.ACTIVE, Tier.CORE, Health.AT_RISK).effective_tier is Tier.CORE


def test_ceilings_rise_with_the_tier() -> None:
    assert [CEILING[tier].word for tier in Tier] == ["GREEN", "AMBER", "AMBER+STRICT", "RED"]


@pytest.mark.parametrize("tlp", TLP)
def test_tlp_parses_its_words(tlp: TLP) -> None:
    assert TLP.parse(tlp.label) is tlp
    assert TLP.parse(f" {tlp.word.lower()} ") is tlp


def test_tlp_white_is_clear_and_other_words_are_refused() -> None:
    assert TLP.parse("WHITE") is TLP.CLEAR
    assert PAP.parse("pap:white") is PAP.CLEAR
    for parse in (TLP.parse, PAP.parse, Tier.parse):
        with pytest.raises(ValueError, match="purple"):
            parse("purple")
    assert PAP.RED.label == "PAP:RED"
    assert PAP.RED.word == "RED"
    assert Tier.parse("Core").word == "core"


def test_reader_classes_have_twenty_distinct_bits() -> None:
    assert sorted(c.bit for c in READER_CLASSES) == [*range(20)]
    assert ALL_READERS == 2**20 - 1
    assert INTERNAL_READERS.bit_count() == 5


@pytest.mark.parametrize(
    ("channel", "max_tlp", "own", "expected"),
    [
        (Channel.INTERNAL, TLP.RED, False, ReaderClass(TLP.RED, PAP.RED, orcon=True)),
        (Channel.DOWNSTREAM, TLP.RED, False, ReaderClass(TLP.AMBER, PAP.RED, orcon=False)),
        (Channel.DOWNSTREAM, TLP.GREEN, False, ReaderClass(TLP.GREEN, PAP.RED, orcon=False)),
        (Channel.BLOCKLIST, TLP.AMBER, False, ReaderClass(TLP.AMBER, PAP.GREEN, orcon=True)),
        (Channel.PEER, TLP.AMBER, False, ReaderClass(TLP.GREEN, PAP.RED, orcon=False)),
        (Channel.PEER, TLP.AMBER, True, ReaderClass(TLP.AMBER, PAP.RED, orcon=False)),
    ],
)
def test_reader_class_folds_the_channel_in(
    channel: Channel, max_tlp: TLP, own: bool, expected: ReaderClass
) -> None:
    assert reader_class(channel=channel, max_tlp=max_tlp, own_instance=own) == expected


def test_spans_and_circles_end_exactly_when_they_say() -> None:
    span = GroupSpan("EU", NOW, NOW + HOUR)
    assert [span.covers(NOW + HOUR * n) for n in (-1, 0, 1)] == [False, True, False]
    circle = CircleTerms("c", Tier.OBSERVER, TLP.RED, ends_at=NOW)
    assert [circle.runs(NOW - HOUR), circle.runs(NOW)] == [True, False]
    assert not CircleTerms("c", Tier.OBSERVER, TLP.RED, open=False).runs(NOW)


def test_places_are_the_country_and_the_groups_of_now() -> None:
    groups = (GroupSpan("EU"), GroupSpan("NATO", starts_at=NOW + HOUR))
    assert Standing("m", Status.ACTIVE, Tier.CORE, country="SE", groups=groups).places(NOW) == {
        "SE",
        "EU",
    }
    assert Standing("m", Status.ACTIVE, Tier.CORE, groups=groups).places(NOW + HOUR) == {
        "EU",
        "NATO",
    }


def test_agreement_ends_exactly_when_it_says() -> None:
    signed = Standing("m", Status.ACTIVE, Tier.CORE, agreement_until=NOW)
    assert [signed.has_agreement(NOW - HOUR), signed.has_agreement(NOW)] == [True, False]
    assert not Standing("m", Status.ACTIVE, Tier.CORE).has_agreement(NOW)
