"""What the API takes and gives: members, circles, tiers, proposals."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from members.models.choices import (
    SLUG,
    Accreditation,
    CircleKind,
    ClockRegime,
    Kind,
    ProposalKind,
    SuspensionCause,
)
from members.tiers import Health, Tier
from members.tlp import TLP

TIERS = [tier.word for tier in Tier]
TLPS = [tlp.word for tlp in TLP]


class TierField(serializers.ChoiceField):
    """A tier by its word, such as `core`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=TIERS, **kwargs)

    def to_internal_value(self, data: Any) -> Tier:  # type: ignore[override]
        return Tier.parse(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return Tier(value).word


class TLPField(serializers.ChoiceField):
    """A TLP by its word, such as `AMBER+STRICT`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=TLPS, **kwargs)

    def to_internal_value(self, data: Any) -> TLP:  # type: ignore[override]
        return TLP.parse(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return TLP(value).word


class Strict(serializers.Serializer[Any]):
    """Refuses what it does not know, so that a mistyped field is never silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: [_("There is no such field.")] for name in unknown}, code="unknown"
                )
        return super().to_internal_value(data)


class DescriptionFields(Strict):
    """What a member's entry in the register says."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Kind.choices)
    constituency = serializers.CharField(allow_blank=True, required=False)
    sectors = serializers.ListField(child=serializers.SlugField(max_length=60), required=False)
    accreditation = serializers.ChoiceField(choices=Accreditation.choices, required=False)
    first_member = serializers.BooleanField(required=False)
    sim3_level = serializers.CharField(max_length=40, allow_blank=True, required=False)
    clock_regime = serializers.ChoiceField(
        choices=[value for value in ClockRegime.values if value], allow_blank=True, required=False
    )
    contact_24x7 = serializers.CharField(max_length=200, allow_blank=True, required=False)


class NewMemberSerializer(DescriptionFields):
    """An applicant to enter in the register."""

    slug = serializers.RegexField(SLUG, max_length=60)
    country = serializers.RegexField(r"^[A-Z]{2}$", allow_null=True, default=None)
    tier = TierField(default=Tier.OBSERVER)


class MemberEditSerializer(DescriptionFields):
    """What may be changed: the description by office, contacts and choices by the member."""

    two_people_always = serializers.BooleanField(required=False)
    early_warning_by_author = serializers.BooleanField(required=False)
    early_warning_marking = serializers.JSONField(required=False)


class TierChangeSerializer(Strict):
    tier = TierField()


class StandingChangeSerializer(Strict):
    standing = serializers.ChoiceField(choices=[health.value for health in Health])


class SuspendSerializer(Strict):
    cause = serializers.ChoiceField(choices=SuspensionCause.choices)
    reason = serializers.CharField(max_length=2000)


class AgreementSerializer(Strict):
    version = serializers.RegexField(r"^[A-Za-z0-9._-]+$", max_length=40)
    signed_on = serializers.DateField()
    valid_until = serializers.DateTimeField()


class NothingSerializer(Strict):
    """An empty object; a body may be left out."""


class NewCircleSerializer(Strict):
    slug = serializers.RegexField(SLUG, max_length=60)
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=CircleKind.choices)
    min_tier = TierField()
    max_tlp = TLPField()
    chatham_house = serializers.BooleanField(default=False)
    members_hidden = serializers.BooleanField(default=False)
    ends_at = serializers.DateTimeField(allow_null=True, default=None)


class CircleMemberSerializer(Strict):
    """Which member joins or leaves; one's own if left out."""

    member = serializers.CharField(max_length=60, required=False)


class SuspensionSerializer(serializers.Serializer[Any]):
    cause = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    confirmed = serializers.BooleanField()


class ReasonsSerializer(serializers.Serializer[Any]):
    """Only for the secretariat, platform administrators and the member itself."""

    effective_tier = TierField()
    standing = serializers.CharField()
    probation_until = serializers.DateTimeField(allow_null=True)
    agreement_until = serializers.DateTimeField(allow_null=True)
    suspension = SuspensionSerializer(allow_null=True)


class MemberSerializer(serializers.Serializer[Any]):
    """A member as the caller may see it; `status` is null where it is not the caller's to know."""

    slug = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    sectors = serializers.ListField(child=serializers.CharField())
    groups = serializers.ListField(child=serializers.CharField())
    tier = TierField()
    status = serializers.SerializerMethodField()
    accreditation = serializers.CharField()
    first_member = serializers.BooleanField()
    stix_identity_id = serializers.CharField()
    reasons = ReasonsSerializer(allow_null=True)

    def get_status(self, row: Any) -> str | None:
        return row.status or None


class MemberNameSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField(allow_null=True)


class CircleSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    min_tier = TierField()
    max_tlp = TLPField()
    chatham_house = serializers.BooleanField()
    state = serializers.CharField()
    ends_at = serializers.DateTimeField(allow_null=True)
    maker = serializers.CharField(allow_null=True)
    is_in = serializers.BooleanField()
    members = MemberNameSerializer(many=True)


class TierSerializer(serializers.Serializer[Any]):
    tier = TierField()
    rank = serializers.IntegerField()
    ceiling = TLPField()
    members = serializers.IntegerField()


class ProposalSerializer(serializers.Serializer[Any]):
    """A widening change that waits for a second person."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(choices=ProposalKind.choices)
    member = serializers.CharField(source="member.slug", default=None, allow_null=True)
    person = serializers.CharField(source="person.email", default=None, allow_null=True)
    change = serializers.JSONField(source="payload")
    state = serializers.CharField()
    proposed_by = serializers.CharField(source="proposed_by.email")
    proposed_at = serializers.DateTimeField()


class WaitingSerializer(serializers.Serializer[Any]):
    """The answer 202: nothing has changed yet; a second person must ask for the same or approve."""

    proposal = ProposalSerializer()
