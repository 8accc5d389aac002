"""Decisions to share, and what each distinct outcome of one looks like."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ReportKind(models.TextChoices):
    """What a release is to the clocks; a kind also meets the earlier ones."""

    INITIAL = "initial", _("Initial notice")
    EARLY_WARNING = "early_warning", _("Early warning")
    NOTIFICATION = "notification", _("Notification")
    UPDATE = "update", _("Update")
    FINAL = "final", _("Final report")


class Release(models.Model):
    """One decision to share one revision: never changed but for what fan-out notes.

    `fanned_out_at` is the outbox: null means that a worker still has to settle it. `recheck_at`
    is the next moment at which time alone changes who may see it (embargo end, schedule, expiry).
    """

    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="releases"
    )
    revision = models.ForeignKey(
        "incidents.Revision", on_delete=models.PROTECT, related_name="releases"
    )
    version = models.PositiveIntegerField()
    report_kind = models.CharField(max_length=16, choices=ReportKind)
    by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    marking = models.JSONField()
    reason = models.TextField(blank=True)
    audience_digest = models.CharField(max_length=64)
    audience = models.JSONField()
    confirm_by_at = models.DateTimeField(null=True)  # early warning by its author alone
    confirmed_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    fanned_out_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # failed in a row
    recheck_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "version"], name="release_version_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("by")),
                name="release_confirmed_by_a_second",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(fanned_out_at=None), name="release_waiting"),
            models.Index(
                fields=["recheck_at"],
                condition=Q(recheck_at__isnull=False, ended_at=None),
                name="release_to_recheck",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} v{self.version}"


class Rendering(models.Model):
    """What one distinct outcome of a release looks like, as final bytes (null release: own)."""

    revision = models.ForeignKey(
        "incidents.Revision", on_delete=models.PROTECT, related_name="renderings"
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="renderings"
    )
    key = models.CharField(max_length=64)  # SHA-256 of what is shown
    summary = models.JSONField()  # the list's columns, from the incident as this outcome shows it
    redacted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "release", "key"],
                nulls_distinct=False,
                name="rendering_outcome_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.key[:8]}"


class RenderingObject(models.Model):
    """One object's final bytes in a rendering; its ordinal is the object's in the release.

    `fullness` and then `tlp`, the body's effective TLP, order bodies of one version: 1 is whole, 0
    redacted, and the stricter marking is shown. `shared`: another rendering may show the object
    to the same reader; `newer`: a later version is released.
    """

    rendering = models.ForeignKey(Rendering, on_delete=models.PROTECT, related_name="shown")
    ordinal = models.PositiveIntegerField()
    object_id = models.CharField(max_length=300)
    type = models.CharField(max_length=250)
    version = models.DateTimeField()
    fullness = models.PositiveSmallIntegerField(default=1)
    tlp = models.PositiveSmallIntegerField(default=0)
    shared = models.BooleanField(default=False)
    newer = models.BooleanField(default=False)
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rendering", "ordinal"], name="rendered_ordinal_once")
        ]
        indexes = [
            models.Index(fields=["object_id", "version", "rendering"], name="rendered_versions")
        ]

    def __str__(self) -> str:
        return self.object_id
