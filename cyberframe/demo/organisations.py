"""The coalition's members, country groups and circles. Pure.

All organisations are fictional; "(demo)" is part of each name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from members.tiers import Health, Status, Tier
from members.tlp import TLP


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMember:
    """One member; no sectors means all of them."""

    slug: str
    name: str
    kind: str
    country: str | None
    tier: Tier
    constituency: str
    sectors: tuple[str, ...] = ()
    status: Status = Status.ACTIVE
    health: Health = Health.GOOD
    accreditation: str = "none"
    first: bool = False
    regime: str = ""

    @property
    def contact_24x7(self) -> bool:
        """Say whether the tier asks for a contact at any hour."""
        return self.tier >= Tier.PARTNER


def _cert(slug: str, country: str, tier: Tier, accreditation: str, **rest: Any) -> DemoMember:
    values: dict[str, Any] = {
        "name": f"{slug.upper()} (demo)",
        "kind": "national-cert",
        "constituency": f"Public bodies and critical infrastructure in {country}",
        "regime": "NIS2",
    }
    return DemoMember(
        slug=slug, country=country, tier=tier, accreditation=accreditation, **(values | rest)
    )


def _csirt_ua(slug: str, name: str, sector: str) -> DemoMember:
    return DemoMember(
        slug=slug,
        name=f"{name} CSIRT Ukraine (demo)",
        kind="sector-csirt",
        country="UA",
        tier=Tier.PARTNER,
        constituency=f"Operators of the {sector} sector in Ukraine",
        sectors=(sector,),
        accreditation="ti-listed",
        regime="UA-1533",
    )


_ACCREDITED, _CERTIFIED, _LISTED = "ti-accredited", "ti-certified", "ti-listed"

MEMBERS: Final = (
    _cert("cert-ua", "UA", Tier.CORE, _ACCREDITED, first=True, regime="UA-1533"),
    _csirt_ua("csirt-fin-ua", "Finance", "banking"),
    _csirt_ua("csirt-nrg-ua", "Energy", "energy"),
    _cert("cert-ee", "EE", Tier.CORE, _CERTIFIED, first=True),
    _cert("csirt-pl", "PL", Tier.CORE, _CERTIFIED, first=True),
    _cert("ncsc-gb", "GB", Tier.CORE, "none", first=True, regime="COALITION"),
    _cert("ncsc-lt", "LT", Tier.PARTNER, _ACCREDITED),
    _cert("cert-nl", "NL", Tier.PARTNER, _CERTIFIED, first=True),
    _cert("cert-de", "DE", Tier.PARTNER, _ACCREDITED, first=True, health=Health.AT_RISK),
    _cert("cert-no", "NO", Tier.PARTNER, _CERTIFIED, first=True, regime="COALITION"),
    _cert("cert-ie", "IE", Tier.ASSOCIATE, _ACCREDITED),
    _cert("cert-jp", "JP", Tier.ASSOCIATE, "none", first=True, regime="COALITION"),
    _cert(
        "cert-md",
        "MD",
        Tier.PARTNER,
        _LISTED,
        kind="gov-csirt",
        constituency="Ministries and agencies in MD",
        sectors=("public-administration",),
        status=Status.PROBATION,
        regime="COALITION",
    ),
    DemoMember(
        slug="sat-isac",
        name="Orbit ISAC (demo)",
        kind="isac",
        country="LU",
        tier=Tier.PARTNER,
        constituency="Satellite operators and their ground stations",
        sectors=("space", "digital-infrastructure"),
        health=Health.LAPSED,
        regime="NIS2",
    ),
    DemoMember(
        slug="nwt-csirt",
        name="Northwind Telecom CSIRT (demo)",
        kind="vendor-csirt",
        country="SE",
        tier=Tier.PARTNER,
        constituency="Networks and customers of Northwind Telecom (demo)",
        sectors=("digital-infrastructure",),
        status=Status.SUSPENDED,
        health=Health.LAPSED,
        accreditation=_LISTED,
        regime="NIS2",
    ),
    DemoMember(
        slug="eu-cert",
        name="EU Bodies CERT (demo)",
        kind="international-body",
        country=None,
        tier=Tier.OBSERVER,
        constituency="Institutions, bodies and agencies of the Union",
        sectors=("public-administration",),
        accreditation=_CERTIFIED,
    ),
    DemoMember(
        slug="nato-cyber",
        name="NATO Cyber Cell (demo)",
        kind="international-body",
        country=None,
        tier=Tier.OBSERVER,
        constituency="Networks of the Alliance's bodies",
        sectors=("defence",),
        first=True,
    ),
)
APPLICANT: Final = DemoMember(
    slug="app-cz",
    name="CSIRT-CZ (demo)",
    kind="national-cert",
    country="CZ",
    tier=Tier.PARTNER,
    constituency="Public bodies and critical infrastructure in CZ",
    status=Status.APPLICANT,
    accreditation=_CERTIFIED,
    first=True,
    regime="NIS2",
)
VOUCHERS: Final = ("cert-ee", "csirt-pl")

# Country groups: the countries and the bodies that count as each (of the demo's members).
GROUPS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "NATO": (("EE", "PL", "GB", "LT", "NL", "DE", "NO", "LU", "SE", "CZ"), ("nato-cyber",)),
    "EU": (("EE", "PL", "LT", "NL", "DE", "IE", "LU", "SE", "CZ"), ("eu-cert",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCircle:
    """One circle; `ends_hours` is from the time of seeding."""

    slug: str
    name: str
    kind: str
    members: tuple[str, ...]
    min_tier: Tier
    max_tlp: TLP
    chatham_house: bool = False
    ends_hours: int | None = None


CIRCLES: Final = (
    DemoCircle(
        slug="c-energy",
        name="Frontline Energy",
        kind="multilateral",
        members=(
            *("cert-ua", "csirt-nrg-ua", "csirt-pl", "cert-ee"),
            *("ncsc-lt", "cert-de", "sat-isac"),
        ),
        min_tier=Tier.PARTNER,
        max_tlp=TLP.AMBER_STRICT,
    ),
    DemoCircle(
        slug="c-satcom",
        name="Satellite communications",
        kind="multilateral",
        members=("cert-ua", "cert-de", "ncsc-gb", "cert-nl", "sat-isac", "cert-no"),
        min_tier=Tier.ASSOCIATE,
        max_tlp=TLP.AMBER,
    ),
    DemoCircle(
        slug="c-uapl",
        name="Ukraine–Poland",
        kind="bilateral",
        members=("cert-ua", "csirt-pl"),
        min_tier=Tier.CORE,
        max_tlp=TLP.RED,
    ),
    DemoCircle(
        slug="c-fin",
        name="Finance",
        kind="multilateral",
        members=("csirt-fin-ua", "cert-ua", "ncsc-gb", "cert-nl", "ncsc-lt", "cert-ie"),
        min_tier=Tier.ASSOCIATE,
        max_tlp=TLP.AMBER,
        chatham_house=True,
    ),
    DemoCircle(
        slug="c-wiper",
        name="Wiper task force",
        kind="task-force",
        members=(
            *("cert-ua", "cert-ee", "csirt-pl", "ncsc-gb"),
            *("ncsc-lt", "cert-jp", "cert-md"),
        ),
        min_tier=Tier.ASSOCIATE,
        max_tlp=TLP.AMBER_STRICT,
        ends_hours=60 * 24,
    ),
    DemoCircle(
        slug="c-baltic",
        name="Baltic exercise",
        kind="task-force",
        members=("cert-ee", "ncsc-lt", "csirt-pl"),
        min_tier=Tier.PARTNER,
        max_tlp=TLP.AMBER_STRICT,
        ends_hours=-1,
    ),
)
