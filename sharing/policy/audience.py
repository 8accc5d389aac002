"""Who gets a release, and in which form: what an approver sees and signs (domain §3, pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import rfc8785

from members.standing import Standing
from members.tiers import Status
from sharing.policy.asking import answers_for
from sharing.policy.batch import Batch, Look, Stage
from sharing.policy.codes import Code, Codes
from sharing.policy.paths import text_of
from sharing.policy.plan import plan_of
from sharing.policy.projection import Answers, Projection, owned
from sharing.policy.types import Context, Reach, Redaction, Row, Subject

_NO_ROW = frozenset({Status.APPLICANT, Status.WITHDRAWN})


def audience(context: Context, standings: Iterable[Standing], now: datetime) -> list[Row]:
    """Return one row per member that does not own the incident and takes part, by slug.

    Judges the context in its state: to preview a release give `context.as_released()`. A
    member gets `none` where it would see nothing but its own objects and reference data.
    """
    batch = Batch(plan_of(context), now)
    rows: dict[Standing, Row] = {}
    found = []
    for standing in standings:
        if standing.status in _NO_ROW or standing.member in context.owners:
            continue
        shape = batch.shape(standing)
        if shape not in rows:
            rows[shape] = _row(batch, shape)
        row = rows[shape]
        found.append(Row(standing.member, row.outcome, row.codes, row.redactions, row.opens_at))
    return sorted(found, key=lambda row: row.member)


def _row(batch: Batch, shape: Standing) -> Row:
    looks = [(moment, _look(batch, batch.stage(shape, moment))) for moment in batch.moments(shape)]
    look = looks[0][1]
    reach = _reach(look)
    projection = look.projection
    return Row(
        member=shape.member,
        outcome=reach,
        codes=_codes_of_incident(projection, batch.plan.context.incident),
        redactions=redactions_of(projection) if reach is Reach.REDACTED else (),
        opens_at=next((moment for moment, then in looks if not batch.within(then, look)), None),
    )


def row_of_reader(context: Context, subject: Subject, now: datetime) -> Row:
    """Return what one reader of a member gets, a person or a credential, as a row says it.

    The row of a member (`audience`) asks no clause about its readers.
    """
    standing = subject.standing
    if standing is None:
        raise ValueError("the public has no row")
    batch = Batch(plan_of(context), now)
    look = batch.look(answers_for(batch.plan, subject, now), now)
    reach = _reach(look)
    return Row(
        member=standing.member,
        outcome=reach,
        codes=_codes_of_incident(look.projection, context.incident),
        redactions=redactions_of(look.projection) if reach is Reach.REDACTED else (),
    )


def _look(batch: Batch, stage: Stage) -> Look:
    mine = owned(batch.plan, stage.shape)
    return batch.look(Answers(batch.member_part(stage), mine), stage.moment)


def _reach(look: Look) -> Reach:
    if not look.others:
        return Reach.NONE
    whole = not look.projection.hidden and not any(s.cuts for s in look.projection.shown.values())
    return Reach.FULL if whole else Reach.REDACTED


def _codes_of_incident(projection: Projection, incident: str) -> Codes:
    seen = projection.shown.get(incident)
    return (seen.code,) if seen else projection.hidden.get(incident, (Code.NO_CONTEXT,))


def redactions_of(projection: Projection) -> tuple[Redaction, ...]:
    """Return all that a projection keeps back, sorted; path "" is a whole object."""
    cuts = [
        Redaction(name, text_of(path), code)
        for name, seen in projection.shown.items()
        for path, code in seen.cuts.items()
    ]
    whole = [Redaction(name, "", codes[0]) for name, codes in projection.hidden.items()]
    return tuple(sorted(cuts + whole))


def row_json(row: Row) -> dict[str, Any]:
    """Return the row as the API gives it and the digest covers it."""
    return {"member": row.member} | _rest(row)


def _rest(row: Row) -> dict[str, Any]:
    opens_at = row.opens_at
    return {
        "outcome": row.outcome.value,
        "code": row.code.value,
        "codes": [code.value for code in row.codes],
        "redactions": [
            {"id": cut.id, "path": cut.path, "code": cut.code.value} for cut in row.redactions
        ],
        "from": None if opens_at is None else opens_at.isoformat().replace("+00:00", "Z"),
    }


def audience_digest(revision_digest: str, marking: dict[str, Any], rows: Sequence[Row]) -> str:
    """Return SHA-256 (hex) of RFC 8785 [revision digest, marking, rows by slug].

    `marking` is the JSON of the marking, rows count as `row_json` gives them. Members of one
    shape share all but the name, so that part is written once: a row's canonical form is
    its other members in key order with `"member"` between `"from"` and `"outcome"`.
    """
    written: dict[Row, tuple[bytes, bytes]] = {}
    texts = []
    for row in sorted(rows, key=lambda row: row.member):
        rest = Row("", row.outcome, row.codes, row.redactions, row.opens_at)
        if rest not in written:
            before, _, after = rfc8785.dumps(row_json(rest)).partition(b'"member":""')
            written[rest] = before + b'"member":', after
        before, after = written[rest]
        texts.append(before + rfc8785.dumps(row.member) + after)
    head = rfc8785.dumps([revision_digest, marking])
    return hashlib.sha256(head[:-1] + b",[" + b",".join(texts) + b"]]").hexdigest()
