"""Partners' machines for tests: credentials with their secrets, and requests as they send them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from members import secrets
from members.models import Credential, Member
from members.roles import Scope
from members.tlp import TLP, Channel
from tests.factories import make_person

TAXII = "application/taxii+json;version=2.1"
ROOT = "/taxii2/coalition/"
ALL = f"{ROOT}collections/all-permitted/"


@dataclass(frozen=True, slots=True)
class Machine:
    """One credential and its secret."""

    credential: Credential
    secret: str

    @property
    def basic(self) -> str:
        pair = f"{self.credential.public_id}:{self.secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def get(self, path: str, query: dict[str, Any] | str = "", **headers: str) -> Any:
        """Ask as the machine; headers are named as keywords (`accept_encoding="gzip"`)."""
        return self.ask("GET", path, query, **headers)

    def ask(self, method: str, path: str, query: dict[str, Any] | str = "", **headers: str) -> Any:
        given = {"authorization": self.basic, "accept": TAXII}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = urlencode(query) if isinstance(query, dict) else query
        wire = raw.encode().decode("latin-1")  # as WSGI hands over what came in
        return Client().generic(method, path, headers=given, QUERY_STRING=wire)


def make_machine(
    member: Member,
    *,
    channel: Channel = Channel.INTERNAL,
    max_tlp: TLP = TLP.AMBER_STRICT,
    withhold: bool = False,
    scopes: tuple[Scope, ...] = (Scope.FEED_READ,),
) -> Machine:
    """Return a new credential of the member, good now; its use is noted already."""
    now = datetime.now(UTC)
    secret = secrets.new_secret()
    public_id = secrets.new_public_id()
    credential = Credential.objects.create(
        public_id=public_id,
        member=member,
        accountable_person=make_person(member, public_id.replace("_", "-"), "analyst", "reviewer"),
        secret_sha256=secrets.digest(secret),
        channel=channel.value,
        max_tlp=max_tlp.value,
        withhold=withhold,
        scopes=[scope.value for scope in scopes],
        issued_at=now,
        expires_at=now + timedelta(days=1),
        last_used_at=now,
    )
    return Machine(credential, secret)
