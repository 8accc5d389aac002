"""Circles (sharing groups) and who belongs to them."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from members.models import choices
from members.models.organisations import Member
from members.tiers import Tier
from members.tlp import TLP


class Circle(models.Model):
    """A sharing group with a floor under its members' tier and a lid on its markings."""

    slug = models.CharField(max_length=60, unique=True, validators=[RegexValidator(choices.SLUG)])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=choices.CircleKind)
    min_tier = models.PositiveSmallIntegerField(choices=choices.TIER_CHOICES)
    max_tlp = models.PositiveSmallIntegerField(choices=choices.TLP_CHOICES)
    chatham_house = models.BooleanField(default=False, help_text="anonymous by default")
    state = models.CharField(
        max_length=10, choices=choices.CircleState, default=choices.CircleState.ACTIVE
    )
    ends_at = models.DateTimeField(null=True, blank=True)
    maker = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="circles_made",
        help_text="whose reviewers manage it; empty: platform administrators",
    )
    members_hidden = models.BooleanField(
        default=False, help_text="its members do not see who else belongs to it"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(name="circle_slug", condition=Q(slug__regex=choices.SLUG)),
            models.CheckConstraint(
                name="circle_min_tier", condition=Q(min_tier__in=[t.value for t in Tier])
            ),
            models.CheckConstraint(
                name="circle_max_tlp", condition=Q(max_tlp__in=[t.value for t in TLP])
            ),
            models.CheckConstraint(
                name="circle_state", condition=Q(state__in=choices.CircleState.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CircleMembership(models.Model):
    """A member's time in a circle; `left_at` null while it belongs."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="circle_membership_once",
                fields=["circle", "member"],
                condition=Q(left_at=None),
            ),
            models.CheckConstraint(
                name="circle_membership_times",
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.circle_id}:{self.member_id}"
