"""Where the checks of one object write down what they find."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from incidents.stix.messages import MESSAGES
from incidents.stix.problems import Problem, problem

if TYPE_CHECKING:
    from incidents.stix.patterns import PatternBudget

# A rule looks at one value at a path and reports; it returns nothing and never raises.
Rule = Callable[["Report", str, Any], None]


class Report:
    """The findings about one object.

    Only the first `limit` problems are kept, the others counted in `dropped`; `failed` says
    whether any was an error. `budget` is shared by all objects of a submission.
    """

    __slots__ = ("budget", "dropped", "failed", "id", "limit", "number", "problems", "type")

    def __init__(
        self, *, number: int, type: str, id: str, budget: PatternBudget, limit: int
    ) -> None:
        self.number, self.type, self.id, self.limit = number, type, id, limit
        self.budget = budget
        self.dropped = 0
        self.problems: list[Problem] = []
        self.failed = False

    def add(self, code: str, path: str, **params: object) -> None:
        """Write down one problem at a path."""
        self.failed = self.failed or MESSAGES[code].level == "error"
        if len(self.problems) >= self.limit:
            self.dropped += 1
            return
        found = problem(
            code,
            number=self.number,
            type=self.type,
            id=self.id,
            property=path,
            params=params,
        )
        self.problems.append(found)


def joined(path: str, name: str | int) -> str:
    """Return the path of a member: a property `name`, or the item at an index."""
    step = f"[{name}]" if isinstance(name, int) else name
    return f"{path}.{step}" if path else step
