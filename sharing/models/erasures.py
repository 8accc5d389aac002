"""Lawful erasure: asked for by the owner's administrator, agreed to by a platform's."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ErasureState(models.TextChoices):
    """Where a request to erase stands."""

    ASKED = "asked", _("Asked")
    DECLINED = "declined", _("Declined")
    DONE = "done", _("Done")


class Erasure(models.Model):
    """That the content of an incident is to be, or was, replaced by a marker with the reason."""

    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="erasures"
    )
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=ErasureState, default=ErasureState.ASKED)
    asked_by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state="asked"), name="erasure_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="erasure_decided_by_a_second",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.state}"
