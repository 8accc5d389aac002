"""What the API takes and gives about people and credentials."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from members.models.choices import CHANNEL_CHOICES, ROLE_CHOICES, SCOPE_CHOICES
from members.serializers import Strict, TLPField
from members.tlp import TLP, Channel


class RolesSerializer(Strict):
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLE_CHOICES))


class InvitationSerializer(Strict):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLE_CHOICES), default=list)
    language = serializers.ChoiceField(
        choices=[code for code, _ in settings.LANGUAGES], allow_blank=True, default=""
    )


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    email = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    max_tlp = TLPField()
    is_active = serializers.BooleanField()
    last_login = serializers.DateTimeField(allow_null=True)


class NewCredentialSerializer(Strict):
    accountable_person = serializers.EmailField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPE_CHOICES))
    channel = serializers.ChoiceField(choices=CHANNEL_CHOICES, default=Channel.INTERNAL.value)
    max_tlp = TLPField(default=TLP.AMBER_STRICT)
    own_instance = serializers.BooleanField(default=False)
    withhold = serializers.BooleanField(default=False)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    days = serializers.IntegerField(min_value=1, max_value=400, default=365)


class RotateSerializer(Strict):
    overlap_days = serializers.IntegerField(min_value=0, max_value=7, default=7)


class ReassignSerializer(Strict):
    accountable_person = serializers.EmailField()


class CredentialSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    accountable_person = serializers.CharField(source="accountable_person.email")
    channel = serializers.CharField()
    max_tlp = TLPField()
    own_instance = serializers.BooleanField()
    withhold = serializers.BooleanField()
    scopes = serializers.ListField(child=serializers.CharField())
    issued_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class IssuedSerializer(serializers.Serializer[Any]):
    """A credential with its secret, shown this once."""

    credential = CredentialSerializer()
    secret = serializers.CharField()
