"""The page for integrators: where to collect from, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from feeds.taxii.collections import ALL_PERMITTED, COLLECTIONS, Collection
from members.models import Credential, Person
from members.models.choices import CHANNEL_WORDS
from members.roles import Role
from members.tlp import TLP, Channel

SOON: Final = timedelta(days=30)
_INTEGRATORS: Final = (Role.ANALYST, Role.REVIEWER, Role.MEMBER_ADMIN)


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection as the page shows it."""

    title: str | Promise
    description: str | Promise
    alias: str
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as the page shows it; never its secret."""

    id: str
    name: str
    channel_label: str | Promise
    max_tlp: TLP
    scopes: Sequence[str]
    last_used_at: datetime | None
    expires_at: datetime
    expires_soon: bool
    revoked_at: datetime | None


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def index(request: HttpRequest) -> HttpResponse:
    """Show the addresses, snippets and the credentials of the person's member."""
    assert isinstance(request.user, Person)  # login_required
    api_root = request.build_absolute_uri(reverse("feeds:api-root"))
    context = {
        "discovery_url": request.build_absolute_uri(reverse("feeds:discovery")),
        "api_root_url": api_root,
        # taxii2-client takes an address with the id only, so the snippets have it.
        "all_permitted": _collection_row(ALL_PERMITTED, api_root),
        "collections": [_collection_row(each, api_root) for each in COLLECTIONS],
        "rest_url": request.build_absolute_uri("/api/v1/"),
        "docs_url": reverse("api-docs"),
        "credentials": _credential_rows(request.user, datetime.now(UTC)),
    }
    return render(request, "feeds/index.html", context)


def _collection_row(each: Collection, api_root: str) -> CollectionRow:
    url = f"{api_root}collections/{each.id}/"
    return CollectionRow(each.title, each.description, each.alias, each.id, url)


def _credential_rows(person: Person, now: datetime) -> list[CredentialRow]:
    """Return the member's credentials, for those who connect systems; others see none."""
    if person.member_id is None or not person.has_role(*_INTEGRATORS):
        return []
    rows = Credential.objects.filter(member_id=person.member_id).order_by("-issued_at", "pk")
    return [
        CredentialRow(
            id=row.public_id,
            name=row.name or row.public_id,
            channel_label=CHANNEL_WORDS[Channel(row.channel)],
            max_tlp=TLP(row.max_tlp),
            scopes=row.scopes,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            expires_soon=now < row.expires_at <= now + SOON,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]
