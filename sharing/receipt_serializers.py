"""What the REST surface of receipts takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from members.tlp import Channel
from sharing.models import Outlet, RecallKind, RecallState
from sharing.receipts import MAX_MEMBERS, PERSON, ReceiptState, View
from sharing.received import MAX_ROWS, GivenState
from sharing.rest import Strict

GIVEN = ["full", "redacted"]
RECEIPT_STATES = [state.value for state in ReceiptState]
GIVEN_STATES = [state.value for state in GivenState]
OUTLETS = [outlet.value for outlet in Outlet]


class AcknowledgedSerializer(serializers.Serializer[Any]):
    """What the member said: by an account, or by a credential for its accountable person."""

    ref = serializers.CharField()
    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(help_text="who said so, of your own member")


class ReceiptsQuery(Strict):
    """Which receipts are wanted; `after` is the `next` of the page before."""

    view = serializers.ChoiceField(choices=[view.value for view in View], default=View.ALL.value)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    after = serializers.SlugField(max_length=60, default="")
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_MEMBERS, default=500, help_text="counts members"
    )


class FirstSerializer(serializers.Serializer[Any]):
    """The first time: by which outlet, and what kind of reader. Never which one."""

    at = serializers.DateTimeField()
    outlet = serializers.ChoiceField(choices=OUTLETS)
    by = serializers.ChoiceField(choices=[PERSON, *(channel.value for channel in Channel)])


class ReceiptRecallSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=RecallKind.choices)
    state = serializers.ChoiceField(choices=RecallState.choices)
    due_at = serializers.DateTimeField(allow_null=True)


class ReceiptSerializer(serializers.Serializer[Any]):
    """One version at one member."""

    member = serializers.CharField(source="member.slug")
    version = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=GIVEN)
    granted_at = serializers.DateTimeField()
    backfill = serializers.BooleanField(help_text="given after the release, without an alarm")
    opens_at = serializers.DateTimeField(allow_null=True)
    fetched = FirstSerializer(source="first", allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=RECEIPT_STATES)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    recall = ReceiptRecallSerializer(allow_null=True)


class ReceiptCountsSerializer(serializers.Serializer[Any]):
    """Members that were given it, and how many did what with their latest version."""

    members = serializers.IntegerField()
    fetched = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    later = serializers.IntegerField()


class ReceiptsSerializer(serializers.Serializer[Any]):
    ref = serializers.CharField()
    version = serializers.IntegerField(help_text="the one in force")
    counts = ReceiptCountsSerializer()
    receipts = ReceiptSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ReceivedQuery(Strict):
    cursor = serializers.CharField(max_length=300, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_ROWS, default=50)


class CollectedSerializer(serializers.Serializer[Any]):
    """The first time, by whom of your own member."""

    at = serializers.DateTimeField()
    outlet = serializers.ChoiceField(choices=OUTLETS)
    person = serializers.CharField(allow_blank=True)
    credential = serializers.CharField(allow_blank=True)


class NotedSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    by = serializers.CharField()


class TakenBackSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=RecallKind.choices)
    state = serializers.ChoiceField(choices=RecallState.choices)


class GivenSerializer(serializers.Serializer[Any]):
    """One version that your member was given; no title where it is not shared any more."""

    ref = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField(source="given_at")
    fetched = CollectedSerializer(source="collected", allow_null=True)
    acknowledged = NotedSerializer(source="noted", allow_null=True)
    state = serializers.ChoiceField(choices=GIVEN_STATES)
    recall = TakenBackSerializer(source="taken_back", allow_null=True)


class ReceivedSerializer(serializers.Serializer[Any]):
    received = GivenSerializer(many=True)
    next = serializers.CharField(allow_null=True)
