"""What was taken back: from whom, until when it is to be deleted, and what each answered."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sharing.models.releases import Release


class RecallKind(models.TextChoices):
    """Why something is recalled: all that a recipient is told of the reason."""

    TIGHTENED = "tightened", _("No longer shared with you")
    RETRACTED = "retracted", _("Retracted")
    DROPPED = "dropped", _("Left out of an update")
    ERASURE = "erasure", _("To be erased by law")
    ORIGIN = "origin", _("Withdrawn by its originator")
    MEMBERSHIP = "membership", _("Your membership has ended")


class RecallState(models.TextChoices):
    """What a recipient answered."""

    OPEN = "open", _("Not answered")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")


class Recall(models.Model):
    """One act that took something back from members who had it.

    `reason` is the owner's own words, for its board; recipients see the kind alone. `release` is
    the version that narrowed (null: none did, as when an incident is retracted).
    """

    incident = models.ForeignKey(
        "incidents.Incident", on_delete=models.PROTECT, related_name="recalls"
    )
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="recalls"
    )
    kind = models.CharField(max_length=12, choices=RecallKind)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("members.Person", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["incident", "-at"], name="recall_by_incident")]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind}"


class RecallNotice(models.Model):
    """A recall as one member gets it. `key` is how it is known outside; `due_at` null: no term.

    Rows are inserted under the publishing lock only (`sharing.publishing`): their ids are then in
    the order of commits, which the cursor of the list for machines rests on. `state` is open until
    every item is answered, then refused if any of them is; the last answer's words stand beside it.
    """

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="notices")
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="recalls")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=RecallState, default=RecallState.OPEN)
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reminded_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recall", "member"], name="recall_once_per_member"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="recall_answered_or_open",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-at"], name="recall_by_member"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="open", due_at__isnull=False),
                name="recall_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recall_id} {self.member_id}"


class RecallAnswer(models.Model):
    """What was answered once; it covers the items that point to it.

    Nobody answers for what it may not know of, so that one notice may take several answers. Answers
    are never changed: a later one takes the items over.
    """

    notice = models.ForeignKey(RecallNotice, on_delete=models.PROTECT, related_name="answers")
    state = models.CharField(max_length=10, choices=RecallState)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="open"), name="recall_answer_is_one"),
            models.CheckConstraint(
                condition=~Q(state="refused", note=""), name="recall_refusal_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"


class RecallItem(models.Model):
    """One object version that a notice is about, and who of the member could read it.

    `readers`, `persons` and `tlp` are those of the grant that showed it: whoever could not read
    the object learns nothing of its recall. `answer` is the one in force; null: none yet.
    """

    notice = models.ForeignKey(RecallNotice, on_delete=models.PROTECT, related_name="items")
    object_id = models.CharField(max_length=300)
    type = models.CharField(max_length=250)
    version = models.DateTimeField()
    tlp = models.PositiveSmallIntegerField()
    readers = models.PositiveIntegerField()
    persons = ArrayField(models.CharField(max_length=254), null=True)
    answer = models.ForeignKey(
        RecallAnswer, on_delete=models.PROTECT, null=True, related_name="items"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "object_id", "version", "persons"],
                nulls_distinct=False,
                name="recall_item_once",
            )
        ]

    def __str__(self) -> str:
        return self.object_id
