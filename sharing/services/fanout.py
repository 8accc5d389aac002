"""Settling a release: its stored grants are made what `decide` says now, idempotently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from audit.actions import Action, Target
from audit.actors import SYSTEM
from audit.services import record
from members.queries import standings
from sharing import contexts
from sharing.locks import standings_stay
from sharing.models import Grant, GrantKind, Release
from sharing.policy.outcomes import outcomes
from sharing.policy.types import Outcome, Share, ShareKind
from sharing.publishing import Terms, publish, store_rendering
from sharing.redaction import statements
from sharing.rendering import render
from sharing.withdrawing import withdraw

POISON = 20
FANNED_OUT = Action("sharing:release:fan_out")
_KINDS = {ShareKind.SHARED: GrantKind.SHARED, ShareKind.OWN_IN_FORCE: GrantKind.OWN_IN_FORCE}


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling changed."""

    granted: int
    withdrawn: int


@transaction.atomic
def settle(
    release_id: int, *, now: datetime, members: Sequence[str] | None = None, backfill: bool = False
) -> Settled:
    """Grant what the release's audience may have by now and lacks; withdraw what it may not.

    `members` limits it to these slugs. Safe to run twice, or again after being killed anywhere:
    it compares with what is stored, under the release's row lock.
    """
    release = (
        Release.objects.select_for_update(of=("self",))
        .select_related("incident__owner", "revision")
        .get(pk=release_id)
    )
    standings_stay()
    loaded = contexts.of_release(release, now)
    # `outcomes` judges everyone, also whom nobody asks about, so that ordinals stay the release's.
    asked = standings(now, slugs=None if members is None else [*members])
    wanted = _wanted(release, loaded, outcomes(loaded.context, asked, now))
    live = _live(release, None if members is None else [loaded.member_ids[m] for m in members])
    found = compare(wanted, live, now)
    withdrawn = withdraw(found.stale, now=now)
    missing = found.missing
    repeated = bool(live) or any(not terms.opened(now) for _, terms in missing)
    granted = publish(
        grants=missing,
        slots=slots(loaded),
        now=now,
        repeated=repeated,
        backfill=backfill or release.fanned_out_at is not None,
    )
    for grant, terms in found.changed:  # after the publishing lock, as everywhere
        _rest_on(grant, terms)
    if members is None:
        _note(release, now, granted)
    return Settled(granted=granted, withdrawn=withdrawn)


def slots(loaded: contexts.Loaded) -> int:
    """Return how many positions a release takes: its objects and the statements made for it."""
    return len(loaded.context.items) + len(statements(loaded.context))


def _wanted(
    release: Release, loaded: contexts.Loaded, found: Iterable[Outcome]
) -> list[tuple[int, Terms]]:
    """Store each outcome's rendering; return the grants that should be, by member id."""
    wanted = []
    for outcome in found:
        rendered = render(loaded, outcome)
        rendering_id = store_rendering(
            revision_id=release.revision_id,
            release_id=release.pk,
            key=rendered.key,
            summary=rendered.summary,
            bodies=rendered.bodies,
        )
        wanted += [
            (loaded.member_ids[share.member], _terms(share, release, rendering_id))
            for share in outcome.shares
        ]
    return wanted


def _terms(share: Share, release: Release, rendering_id: int) -> Terms:
    return Terms(
        kind=_KINDS[share.kind],
        rendering_id=rendering_id,
        release_id=release.pk,
        tlp=int(share.tlp),
        min_tier=int(share.min_tier),
        readers=share.readers,
        code=share.code.value,
        persons=None if share.persons is None else tuple(sorted(share.persons)),
        not_persons=tuple(sorted(share.not_persons)),
        circles=tuple(sorted(share.circles)),
        groups=tuple(sorted(share.groups)),
        visible_from=share.visible_from,
        visible_until=share.visible_until,
    )


def _live(release: Release, member_ids: Sequence[int] | None) -> list[Grant]:
    grants = Grant.objects.filter(release=release, withdrawn_at=None, single_ordinal=None)
    return list(grants if member_ids is None else grants.filter(member_id__in=member_ids))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What settling has to do: add, put on other grounds where it stands, withdraw (by id)."""

    missing: list[tuple[int, Terms]]
    changed: list[tuple[Grant, Terms]]
    stale: list[int]


def compare(
    wanted: Sequence[tuple[int, Terms]], live: Sequence[Grant], now: datetime
) -> Comparison:
    """Return what makes the live grants those that are wanted.

    A grant is kept while what should be shows its readers at least as much: what was given
    before an embargo ended stays where it is in the feed, and only the rest is added.
    """
    kept: set[int] = set()
    missing, changed = [], []
    by_member: dict[tuple[int, int], list[Terms]] = defaultdict(list)
    held: dict[tuple[int, int], list[Grant]] = defaultdict(list)
    for grant in live:
        held[grant.member_id, grant.kind].append(grant)
    for member_id, terms in wanted:
        key = (member_id, int(terms.kind))
        by_member[key].append(terms)
        same = _stands(held[key], terms, now)
        if same is None:
            missing.append((member_id, terms))
            continue
        kept.add(same.pk)
        if not _as_grounded(same, terms):
            changed.append((same, terms))
    others = [grant for grant in live if grant.pk not in kept]
    contents = (
        _contents([*(g.rendering_id for g in others), *(t.rendering_id for _, t in wanted)])
        if others
        else {}
    )
    stale = [
        grant.pk
        for grant in others
        if not _covered(grant, by_member[grant.member_id, grant.kind], contents)
    ]
    return Comparison(missing, changed, stale)


def _stands(held: Sequence[Grant], terms: Terms, now: datetime) -> Grant | None:
    """Return the grant that is what should be, if one is; one rightly grounded before others."""
    same = [grant for grant in held if _same(grant, terms, now)]
    return next((g for g in same if _as_grounded(g, terms)), same[0] if same else None)


def _same(grant: Grant, terms: Terms, now: datetime) -> bool:
    """Say whether a stored grant shows the same readers the same, on whatever grounds.

    One that has opened keeps its opening. One that is over stays over: cursors have passed it.
    """
    opened = grant.visible_from is None or grant.visible_from <= now
    over = grant.visible_until is not None and grant.visible_until <= now
    return (
        grant.kind == terms.kind
        and grant.rendering_id == terms.rendering_id
        and grant.readers == terms.readers
        and grant.tlp == terms.tlp
        and grant.min_tier == terms.min_tier
        and (None if grant.persons is None else tuple(grant.persons)) == terms.persons
        and tuple(grant.not_persons) == terms.not_persons
        and (grant.visible_from == terms.visible_from or (terms.visible_from is None and opened))
        and (grant.visible_until == terms.visible_until or not over)
    )


def _as_grounded(grant: Grant, terms: Terms) -> bool:
    """Say whether a grant rests on what it should: circles, groups, and until when they hold."""
    return (
        tuple(grant.circles) == terms.circles
        and tuple(grant.groups) == terms.groups
        and grant.visible_until == terms.visible_until
    )


def _rest_on(grant: Grant, terms: Terms) -> None:
    """Put a grant, with its one-object grants, on other grounds; it stays where it is in the feed.

    A renewed agreement or a second circle gives nobody anything new to fetch.
    """
    Grant.objects.filter(Q(pk=grant.pk) | Q(parent=grant.pk), withdrawn_at=None).update(
        circles=list(terms.circles), groups=list(terms.groups), visible_until=terms.visible_until
    )


Content = Mapping[str, tuple[str, int]]  # object id → hash of its body, fullness


def _covered(grant: Grant, terms: Sequence[Terms], contents: Mapping[int, Content]) -> bool:
    """Say whether each class that reads the grant may still read all of it, for as long."""
    shown = contents[grant.rendering_id]
    persons = None if grant.persons is None else tuple(grant.persons)
    allowed = 0
    for each in terms:
        same_people = each.persons == persons and each.not_persons == tuple(grant.not_persons)
        as_long = _until_covers(each.visible_until, grant.visible_until)
        content = contents.get(each.rendering_id, {})
        if same_people and as_long and each.visible_from is None and _shows(content, shown):
            allowed |= each.readers
    return grant.readers & ~allowed == 0


def _until_covers(new: datetime | None, old: datetime | None) -> bool:
    return new is None or (old is not None and old <= new)


def _shows(content: Content, shown: Content) -> bool:
    """Say whether everything `shown` is in `content`, the same or fuller."""
    for object_id, (body, fullness) in shown.items():
        here = content.get(object_id)
        if here is None or (here[0] != body and fullness >= here[1]):
            return False
    return True


def _contents(rendering_ids: Iterable[int]) -> dict[int, dict[str, tuple[str, int]]]:
    ids = set(rendering_ids)
    found: dict[int, dict[str, tuple[str, int]]] = {pk: {} for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rendering_id, object_id, md5(body), fullness FROM sharing_renderingobject"
            " WHERE rendering_id = ANY(%s)",
            [list(ids)],
        )
        for rendering_id, object_id, body, fullness in cursor.fetchall():
            found[rendering_id][object_id] = (body, fullness)
    return found


def _note(release: Release, now: datetime, granted: int) -> None:
    """Close the outbox row and say when time alone will change the audience next."""
    first = release.fanned_out_at is None
    ends = (
        Grant.objects.filter(release=release, withdrawn_at=None, visible_until__gt=now)
        .order_by("visible_until")
        .values_list("visible_until", flat=True)
    )
    release.fanned_out_at = release.fanned_out_at or now
    release.recheck_at = ends.first()
    release.attempts = 0
    release.save(update_fields=["fanned_out_at", "recheck_at", "attempts"])
    if first:
        record(
            actor=SYSTEM,
            action=FANNED_OUT,
            target=Target("release", f"{release.incident.ref}/{release.version}"),
            at=now,
            member_id=release.incident.owner_id,
            details={"grants": granted},
        )


def waiting(now: datetime, limit: int = 200) -> list[int]:
    """Return the releases that nobody settled yet, and those whose time has come.

    A release that failed `POISON` times in a row is parked: health and metrics show it, and it
    holds up nobody else.
    """
    due = Release.objects.filter(ended_at=None, attempts__lt=POISON).filter(
        Q(fanned_out_at=None) | Q(recheck_at__lte=now)
    )
    return list(due.order_by("at").values_list("pk", flat=True)[:limit])


def note_failure(release_id: int) -> None:
    """Count that settling failed; a success forgets it."""
    Release.objects.filter(pk=release_id).update(attempts=F("attempts") + 1)
