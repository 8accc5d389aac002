"""Admin of members, agreements and what waits for a second person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import services
from members.admin.base import ServiceAdmin, adopt
from members.errors import Refused
from members.models import Agreement, Member, Proposal
from members.models.choices import (
    HEALTH_CHOICES,
    TIER_CHOICES,
    Accreditation,
    ClockRegime,
    Kind,
    SuspensionCause,
)
from members.services import NewMember
from members.services.registry import DESCRIPTION
from members.tiers import Health, Tier
from sharing import standing_changes

_NEW = ("slug", "name", "kind", "country", "tier")
_DESCRIBED = (
    "name",
    "kind",
    "constituency",
    "sectors",
    "accreditation",
    "first_member",
    "sim3_level",
    "clock_regime",
    "contact_24x7",
)
_SHOWN = (
    "slug",
    "country",
    "tier",
    "status",
    "standing",
    "probation_until",
    "suspension_cause",
    "suspension_reason",
    "suspended_at",
    "suspended_by",
    "suspension_confirmed_at",
    "suspension_confirmed_by",
    "two_people_always",
    "early_warning_by_author",
    "early_warning_marking",
    "stix_identity_id",
    "created_at",
)


class StandingForm(forms.Form):
    """One change of a member's standing."""

    CHANGES = (
        ("tier", gettext_lazy("Change tier")),
        ("standing", gettext_lazy("Change standing")),
        ("suspend", gettext_lazy("Suspend")),
        ("confirm_suspension", gettext_lazy("Confirm the suspension")),
        ("reinstate", gettext_lazy("Reinstate")),
        ("admit", gettext_lazy("Admit to probation")),
        ("confirm", gettext_lazy("End probation")),
        ("withdraw", gettext_lazy("End the membership")),
    )
    change = forms.ChoiceField(choices=CHANGES, label=gettext_lazy("Change"))
    tier = forms.TypedChoiceField(
        choices=TIER_CHOICES, coerce=int, required=False, label=gettext_lazy("New tier")
    )
    standing = forms.ChoiceField(
        choices=HEALTH_CHOICES, required=False, label=gettext_lazy("New standing")
    )
    cause = forms.ChoiceField(
        choices=SuspensionCause.choices,
        required=False,
        label=gettext_lazy("Cause of suspension"),
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        label=gettext_lazy("Reason of suspension"),
        help_text=gettext_lazy("Read by the secretariat and the member itself."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("change") == "suspend" and not said.get("reason"):
            self.add_error("reason", _("Give a reason."))
        return said


@admin.register(Member)
class MemberAdmin(ServiceAdmin):
    """Entering members and describing them; their standing on a page of its own."""

    list_display = ("slug", "name", "country", "tier", "status", "standing")
    list_filter = ("status", "tier", "standing", "kind")
    search_fields = ("slug", "name")
    ordering = ("slug",)
    change_form_template = "admin/members/member/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> Any:  # noqa: ARG002
        rest = tuple(name for name in _DESCRIBED if name not in _NEW)
        return (*_NEW, *rest) if obj is None else (*_DESCRIBED, *_SHOWN)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Member | None = None,
    ) -> Any:
        return () if obj is None else _SHOWN

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        said, values = self.said(request), form.cleaned_data
        if change:
            changes = {name: values[name] for name in form.changed_data if name in DESCRIPTION}
            adopt(obj, services.edit_member(member=obj, changes=changes, **said))
            return
        new = NewMember(
            slug=values["slug"],
            name=values["name"],
            kind=Kind(values["kind"]),
            country=values["country"] or None,
            tier=Tier(values["tier"]),
            constituency=values["constituency"],
            sectors=tuple(values["sectors"] or ()),
            accreditation=Accreditation(values["accreditation"]),
            first_member=values["first_member"],
            sim3_level=values["sim3_level"],
            clock_regime=ClockRegime(values["clock_regime"]),
            contact_24x7=values["contact_24x7"],
        )
        adopt(obj, services.create_member(new=new, **said))

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:pk>/standing/",
            self.admin_site.admin_view(self.standing_view),
            name="members_member_standing",
        )
        return [own, *super().get_urls()]

    def standing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a member's standing; widening changes wait for a second administrator."""
        member = get_object_or_404(Member, pk=pk)
        if not self.has_change_permission(request, member):
            raise PermissionDenied
        form = StandingForm(
            request.POST or None, initial={"tier": member.tier, "standing": member.standing}
        )
        if request.method == "POST" and form.is_valid():
            try:
                self.tell(request, self._change_standing(request, member, form.cleaned_data))
                member.refresh_from_db()
                self.message_user(request, _status_of(member))
                return HttpResponseRedirect(reverse("admin:members_member_change", args=[pk]))
            except Refused as refused:
                self.message_user(request, refused.sentence, messages.ERROR)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": member,
            "title": _("Standing of %(member)s") % {"member": member},
            "form": form,
        }
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "admin/members/member/standing.html", context, status=status)

    def _change_standing(
        self, request: HttpRequest, member: Member, values: dict[str, Any]
    ) -> object:
        said = {"member": member, **self.said(request)}
        match values["change"]:
            case "tier":
                return standing_changes.change_tier(tier=Tier(values["tier"]), **said)
            case "standing":
                return standing_changes.set_standing(health=Health(values["standing"]), **said)
            case "suspend":
                cause = SuspensionCause(values["cause"])
                return standing_changes.suspend_member(cause=cause, reason=values["reason"], **said)
            case "confirm_suspension":
                return services.confirm_suspension(**said)
            case "reinstate":
                return standing_changes.reinstate_member(**said)
            case "admit":
                return standing_changes.admit_member(**said)
            case "confirm":
                return standing_changes.confirm_member(**said)
            case _:
                return standing_changes.withdraw_member(**said)


def _status_of(member: Member) -> str:
    return _("%(member)s: %(status)s, %(tier)s.") % {
        "member": member,
        "status": member.get_status_display(),
        "tier": member.get_tier_display(),
    }


@admin.register(Agreement)
class AgreementAdmin(ServiceAdmin):
    """Entering signed agreements, and ending a member's."""

    list_display = ("member", "version", "signed_on", "valid_until", "ended_at")
    list_select_related = ("member",)
    fields = ("member", "version", "signed_on", "valid_until")
    actions = ("end",)

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Any = None,
    ) -> bool:
        return obj is None

    def save_model(self, request: HttpRequest, obj: Agreement, form: Any, change: bool) -> None:  # noqa: ARG002
        values = {name: form.cleaned_data[name] for name in self.fields}
        standing_changes.sign_agreement(**values, **self.said(request))
        made = Agreement.objects.get(
            member=obj.member, version=obj.version, signed_on=obj.signed_on
        )
        adopt(obj, made)

    @admin.action(description=gettext_lazy("End the agreements of these members now"))
    def end(self, request: HttpRequest, rows: QuerySet[Agreement]) -> None:
        said = self.said(request)
        self.each(
            request,
            rows.select_related("member").distinct(),
            lambda row: standing_changes.end_agreement(member=row.member, **said),
        )


@admin.register(Proposal)
class ProposalAdmin(ServiceAdmin):
    """What waits for a second person, and what was decided."""

    list_display = ("kind", "member", "person", "payload", "state", "proposed_by", "proposed_at")
    list_filter = ("state", "kind")
    list_select_related = ("member", "person", "proposed_by")
    actions = ("approve", "decline")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Any = None,
    ) -> bool:
        return obj is None

    @admin.action(description=gettext_lazy("Approve as the second person"))
    def approve(self, request: HttpRequest, rows: QuerySet[Proposal]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: standing_changes.approve(proposal=row, **said))

    @admin.action(description=gettext_lazy("Decline"))
    def decline(self, request: HttpRequest, rows: QuerySet[Proposal]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: services.decline(proposal=row, **said))
