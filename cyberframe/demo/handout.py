"""`demo.json`: who signs in with what, and what there is to see."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cyberframe.demo.founding import secret_of
from cyberframe.demo.organisations import APPLICANT, MEMBERS
from cyberframe.demo.people import PASSWORD, STAFF
from incidents.models import Incident
from members.models import Credential, Member, Person
from members.secrets import digest
from members.tiers import Tier
from members.tlp import TLP


def handout(*, base_url: str, incidents: Mapping[str, Incident]) -> dict[str, Any]:
    """Return the demo's sign-ins, credentials and incidents as they stand in the database."""
    slugs = [demo.slug for demo in (*MEMBERS, APPLICANT)]
    members = {member.slug: member for member in Member.objects.filter(slug__in=slugs)}
    staff = Person.objects.filter(email__in=[person.email for person in STAFF])
    return {
        "base_url": base_url,
        "members": [_member(members[slug]) for slug in slugs],
        "staff": [_account(person) for person in staff.order_by("email")],
        "incidents": [
            {
                "key": key,
                "ref": incident.ref,
                "stix_id": incident.stix_id,
                "owner": incident.owner.slug,
                "state": incident.state,
            }
            for key, incident in sorted(incidents.items())
        ],
    }


def _member(member: Member) -> dict[str, Any]:
    credentials = member.credentials.filter(public_id__startswith="cfc_demo-", revoked_at=None)
    return {
        "slug": member.slug,
        "tier": Tier(member.tier).word,
        "country": member.country,
        "status": member.status,
        "people": [
            {**_account(person), "totp_secret": None} for person in member.people.order_by("email")
        ],
        "credentials": [_credential(each) for each in credentials.order_by("public_id")],
    }


def _account(person: Person) -> dict[str, Any]:
    return {"email": person.email, "password": PASSWORD, "roles": list(person.roles)}


def _credential(credential: Credential) -> dict[str, Any]:
    """Return a credential; its secret is null where it was rotated or the secret key changed."""
    secret = secret_of(credential.public_id)
    known = digest(secret) == bytes(credential.secret_sha256)
    return {
        "id": credential.public_id,
        "secret": secret if known else None,
        "channel": credential.channel,
        "max_tlp": TLP(credential.max_tlp).word,
        "scopes": list(credential.scopes),
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the handout, whole or not at all, for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
    draft.replace(path)
