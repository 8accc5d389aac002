"""Why filing was refused; every other refusal is one of `members.errors`."""

from __future__ import annotations

from collections.abc import Sequence

from incidents.stix import Problem


class FilingRefused(Exception):
    """Nothing was stored. `problems` names every place and its fix."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems[:3]))
        self.problems = tuple(problems)
