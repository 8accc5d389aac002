"""One world for this folder: built once by each worker, rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction

from tests.leaks.oracle import Oracle
from tests.leaks.world import T0, build


@pytest.fixture(scope="package")
def oracle(django_db_setup: None, django_db_blocker: Any) -> Iterator[Oracle]:
    """The world of tests.leaks.world, at its own time, and the rules over it."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(T0, tick=False),
        transaction.atomic(),
    ):
        assert str(connection.settings_dict["NAME"]).startswith("test_")
        cache.clear()
        yield Oracle(build(T0))
        transaction.set_rollback(True)
