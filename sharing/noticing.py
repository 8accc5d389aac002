"""What a feed carries of a recall, in the same cursor (domain §3, Changes).

What was retracted, or left out of an update, comes as a new version with `revoked: true` to whom
the policy, retraction apart, still permits it. Revocation is permanent, so of what is only shared
more narrowly a coalition note says what to delete, naming nothing but what the member had. SCOs
cannot be revoked and have no version: they stand in the list of recalls alone.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from incidents.stix.markings import CYBERFRAME_IDENTITY, TLP2_IDS
from members.queries import standings
from members.tlp import TLP
from sharing.contexts import Loaded
from sharing.models import GrantKind, Recall, RecallItem, RecallKind, Release
from sharing.policy.codes import Code
from sharing.policy.outcomes import outcomes
from sharing.policy.types import Context, Share, ShareKind
from sharing.publishing import Body, Terms, publish, store_rendering
from sharing.rendering import render

REVOKING: Final = frozenset({RecallKind.RETRACTED, RecallKind.DROPPED})
_NEVER = frozenset({"marking-definition", "extension-definition"})
_SUMMARY: Final[Mapping[str, Any]] = {
    "title": "",
    "level": None,
    "sectors": [],
    "tlp": int(TLP.RED),
    "pap": 0,
    "orcon": False,
    "anonymous": True,
    "incident": False,
    "indicators": 0,
    "objects": 0,
}


@dataclass(frozen=True, slots=True)
class _Notice:
    """A notice in the feed: bodies, and the member with the terms on which it reads them."""

    bodies: tuple[Body, ...]
    member_id: int
    terms: Terms


def put_in_feeds(*, recall: Recall, release: Release, loaded: Loaded, now: datetime) -> int:
    """Publish what the feeds carry of a recall; return how many grants that took.

    `loaded` is the release as it was in force: what was had, and under which terms.
    """
    items: dict[int, list[RecallItem]] = defaultdict(list)
    for item in RecallItem.objects.filter(notice__recall=recall).select_related("notice"):
        if item.persons is None:  # persons read pages, and have no cursor
            items[item.notice.member_id].append(item)
    if recall.kind in REVOKING:
        found = list(_revocations(recall, release, loaded, items, now))
    else:
        found = list(_notes(recall, release, loaded.context, items, now))
    slots = max((body.ordinal + 1 for each in found for body in each.bodies), default=0)
    grants = [(each.member_id, each.terms) for each in found]
    return publish(grants=grants, slots=slots, now=now, repeated=True)


# Revoked versions ----------------------------------------------------------------------------


def _revocations(
    recall: Recall,
    release: Release,
    loaded: Loaded,
    items: Mapping[int, Sequence[RecallItem]],
    now: datetime,
) -> Iterable[_Notice]:
    context = loaded.context.as_released()
    slugs = {pk: slug for slug, pk in loaded.member_ids.items()}
    asked = standings(now, slugs=[slugs[pk] for pk in items])
    stored: dict[tuple[str, ...], int] = {}
    for outcome in outcomes(context, asked, now):
        bodies = {body.object_id: body for body in render(loaded, outcome).bodies}
        for share in outcome.shares:
            member_id = loaded.member_ids[share.member]
            if share.kind is not ShareKind.SHARED or not _is_now(share, now):
                continue
            for readers, ids in _by_readers(items[member_id], share.readers).items():
                revoked = tuple(
                    _revoked(bodies[key], now)
                    for key in sorted(ids)
                    if key in bodies and _may_be_revoked(context, key)
                )
                if revoked:
                    terms = _terms(recall, release, share, readers, revoked, stored)
                    yield _Notice(revoked, member_id, terms)


def _is_now(share: Share, now: datetime) -> bool:
    return share.persons is None and (share.visible_from is None or share.visible_from <= now)


def _by_readers(items: Iterable[RecallItem], mask: int) -> dict[int, set[str]]:
    """Return the objects by the classes of readers that had them, within a mask."""
    found: dict[int, set[str]] = defaultdict(set)
    for item in items:
        if item.readers & mask:
            found[item.readers & mask].add(item.object_id)
    return found


def _may_be_revoked(context: Context, object_id: str) -> bool:
    """Say whether the owner may end the object: it created it, and the kind has versions."""
    item = context.items.get(object_id)
    return (
        item is not None
        and not item.sco
        and not item.reference
        and item.type not in _NEVER
        and item.creator in context.owners
        and "modified" in item.body
    )


def _revoked(body: Body, now: datetime) -> Body:
    version = later(body.version, now)
    members = msgspec.json.decode(body.body, type=dict[str, msgspec.Raw])
    value = {**members, "modified": stix_time(version), "revoked": True}
    return Body(
        ordinal=body.ordinal,
        object_id=body.object_id,
        type=body.type,
        version=version,
        body=msgspec.json.encode(value).decode(),
        whole=body.whole,
        tlp=body.tlp,
    )


def later(version: datetime, now: datetime) -> datetime:
    """Return a time of whole milliseconds that is later than a version, now if that is."""
    wanted = max(now, version + timedelta(milliseconds=1))
    return wanted.replace(microsecond=wanted.microsecond // 1000 * 1000)


def stix_time(moment: datetime) -> str:
    """Return a STIX timestamp with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# Notes ---------------------------------------------------------------------------------------


def _notes(
    recall: Recall,
    release: Release,
    context: Context,
    items: Mapping[int, Sequence[RecallItem]],
    now: datetime,
) -> Iterable[_Notice]:
    stored: dict[tuple[str, ...], int] = {}
    made: dict[tuple[str, ...], tuple[Body, ...]] = {}
    for member_id, lost in items.items():
        due = lost[0].notice.due_at
        for readers, ids in _by_readers(lost, -1).items():
            named = sorted(
                key for key in ids if key in context.items and not context.items[key].sco
            )
            if not named:
                continue
            tlp = max(item.tlp for item in lost if item.object_id in ids)
            key = (str(tlp), str(due), *named)
            if key not in made:
                made[key] = (_note(recall, named, TLP(tlp), due, now),)
            rendering_id = _store(recall, release, made[key], stored)
            terms = Terms(
                kind=GrantKind.SHARED,
                rendering_id=rendering_id,
                release_id=release.pk,
                tlp=tlp,
                min_tier=0,
                readers=readers,
                code=Code.PERMIT_NOTICE.value,
                notice=True,
            )
            yield _Notice(made[key], member_id, terms)


_SAID: Final = {
    RecallKind.TIGHTENED: "These objects are no longer shared with you.",
    RecallKind.ORIGIN: "The originator of these objects has withdrawn them from you.",
    RecallKind.ERASURE: "The content of these objects is to be erased by law.",
    RecallKind.MEMBERSHIP: "Your membership has ended, and with it your right to these objects.",
}


def _note(
    recall: Recall, named: Sequence[str], tlp: TLP, due: datetime | None, now: datetime
) -> Body:
    at = later(now - timedelta(milliseconds=1), now)
    told = "Delete them" + (f" by {stix_time(due)}" if due else "")
    content = f"{_SAID[RecallKind(recall.kind)]} {told}, and confirm it in the list of recalls."
    value = {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid.uuid4()}",
        "created_by_ref": CYBERFRAME_IDENTITY,
        "created": stix_time(at),
        "modified": stix_time(at),
        "abstract": f"Recall: {recall.kind}",
        "content": content,
        "labels": ["recall", recall.kind],
        "lang": "en",
        "object_refs": list(named),
        "object_marking_refs": [TLP2_IDS[tlp.word]],
    }
    return Body(
        ordinal=0,
        object_id=str(value["id"]),
        type="note",
        version=at,
        body=msgspec.json.encode(value).decode(),
        tlp=int(tlp),
    )


# Both ----------------------------------------------------------------------------------------


def _terms(
    recall: Recall,
    release: Release,
    share: Share,
    readers: int,
    bodies: tuple[Body, ...],
    stored: dict[tuple[str, ...], int],
) -> Terms:
    return Terms(
        kind=GrantKind.SHARED,
        rendering_id=_store(recall, release, bodies, stored),
        release_id=release.pk,
        tlp=int(share.tlp),
        min_tier=int(share.min_tier),
        readers=readers,
        code=Code.PERMIT_NOTICE.value,
        circles=tuple(sorted(share.circles)),
        groups=tuple(sorted(share.groups)),
        visible_until=share.visible_until,
        notice=True,
    )


def _store(
    recall: Recall,
    release: Release,
    bodies: tuple[Body, ...],
    stored: dict[tuple[str, ...], int],
) -> int:
    """Store a rendering of the notice once; return its id."""
    key = tuple(body.body for body in bodies)
    if key not in stored:
        told = hashlib.sha256("\n".join([f"recall {recall.pk}", *key]).encode()).hexdigest()
        stored[key] = store_rendering(
            revision_id=release.revision_id,
            release_id=release.pk,
            key=told,
            summary={**_SUMMARY, "objects": len(bodies)},
            bodies=bodies,
        )
    return stored[key]
