"""Service credentials: how a member's machines, or the coalition's, enter."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from members.models import choices
from members.models.organisations import Member
from members.models.people import Person
from members.roles import Scope
from members.tlp import TLP, Channel, ReaderClass, reader_class


class Credential(models.Model):
    """A public id and a secret of which only the SHA-256 is kept.

    Channel, ceiling and owner never change (a trigger refuses it): feed positions belong to the
    reader class, so another class is another credential. After a rotation the former secret stays
    good until `previous_until`. `member` is empty for a credential of the coalition's staff, which
    may administer and reads nothing.
    """

    public_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120, blank=True)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="credentials"
    )
    accountable_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="credentials"
    )
    secret_sha256 = models.BinaryField(max_length=32, unique=True)
    previous_sha256 = models.BinaryField(max_length=32, unique=True, null=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=10, choices=choices.CHANNEL_CHOICES)
    max_tlp = models.PositiveSmallIntegerField(
        choices=choices.TLP_CHOICES, default=TLP.AMBER_STRICT.value
    )
    own_instance = models.BooleanField(
        default=False, help_text="a peer that is the member's own platform"
    )
    withhold = models.BooleanField(
        default=False, help_text="leave out what would be redacted, instead of serving it cut"
    )
    scopes = ArrayField(models.CharField(max_length=30, choices=choices.SCOPE_CHOICES))
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["public_id"]
        constraints = [
            models.CheckConstraint(
                name="credential_channel", condition=Q(channel__in=[c.value for c in Channel])
            ),
            models.CheckConstraint(
                name="credential_max_tlp", condition=Q(max_tlp__in=[t.value for t in TLP])
            ),
            models.CheckConstraint(
                name="credential_scopes",
                condition=Q(
                    member__isnull=False, scopes__contained_by=sorted(s.value for s in Scope)
                )
                | Q(
                    member__isnull=True,
                    scopes__contained_by=[Scope.MEMBERS_ADMIN.value],
                    channel=Channel.INTERNAL.value,
                ),
            ),
            models.CheckConstraint(
                name="credential_own_instance",
                condition=Q(own_instance=False) | Q(channel=Channel.PEER.value),
            ),
            models.CheckConstraint(
                name="credential_times", condition=Q(expires_at__gt=F("issued_at"))
            ),
            models.CheckConstraint(
                name="credential_previous",
                condition=Q(previous_sha256__isnull=True, previous_until__isnull=True)
                | Q(previous_sha256__isnull=False, previous_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def reader(self) -> ReaderClass:
        """Return the class it reads as, fixed for its life."""
        return reader_class(
            channel=Channel(self.channel),
            max_tlp=TLP(self.max_tlp),
            own_instance=self.own_instance,
        )
