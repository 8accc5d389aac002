"""Settling a release: its stored grants are made what `decide` says now, idempotently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from audit.actions import Action, Target
from audit.actors import SYSTEM
from audit.services import record
from members.queries import standings
from sharing import contexts
from sharing.carried import carriers_of, recheck
from sharing.comparing import Leaving, compare, shown_again
from sharing.locks import standings_stay
from sharing.models import Grant, GrantKind, Release, RenderingObject
from sharing.narrowing import narrow
from sharing.policy.outcomes import outcomes
from sharing.policy.types import Outcome, Share, ShareKind
from sharing.publishing import Terms, publish, store_rendering
from sharing.redaction import statements
from sharing.rendering import render

POISON = 20
FANNED_OUT = Action("sharing:release:fan_out")
_KINDS = {ShareKind.SHARED: GrantKind.SHARED, ShareKind.OWN_IN_FORCE: GrantKind.OWN_IN_FORCE}


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling changed; `gone` is what readers lost by it."""

    granted: int
    withdrawn: int
    gone: tuple[Leaving, ...] = ()


@transaction.atomic
def settle(
    release_id: int, *, now: datetime, members: Sequence[str] | None = None, backfill: bool = False
) -> Settled:
    """Grant what the release's audience may have by now and lacks; withdraw what it may not.

    The grants of earlier versions are settled with it: one version is in force. `members` limits
    it to these slugs. Safe to run twice, or again after being killed anywhere: it compares with
    what is stored, under the release's row lock.
    """
    standings_stay()  # before any row, as whoever changes standings does
    release = (
        Release.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident__owner", "revision")
        .get(pk=release_id)
    )
    if release.ended_at is not None:
        return Settled(granted=0, withdrawn=0)
    loaded = contexts.of_release(release, now)
    # `outcomes` judges everyone, also whom nobody asks about, so that ordinals stay the release's.
    asked = standings(now, slugs=None if members is None else [*members])
    wanted = _wanted(release, loaded, outcomes(loaded.context, asked, now))
    member_ids = None if members is None else [loaded.member_ids[m] for m in members]
    live = live_of(release.incident_id, member_ids)
    found = compare(wanted, live, now)
    found.leaving.extend(shown_again(wanted, _notices_about(wanted), now))
    if found.missing:  # before the publishing lock: others may hold these rows and wait for it
        recheck(carriers_of(release.incident_id), now=now)
    withdrawn = narrow(found, incident_id=release.incident_id, now=now)
    missing = found.missing
    repeated = bool(live) or any(not terms.opened(now) for _, terms in missing)
    granted = publish(
        grants=missing,
        slots=slots(loaded),
        now=now,
        repeated=repeated,
        backfill=backfill or release.fanned_out_at is not None,
    )
    _rest_on(found.changed)  # after the publishing lock, as everywhere
    if members is None:
        _note(release, now, granted, loaded.held.until)
    return Settled(granted=granted, withdrawn=withdrawn, gone=tuple(found.leaving))


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


def live_of(incident_id: int, member_ids: Sequence[int] | None = None) -> list[Grant]:
    """Return the grants of every version of an incident that stand, notices left out."""
    grants = Grant.objects.filter(
        release__incident=incident_id, withdrawn_at=None, single_ordinal=None, notice=False
    ).order_by("pk")
    return list(grants if member_ids is None else grants.filter(member_id__in=member_ids))


def _notices_about(wanted: Sequence[tuple[int, Terms]]) -> list[Grant]:
    """Return the notices that stand about any object to be shown, of whatever incident."""
    shown = RenderingObject.objects.filter(rendering__in={t.rendering_id for _, t in wanted})
    about = Grant.objects.filter(
        notice=True,
        withdrawn_at=None,
        single_ordinal=None,
        member__in={member_id for member_id, _ in wanted},
        rendering__shown__object_id__in=shown.values("object_id"),
    )
    return list(about.distinct().order_by("pk"))


def _rest_on(changed: Iterable[tuple[Grant, Terms]]) -> None:
    """Put grants, with their one-object grants, on other terms; they stay where they are.

    A renewed agreement or a second circle gives nobody anything new to fetch. What an earlier
    version gave rests on the terms of the one in force. One query for all on the same terms.
    """
    ids: dict[Terms, list[int]] = defaultdict(list)
    for grant, terms in changed:
        ids[terms].append(grant.pk)
    for terms, pks in ids.items():
        Grant.objects.filter(Q(pk__in=pks) | Q(parent__in=pks), withdrawn_at=None).update(
            circles=list(terms.circles),
            groups=list(terms.groups),
            visible_until=terms.visible_until,
            tlp=terms.tlp,
            min_tier=terms.min_tier,
            not_persons=list(terms.not_persons),
        )


def _note(release: Release, now: datetime, granted: int, until: datetime | None) -> None:
    """Close the outbox row and say when time alone will change the audience next.

    `until` is when the owner's own access to something that the release carries ends.
    """
    first = release.fanned_out_at is None
    ends = (
        Grant.objects.filter(release=release, withdrawn_at=None, visible_until__gt=now)
        .order_by("visible_until")
        .values_list("visible_until", flat=True)
    )
    release.fanned_out_at = release.fanned_out_at or now
    release.recheck_at = min(filter(None, (ends.first(), until)), default=None)
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
