"""Entries for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from audit.actions import Action, Target
from audit.actors import Actor
from audit.models import Entry
from audit.services import record

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TESTED = Action("audit:entry:test")
ACTOR = Actor(
    person_id=7, credential_id=9, member_id=3, member="cert-ee", label="someone@x.example"
)


def write(count: int, first: int = 0) -> list[Entry]:
    """Return `count` new entries, in one transaction."""
    with transaction.atomic():
        return [
            record(
                actor=ACTOR,
                action=TESTED,
                target=Target("thing", str(number)),
                at=NOW,
                details={"number": number},
                member_id=3,
            )
            for number in range(first, first + count)
        ]
