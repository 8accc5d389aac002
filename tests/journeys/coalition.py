"""A small coalition made by the services, where the demo world is refused: in production."""

from __future__ import annotations

from django.utils import timezone

from audit.actors import SYSTEM
from members.roles import Scope
from members.services import NewCredential, issue_credential
from members.tiers import Tier
from tests.factories import make_member, make_person
from tests.journeys.machines import Machine
from tests.processes import Processes

MEMBERS = {
    "cert-ua": (Tier.CORE, "UA"),
    "cert-ee": (Tier.CORE, "EE"),
    "cert-de": (Tier.PARTNER, "DE"),
    "cert-ie": (Tier.ASSOCIATE, "IE"),
    "eu-cert": (Tier.OBSERVER, None),
}


def found(platform: Processes) -> dict[str, Machine]:
    """Return one internal credential of each member, by slug."""
    with platform.database():
        return {slug: _machine(platform, slug) for slug in MEMBERS}


def _machine(platform: Processes, slug: str) -> Machine:
    tier, country = MEMBERS[slug]
    member = make_member(slug, tier=tier, country=country)
    person = make_person(member, "analyst", "analyst", "reviewer")
    new = NewCredential(
        member=member,
        accountable_person=person,
        scopes=frozenset(
            {
                Scope.FEED_READ,
                Scope.INCIDENTS_WRITE,
                Scope.INCIDENTS_SUBMIT,
                Scope.INCIDENTS_RELEASE,
            }
        ),
    )
    issued = issue_credential(new=new, actor=SYSTEM, now=timezone.now())
    return Machine(platform.base_url, slug, issued.credential.public_id, issued.secret)
