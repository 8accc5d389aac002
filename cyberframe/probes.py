"""What a running platform can ask itself: database, migrations, broker, waiting work."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from amqp.exceptions import ChannelError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from cyberframe.celery import app
from sharing.health import backlog


def database() -> str | None:
    """Return what is wrong with the database, or nothing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except (DatabaseError, OSError):
        return "does not answer"
    return None


_migrated = False


def migrations() -> str | None:
    """Return what is wrong with the tables, or nothing; good news is remembered."""
    global _migrated  # noqa: PLW0603 - migrations are not taken back under a running process
    if _migrated:
        return None
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, OSError):
        return "cannot be read"
    if waiting:
        return f"{len(waiting)} not applied"
    _migrated = True
    return None


def queue_lengths() -> dict[str, int] | None:
    """Return how many messages wait in each queue, or nothing if the broker does not answer."""
    names = [queue.name for queue in app.conf.task_queues]
    connection_errors: tuple[type[Exception], ...] = _broker_errors()
    try:
        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
            return {name: _length(broker, name) for name in names}
    except (OperationalError, OSError):
        return None
    except connection_errors:
        return None


def _length(broker: Any, name: str) -> int:
    try:
        with broker.channel() as channel:
            return int(channel.queue_declare(queue=name, passive=True).message_count)
    except ChannelError:
        return 0  # nobody declared it yet


@cache
def _broker_errors() -> tuple[type[Exception], ...]:
    return tuple(app.connection_for_read().connection_errors)


def broker() -> str | None:
    """Return what is wrong with the broker, or nothing."""
    return None if queue_lengths() is not None else "does not answer"


def oldest_waiting_seconds(now: datetime) -> float | None:
    """Return the age of the oldest row that waits for a worker; None if none waits."""
    found = backlog(now)
    return found.oldest_seconds if found.waiting else None
