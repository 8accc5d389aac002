"""What the admin pages share: services instead of saving, refusals as a sentence, no deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from members.errors import Refused
from members.models import Person, Proposal

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


class ServiceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic when run
    """Adds and changes by calling services; nothing is ever deleted."""

    actions: Any = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form; what a service refuses is undone and told in its own sentence."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            self.message_user(request, refused.sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def said(self, request: HttpRequest) -> dict[str, Any]:
        """Return who asks and when, as services take it."""
        return {"actor": cast(Person, request.user).actor, "now": timezone.now()}

    def tell(self, request: HttpRequest, outcome: Any) -> None:
        """Say that a change waits for a second person, if it does."""
        if isinstance(outcome, Proposal):
            self.message_user(
                request,
                _("Nothing has changed yet: a second administrator must approve."),
                messages.WARNING,
            )

    def each(
        self, request: HttpRequest, rows: models.QuerySet[M], act: Callable[[M], object]
    ) -> None:
        """Act on each selected row in a transaction of its own, and tell what came of it."""
        for row in rows:
            try:
                with transaction.atomic():
                    outcome = act(row)
            except Refused as refused:
                self.message_user(request, f"{row}: {refused.sentence}", messages.ERROR)
            else:
                self.tell(request, outcome)
                if not isinstance(outcome, Proposal):
                    self.message_user(request, _("%(row)s: done.") % {"row": row})


def adopt(form_row: M, made: M) -> None:
    """Make the form's row the one a service made, so that the admin goes on with it."""
    form_row.__dict__.update(made.__dict__)
