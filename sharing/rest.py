"""What the REST views of incidents have in common: the caller, its scopes, its own incidents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import IO, Any, ClassVar, cast

from django.core.exceptions import RequestDataTooBig
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.services import By
from incidents.stix.scan import deeper_than
from members.credentials import CredentialPrincipal
from members.errors import NotFound, NotPermitted
from members.models import Member, Person
from members.roles import Scope
from sharing.viewers import Viewer, viewer_of_credential

NO_SUCH = "There is no such incident."
MOST_BYTES = 1_000_000
MOST_DEPTH = 32


class BoundedJSON(BaseParser):
    """JSON of bounded size and depth, without repeated keys, NUL or half characters."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise RequestDataTooBig
        try:
            if deeper_than(data, MOST_DEPTH):
                raise ValueError("nested too deep")
            value = json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)
            _require_text(value)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"This is not acceptable JSON: {error}.") from None
        return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


def _require_text(value: Any) -> None:
    """Refuse strings that no database or answer can carry."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError("a string holds NUL or half a character")
    elif isinstance(value, dict):
        for key, each in value.items():
            _require_text(key)
            _require_text(each)
    elif isinstance(value, list):
        for each in value:
            _require_text(each)


class IncidentView(APIView):
    """Base of these views: a member's credential with one of the scopes that the method asks for.

    A credential acts as its accountable person: for four eyes the two are one.
    """

    parser_classes = [BoundedJSON]
    scopes: ClassVar[Mapping[str, frozenset[Scope]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now: datetime = timezone.now()
        self.principal = cast(CredentialPrincipal, request.user)
        wanted = self.scopes.get(request.method or "", frozenset())
        if wanted and wanted.isdisjoint(self.principal.scopes):
            raise NotPermitted(
                _("The credential lacks the scope %(scope)s.")
                % {"scope": " / ".join(sorted(wanted))},
                code="scope_missing",
            )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer

    @property
    def viewer(self) -> Viewer:
        return viewer_of_credential(self.principal)

    @cached_property
    def member(self) -> Member:
        return Member.objects.get(pk=self.principal.member_id)

    @cached_property
    def person(self) -> Person:
        return Person.objects.select_related("member").get(pk=self.principal.person_id)

    @property
    def by(self) -> By:
        """Return the credential as services take it: its scope was checked in place of a role."""
        return By(actor=self.principal.actor, person=self.person, scoped=True)

    def own(self, ref: str) -> Incident:
        """Return an incident of the caller's own member.

        Raises:
            NotFound: as for an unknown reference.
        """
        found = (
            Incident.objects.filter(
                owner=self.principal.member_id, ref=ref, state__in=self.viewer.own_states
            )
            .select_related("head", "owner")
            .first()
        )
        if found is None:
            raise NotFound(NO_SUCH)
        return found


def read(shape: type[serializers.Serializer[Any]], value: Any, **options: Any) -> dict[str, Any]:
    """Return the checked value; what is wrong becomes a 422 that names each property."""
    serializer = shape(data=value, **options)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


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
