"""Renderings and grants made directly, for tests of what reads them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from incidents.models import Incident, Revision, State, Working
from members.models import Member
from members.tlp import ALL_READERS
from sharing.door import Reader
from sharing.models import GrantKind, Release, ReportKind
from sharing.publishing import Body, Terms, publish, store_rendering
from tests.factories import NOW, make_member, make_person, stix_id


def body(
    name: str,
    ordinal: int = 0,
    *,
    version: datetime = NOW,
    type_: str = "indicator",
    whole: bool = True,
    tlp: int = 0,
    text: str = "",
) -> Body:
    """Return an object as a rendering holds it; its JSON says what the test needs to see."""
    object_id = stix_id(type_, name)
    value = {
        "type": type_,
        "id": object_id,
        "modified": version.isoformat().replace("+00:00", "Z"),
        "name": name,
        "x_whole": whole,
        "x_tlp": tlp,
        "x_text": text,
    }
    return Body(ordinal, object_id, type_, version, json.dumps(value), whole=whole, tlp=tlp)


class Press:
    """An owner with one incident, of which it makes as many releases as a test wants."""

    def __init__(self, slug: str = "owner") -> None:
        self.owner = make_member(slug)
        self.person = make_person(self.owner, "press", "analyst", "reviewer")
        self.incident = Incident.objects.create(
            ref=f"CF-{slug}",
            stix_id=stix_id("incident", slug),
            owner=self.owner,
            state=State.RELEASED,
            working=Working.NONE,
            version=1,
            created_at=NOW,
            changed_at=NOW,
        )
        self.revision = Revision.objects.create(
            incident=self.incident,
            number=1,
            created_at=NOW,
            source="{}",
            digest="0" * 64,
            salt=b"0" * 32,
            marking={},
            tlp_confirmed=True,
            title="Press",
            level=1,
            level_stated=True,
        )
        self.releases = 0

    def release(self, at: datetime = NOW) -> Release:
        """Return another release, fanned out."""
        self.releases += 1
        return Release.objects.create(
            incident=self.incident,
            revision=self.revision,
            version=self.releases,
            report_kind=ReportKind.UPDATE,
            by=self.person,
            at=at,
            marking={},
            audience_digest="0" * 64,
            audience=[],
            fanned_out_at=at,
        )

    def rendering(self, release: Release | None, bodies: Sequence[Body]) -> int:
        """Return the id of a rendering of these objects; no release: the owner's own."""
        shown = "\n".join(f"{each.ordinal} {each.body}" for each in bodies)
        return store_rendering(
            revision_id=self.revision.pk,
            release_id=release.pk if release else None,
            key=hashlib.sha256(shown.encode()).hexdigest(),
            summary={},
            bodies=bodies,
        )

    def give(
        self,
        bodies: Sequence[Body],
        members: Iterable[Member],
        *,
        now: datetime = NOW,
        **terms: object,
    ) -> Release:
        """Release the objects to members; `terms` are those of the grants, GREEN by default."""
        release = self.release(now)
        given = replace(green(release, self.rendering(release, bodies)), **terms)  # type: ignore[arg-type]
        slots = max((each.ordinal for each in bodies), default=0) + 1
        publish(grants=[(member.pk, given) for member in members], slots=slots, now=now)
        return release


def green(release: Release | None, rendering_id: int) -> Terms:
    """Return the terms of something that every member and credential may read."""
    return Terms(
        kind=GrantKind.SHARED,
        rendering_id=rendering_id,
        release_id=release.pk if release else None,
        tlp=1,
        min_tier=0,
        readers=ALL_READERS,
        code="PERMIT_COMMUNITY",
    )


def reader(member: Member, **fields: object) -> Reader:
    """Return a reader of the member's who may see everything but what `fields` limit."""
    values = Reader(
        member_id=member.pk,
        tier=3,
        ceiling=4,
        readers=1 << 19,
        person=None,
        shared=True,
        own_any_state=True,
    )
    return replace(values, **fields)  # type: ignore[arg-type]
