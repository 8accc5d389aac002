"""What happened: incidents, their immutable revisions and the STIX objects they carry."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """What is in force (domain: State)."""

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("Waiting for release")
    RELEASED = "released", _("Released")
    UPDATED = "updated", _("Updated")
    CLOSED = "closed", _("Closed")
    RETRACTED = "retracted", _("Retracted")


class Working(models.TextChoices):
    """The next version, if one is being made."""

    NONE = "none", _("None")
    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")


IN_FORCE = (State.RELEASED, State.UPDATED, State.CLOSED)


class Incident(models.Model):
    """One incident of one owner; its content stands in its revisions."""

    ref = models.CharField(max_length=16, unique=True)
    stix_id = models.CharField(max_length=64)
    owner = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="incidents")
    co_originators = models.ManyToManyField(
        "members.Member", related_name="co_originated", blank=True
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    working = models.CharField(max_length=10, choices=Working, default=Working.DRAFT)
    version = models.PositiveIntegerField(default=0)  # of the release in force; 0: none yet
    head = models.ForeignKey(
        "Revision", on_delete=models.PROTECT, null=True, related_name="+"
    )  # the newest revision: what is being worked on
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "stix_id"], name="incident_once_per_owner"),
            models.CheckConstraint(
                # retracted without a release: erased before one
                condition=Q(version=0, state__in=["draft", "review", "retracted"])
                | (Q(version__gt=0) & ~Q(state__in=["draft", "review"])),
                name="incident_version_follows_state",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-changed_at"], name="incident_by_owner")]

    def __str__(self) -> str:
        return self.ref


class Revision(models.Model):
    """One submission, never changed: the submitter's bytes and what they say.

    `source` is the submitted bundle; the objects' own texts stand in `StixObject`. `marking` and
    `object_markings` hold what STIX cannot carry (`incidents.marking.to_json`); they are never
    served. `salt` goes with the content, so that audit leaves can be proved without it.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    source = models.TextField()
    digest = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=32)
    marking = models.JSONField()
    tlp_confirmed = models.BooleanField()
    object_markings = models.JSONField(default=dict)
    title = models.TextField()
    summary = models.TextField(blank=True)
    level = models.PositiveSmallIntegerField()
    level_stated = models.BooleanField()
    sectors = ArrayField(models.CharField(max_length=64), default=list)
    facts = models.JSONField(default=dict)
    aware_at = models.DateTimeField(null=True)
    indicator_count = models.PositiveIntegerField(default=0)
    object_count = models.PositiveIntegerField(default=0)
    narrows_only = models.BooleanField(default=False)  # the marking; its maker is no author
    problems = models.JSONField(default=list)  # what was left out or warned of at filing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(level__lte=5), name="revision_level_0_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} r{self.number}"


class StixObject(models.Model):
    """One version of one object as its owner submitted it; `text` is served unchanged.

    `version` is `modified`, else `created`, cut to microseconds; an object without times
    (most SCOs) has the epoch, and other content of the same owner under that id the time it
    was filed.
    """

    owner = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: an SCO, which nobody owns
    stix_id = models.CharField(max_length=300)
    type = models.CharField(max_length=250)
    version = models.DateTimeField()
    text = models.TextField()
    digest = models.CharField(max_length=64)  # SHA-256 of its RFC 8785 form
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "stix_id", "version"], name="object_version_once_per_owner"
            )
        ]

    def __str__(self) -> str:
        return self.stix_id


class RevisionObject(models.Model):
    """An object's place in a revision: its ordinal and its own marking there."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="places")
    ordinal = models.PositiveIntegerField()
    object = models.ForeignKey(StixObject, on_delete=models.PROTECT, related_name="places")
    marking = models.JSONField(null=True)  # null: none of its own, the incident's holds

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "ordinal"], name="place_ordinal_once"),
            models.UniqueConstraint(fields=["revision", "object"], name="place_object_once"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}/{self.ordinal}"


class Note(models.Model):
    """What a reviewer wrote when sending an incident back."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.at:%Y-%m-%d}"
