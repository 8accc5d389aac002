"""Opening grants whose time has come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sharing.publishing import open_grants


@transaction.atomic
def open_due(*, now: datetime) -> int:
    """Give feed positions to grants that are visible by now; return how many."""
    return open_grants(now)
