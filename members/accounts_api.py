"""REST for a member's own administrators, and the platform's for staff: people and credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from members import account_serializers as shapes
from members import services
from members.api import AdministrationView, read
from members.errors import Invalid, NotFound
from members.models import Credential, Person, Proposal
from members.roles import Right, Role, Scope
from members.serializers import NothingSerializer, WaitingSerializer
from members.services import Invitation, Issued, NewCredential
from members.tlp import Channel

OUTCOME = {
    200: shapes.PersonSerializer,
    202: OpenApiResponse(WaitingSerializer, "Waits for a second person"),
}


class AccountsView(AdministrationView):
    """Base: the caller's own people and credentials; for platform administrators, the staff's."""

    def people(self) -> QuerySet[Person]:
        rows = Person.objects.select_related("member").order_by("email")
        if Right.STAFF in self.viewer.rights:
            return rows.filter(member=None)
        if Right.OWN_PEOPLE in self.viewer.rights and self.viewer.member:
            return rows.filter(member=self.viewer.member)
        return rows.none()

    def credentials(self) -> QuerySet[Credential]:
        rows = Credential.objects.select_related("member", "accountable_person")
        if Right.STAFF in self.viewer.rights:
            return rows.filter(member=None)
        if Right.OWN_CREDENTIALS in self.viewer.rights and self.viewer.member:
            return rows.filter(member=self.viewer.member)
        return rows.none()

    def person(self, pk: int) -> Person:
        found = self.people().filter(pk=pk).first()
        if found is None:
            raise NotFound("There is no such person.")
        return found

    def credential(self, public_id: str) -> Credential:
        found = self.credentials().filter(public_id=public_id).first()
        if found is None:
            raise NotFound("There is no such credential.")
        return found

    def accountable(self, email: str) -> Person:
        """Return the person of the caller's own that the address names."""
        found = self.people().filter(email=email.strip().lower()).first()
        if found is None:
            raise Invalid("There is no such person.", field="accountable_person")
        return found

    def said(self) -> dict[str, Any]:
        return {"actor": self.actor, "now": self.now}

    def person_answer(self, outcome: Person | Proposal) -> Response:
        if isinstance(outcome, Proposal):
            body = WaitingSerializer({"proposal": outcome}).data
            return Response(body, status=status.HTTP_202_ACCEPTED)
        return Response(shapes.PersonSerializer(outcome).data)

    def secret_answer(self, issued: Issued, code: int) -> Response:
        return Response(shapes.IssuedSerializer(issued).data, status=code)


class PeopleView(AccountsView):
    """The caller's people."""

    @extend_schema(responses=shapes.PersonSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        return Response(shapes.PersonSerializer(self.people(), many=True).data)

    @extend_schema(request=shapes.InvitationSerializer, responses={201: shapes.PersonSerializer})
    def post(self, request: Request) -> Response:
        """Open an account of the caller's member, or of the staff. The password is set by mail."""
        said = read(shapes.InvitationSerializer, request)
        invitation = Invitation(
            email=said["email"],
            name=said["name"],
            member=self.viewer.member,
            roles=frozenset(Role(role) for role in said["roles"]),
            language=said["language"],
        )
        made = services.invite_person(invitation=invitation, **self.said())
        return Response(shapes.PersonSerializer(made).data, status=status.HTTP_201_CREATED)


class RolesView(AccountsView):
    @extend_schema(request=shapes.RolesSerializer, responses=OUTCOME)
    def post(self, request: Request, pk: int) -> Response:
        """Give the person exactly these roles; new staff roles wait for a second person."""
        person, said = self.person(pk), read(shapes.RolesSerializer, request)
        roles = frozenset(Role(role) for role in said["roles"])
        return self.person_answer(services.set_roles(person=person, roles=roles, **self.said()))


class RedView(AccountsView):
    @extend_schema(request=NothingSerializer, responses=OUTCOME)
    def post(self, request: Request, pk: int) -> Response:
        """Ask for the RED grant; given when a second administrator of the member asks too."""
        read(NothingSerializer, request)
        return self.person_answer(services.grant_red(person=self.person(pk), **self.said()))

    @extend_schema(responses=shapes.PersonSerializer)
    def delete(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Take the RED grant back, with the RED credentials of the person."""
        return self.person_answer(services.revoke_red(person=self.person(pk), **self.said()))


class DeactivateView(AccountsView):
    @extend_schema(request=NothingSerializer, responses=shapes.CredentialSerializer(many=True))
    def post(self, request: Request, pk: int) -> Response:
        """Close the account; the answer lists credentials that need another accountable person."""
        read(NothingSerializer, request)
        left = services.deactivate_person(person=self.person(pk), **self.said())
        return Response(shapes.CredentialSerializer(left, many=True).data)


class CredentialsView(AccountsView):
    """The caller's credentials, without their secrets."""

    @extend_schema(responses=shapes.CredentialSerializer(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        return Response(shapes.CredentialSerializer(self.credentials(), many=True).data)

    @extend_schema(request=shapes.NewCredentialSerializer, responses={201: shapes.IssuedSerializer})
    def post(self, request: Request) -> Response:
        """Issue a credential; its secret is in this answer and nowhere else."""
        said = read(shapes.NewCredentialSerializer, request)
        new = NewCredential(
            member=self.viewer.member,
            accountable_person=self.accountable(said["accountable_person"]),
            scopes=frozenset(Scope(scope) for scope in said["scopes"]),
            channel=Channel(said["channel"]),
            max_tlp=said["max_tlp"],
            own_instance=said["own_instance"],
            withhold=said["withhold"],
            name=said["name"],
            lifetime=timedelta(days=said["days"]),
        )
        issued = services.issue_credential(new=new, **self.said())
        return self.secret_answer(issued, status.HTTP_201_CREATED)


class RotateView(AccountsView):
    @extend_schema(request=shapes.RotateSerializer, responses=shapes.IssuedSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Give a new secret; the present one stays good for `overlap_days`."""
        credential, said = self.credential(public_id), read(shapes.RotateSerializer, request)
        issued = services.rotate_credential(
            credential=credential, overlap=timedelta(days=said["overlap_days"]), **self.said()
        )
        return self.secret_answer(issued, status.HTTP_200_OK)


class ReassignView(AccountsView):
    @extend_schema(request=shapes.ReassignSerializer, responses=shapes.CredentialSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Make another of the caller's people accountable."""
        credential, said = self.credential(public_id), read(shapes.ReassignSerializer, request)
        person = self.accountable(said["accountable_person"])
        changed = services.reassign_credential(credential=credential, person=person, **self.said())
        return Response(shapes.CredentialSerializer(changed).data)


class RevokeView(AccountsView):
    @extend_schema(request=NothingSerializer, responses=shapes.CredentialSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """End the credential at its next use."""
        read(NothingSerializer, request)
        revoked = services.revoke_credential(credential=self.credential(public_id), **self.said())
        return Response(shapes.CredentialSerializer(revoked).data)
