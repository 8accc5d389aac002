"""Asking an originator for its consent to carry an object of its own."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReuseState(models.TextChoices):
    """Where a request for consent stands."""

    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    ENDED = "ended", _("Withdrawn")


class ReuseRequest(models.Model):
    """A request to carry another member's object in an incident under a marking (domain §3).

    Consent names object, incident and marking. `originator` is null where nobody stands behind
    the id: who asked sees no difference. `key` is how a request is known outside.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="reuse_requests"
    )
    object_id = models.CharField(max_length=300)
    originator = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, related_name="reuse_requests"
    )
    marking = models.JSONField()
    purpose = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ReuseState, default=ReuseState.ASKED)
    asked_by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One may be asked for while another holds: what goes out stays out until the answer.
            models.UniqueConstraint(
                fields=["incident", "object_id"],
                condition=Q(state="asked"),
                name="reuse_asked_once",
            ),
            models.UniqueConstraint(
                fields=["incident", "object_id"],
                condition=Q(state="granted"),
                name="reuse_granted_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["originator", "asked_at"], condition=Q(state="asked"), name="reuse_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.object_id}"
