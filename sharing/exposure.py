"""The exposure report: every version that a member was ever given, and what became of it.

No titles, no owners, no content. A member's administrator reads references and names of its own
people, as far as its own ceiling reaches; what only people cleared higher or named were given is a
number. The secretariat reads neither references nor names, only days for times, and of what is RED
or limited to named members, circles or early readers a number: who shares such things with whom is
no business of an office (docs/trust.md). `number` is how both speak of a line; it differs from
member to member, so that two reports cannot be laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from django.db import connection
from django.utils.crypto import salted_hmac

from members.authority import authority_of
from members.credentials import CredentialPrincipal, StaffPrincipal
from members.models import Member, Person
from members.roles import Right, Role
from members.tiers import CEILING
from members.tlp import ALL_READERS, PAP, TLP, Channel
from sharing.door import Reader, had, reader_of_credential, reader_of_person, recalled, visible
from sharing.live import RECEIVING
from sharing.models import GrantKind, RecallState

MAX_LINES = 2_000
Caller = Person | CredentialPrincipal | StaffPrincipal


class LineState(StrEnum):
    """What has become of a version that a member was given."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"  # a later version was given to it
    WITHDRAWN = "withdrawn"  # it may not read it any more
    RECALLED = "recalled"  # the same, and it was asked to delete it


@dataclass(frozen=True, slots=True)
class Sight:
    """How a viewer looks at a member's report: narrowed as `reader`, or by office."""

    reader: Reader
    by_office: bool


@dataclass(frozen=True, slots=True)
class Handling:
    """The strictest marking among the objects of a version, as they were served."""

    tlp: TLP
    pap: PAP
    orcon: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """The first time that it was fetched: `by` is a name, for the secretariat a kind."""

    at: datetime
    outlet: str
    by: str


@dataclass(frozen=True, slots=True)
class Recalled:
    """Why it was recalled last, and what the member answered."""

    kind: str
    state: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One version of one incident; `now` is None where the member may not see it any more."""

    number: str
    ref: str
    version: int
    objects: int
    given_at: datetime
    then: Handling
    now: Handling | None
    state: LineState
    fetched: Fetched | None
    recalled: Recalled | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The report in numbers; `unlisted` versions were given, in whole or in part, out of sight."""

    versions: int
    incidents: int
    fetched: int
    unlisted: int
    states: Mapping[LineState, int]
    tlps: Mapping[TLP, int]
    recalls: Mapping[RecallState, int]  # versions recalled, by the answer


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, the latest given first; `next` is the number to go on after, if more follow."""

    lines: tuple[Line, ...]
    next: str | None


class NoSuchLine(LookupError):
    """The place to go on from is of no line in this report."""


def sight_of(caller: Caller, member: Member) -> Sight | None:
    """Return how the caller may look at the member's report, None if it may not at all.

    The secretariat at any member's, a member's administrator at its own; a credential only if it
    is internal and may administer. The queries of `authority_of`.
    """
    authority = authority_of(caller.actor)
    person = authority.person
    if person is None:
        return None
    if Right.SEE_REASONS in authority.rights and person.has_role(Role.SECRETARIAT):
        return Sight(_member_as_such(member), by_office=True)
    if Right.OWN_PEOPLE not in authority.rights or person.member_id != member.pk:
        return None
    if isinstance(caller, CredentialPrincipal):
        internal = caller.channel is Channel.INTERNAL
        return Sight(reader_of_credential(caller), by_office=False) if internal else None
    reader = reader_of_person(person)
    return Sight(reader, by_office=False) if reader else None


def _member_as_such(member: Member) -> Reader:
    tier = member.effective_tier
    return Reader(
        member_id=member.pk,
        tier=int(tier),
        ceiling=int(CEILING[tier]),
        readers=ALL_READERS,
        person=None,
        shared=member.status in RECEIVING,
        own_any_state=False,
    )


def counts(*, sight: Sight, now: datetime) -> Counts:
    """Return the numbers of the whole report. One query."""
    (found,) = _fetch(_GIVEN + _ALL + _BECAME + _COUNTS, _parameters(sight, now))
    states, tlps, recalls = (
        msgspec.json.decode(found[name] or "{}") for name in ("states", "tlps", "recalls")
    )
    return Counts(
        versions=found["versions"],
        incidents=found["incidents"],
        fetched=found["fetched"],
        unlisted=found["unlisted"],
        states={state: states.get(state.value, 0) for state in LineState},
        tlps={tlp: tlps.get(str(int(tlp)), 0) for tlp in TLP},
        recalls={state: recalls.get(state.value, 0) for state in RecallState},
    )


def page(*, sight: Sight, now: datetime, after: str | None = None, limit: int = 50) -> Page:
    """Return the next lines behind the one with the number `after`. One query.

    Raises:
        NoSuchLine: no line of this report has that number.
    """
    if not 1 <= limit <= MAX_LINES:
        raise ValueError(f"limit must be 1 to {MAX_LINES}")
    anchor = after is not None
    values = _parameters(sight, now) | {"after": after, "limit": limit + 1 + anchor}
    rows = _fetch(_GIVEN + _NEXT + _BECAME + _PAGE, values)
    if anchor and not rows:
        raise NoSuchLine
    rows = rows[1:] if anchor else rows
    lines = tuple(_line(row, by_office=sight.by_office) for row in rows[:limit])
    return Page(lines, lines[-1].number if len(rows) > limit else None)


def every_line(caller: Caller, member: Member, now: datetime) -> Iterator[Line]:
    """Give the lines of the whole report; who may look is asked again for each batch."""
    after: str | None = None
    while True:
        sight = sight_of(caller, Member.objects.get(pk=member.pk))
        if sight is None:
            return
        found = page(sight=sight, now=now, after=after, limit=MAX_LINES)
        yield from found.lines
        after = found.next
        if after is None:
            return


def _parameters(sight: Sight, now: datetime) -> dict[str, Any]:
    member_id = sight.reader.member_id
    return sight.reader.parameters(kind=GrantKind.SHARED, now=now) | {
        "by_office": sight.by_office,
        "key": salted_hmac("sharing.exposure", str(member_id), algorithm="sha256").digest(),
        "red": int(TLP.RED),
    }


def _line(row: Mapping[str, Any], *, by_office: bool) -> Line:
    fetched = recalled = now = None
    if row["fetched_at"]:
        by = row["kind_of_fetcher"] if by_office else row["fetcher"]
        fetched = Fetched(_when(row["fetched_at"], by_office), row["outlet"], by)
    if row["recall_kind"]:
        answered = row["answered_at"]
        recalled = Recalled(
            row["recall_kind"],
            row["recall_state"],
            _when(answered, by_office) if answered else None,
        )
    if row["now_tlp"] is not None:
        now = Handling(TLP(row["now_tlp"]), PAP(row["now_pap"]), row["now_orcon"])
    return Line(
        number=row["number"],
        ref="" if by_office else row["ref"],
        version=row["version"],
        objects=row["objects"],
        given_at=_when(row["given_at"], by_office),
        then=Handling(TLP(row["tlp"]), PAP(row["pap"]), row["orcon"]),
        now=now,
        state=LineState(row["state"]),
        fetched=fetched,
        recalled=recalled,
    )


def _when(at: datetime, by_office: bool) -> datetime:
    """Return the time; for the office the day alone: microseconds would tell releases apart."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if by_office else at


def _fetch(sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


# had: every grant that opened, with what it showed; given: those the viewer may know of, one row a
# version; judged: those asked for, with what became of them. `live` is what the door says now.
_GIVEN = f"""
WITH had AS (
  SELECT g.id, l.incident_id, l.id AS release_id, l.version, g.rendering_id, g.tlp,
    (r.summary->>'pap')::int AS pap, (r.summary->>'orcon')::boolean AS orcon,
    (r.summary->>'objects')::int AS objects, GREATEST(g.granted_at, g.visible_from) AS given_at,
    {had("g")} AS known,
    g.tlp < %(red)s AND g.circles = '{{}}' AND g.code NOT IN ('PERMIT_NAMED', 'PERMIT_CIRCLE')
      AND NOT l.marking ?| ARRAY['named', 'persons', 'circles', 'early'] AS plain,
    {visible("g")} AS live
  FROM sharing_grant g JOIN sharing_release l ON l.id = g.release_id
  JOIN sharing_rendering r ON r.id = g.rendering_id
  WHERE g.member_id = %(member)s AND g.kind = %(kind)s
    AND NOT g.notice AND g.single_ordinal IS NULL
    AND (g.position IS NOT NULL OR g.persons IS NOT NULL)
    AND (g.visible_from IS NULL OR (g.visible_from <= %(now)s
      AND (g.withdrawn_at IS NULL OR g.visible_from < g.withdrawn_at)))
), given AS (
  SELECT incident_id, release_id, version, min(given_at) AS given_at, max(objects) AS objects,
    max(tlp)::int AS tlp, max(pap) AS pap, bool_or(orcon) AS orcon, bool_or(live) AS live,
    max(tlp) FILTER (WHERE live)::int AS live_tlp, max(pap) FILTER (WHERE live) AS live_pap,
    bool_or(orcon) FILTER (WHERE live) AS live_orcon
  FROM had WHERE known
  GROUP BY incident_id, release_id, version HAVING NOT %(by_office)s OR bool_and(plain)
), numbered AS (
  SELECT given.*,
    left(encode(sha256(%(key)s::bytea || int8send(release_id)), 'hex'), 12) AS number,
    max(version) FILTER (WHERE live) OVER (PARTITION BY incident_id) AS latest
  FROM given
)"""  # noqa: S608 - our own names

_ALL = ", chosen AS (SELECT * FROM numbered)"
_NEXT = """, chosen AS (
  SELECT * FROM numbered WHERE %(after)s::text IS NULL OR (given_at, number) <= (
    SELECT given_at, number FROM numbered WHERE number = %(after)s)
  ORDER BY given_at DESC, number DESC LIMIT %(limit)s)"""

_BECAME = f""", recalled AS (
  SELECT DISTINCT ON (h.release_id) h.release_id, c.kind, max(a.at) AS answered_at, CASE
      WHEN bool_or(a.id IS NULL) THEN 'open'
      WHEN bool_or(a.state = 'refused') THEN 'refused' ELSE 'confirmed' END AS state
  FROM chosen v JOIN had h ON h.release_id = v.release_id AND h.known
  JOIN sharing_recall c ON c.incident_id = h.incident_id
  JOIN sharing_recallnotice n ON n.recall_id = c.id AND n.at >= h.given_at
  JOIN sharing_recallitem i ON i.notice_id = n.id
  JOIN sharing_renderingobject o ON o.object_id = i.object_id AND o.version = i.version
    AND o.rendering_id = h.rendering_id
  LEFT JOIN sharing_recallanswer a ON a.id = i.answer_id
  WHERE {recalled("n", "i")}
  GROUP BY h.release_id, n.id, c.kind
  ORDER BY h.release_id, n.id DESC
), fetched AS (
  SELECT DISTINCT ON (g.release_id) g.release_id, f.first_at, f.outlet, f.person_id,
    f.credential_id
  FROM chosen v JOIN sharing_grant g ON g.release_id = v.release_id
  JOIN sharing_fetch f ON f.grant_id = g.id
  WHERE {had("g")}
  ORDER BY g.release_id, f.first_at, f.id
), judged AS (
  SELECT v.*, f.first_at AS fetched_at, f.outlet, f.person_id, f.credential_id,
    c.kind AS recall_kind, c.state AS recall_state, c.answered_at, CASE
      WHEN v.live AND v.version = v.latest THEN 'in_force'
      WHEN v.live THEN 'superseded'
      WHEN c.kind IS NOT NULL THEN 'recalled'
      WHEN v.version < v.latest THEN 'superseded'
      ELSE 'withdrawn' END AS state
  FROM chosen v LEFT JOIN recalled c USING (release_id) LEFT JOIN fetched f USING (release_id)
)"""  # noqa: S608 - our own names

_COUNTS = """
SELECT count(*) AS versions, count(DISTINCT incident_id) AS incidents,
  count(fetched_at) AS fetched,
  (SELECT count(DISTINCT release_id) FROM had WHERE NOT known
    OR release_id NOT IN (SELECT release_id FROM given)) AS unlisted,
  (SELECT jsonb_object_agg(state, n) FROM (
    SELECT state, count(*) AS n FROM judged GROUP BY state) s)::text AS states,
  (SELECT jsonb_object_agg(tlp, n) FROM (
    SELECT tlp, count(*) AS n FROM judged GROUP BY tlp) t)::text AS tlps,
  (SELECT jsonb_object_agg(recall_state, n) FROM (
    SELECT recall_state, count(*) AS n FROM judged WHERE recall_kind IS NOT NULL
    GROUP BY recall_state) r)::text AS recalls
FROM judged"""

# The line to go on after comes first.
_PAGE = """
SELECT t.number, i.ref, t.version, t.objects, t.given_at, t.tlp, t.pap, t.orcon, t.state,
  l.live_tlp AS now_tlp, l.live_pap AS now_pap, l.live_orcon AS now_orcon,
  t.fetched_at, t.outlet, COALESCE(NULLIF(p.name, ''), p.email, d.public_id) AS fetcher,
  CASE WHEN t.person_id IS NULL THEN 'machine' ELSE 'person' END AS kind_of_fetcher,
  t.recall_kind, t.recall_state, t.answered_at
FROM judged t JOIN incidents_incident i ON i.id = t.incident_id
LEFT JOIN numbered l ON l.incident_id = t.incident_id AND l.version = t.latest
LEFT JOIN members_person p ON p.id = t.person_id
LEFT JOIN members_credential d ON d.id = t.credential_id
ORDER BY t.given_at DESC, t.number DESC"""
