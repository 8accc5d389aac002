"""The lock between deciding by standings and changing them."""

from __future__ import annotations

from django.db import connection

STANDINGS = 0x63665F73  # "cf_s"


def standings_stay() -> None:
    """Keep standings from changing until the transaction ends; others may decide meanwhile.

    Without it a member could leave a circle between the moment when a release is decided and
    the moment when its grants are committed, and the grant would outlive the change.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [STANDINGS])


def standings_change() -> None:
    """Wait until nobody is deciding, and keep it so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STANDINGS])
