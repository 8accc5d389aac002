"""`manage.py audit_verify`: recompute the audit log and name the first fault."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from audit.merkle import HASH_BYTES
from audit.verification import verify


class Command(BaseCommand):
    help = "Recompute the audit log's hashes; fail with the first changed, missing or moved entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            metavar="SIZE:ROOT",
            help="a head noted earlier and kept elsewhere; ROOT in hexadecimal",
        )

    def handle(self, *args: Any, head: str | None = None, **options: Any) -> None:
        with transaction.atomic():
            if len(connection.savepoint_ids) == 0:
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            verdict = verify(known=_head(head) if head else None)
        if verdict.finding:
            raise CommandError(verdict.finding.sentence)
        self.stdout.write(
            f"Sound: {verdict.size} entries, head {verdict.size}:{verdict.root.hex()}, "
            f"{verdict.unsealed} not sealed yet."
        )


def _head(text: str) -> tuple[int, bytes]:
    size, _, root = text.partition(":")
    try:
        head = int(size), bytes.fromhex(root)
    except ValueError:
        head = 0, b""
    if head[0] < 1 or len(head[1]) != HASH_BYTES:
        raise CommandError("--head is SIZE:ROOT, as this command prints it")
    return head
