"""Members, their agreements, and the dated lists of country groups."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from members.models import choices
from members.tiers import TIER_WORDS, Health, Status, Tier, effective_tier


def early_warning_preset() -> dict[str, Any]:
    """Return the marking of an early warning that nobody chose otherwise."""
    return {"tlp": "AMBER"}


class Member(models.Model):
    """A team that shares; never a state (domain §1)."""

    slug = models.CharField(max_length=60, unique=True, validators=[RegexValidator(choices.SLUG)])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=choices.Kind)
    country = models.CharField(  # noqa: DJ001 - null: there is none
        max_length=2, null=True, blank=True, help_text="ISO 3166 alpha-2; empty for a body"
    )
    constituency = models.TextField(blank=True)
    sectors = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    tier = models.PositiveSmallIntegerField(
        choices=choices.TIER_CHOICES, default=Tier.OBSERVER.value
    )
    status = models.CharField(
        max_length=10, choices=choices.STATUS_CHOICES, default=Status.APPLICANT.value
    )
    standing = models.CharField(
        max_length=10, choices=choices.HEALTH_CHOICES, default=Health.GOOD.value
    )
    probation_until = models.DateTimeField(null=True, blank=True)

    suspension_cause = models.CharField(  # noqa: DJ001 - null: there is none
        max_length=10, choices=choices.SuspensionCause, null=True, blank=True
    )
    suspension_reason = models.TextField(blank=True)
    suspended_from = models.CharField(  # noqa: DJ001 - null: there is none
        max_length=10, null=True, blank=True, help_text="the status that reinstating gives back"
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    suspension_confirmed_at = models.DateTimeField(null=True, blank=True)
    suspension_confirmed_by = models.ForeignKey(
        "members.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    accreditation = models.CharField(
        max_length=20, choices=choices.Accreditation, default=choices.Accreditation.NONE
    )
    first_member = models.BooleanField(default=False)
    sim3_level = models.CharField(max_length=40, blank=True)
    clock_regime = models.CharField(
        max_length=10, choices=choices.ClockRegime, default=choices.ClockRegime.NONE, blank=True
    )
    contact_24x7 = models.CharField(max_length=200, blank=True)

    two_people_always = models.BooleanField(
        default=False, help_text="every release needs a second person, not only those that must"
    )
    early_warning_by_author = models.BooleanField(default=True)
    early_warning_marking = models.JSONField(default=early_warning_preset)

    stix_identity_id = models.CharField(max_length=46, unique=True)
    stix_identity = models.TextField(help_text="the identity object's JSON text, as served")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        constraints = [
            # A tier's word in an early list means the tier, so no member may be called one.
            models.CheckConstraint(
                name="member_slug",
                condition=Q(slug__regex=choices.SLUG) & ~Q(slug__in=sorted(TIER_WORDS)),
            ),
            models.CheckConstraint(
                name="member_country", condition=Q(country=None) | Q(country__regex=r"^[A-Z]{2}$")
            ),
            models.CheckConstraint(
                name="member_tier", condition=Q(tier__in=[t.value for t in Tier])
            ),
            models.CheckConstraint(
                name="member_status", condition=Q(status__in=[s.value for s in Status])
            ),
            models.CheckConstraint(
                name="member_standing", condition=Q(standing__in=[h.value for h in Health])
            ),
            models.CheckConstraint(
                name="member_suspension",
                condition=Q(
                    status=Status.SUSPENDED.value,
                    suspension_cause__in=choices.SuspensionCause.values,
                    suspended_from__in=[Status.PROBATION.value, Status.ACTIVE.value],
                    suspended_at__isnull=False,
                )
                | (
                    ~Q(status=Status.SUSPENDED.value)
                    & Q(
                        suspension_cause=None,
                        suspended_from=None,
                        suspended_at=None,
                        suspended_by=None,
                        suspension_confirmed_at=None,
                        suspension_confirmed_by=None,
                    )
                ),
            ),
            models.CheckConstraint(
                name="member_suspension_two_people",
                condition=Q(suspension_confirmed_by=None)
                | ~Q(suspension_confirmed_by=F("suspended_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def effective_tier(self) -> Tier:
        """Return the tier that counts for every right (domain §2)."""
        return effective_tier(
            tier=Tier(self.tier),
            on_probation=self.status == Status.PROBATION,
            lapsed=self.standing == Health.LAPSED,
        )

    @property
    def is_compromised(self) -> bool:
        """Say whether all its sessions and credentials are ended until two admins lift it."""
        return self.suspension_cause == choices.SuspensionCause.COMPROMISE

    @property
    def may_sign_in(self) -> bool:
        """Say whether its people and credentials may enter; what they see is another matter."""
        return self.status != Status.WITHDRAWN and not self.is_compromised


class Agreement(models.Model):
    """A signed sharing agreement; without a valid one a member receives CLEAR only."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="agreements")
    version = models.CharField(max_length=40)
    signed_on = models.DateField()
    valid_until = models.DateTimeField(help_text="the first moment at which it no longer holds")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="ended before its time")

    class Meta:
        ordering = ["-valid_until"]
        constraints = [
            models.UniqueConstraint(
                name="agreement_once", fields=["member", "version", "signed_on"]
            ),
            models.CheckConstraint(
                name="agreement_ends_early",
                condition=Q(ended_at=None) | Q(ended_at__lte=F("valid_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.version}"


class Group(models.Model):
    """A country group such as NATO or EU. Who is on its list is dated (`GroupEntry`)."""

    name = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9-]+$")],
        help_text="never a country's code: both stand in the same lists of a marking",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="group_name", condition=Q(name__regex=r"^[A-Z][A-Z0-9-]+$")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupEntry(models.Model):
    """A country, or one member (a body), on a group's list for a time; no end: null."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="entries")
    country = models.CharField(max_length=2, null=True, blank=True)  # noqa: DJ001
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="group_entries"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "group entries"
        constraints = [
            models.CheckConstraint(
                name="group_entry_one_of",
                condition=Q(country__isnull=False, member__isnull=True)
                | Q(country__isnull=True, member__isnull=False),
            ),
            models.CheckConstraint(
                name="group_entry_country",
                condition=Q(country=None) | Q(country__regex=r"^[A-Z]{2}$"),
            ),
            models.CheckConstraint(
                name="group_entry_times",
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=F("ends_at")),
            ),
            models.UniqueConstraint(
                name="group_entry_open_country",
                fields=["group", "country"],
                condition=Q(ends_at=None, country__isnull=False),
            ),
            models.UniqueConstraint(
                name="group_entry_open_member",
                fields=["group", "member"],
                condition=Q(ends_at=None, member__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}:{self.country or self.member_id}"
