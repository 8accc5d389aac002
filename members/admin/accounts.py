"""Admin of people and credentials. A secret is shown once, where it was made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.core.context import request_context
from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import services
from members.admin.base import ServiceAdmin, adopt
from members.models import Credential, Person
from members.models.choices import ROLE_CHOICES, SCOPE_CHOICES
from members.roles import Role, Scope
from members.services import Invitation, NewCredential
from members.tlp import TLP, Channel


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Roles as boxes to tick."""

    roles = forms.MultipleChoiceField(
        choices=ROLE_CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Person
        fields = ("email", "name", "member", "roles", "language")


@admin.register(Person)
class PersonAdmin(ServiceAdmin):
    """Inviting people, their roles, closing accounts."""

    form = PersonForm
    list_display = ("email", "name", "member", "roles", "max_tlp", "is_active", "last_login")
    list_filter = ("is_active",)
    list_select_related = ("member",)
    search_fields = ("email", "name")
    actions = ("deactivate", "end_sessions")
    fields = ("email", "name", "member", "roles", "language")
    _fixed = ("email", "name", "member", "language", "max_tlp", "is_active", "last_login")

    def get_fields(self, request: HttpRequest, obj: Person | None = None) -> Any:  # noqa: ARG002
        return self.fields if obj is None else ("roles", *self._fixed)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Person | None = None,
    ) -> Any:
        return () if obj is None else self._fixed

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        said, values = self.said(request), form.cleaned_data
        roles = frozenset(Role(role) for role in values["roles"])
        if change:
            outcome = services.set_roles(person=obj, roles=roles, **said)
            self.tell(request, outcome)
            obj.refresh_from_db()
            return
        invitation = Invitation(
            email=values["email"],
            name=values["name"],
            member=values["member"],
            roles=roles if values["member"] else frozenset(),
            language=values["language"],
        )
        adopt(obj, services.invite_person(invitation=invitation, **said))
        if roles and not values["member"]:
            self.tell(request, services.set_roles(person=obj, roles=roles, **said))
        transaction.on_commit(lambda: _send_password_link(request, obj), robust=True)

    @admin.action(description=gettext_lazy("Close the account"))
    def deactivate(self, request: HttpRequest, rows: QuerySet[Person]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: services.deactivate_person(person=row, **said))

    @admin.action(description=gettext_lazy("Sign out everywhere"))
    def end_sessions(self, request: HttpRequest, rows: QuerySet[Person]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: services.end_person_sessions(person=row, **said))


def _send_password_link(request: HttpRequest, person: Person) -> None:
    """Send the invited person a link to choose a password; nobody else ever sees it."""
    form = ResetPasswordForm({"email": person.email})
    if form.is_valid():
        with request_context(request):
            form.save(request)


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]
    """Scopes as boxes to tick, the lifetime in days."""

    scopes = forms.MultipleChoiceField(choices=SCOPE_CHOICES, widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(min_value=1, max_value=400, initial=365)

    class Meta:
        model = Credential
        fields = (
            "member",
            "accountable_person",
            "name",
            "channel",
            "max_tlp",
            "own_instance",
            "withhold",
            "scopes",
        )


@admin.register(Credential)
class CredentialAdmin(ServiceAdmin):
    """Issuing, rotating and revoking. The services decide who may for whom."""

    form = CredentialForm
    list_display = (
        "public_id",
        "name",
        "member",
        "channel",
        "max_tlp",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_select_related = ("member",)
    list_filter = ("channel",)
    search_fields = ("public_id", "member__slug")
    actions = ("rotate", "revoke")
    fields = (*CredentialForm.Meta.fields, "days")
    _shown = (
        "public_id",
        *CredentialForm.Meta.fields,
        "issued_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Any = None,
    ) -> bool:
        return obj is None

    def get_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Credential | None = None,
    ) -> Any:
        return self.fields if obj is None else self._shown

    def save_model(
        self,
        request: HttpRequest,
        obj: Credential,
        form: Any,
        change: bool,  # noqa: ARG002
    ) -> None:
        values = form.cleaned_data
        new = NewCredential(
            member=values["member"],
            accountable_person=values["accountable_person"],
            scopes=frozenset(Scope(scope) for scope in values["scopes"]),
            channel=Channel(values["channel"]),
            max_tlp=TLP(values["max_tlp"]),
            own_instance=values["own_instance"],
            withhold=values["withhold"],
            name=values["name"],
            lifetime=timedelta(days=values["days"]),
        )
        issued = services.issue_credential(new=new, **self.said(request))
        adopt(obj, issued.credential)
        self._show(request, issued)

    def _show(self, request: HttpRequest, issued: services.Issued) -> None:
        text = _("Secret of %(id)s, shown this once: %(secret)s") % {
            "id": issued.credential.public_id,
            "secret": issued.secret,
        }
        self.message_user(request, text, messages.WARNING)

    @admin.action(description=gettext_lazy("Rotate: a new secret, the old one good for 7 days"))
    def rotate(self, request: HttpRequest, rows: QuerySet[Credential]) -> None:
        said = self.said(request)

        def act(row: Credential) -> None:
            self._show(request, services.rotate_credential(credential=row, **said))

        self.each(request, rows, act)

    @admin.action(description=gettext_lazy("Revoke now"))
    def revoke(self, request: HttpRequest, rows: QuerySet[Credential]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: services.revoke_credential(credential=row, **said))
