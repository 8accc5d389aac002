"""An update asks the database as often for many members as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import indicator, make_member, make_person
from tests.sharing.test_updates import share, update

pytestmark = pytest.mark.django_db
ROOM = 10  # for a check or two more, whoever has it


def queries_of_an_update(members: int, marking: dict[str, object]) -> int:
    owner = make_member("ua", country="UA")
    author = make_person(owner, "author", "analyst", "reviewer")
    reviewer = make_person(owner, "reviewer", "analyst", "reviewer")
    for number in range(members):
        make_member(f"fr-{number}", country="FR")
    objects = [indicator(str(n), owner="ua", address=f"192.0.2.{n}") for n in range(3)]
    what = share(author, reviewer, {"tlp": "AMBER"}, *objects)
    with CaptureQueriesContext(connection) as asked:
        update(what, author, reviewer, marking=marking)
    return len(asked)


@pytest.mark.parametrize("members", [4, 30])
@pytest.mark.parametrize(
    ("marking", "queries"),
    [
        ({"tlp": "AMBER", "min_tier": "partner"}, 101),
        ({"tlp": "AMBER+STRICT"}, 108),
        ({"tlp": "AMBER", "exclude": ["fr-0", "fr-1", "fr-2"]}, 131),
    ],
)
def test_queries_do_not_grow(marking: dict[str, object], queries: int, members: int) -> None:
    assert queries_of_an_update(members, marking) <= queries + ROOM
