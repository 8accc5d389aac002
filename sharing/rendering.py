"""One outcome of a release as final bytes: what every outlet then serves unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from incidents.stix.facts import facts_of
from members.tlp import TLP
from sharing.contexts import Loaded
from sharing.policy.types import Context, Outcome
from sharing.publishing import Body
from sharing.redaction import project


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bodies in order, what a list shows of them, and a key that equal outcomes share."""

    key: str
    bodies: tuple[Body, ...]
    summary: dict[str, Any]


def render(loaded: Loaded, outcome: Outcome) -> Rendered:
    """Return the final objects of an outcome (domain §3, On the wire)."""
    bodies = tuple(
        Body(
            ordinal=each.ordinal,
            object_id=each.id,
            type=each.id.split("--", 1)[0],
            version=each.version or loaded.versions[each.id],
            body=each.text,
            whole=not each.redacted,
            tlp=int(outcome.marks[each.id].tlp) if each.id in outcome.marks else 0,
        )
        for each in project(loaded.context, loaded.texts, outcome)
    )
    key = hashlib.sha256(
        "\n".join(f"{body.ordinal} {body.object_id} {body.body}" for body in bodies).encode()
    ).hexdigest()
    return Rendered(key, bodies, _summary(loaded, outcome, bodies))


def _summary(loaded: Loaded, outcome: Outcome, bodies: Sequence[Body]) -> dict[str, Any]:
    """Return what lists show, taken from the incident as this outcome shows it."""
    own = next((b for b in bodies if b.object_id == loaded.context.incident), None)
    facts = facts_of(msgspec.json.decode(own.body)) if own else None
    mark = outcome.marks.get(loaded.context.incident)
    return {
        "title": facts.title if facts else "",
        "level": facts.level if facts else None,
        "sectors": list(facts.sectors) if facts else [],
        "tlp": int(
            mark.tlp if mark else max((m.tlp for m in outcome.marks.values()), default=TLP.RED)
        ),
        "pap": int(mark.pap) if mark else 0,
        "orcon": mark.orcon if mark else False,
        "anonymous": _is_anonymous(loaded.context, shown=own is not None),
        "incident": own is not None,
        "indicators": sum(b.type == "indicator" for b in bodies),
        "objects": len(bodies),
    }


def _is_anonymous(context: Context, *, shown: bool) -> bool:
    """Say whether lists keep quiet about the owner.

    Its marking or the incident object's own may ask for it, also where that object is not shown;
    and where it is not, any object that hides its maker would be told by the name beside it.
    """
    own = context.items[context.incident].own.anonymous
    return context.marking.anonymous or own or (not shown and _any_anonymous(context))


def _any_anonymous(context: Context) -> bool:
    return any(item.own.anonymous for item in context.items.values())
