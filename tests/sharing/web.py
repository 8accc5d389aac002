"""A small coalition and its doors: signed-in browsers and credentials."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from members import secrets
from members.models import Credential, Person
from members.roles import Scope
from members.tiers import Tier
from members.tlp import TLP, Channel
from tests.factories import make_member, make_person

ALL = tuple(Scope)


def enter(person: Person) -> Client:
    """Return the person's browser; an error of ours is an answer, as it would be in service."""
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@dataclass(frozen=True, slots=True)
class Machine:
    """A program with a credential."""

    authorization: str

    def ask(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """Return the answer to a request; a body that is no bytes goes as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        headers = {"Authorization": self.authorization, "X-Request-Id": "same-for-all"}
        kind = extra.pop("content_type", "application/json")
        return Client(raise_request_exception=False).generic(
            method, f"/api/v1/{path}", data, kind, headers=headers | extra.pop("headers", {})
        )

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json()


def machine(
    person: Person,
    *,
    scopes: tuple[Scope, ...] = ALL,
    channel: Channel = Channel.INTERNAL,
    max_tlp: TLP = TLP.AMBER_STRICT,
) -> Machine:
    """Return a program of the person's member, the person accountable for it."""
    secret = f"cfs_{person.email}-{channel}-{len(scopes)}"
    row = Credential.objects.create(
        public_id=f"cfc_{secrets.digest(secret).hex()[:12]}",
        member=person.member,
        accountable_person=person,
        secret_sha256=secrets.digest(secret),
        channel=channel,
        max_tlp=max_tlp,
        scopes=[s.value for s in scopes if s is not Scope.MEMBERS_ADMIN],
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=datetime.now(UTC) + timedelta(days=30),
    )
    text = base64.b64encode(f"{row.public_id}:{secret}".encode()).decode()
    return Machine(f"Basic {text}")


def world() -> dict[str, Person]:
    """Return people of four members: an owner's team, and three partners of falling tiers."""
    ua = make_member("cert-ua", country="UA")
    ee = make_member("cert-ee", country="EE")
    de = make_member("cert-de", country="DE", tier=Tier.PARTNER)
    ie = make_member("cert-ie", country="IE", tier=Tier.ASSOCIATE)
    return {
        "author": make_person(ua, "author", "analyst"),
        "both": make_person(ua, "both", "analyst", "reviewer"),
        "reviewer": make_person(ua, "reviewer", "reviewer"),
        "reader": make_person(ua, "reader", "reader"),
        "admin": make_person(ua, "admin", "member_admin"),
        "ee": make_person(ee, "analyst", "analyst", "reviewer"),
        "de": make_person(de, "analyst", "analyst"),
        "ie": make_person(ie, "analyst", "analyst"),
        "staff": make_person(None, "secretariat", "secretariat"),
    }


def form_data(page: Any) -> dict[str, Any]:
    """Return what a browser would send of a release page's form."""
    data: dict[str, Any] = {"digest": page.context["digest"], "seen": page.context["seen"]}
    for bound in page.context["form"]:
        value = bound.value()
        if type(bound.field.widget).__name__ == "CheckboxInput":
            data |= {bound.name: "on"} if value else {}
        elif value not in (None, "", []):
            moment = isinstance(value, datetime)
            data[bound.name] = f"{value:%Y-%m-%dT%H:%M}" if moment else value
    return data
