"""Reference data: the platform's own objects, outside all releases."""

from __future__ import annotations

from django.db import models


class ReferenceObject(models.Model):
    """One of the platform's own reference objects: a marking, extension, identity or technique."""

    object_id = models.CharField(max_length=300)
    type = models.CharField(max_length=250)
    version = models.DateTimeField()
    position = models.DateTimeField(unique=True)
    digest = models.CharField(max_length=64)  # SHA-256 of its RFC 8785 form
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_id", "version"], name="reference_version_once")
        ]

    def __str__(self) -> str:
        return self.object_id
