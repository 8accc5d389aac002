"""Widening changes that wait for a second person."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from members.models import choices
from members.models.organisations import Member
from members.models.people import Person


class Proposal(models.Model):
    """What one person asked for and another, of the same right, decides."""

    kind = models.CharField(max_length=20, choices=choices.ProposalKind)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="proposals"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="proposals"
    )
    payload = models.JSONField(default=dict, help_text="from and to, in codes")
    state = models.CharField(
        max_length=10, choices=choices.ProposalState, default=choices.ProposalState.OPEN
    )
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="proposal_about_one",
                condition=Q(member__isnull=False) | Q(person__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_decided_whole",
                condition=Q(state=choices.ProposalState.OPEN, decided_by=None, decided_at=None)
                | (~Q(state=choices.ProposalState.OPEN) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="proposal_two_people",
                condition=~Q(state=choices.ProposalState.APPROVED)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.UniqueConstraint(
                name="proposal_open_member",
                fields=["kind", "member"],
                condition=Q(state=choices.ProposalState.OPEN, person=None),
            ),
            models.UniqueConstraint(
                name="proposal_open_person",
                fields=["kind", "person"],
                condition=Q(state=choices.ProposalState.OPEN, person__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.member_id or self.person_id} {self.state}"
