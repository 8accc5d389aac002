"""What a given reader of a member gets of one incident, for its owner: exactly the bytes.

Of the version in force that is read from the stored renderings, through the same door and the
same query as the reader's own; of the one being worked on it is decided and rendered by the same
code as fan-out, in memory. Only this incident counts: what else the member has is not the owner's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from incidents.models import Incident, Working
from members.models import Member
from members.queries import standings
from members.standing import Standing
from members.tiers import CEILING, Status
from members.tlp import TLP, Channel
from sharing import contexts
from sharing.contexts import Loaded
from sharing.door import Reader
from sharing.live import RECEIVING
from sharing.models import Release, ReportKind
from sharing.policy.audience import audience, row_of_reader
from sharing.policy.outcomes import outcomes
from sharing.policy.types import (
    Context,
    Kind,
    Principal,
    Reach,
    Redaction,
    Row,
    Share,
    ShareKind,
    Subject,
)
from sharing.preview import through_circles_of
from sharing.publishing import Body
from sharing.queries import Owner, Shared, Shown, shared_incident
from sharing.rendering import Rendered, render
from sharing.viewers import Viewer

READERS = ("person", *(channel.value for channel in Channel), "own-peer")
_UNKNOWN = (Status.APPLICANT.value, Status.WITHDRAWN.value)


@dataclass(frozen=True, slots=True)
class ReadAs:
    """By what the member reads; `withhold` credentials take no object of which a part is cut."""

    principal: Principal
    withhold: bool = False


@dataclass(frozen=True, slots=True)
class ViewAs:
    """What the reader gets at `at`, None for nothing.

    `row` says how much and why; its `opens_at` is the member's. `named` is the owner's own list,
    `people` are those whom it named, `names` the objects' by id. `late`: a release that the
    workers have not given out yet.
    """

    member: Member
    standing: Standing
    version: int
    at: datetime
    row: Row
    named: frozenset[str] | None
    people: tuple[str, ...]
    names: Mapping[str, str]
    shared: Shared | None
    late: bool


def read_as(reader: str, max_tlp: TLP, *, person: str = "", withhold: bool = False) -> ReadAs:
    """Return one of READERS with its ceiling: a person, or a credential of a channel.

    `person` is an address that the owner named; whether the member has such a person shows nowhere.
    """
    if reader == "person":
        return ReadAs(Principal(kind=Kind.PERSON, person=person.lower(), max_tlp=max_tlp))
    own_instance = reader == "own-peer"
    channel = Channel.PEER if own_instance else Channel(reader)
    principal = Principal(
        kind=Kind.CREDENTIAL, max_tlp=max_tlp, channel=channel, own_instance=own_instance
    )
    return ReadAs(principal, withhold)


def viewable_members(incident: Incident) -> QuerySet[Member]:
    """Return the members that the owner may look as, by name: those with a row in its audience."""
    owners = [incident.owner_id, *incident.co_originators.values_list("pk", flat=True)]
    return Member.objects.exclude(pk__in=owners).exclude(status__in=_UNKNOWN).order_by("name")


def view_in_force(
    *, incident: Incident, member: Member, read_as: ReadAs, now: datetime, opened: bool = False
) -> ViewAs | None:
    """Return what the reader is given of the version in force; None before the first release.

    `opened` looks at the moment at which the member gets more without anyone's decision.
    """
    release = (
        Release.objects.filter(incident=incident)
        .select_related("incident__owner", "revision")
        .order_by("-version")
        .first()
    )
    if release is None:
        return None
    loaded = contexts.of_release(release, now)
    (standing,) = standings(now, slugs=[member.slug])
    opens_at = _opens_at(loaded, standing, now)
    at = opens_at if opened and opens_at else now
    row = _row(loaded, standing, read_as, at, opens_at)
    viewer = Viewer(_reader(member, read_as), own_states=(), drafts=False)
    shared = shared_incident(viewer=viewer, ref=incident.ref, now=at)
    return ViewAs(
        member=member,
        standing=standing,
        version=release.version,
        at=at,
        row=row,
        named=loaded.context.marking.named,
        people=_people(loaded.context),
        names=_names(loaded.context),
        shared=shared,
        late=release.fanned_out_at is None,
    )


def view_of_draft(
    *, incident: Incident, member: Member, read_as: ReadAs, now: datetime, opened: bool = False
) -> ViewAs | None:
    """Return what the reader would be given of the version being worked on; None if there is none.

    Nothing is stored.
    """
    if incident.working == Working.NONE or incident.head is None:
        return None
    loaded = contexts.of_head(incident, now)
    loaded = replace(loaded, context=loaded.context.as_released())
    # Of circles that the owner does not belong to nothing shows here (`sharing.preview`).
    present = standings(now, slugs=[incident.owner.slug, member.slug])
    present = list(through_circles_of(incident.owner, present))
    standing = next(each for each in present if each.member == member.slug)
    opens_at = _opens_at(loaded, standing, now)
    at = opens_at if opened and opens_at else now
    reader = _reader(member, read_as)
    made = [
        render(loaded, outcome)
        for outcome in outcomes(loaded.context, [standing], now)
        if any(_admits(share, reader, at) for share in outcome.shares)
    ]
    return ViewAs(
        member=member,
        standing=standing,
        version=incident.version + 1,
        at=at,
        row=_row(loaded, standing, read_as, at, opens_at),
        named=loaded.context.marking.named,
        people=_people(loaded.context),
        names=_names(loaded.context),
        shared=_as_shared(incident, made, reader, now) if reader.shared and made else None,
        late=False,
    )


def _reader(member: Member, read_as: ReadAs) -> Reader:
    """Return the reader as the door takes one that signs in."""
    principal = read_as.principal
    tier = member.effective_tier
    by_person = principal.kind is Kind.PERSON
    return Reader(
        member_id=member.pk,
        tier=int(tier),
        ceiling=int(CEILING[tier]),
        readers=1 << principal.reader_class.bit,
        person=(principal.person or "") if by_person else None,
        shared=member.status in RECEIVING,
        own_any_state=by_person or principal.channel is Channel.INTERNAL,
        whole_only=read_as.withhold,
    )


def _opens_at(loaded: Loaded, standing: Standing, now: datetime) -> datetime | None:
    (row,) = audience(loaded.context, [standing], now)
    return row.opens_at


def _people(context: Context) -> tuple[str, ...]:
    markings = (context.marking, *(item.own for item in context.items.values()))
    return tuple(sorted(frozenset().union(*(m.persons or frozenset() for m in markings))))


def _names(context: Context) -> dict[str, str]:
    found = {key: item.body.get("name") for key, item in context.items.items()}
    return {key: name for key, name in found.items() if isinstance(name, str)}


def _row(
    loaded: Loaded, standing: Standing, read_as: ReadAs, at: datetime, opens_at: datetime | None
) -> Row:
    row = row_of_reader(loaded.context, Subject(standing, read_as.principal), at)
    redactions = row.redactions
    if read_as.withhold:
        redactions = tuple(sorted({Redaction(cut.id, "", cut.code) for cut in redactions}))
    return replace(row, redactions=redactions, opens_at=opens_at)


def _admits(share: Share, reader: Reader, at: datetime) -> bool:
    """Say whether the door lets the reader through a grant of this share (`sharing.door`)."""
    begun = share.visible_from is None or share.visible_from <= at
    over = share.visible_until is not None and share.visible_until <= at
    return (
        share.kind is ShareKind.SHARED
        and bool(share.readers & reader.readers)
        and share.tlp <= reader.ceiling
        and share.min_tier <= reader.tier
        and begun
        and not over
        and (share.persons is None or reader.person in share.persons)
        and reader.person not in share.not_persons
    )


def _as_shared(
    incident: Incident, made: Sequence[Rendered], reader: Reader, now: datetime
) -> Shared | None:
    """Return renderings as `shared_incident` returns stored ones."""
    summary = max(made, key=lambda each: each.summary["objects"]).summary
    owner = incident.owner
    kind = (incident.head.facts.get("report_kind") if incident.head else None) or ""
    return Shared(
        ref=incident.ref,
        stix_id=incident.stix_id,
        state=incident.state,
        owner=None if summary["anonymous"] else Owner(owner.slug, owner.name, owner.country),
        summary=summary,
        objects=_merged([body for each in made for body in each.bodies], reader),
        released_at=now,
        versions=((incident.version + 1, kind or ReportKind.UPDATE.value, now),),
        others=0,
        unconfirmed=False,
    )


def _merged(bodies: Sequence[Body], reader: Reader) -> tuple[Shown, ...]:
    """Return every object once and as full as any rendering shows it, in the release's order."""
    best: dict[str, Body] = {}
    for body in bodies:
        there = best.get(body.object_id)
        if there is None or (body.version, body.whole) > (there.version, there.whole):
            best[body.object_id] = body
    return tuple(
        Shown(body.object_id, body.type, body.body, whole=body.whole)
        for body in sorted(best.values(), key=lambda body: body.ordinal)
        if body.whole or not reader.whole_only
    )


def reach(found: ViewAs) -> Reach:
    """Return how much the reader gets, by what it is given."""
    if found.shared is None or not found.shared.objects:
        return Reach.NONE
    return found.row.outcome if found.row.outcome is not Reach.NONE else Reach.REDACTED
