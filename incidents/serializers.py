"""What the REST surface of incidents takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.models import State, Working
from incidents.stix.vocabularies import SECTORS
from members.tlp import TLP
from sharing.rest import Strict

TLPS = [tlp.word for tlp in TLP]


class LevelField(serializers.IntegerField):
    """A level, 0 to 5."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=5, **options)


class ListQuery(Strict):
    """What narrows and pages the list."""

    q = serializers.CharField(max_length=200, required=False, help_text="in title or reference")
    level = LevelField(required=False)
    sector = serializers.ChoiceField(choices=SECTORS, required=False)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    tlp = serializers.ChoiceField(choices=TLPS, required=False)
    view = serializers.ChoiceField(choices=["own", "shared", "drafts", "review"], required=False)
    cursor = serializers.CharField(max_length=400, required=False, help_text="`next` as given")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with `from`, which Python cannot spell."""
        source = serializers.SlugField(max_length=60, required=False, help_text="owner's slug")
        return {**super().get_fields(), "from": source}


class OwnerSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField(allow_null=True)


class RowSerializer(serializers.Serializer[Any]):
    """One incident in the list, as the caller sees it; `owner` is null where anonymous."""

    ref = serializers.CharField()
    url = serializers.CharField()
    title = serializers.CharField()
    level = LevelField()
    sectors = serializers.ListField(child=serializers.CharField())
    tlp = serializers.ChoiceField(choices=TLPS, allow_null=True)
    owner = OwnerSerializer(allow_null=True)
    indicators = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    working = serializers.ChoiceField(choices=Working.choices)
    own = serializers.BooleanField()
    arrived_at = serializers.DateTimeField()


class ListSerializer(serializers.Serializer[Any]):
    """A page; `next` is given while there is more."""

    incidents = RowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    report_kind = serializers.CharField()
    at = serializers.DateTimeField()


class IncidentSerializer(serializers.Serializer[Any]):
    """One incident as the caller sees it; `objects_url` gives its STIX objects.

    `stix_id` is null where the caller may see other objects of it only.
    """

    ref = serializers.CharField()
    stix_id = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    description = serializers.CharField()
    level = LevelField()
    sectors = serializers.ListField(child=serializers.CharField())
    tlp = serializers.ChoiceField(choices=TLPS, allow_null=True)
    state = serializers.ChoiceField(choices=State.choices)
    working = serializers.ChoiceField(choices=Working.choices)
    own = serializers.BooleanField()
    owner = OwnerSerializer(allow_null=True)
    unconfirmed = serializers.BooleanField()
    facts = serializers.DictField()
    objects = serializers.IntegerField()
    objects_url = serializers.CharField()
    versions = VersionSerializer(many=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """One thing wrong: the object's number (0: the bundle), where in it, and how to mend it."""

    number = serializers.IntegerField()
    type = serializers.CharField()
    id = serializers.CharField()
    property = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()
    level = serializers.ChoiceField(choices=["error", "warning"])


class FiledSerializer(serializers.Serializer[Any]):
    """What was filed; `problems` are the errors of objects left out, `warnings` the rest."""

    ref = serializers.CharField()
    stix_id = serializers.CharField()
    url = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    working = serializers.ChoiceField(choices=Working.choices)
    revision = serializers.IntegerField()
    objects = serializers.IntegerField()
    tlp_confirmed = serializers.BooleanField()
    problems = ProblemSerializer(many=True)
    warnings = ProblemSerializer(many=True)


class FilingSerializer(serializers.Serializer[Any]):
    """A bundle with what STIX cannot carry. A bare STIX 2.1 bundle is taken as well."""

    bundle = serializers.DictField(help_text="a STIX 2.1 bundle")
    title = serializers.CharField(required=False, help_text="if the bundle has no incident")
    marking = serializers.DictField(required=False)
    object_markings = serializers.DictField(required=False, help_text="Marking by STIX id")


class StateSerializer(serializers.Serializer[Any]):
    """Where the incident stands now."""

    ref = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    working = serializers.ChoiceField(choices=Working.choices)


class NoteSerializer(Strict):
    note = serializers.CharField(max_length=4000, allow_blank=True, default="")


class NothingSerializer(Strict):
    """An empty object, or no body at all."""
