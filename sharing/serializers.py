"""What the REST surface of releases takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sharing.models import ReportKind
from sharing.policy.codes import Code
from sharing.policy.types import Reach
from sharing.rest import Strict

CODES = [code.value for code in Code]


class RedactionSerializer(serializers.Serializer[Any]):
    """What is kept back: a property of an object, or (path "") the whole object."""

    id = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    code = serializers.ChoiceField(choices=CODES)


class AudienceRowSerializer(serializers.Serializer[Any]):
    """What one member gets; `outcome` judges all objects, the codes the incident object."""

    member = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[reach.value for reach in Reach])
    code = serializers.ChoiceField(choices=CODES)
    codes = serializers.ListField(child=serializers.ChoiceField(choices=CODES))
    redactions = RedactionSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with `from`, which Python cannot spell."""
        opens = serializers.DateTimeField(allow_null=True, help_text="where it opens later")
        return {**super().get_fields(), "from": opens}


class CountsSerializer(serializers.Serializer[Any]):
    full = serializers.IntegerField()
    redacted = serializers.IntegerField()
    none = serializers.IntegerField()


class FindingSerializer(serializers.Serializer[Any]):
    """Something that blocks the release (`error`) or is worth a look (`warning`)."""

    code = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()
    level = serializers.ChoiceField(choices=["error", "warning"])


class AudienceSerializer(serializers.Serializer[Any]):
    """The list that `release` wants the digest of, or who has the version in force."""

    ref = serializers.CharField()
    state = serializers.CharField()
    working = serializers.CharField()
    only_these = serializers.BooleanField()
    digest = serializers.CharField()
    counts = CountsSerializer()
    rows = AudienceRowSerializer(many=True)
    lint = FindingSerializer(many=True)
    second_person = serializers.BooleanField(
        help_text="whoever wrote this version or its rules cannot release it"
    )


class ReleaseRequestSerializer(Strict):
    """The approval: the digest of the list that was read, and the kind of report."""

    digest = serializers.RegexField(r"^[0-9a-f]{64}$")
    report_kind = serializers.ChoiceField(choices=ReportKind.values)
    only_these = serializers.BooleanField(
        default=False, help_text="as the list was asked for: only the members in it"
    )
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class ReleaseSerializer(serializers.Serializer[Any]):
    """The release that stands now."""

    ref = serializers.CharField()
    state = serializers.CharField()
    working = serializers.CharField()
    version = serializers.IntegerField()
    report_kind = serializers.ChoiceField(choices=ReportKind.values)
    at = serializers.DateTimeField()
    digest = serializers.CharField()
    unconfirmed = serializers.BooleanField()


class MarkingSerializer(serializers.Serializer[Any]):
    """The marking of the version being worked on."""

    marking = serializers.DictField()
    tlp_confirmed = serializers.BooleanField()
    revision = serializers.IntegerField()


class AudienceQuery(Strict):
    only_these = serializers.BooleanField(
        default=False, help_text="write those who get it now or later into `named`"
    )
