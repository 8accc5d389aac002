"""The append-only log: entries, and the heads of the Merkle tree over them.

The database itself refuses to delete, truncate or rewrite a row (triggers of migration 0002); the
seal columns of an entry are the only ones ever written after it, once.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from audit.leaves import Leaf


class Entry(models.Model):
    """One thing that was done. Holds ids, numbers and codes; never content, names or addresses.

    Numbers instead of foreign keys: this room knows no other, and an erased account leaves its
    number here.
    """

    at = models.DateTimeField()
    action = models.CharField(max_length=80)
    target_kind = models.CharField(max_length=40)
    target_key = models.CharField(max_length=200)
    actor_kind = models.CharField(max_length=10)
    person_id = models.BigIntegerField(null=True)
    credential_id = models.BigIntegerField(null=True)
    actor_member_id = models.BigIntegerField(null=True)
    member_id = models.BigIntegerField(null=True, help_text="the member it concerns")
    request_id = models.CharField(max_length=64)
    details = models.JSONField(default=dict)
    leaf_index = models.BigIntegerField(null=True, unique=True)
    leaf_hash = models.BinaryField(null=True, max_length=32)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                name="audit_entry_sealed_whole",
                condition=Q(leaf_index__isnull=True, leaf_hash__isnull=True)
                | Q(leaf_index__gte=0, leaf_hash__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="audit_entry_unsealed", fields=["id"], condition=Q(leaf_index__isnull=True)
            ),
            models.Index(name="audit_entry_target", fields=["target_kind", "target_key", "id"]),
            models.Index(name="audit_entry_member", fields=["member_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind}:{self.target_key}"

    def leaf(self, index: int) -> Leaf:
        """Return the leaf that this entry is at `index`."""
        return Leaf(
            index=index,
            entry=self.pk,
            at=self.at,
            action=self.action,
            target_kind=self.target_kind,
            target_key=self.target_key,
            actor_kind=self.actor_kind,
            person_id=self.person_id,
            credential_id=self.credential_id,
            actor_member_id=self.actor_member_id,
            member_id=self.member_id,
            request_id=self.request_id,
            details=self.details,
        )


class TreeHead(models.Model):
    """The root of the tree over the first `size` entries, and the frontier to append to it."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="audit_treehead_size", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.size}:{bytes(self.root).hex()[:12]}"
