"""Every reason has a sentence and a word, and none gives a standing away."""

from __future__ import annotations

import pytest

from members.standing import Standing
from members.tiers import Health, Status, Tier
from sharing import seen
from sharing.policy.codes import Code
from sharing.policy.types import Reach, Redaction, Row
from sharing.reasons import AT_PRESENT, MEETS_TERMS, SENTENCES, WORDS, sentence

GOOD = Standing(member="a", status=Status.ACTIVE, tier=Tier.PARTNER)
LAPSED = Standing(member="a", status=Status.ACTIVE, tier=Tier.PARTNER, health=Health.LAPSED)
SECRET = ("standing", "probation", "agreement", "lapsed", "suspend", "applicant", "withdrawn")


@pytest.mark.parametrize("code", Code)
def test_every_code_has_words_that_tell_no_standing(code: Code) -> None:
    for text in (str(SENTENCES[code]), str(WORDS[code])):
        assert text
        assert not any(word in text.lower() for word in SECRET)


def none(*codes: Code) -> Row:
    return Row("a", Reach.NONE, codes)


@pytest.mark.parametrize(
    ("row", "standing", "named", "code"),
    [
        (none(Code.TIER_CEILING), GOOD, None, Code.TIER_CEILING),
        (none(Code.TIER_CEILING), LAPSED, None, Code.NO_AGREEMENT),
        (none(Code.NO_AGREEMENT), GOOD, None, Code.NO_AGREEMENT),
        (none(Code.NOT_NAMED, Code.TIER_CEILING), GOOD, None, Code.TIER_CEILING),
        (none(Code.NOT_NAMED, Code.TIER_CEILING), LAPSED, None, Code.NO_AGREEMENT),
        (none(Code.NOT_NAMED, Code.TIER_CEILING), GOOD, frozenset("a"), Code.TIER_CEILING),
        (none(Code.NOT_NAMED, Code.TIER_CEILING), GOOD, frozenset("b"), Code.NOT_NAMED),
        (none(Code.NOT_NAMED), GOOD, None, Code.NOT_NAMED),
    ],
)
def test_the_sentence_told(
    row: Row, standing: Standing, named: frozenset[str] | None, code: Code
) -> None:
    assert sentence(row, standing, named=named) == str(SENTENCES[code])
    assert str(SENTENCES[Code.NO_AGREEMENT]) == str(AT_PRESENT)


def test_only_these_is_not_told_as_naming() -> None:
    row = Row("a", Reach.FULL, (Code.PERMIT_NAMED,))
    assert sentence(row, GOOD, named=None) == str(MEETS_TERMS)
    assert sentence(row, GOOD, named=frozenset("a")) == str(SENTENCES[Code.PERMIT_NAMED])


def test_a_redacted_row_says_how_much() -> None:
    cuts = (
        Redaction("x--1", "", Code.NOT_NAMED),
        Redaction("x--2", "", Code.NOT_NAMED),
        Redaction("x--3", "name", Code.NOT_NAMED),
    )
    row = Row("a", Reach.REDACTED, (Code.PERMIT_TIER,), cuts)
    said = sentence(row, GOOD, named=None)
    assert said == "2 objects left out. 1 object cut in part. Its tier receives this TLP."


def test_what_was_seen_tells_every_difference() -> None:
    before = [none(Code.TIER_CEILING), Row("b", Reach.FULL, (Code.PERMIT_TIER,))]
    after = [none(Code.EXCLUDED), Row("c", Reach.FULL, (Code.PERMIT_TIER,))]
    assert seen.changes(seen.write(before), before) == []
    found = seen.changes(seen.write(before), after)
    assert [(slug, was, row.outcome if row else None) for slug, was, row in found] == [
        ("a", Reach.NONE, Reach.NONE),
        ("b", Reach.FULL, None),
        ("c", None, Reach.FULL),
    ]
    assert seen.changes("nonsense \x00 =", after) == []
