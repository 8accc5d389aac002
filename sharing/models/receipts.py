"""What became of a grant: who fetched it and when, and that a member acknowledged a version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sharing.models.grants import Grant
from sharing.models.releases import Release


class Outlet(models.TextChoices):
    """By which way something was fetched."""

    WEB = "web", "web"
    REST = "rest", "REST"
    TAXII = "taxii", "TAXII"


class Fetch(models.Model):
    """That a credential or person was given content of a grant.

    `through` is the date added of the last object given: the whole once it reaches the grant's
    `last` (null on outlets that always give the whole).
    """

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="fetches")
    credential = models.ForeignKey(
        "members.Credential", on_delete=models.PROTECT, null=True, related_name="+"
    )
    person = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    outlet = models.CharField(max_length=8, choices=Outlet)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    through = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "credential", "person", "outlet"],
                nulls_distinct=False,
                name="fetch_once",
            ),
            models.CheckConstraint(
                condition=Q(credential=None, person__isnull=False)
                | Q(credential__isnull=False, person=None),
                name="fetch_by_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.outlet}"


class Acknowledgement(models.Model):
    """That a member says it has taken note of a version it was given."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="acknowledgements")
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    credential = models.ForeignKey(
        "members.Credential", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "member"], name="acknowledged_once")
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.member_id}"
