"""What the REST surface of reuse requests takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sharing.models import ReuseRequest, ReuseState
from sharing.rest import Strict
from sharing.reuse import Asking


class AskReuseSerializer(Strict):
    """Which object is to be carried, and what for."""

    object_id = serializers.RegexField(r"^[a-z0-9-]{1,250}--[0-9a-f-]{36}$", max_length=300)
    purpose = serializers.CharField(max_length=1000, allow_blank=True, default="")


class AnswerSerializer(Strict):
    note = serializers.CharField(
        max_length=1000, allow_blank=True, default="", help_text="for who asked"
    )


class AskedSerializer(serializers.Serializer[Any]):
    """That the request was taken: the same whatever stands behind the id."""

    object_id = serializers.CharField()
    state = serializers.ChoiceField(choices=["asked"])


class OwnRequestSerializer(serializers.Serializer[Any]):
    """A request as who asked sees it; "asked" until an originator answers."""

    id = serializers.UUIDField()
    object_id = serializers.CharField()
    state = serializers.ChoiceField(choices=ReuseState.choices)
    marking = serializers.DictField()
    purpose = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class OwnRequestsSerializer(serializers.Serializer[Any]):
    requests = OwnRequestSerializer(many=True)


class RequestSerializer(serializers.Serializer[Any]):
    """A request as the originator sees it: its object, who asks, why, and under what marking."""

    id = serializers.UUIDField()
    object_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    member = serializers.CharField(help_text="who asks")
    purpose = serializers.CharField(allow_blank=True)
    marking = serializers.DictField(
        help_text="without circles that you do not belong to, and without people"
    )
    other_circles = serializers.IntegerField()
    persons = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=ReuseState.choices)
    note = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class RequestsSerializer(serializers.Serializer[Any]):
    requests = RequestSerializer(many=True)


def own_json(row: ReuseRequest) -> dict[str, Any]:
    """Return a request as who asked may see it."""
    return {
        "id": row.key,
        "object_id": row.object_id,
        "state": row.state,
        "marking": row.marking,
        "purpose": row.purpose,
        "note": row.note,
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
    }


def request_json(row: Asking) -> dict[str, Any]:
    """Return a request as its originator may see it."""
    return {
        "id": row.key,
        "object_id": row.object_id,
        "name": row.name,
        "member": row.asker.slug,
        "purpose": row.purpose,
        "marking": row.marking_json,
        "other_circles": row.circles,
        "persons": row.persons,
        "state": row.state,
        "note": row.note,
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
    }
