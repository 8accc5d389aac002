"""Rows and submissions for tests: small, real, and the same every time."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.marking import from_json
from incidents.models import Incident
from incidents.services import By, Filed, Filing, submit
from incidents.stix import read
from incidents.stix.markings import TLP2_IDS
from members.identity import identity_id, render
from members.models import Agreement, Member, Person
from members.tiers import Status, Tier
from sharing.models import Release, ReportKind
from sharing.preview import preview
from sharing.services.filing import take_in
from sharing.services.release import Approval, release_incident

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_SPACE = uuid.UUID("8ad4f1e6-9c1d-4d7f-a2a4-0c3c2d5a6a10")


def make_member(
    slug: str, *, tier: Tier = Tier.CORE, country: str | None = "EE", **fields: Any
) -> Member:
    """Return an active member with a valid agreement."""
    stix_id = identity_id(slug)
    values: dict[str, Any] = {
        "name": f"{slug.upper()} (test)",
        "kind": "national-cert",
        "country": country,
        "tier": tier.value,
        "status": Status.ACTIVE.value,
        "stix_identity_id": stix_id,
        "stix_identity": render(stix_id=stix_id, name=slug, sectors=[], created=NOW, modified=NOW),
        "created_at": NOW,
    } | fields
    member = Member.objects.create(slug=slug, **values)
    Agreement.objects.create(
        member=member,
        version="1",
        signed_on=(NOW - timedelta(days=100)).date(),
        valid_until=NOW + timedelta(days=300),
    )
    return member


def make_person(member: Member | None, name: str, *roles: str, **fields: Any) -> Person:
    """Return a person who signs in as `<name>@<slug>.example`."""
    host = member.slug if member else "coalition"
    person = Person(
        email=f"{name}@{host}.example",
        name=name.title(),
        member=member,
        roles=list(roles),
        **fields,
    )
    person.set_password("a test password")
    person.save()
    return person


def by(person: Person) -> By:
    """Return the person as services take it."""
    return By(actor=person.actor, person=person)


def stix_id(type_: str, name: str) -> str:
    """Return a fixed id for a name."""
    return f"{type_}--{uuid.uuid5(_SPACE, f'{type_}:{name}')}"


def sdo(
    type_: str, key: str, /, *, owner: str, at: datetime = NOW, **fields: Any
) -> dict[str, Any]:
    """Return an SDO or SRO made by a member."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "type": type_,
        "spec_version": "2.1",
        "id": stix_id(type_, key),
        "created_by_ref": identity_id(owner),
        "created": stamp,
        "modified": stamp,
    } | fields


def indicator(
    name: str, *, owner: str, address: str = "192.0.2.7", **fields: Any
) -> dict[str, Any]:
    """Return an indicator of one address."""
    return sdo(
        "indicator",
        name,
        owner=owner,
        name=name,
        indicator_types=["malicious-activity"],
        pattern=f"[ipv4-addr:value = '{address}']",
        pattern_type="stix",
        valid_from="2026-11-20T00:00:00Z",
        **fields,
    )


def incident(name: str, *, owner: str, level: int = 3, **fields: Any) -> dict[str, Any]:
    """Return an incident SDO with both extensions."""
    from incidents.stix.markings import CYBERFRAME_INCIDENT_EXT, INCIDENT_CORE_ID

    return sdo(
        "incident",
        name,
        owner=owner,
        name=name,
        description=f"What happened in {name}.",
        extensions={
            INCIDENT_CORE_ID: {
                "extension_type": "property-extension",
                "determination": "confirmed",
                "investigation_status": "open",
            },
            CYBERFRAME_INCIDENT_EXT: {
                "extension_type": "property-extension",
                "criticality_level": level,
                "aware_at": "2026-11-21T12:00:00Z",
            },
        },
        **fields,
    )


def bundle(*objects: dict[str, Any]) -> bytes:
    """Return the objects as a bundle's bytes."""
    return json.dumps(
        {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": list(objects)}
    ).encode()


def tlp(word: str) -> dict[str, Any]:
    """Return the property that marks an object with a TLP 2.0 level."""
    return {"object_marking_refs": [TLP2_IDS[word]]}


def file(person: Person, data: bytes, *, now: datetime = NOW, **options: Any) -> Filed:
    """File a bundle as the person's member; `marking` and `object_markings` are JSON."""
    assert person.member is not None
    if isinstance(options.get("marking"), dict):
        options["marking"] = from_json(options["marking"])
    return take_in(
        actor=person.actor,
        person=person,
        member=person.member,
        filing=Filing(submission=read(data), source=data.decode(), **options),
        now=now,
    )


def release(
    incident: Incident,
    *,
    author: Person,
    reviewer: Person,
    now: datetime = NOW,
    only_these: bool = False,
) -> Release:
    """Submit and release an incident to the audience it has now."""
    submit(by=by(author), incident=incident, now=now)
    incident.refresh_from_db()
    seen = preview(incident=incident, now=now, only_these=only_these)
    approval = Approval(
        digest=seen.digest, report_kind=ReportKind.NOTIFICATION, only_these=only_these
    )
    return release_incident(by=by(reviewer), incident=incident, approval=approval, now=now)
