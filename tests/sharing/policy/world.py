"""The members of domain §4, and short ways to make incidents of a few objects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.marking import NEUTRAL, Marking
from members.standing import CircleTerms, GroupSpan, Standing
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel
from sharing.policy import Context, Item, Kind, Principal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + HOUR
AGREED = NOW + timedelta(days=300)
BOTH = (GroupSpan("EU"), GroupSpan("NATO"))
EU = (GroupSpan("EU"),)


def standing(member: str, tier: Tier = Tier.PARTNER, **fields: Any) -> Standing:
    given: dict[str, Any] = {"status": Status.ACTIVE, "agreement_until": AGREED} | fields
    return Standing(member=member, tier=tier, **given)


FIN, SAT, WIPER = (
    CircleTerms(slug=slug, min_tier=Tier.OBSERVER, max_tlp=TLP.RED)
    for slug in ("c-fin", "c-sat", "c-wiper")
)

U = standing("cert-ua", Tier.CORE, country="UA")
E = standing("cert-ee", Tier.CORE, country="EE", groups=BOTH)
D = standing("cert-de", country="DE", groups=BOTH)
I = standing("cert-ie", Tier.ASSOCIATE, country="IE", groups=EU)  # noqa: E741
J = standing("cert-jp", Tier.ASSOCIATE, country="JP")
M = standing("cert-md", country="MD", status=Status.PROBATION)
S = standing("isac", country="LU", groups=BOTH, health=Health.LAPSED)
X = standing("nwt", country="SE", groups=BOTH, status=Status.SUSPENDED)
B = standing("nato-cyber", Tier.OBSERVER, groups=(GroupSpan("NATO"),))
PL = standing("csirt-pl", Tier.CORE, country="PL", groups=BOTH)
APPLICANT = standing("app-cz", country="CZ", status=Status.APPLICANT, agreement_until=None)
EVERYONE = (U, E, D, I, J, M, S, X, B, PL, APPLICANT)

OWNER = "owner"  # the owner of incidents that no member of §4 owns


def credential(
    channel: Channel = Channel.INTERNAL, tlp: TLP = TLP.AMBER_STRICT, **k: Any
) -> Principal:
    return Principal(kind=Kind.CREDENTIAL, max_tlp=tlp, channel=channel, **k)


def person(name: str = "ann@x.example", tlp: TLP = TLP.AMBER_STRICT) -> Principal:
    return Principal(kind=Kind.PERSON, person=name, max_tlp=tlp)


def stix_id(kind: str, number: int) -> str:
    return f"{kind}--00000000-0000-4000-8000-{number:012x}"


INCIDENT = stix_id("incident", 1)


def item(kind: str, number: int, own: Marking = NEUTRAL, **fields: Any) -> Item:
    """Return an object; fields that are Item's are taken as such, others go into the body."""
    known = {name: fields.pop(name) for name in _ITEM if name in fields}
    known.setdefault("creator", None if known.get("sco") else OWNER)
    key = stix_id(kind, number)
    return Item(id=key, type=kind, own=own, body={"type": kind, "id": key} | fields, **known)


_ITEM = ("creator", "sco", "granular", "reference")


def own(**fields: Any) -> Marking:
    """Return the own marking of an object: what it does not state is neutral."""
    return replace(NEUTRAL, **fields)


def incident(marking: Marking, *items: Item, **fields: Any) -> Context:
    """Return a released incident of OWNER with its SDO and these objects."""
    sdo = item("incident", 1, name="Wiper")
    sdo = Item(id=sdo.id, type=sdo.type, creator=min(fields.get("owners", [OWNER])), body=sdo.body)
    given = {"incident": INCIDENT, "owners": frozenset({OWNER}), "state": "released"} | fields
    return Context(marking=marking, items={i.id: i for i in (sdo, *items)}, **given)


def relationship(number: int, source: Item, target: Item, marking: Marking = NEUTRAL) -> Item:
    ends = {"source_ref": source.id, "target_ref": target.id, "relationship_type": "uses"}
    return item("relationship", number, marking, **ends)


def report(number: int, *inside: str, marking: Marking = NEUTRAL, **fields: Any) -> Item:
    said = {"name": "Report", "published": "2026-01-01T00:00:00Z", "object_refs": [*inside]}
    return item("report", number, marking, **said, **fields)
