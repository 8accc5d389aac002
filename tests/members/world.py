"""Members, people and credentials for tests, made through the services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from audit.actors import SYSTEM
from members import services
from members.models import Circle, Member, Person
from members.models.choices import CircleKind, Kind, SuspensionCause
from members.roles import Role, Scope
from members.services import Invitation, Issued, NewCircle, NewCredential, NewMember
from members.tiers import Health, Status, Tier
from members.tlp import TLP, Channel

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough phrase 7"


def member(
    slug: str,
    tier: Tier = Tier.PARTNER,
    country: str | None = "EE",
    *,
    status: Status = Status.ACTIVE,
    standing: Health = Health.GOOD,
    agreement: bool = True,
) -> Member:
    """Return a member brought to `status` by the system."""
    kind = Kind.NATIONAL_CERT if country else Kind.INTERNATIONAL_BODY
    new = NewMember(slug=slug, name=slug.upper(), kind=kind, country=country, tier=tier)
    made = services.create_member(new=new, actor=SYSTEM, now=NOW)
    if agreement:
        services.sign_agreement(
            member=made,
            version="1",
            signed_on=NOW.date(),
            valid_until=NOW + timedelta(days=300),
            actor=SYSTEM,
            now=NOW,
        )
    _bring(made, status)
    if standing != Health.GOOD:
        services.set_standing(member=made, standing=standing, actor=SYSTEM, now=NOW)
    made.refresh_from_db()
    return made


def _bring(made: Member, status: Status) -> None:
    said: dict[str, Any] = {"member": made, "actor": SYSTEM, "now": NOW}
    if status == Status.WITHDRAWN:
        services.withdraw(**said)
    if status in {Status.APPLICANT, Status.WITHDRAWN}:
        return
    services.admit_member(**said)
    if status == Status.PROBATION:
        return
    services.confirm_member(**said)
    if status == Status.SUSPENDED:
        services.suspend(**said, cause=SuspensionCause.STANDING, reason="no contact")


def person(of: Member | None, *roles: Role, name: str = "", password: str | None = None) -> Person:
    """Return a person with these roles; the address names member and roles.

    Without a password (hashing one takes a quarter of a second) it cannot sign in by itself.
    """
    where = of.slug if of else "coalition"
    local = name or "-".join(roles) or "nobody"
    invitation = Invitation(email=f"{local}@{where}.example", member=of, roles=frozenset(roles))
    return services.invite_person(invitation=invitation, password=password, actor=SYSTEM, now=NOW)


def credential(
    of: Member | None,
    accountable: Person,
    *scopes: Scope,
    channel: Channel = Channel.INTERNAL,
    max_tlp: TLP = TLP.AMBER_STRICT,
    **more: Any,
) -> Issued:
    """Return a credential with its secret."""
    new = NewCredential(
        member=of,
        accountable_person=accountable,
        scopes=frozenset(scopes or {Scope.FEED_READ}),
        channel=channel,
        max_tlp=max_tlp,
        **more,
    )
    return services.issue_credential(new=new, actor=SYSTEM, now=NOW)


def circle(slug: str, *belonging: Member, maker: Member | None = None, **more: Any) -> Circle:
    """Return a circle with these members, made by the platform unless by `maker`."""
    terms = {"min_tier": Tier.ASSOCIATE, "max_tlp": TLP.AMBER_STRICT, **more}
    new = NewCircle(slug=slug, name=slug.upper(), kind=CircleKind.MULTILATERAL, **terms)
    made = services.create_circle(new=new, actor=SYSTEM, now=NOW)
    if maker:
        Circle.objects.filter(pk=made.pk).update(maker=maker)
        made.refresh_from_db()
    for one in belonging:
        services.join_circle(circle=made, member=one, actor=SYSTEM, now=NOW)
    return made
