"""decide agrees with the second, naive implementation on many random cases."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from sharing.policy import Code, decide, notice
from tests.sharing.policy import generator, naive

COUNT = int(os.environ.get("CYBERFRAME_POLICY_CASES", "20000"))
SEED = int(os.environ.get("CYBERFRAME_POLICY_SEED", "20260301"))
# UNDECIDED is what an exception gives (test_decide); the naive one has no such thing.
REACHED = set(Code) - {Code.UNDECIDED}


def test_decide_agrees_with_the_naive_implementation() -> None:
    told: Counter[str] = Counter()
    pairs: list[tuple[Any, Any]] = [(decide, naive.decide), (notice, naive.notice)]
    for number, (case, contexts, subject) in enumerate(generator.cases(SEED, COUNT)):
        for real, plain in pairs:
            if real is notice and all(c.state != "retracted" for c in contexts):
                continue
            got = real(case["target"], contexts, subject, generator.NOW)
            args = (case["target"], case["contexts"], case["member"], case["who"], case["now"])
            permit, codes, cuts, tlp = plain(*args)
            same = (
                got.permit == permit
                and [code.value for code in got.codes] == codes
                and {(cut.path, cut.code.value) for cut in got.redactions} == cuts
            )
            bound = got.obligations
            if permit and tlp is not None:
                same = same and bound is not None and bound.tlp.word == tlp
            assert same, f"case {number} of seed {SEED}: {got} but {permit, codes, cuts, tlp}"
            told.update({*codes, *(code for _, code in cuts)})
    least = COUNT // 2000
    rare = {code.value: told[code.value] for code in REACHED if told[code.value] < least}
    assert not rare, f"seen fewer than {least} times: {rare}"
