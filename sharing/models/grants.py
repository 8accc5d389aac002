"""The grants that every read goes through, and the clock that places them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sharing.models.releases import Release, Rendering


class GrantKind(models.IntegerChoices):
    """Which of a member's feeds a grant belongs to."""

    SHARED = 0, "shared"  # others' items released to it
    OWN = 1, "own"  # its own, any state: persons and internal credentials
    OWN_IN_FORCE = 2, "own in force"  # its own, for its other channels


class Grant(models.Model):
    """That a member may read a rendering, and from where in its feed.

    `position` is the date added of the object with ordinal 0, `last` that of the last object;
    null until the grant is visible. `readers` is a bit mask of reader classes. A grant alone
    authorises nothing: every read narrows it (`sharing.door`). `succeeds` is the wider grant whose
    place this one took when part of it was withdrawn. A `notice` tells who had something that it
    is revoked or recalled: feeds carry it, it is no content of an incident.
    """

    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="grants")
    kind = models.PositiveSmallIntegerField(choices=GrantKind, default=GrantKind.SHARED)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="grants")
    rendering = models.ForeignKey(Rendering, on_delete=models.PROTECT, related_name="grants")
    position = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)
    tlp = models.PositiveSmallIntegerField()
    min_tier = models.PositiveSmallIntegerField()
    readers = models.PositiveIntegerField()
    persons = ArrayField(models.CharField(max_length=254), null=True)
    not_persons = ArrayField(models.CharField(max_length=254), default=list)
    code = models.CharField(max_length=40)
    circles = ArrayField(models.CharField(max_length=64), default=list)
    groups = ArrayField(models.CharField(max_length=64), default=list)
    visible_from = models.DateTimeField(null=True)
    visible_until = models.DateTimeField(null=True)
    granted_at = models.DateTimeField()
    backfill = models.BooleanField(default=False)
    notice = models.BooleanField(default=False, db_default=False)
    succeeds = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    single_ordinal = models.PositiveIntegerField(null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    again = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                # Everything that tells what settling compares, but the grounds it rests on.
                fields=[
                    "member",
                    "release",
                    "rendering",
                    "kind",
                    "readers",
                    "tlp",
                    "min_tier",
                    "visible_from",
                    "visible_until",
                    "persons",
                    "not_persons",
                ],
                condition=Q(withdrawn_at=None, single_ordinal=None),
                nulls_distinct=False,
                name="grant_once",
            ),
            models.CheckConstraint(
                condition=Q(position=None, last=None) | Q(last__gte=F("position")),
                name="grant_last_after_position",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "kind", "last"], name="grant_feed"),
            models.Index(fields=["rendering", "member"], name="grant_by_rendering"),
            models.Index(
                fields=["visible_from"],
                condition=Q(position=None, withdrawn_at=None),
                name="grant_to_open",
            ),
            models.Index(
                fields=["member"],
                condition=Q(notice=True, withdrawn_at=None),
                name="grant_notices",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.rendering_id}"


class FeedClock(models.Model):
    """One row: the last feed position given. Updating it is the publishing lock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="feed_clock_is_one")]

    def __str__(self) -> str:
        return self.last.isoformat()


class Settlement(models.Model):
    """That a member's standing changed and its grants must be decided again (an outbox row)."""

    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # failed in a row

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(done_at=None), name="settlement_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.cause}"
