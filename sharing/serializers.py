"""What the REST surface of releases takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from members.tlp import TLP
from sharing.models import ReportKind
from sharing.policy.codes import Code
from sharing.policy.types import Reach
from sharing.rest import Strict
from sharing.view_as import READERS

REACHES = [reach.value for reach in Reach]
CODES = [code.value for code in Code]


class RedactionSerializer(serializers.Serializer[Any]):
    """What is kept back: a property of an object, or (path "") the whole object."""

    id = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    code = serializers.ChoiceField(choices=CODES)


class AudienceRowSerializer(serializers.Serializer[Any]):
    """What one member gets; `outcome` judges all objects, the codes the incident object."""

    member = serializers.CharField()
    outcome = serializers.ChoiceField(choices=REACHES)
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


class ViewAsQuery(Strict):
    """By what the member reads, and which version."""

    reader = serializers.ChoiceField(choices=READERS, default="internal")
    max_tlp = serializers.ChoiceField(
        choices=[tlp.word for tlp in TLP], default=TLP.AMBER_STRICT.word
    )
    person = serializers.CharField(
        max_length=254, default="", allow_blank=True, help_text="an address that you named"
    )
    withhold = serializers.BooleanField(
        default=False, help_text="a credential that takes nothing redacted"
    )
    version = serializers.ChoiceField(
        choices=["in-force", "working"],
        required=False,
        help_text="default: the version being worked on, if there is one",
    )
    opened = serializers.BooleanField(
        default=False, help_text="as of when the member gets more by itself"
    )


class ViewAsSerializer(serializers.Serializer[Any]):
    """What one reader of a member gets of an own incident, and why."""

    member = serializers.CharField()
    version = serializers.IntegerField()
    working = serializers.BooleanField()
    at = serializers.DateTimeField()
    opens_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=REACHES)
    codes = serializers.ListField(child=serializers.ChoiceField(choices=CODES))
    redactions = RedactionSerializer(many=True)
    ready = serializers.BooleanField(help_text="the workers have given the release out")
    objects = serializers.IntegerField()
    objects_url = serializers.CharField(allow_null=True, help_text="exactly its bytes")


class AudienceQuery(Strict):
    only_these = serializers.BooleanField(
        default=False, help_text="write those who get it now or later into `named`"
    )
