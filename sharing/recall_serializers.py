"""What the REST surface of recalls takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.stix.times import timestamp
from sharing.models import RecallKind, RecallState
from sharing.recalls import MOST_ROWS, Notice, Recalled
from sharing.rest import Strict
from sharing.services.recalls import LONGEST_NOTE


class RecallItemSerializer(serializers.Serializer[Any]):
    """One object version to delete."""

    id = serializers.CharField(help_text="the STIX id")
    type = serializers.CharField()
    modified = serializers.CharField(
        allow_null=True, help_text="as the object had it; null for one without times (SCOs)"
    )
    state = serializers.ChoiceField(choices=RecallState.choices)


class RecallSerializer(serializers.Serializer[Any]):
    """What a member is asked to delete, and what it answered."""

    id = serializers.UUIDField()
    incident = serializers.CharField(
        allow_null=True, help_text="its reference; null where the caller never had the incident"
    )
    kind = serializers.ChoiceField(choices=RecallKind.choices)
    at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="until when to answer; null: no term"
    )
    state = serializers.ChoiceField(choices=RecallState.choices)
    note = serializers.CharField(allow_blank=True)
    items = RecallItemSerializer(many=True)


class RecallsSerializer(serializers.Serializer[Any]):
    """Recalls in the order in which they were made."""

    recalls = RecallSerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="the place behind the last one; keep it, whatever `more` says"
    )
    more = serializers.BooleanField(help_text="more can be had at once")


class RecallsQuery(Strict):
    state = serializers.ChoiceField(choices=RecallState.choices, required=False)
    cursor = serializers.CharField(max_length=200, required=False, help_text="an answer's `next`")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)


class ConfirmRecallSerializer(Strict):
    """That everything listed is deleted."""

    note = serializers.CharField(
        max_length=LONGEST_NOTE, allow_blank=True, default="", help_text="the owner reads it"
    )


class RefuseRecallSerializer(Strict):
    """That it is not deleted, and why."""

    note = serializers.CharField(max_length=LONGEST_NOTE, help_text="the owner reads it")


def notice_json(notice: Notice) -> dict[str, Any]:
    """Return a notice as `RecallSerializer` takes it."""
    return {
        "id": notice.key,
        "incident": notice.ref,
        "kind": notice.kind.value,
        "at": notice.at,
        "due_at": notice.due_at,
        "state": notice.state.value,
        "note": notice.note,
        "items": [_item(each) for each in notice.items],
    }


def _item(item: Recalled) -> dict[str, Any]:
    return {
        "id": item.object_id,
        "type": item.type,
        "modified": timestamp(item.modified) if item.modified else None,
        "state": item.state.value,
    }
