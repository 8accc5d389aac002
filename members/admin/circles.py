"""Admin of circles and country groups: who joins and leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from members import services
from members.admin.base import ServiceAdmin, adopt
from members.models import Circle, CircleMembership, Group, GroupEntry
from members.models.choices import CircleKind
from members.services import NewCircle
from members.tiers import Tier
from members.tlp import TLP
from sharing import standing_changes


class _ListInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are added (join) or deleted (leave), never changed."""

    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class MembershipInline(_ListInline):
    model = CircleMembership
    fields = ("member",)
    verbose_name = gettext_lazy("member now")
    verbose_name_plural = gettext_lazy("members now; deleting one means that it leaves")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CircleMembership]:
        return super().get_queryset(request).filter(left_at=None).select_related("member")


class EntryInline(_ListInline):
    model = GroupEntry
    fields = ("country", "member", "starts_at", "ends_at")
    verbose_name_plural = gettext_lazy("the list; deleting an entry ends it now")


@admin.register(Circle)
class CircleAdmin(ServiceAdmin):
    """Making circles; who belongs to them; archiving and closing. Terms stay as they were made."""

    list_display = ("slug", "name", "kind", "min_tier", "max_tlp", "state", "ends_at")
    search_fields = ("slug", "name")
    inlines = (MembershipInline,)
    actions = ("archive", "close")
    fields = (
        "slug",
        "name",
        "kind",
        "min_tier",
        "max_tlp",
        "chatham_house",
        "members_hidden",
        "ends_at",
    )

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Circle | None = None,
    ) -> Any:
        return () if obj is None else (*self.fields, "state")

    def get_inlines(self, request: HttpRequest, obj: Circle | None) -> Any:  # noqa: ARG002
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Circle, form: Any, change: bool) -> None:
        if change:
            return
        values = {name: form.cleaned_data[name] for name in self.fields} | {
            "kind": CircleKind(form.cleaned_data["kind"]),
            "min_tier": Tier(form.cleaned_data["min_tier"]),
            "max_tlp": TLP(form.cleaned_data["max_tlp"]),
        }
        adopt(obj, services.create_circle(new=NewCircle(**values), **self.said(request)))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002
        said = self.said(request)
        joining = formset.save(commit=False)
        for row in formset.deleted_objects:
            standing_changes.leave_circle(circle=row.circle, member=row.member, **said)
        for row in joining:
            standing_changes.join_circle(circle=row.circle, member=row.member, **said)
        formset.new_objects = []

    @admin.action(description=gettext_lazy("Archive: read only"))
    def archive(self, request: HttpRequest, rows: QuerySet[Circle]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: standing_changes.archive_circle(circle=row, **said))

    @admin.action(description=gettext_lazy("Close: reading through it ends"))
    def close(self, request: HttpRequest, rows: QuerySet[Circle]) -> None:
        said = self.said(request)
        self.each(request, rows, lambda row: standing_changes.close_circle(circle=row, **said))


@admin.register(Group)
class GroupAdmin(ServiceAdmin):
    """Country groups and their dated lists."""

    list_display = ("name",)
    inlines = (EntryInline,)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Group | None = None,
    ) -> Any:
        return () if obj is None else ("name",)

    def get_inlines(self, request: HttpRequest, obj: Group | None) -> Any:  # noqa: ARG002
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        if not change:
            name = form.cleaned_data["name"]
            adopt(obj, services.create_group(name=name, **self.said(request)))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002
        said = self.said(request)
        entering = formset.save(commit=False)
        for row in formset.deleted_objects:
            standing_changes.leave_group(entry=row, **said)
        for row in entering:
            standing_changes.enter_group(
                group=row.group,
                country=row.country or None,
                member=row.member,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                **said,
            )
        formset.new_objects = []
