"""Founding the demo's coalition: members, lists, people, circles and what befell them since.

Everything goes through the services. Where two people are asked for, either two of the staff
act, or the system, as at any new installation.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.hashers import make_password

from audit.actors import SYSTEM, Actor
from cyberframe.demo.organisations import (
    APPLICANT,
    CIRCLES,
    GROUPS,
    MEMBERS,
    DemoCircle,
    DemoMember,
)
from cyberframe.demo.people import (
    PASSWORD,
    STAFF,
    DemoCredential,
    DemoPerson,
    credentials_of,
    people_of,
)
from members.models import Credential, Group, Member, Person
from members.models.choices import Accreditation, CircleKind, ClockRegime, Kind, SuspensionCause
from members.secrets import ID_PREFIX, SECRET_PREFIX
from members.services import (
    Invitation,
    NewCircle,
    NewCredential,
    NewMember,
    confirm_suspension,
    create_circle,
    create_group,
    create_member,
    grant_red,
    invite_person,
    issue_credential,
)
from members.tiers import Health, Status
from members.tlp import Channel
from sharing import standing_changes
from sharing.services.reference import load_reference
from sharing.services.standing import settle_member, waiting

FOUNDED = timedelta(days=390)
LATECOMER = timedelta(days=80)  # the one still on probation
CIRCLED = timedelta(days=75)
FELL_BEHIND = timedelta(days=70)
APPLIED = timedelta(days=9)
AGREED_FOR = timedelta(days=300)


def found_coalition(now: datetime) -> None:
    """Build everything but incidents, each step at its time before `now`."""
    for name in GROUPS:
        create_group(name=name, actor=SYSTEM, now=now - FOUNDED)
    for person in STAFF:
        _invite(person, None, now - FOUNDED)
    members = {member.slug: _take_in(member, now) for member in MEMBERS}
    _list_groups(members, now - FOUNDED)
    _set_passwords()
    for circle in CIRCLES:
        _draw_circle(circle, members, now)
    for demo in MEMBERS:
        _befall(demo, members[demo.slug], now - FELL_BEHIND)
    _enter(APPLICANT, now - APPLIED)
    # Nothing is released yet, so there is nothing to decide again: close what was asked.
    for settlement in waiting(limit=10_000):
        settle_member(settlement, now=now - FELL_BEHIND)
    load_reference(now=now - FELL_BEHIND)


def _enter(demo: DemoMember, at: datetime) -> Member:
    return create_member(
        new=NewMember(
            slug=demo.slug,
            name=demo.name,
            kind=Kind(demo.kind),
            country=demo.country,
            tier=demo.tier,
            constituency=demo.constituency,
            sectors=demo.sectors,
            accreditation=Accreditation(demo.accreditation),
            first_member=demo.first,
            clock_regime=ClockRegime(demo.regime),
            contact_24x7=f"duty@{demo.slug}.example" if demo.contact_24x7 else "",
        ),
        actor=SYSTEM,
        now=at,
    )


def _take_in(demo: DemoMember, now: datetime) -> Member:
    """Return the member, admitted with agreement, people and credentials."""
    new = demo.status is Status.PROBATION
    at = now - (LATECOMER if new else FOUNDED)
    member = _enter(demo, at)
    standing_changes.admit_member(member=member, actor=SYSTEM, now=at)
    if not new:
        standing_changes.confirm_member(member=member, actor=SYSTEM, now=at + timedelta(days=90))
    standing_changes.sign_agreement(
        member=member,
        version="1.0",
        signed_on=at.date(),
        valid_until=now + AGREED_FOR,
        actor=SYSTEM,
        now=at,
    )
    people = {person.email: _invite(person, member, at) for person in people_of(demo.slug)}
    analyst = people[f"analyst@{demo.slug}.example"]
    for credential in credentials_of(demo.slug):
        _issue(credential, member, analyst, now - CIRCLED)
    member.refresh_from_db()
    return member


def _list_groups(members: dict[str, Member], at: datetime) -> None:
    for name, (countries, bodies) in GROUPS.items():
        group = Group.objects.get(name=name)
        for country in countries:
            standing_changes.enter_group(group=group, country=country, actor=SYSTEM, now=at)
        for slug in bodies:
            standing_changes.enter_group(group=group, member=members[slug], actor=SYSTEM, now=at)


def _invite(demo: DemoPerson, member: Member | None, at: datetime) -> Person:
    invitation = Invitation(
        email=demo.email, name=demo.name, member=member, roles=frozenset(demo.roles)
    )
    person = invite_person(invitation=invitation, actor=SYSTEM, now=at)
    if demo.red:
        grant_red(person=person, actor=SYSTEM, now=at)
    return person


def _set_passwords() -> None:
    """Give every account of the demo its one password.

    The one thing written past the services: they hash each password by itself, which takes a
    quarter of a second of a core each.
    """
    emails = [person.email for demo in MEMBERS for person in people_of(demo.slug)]
    emails += [person.email for person in STAFF]
    Person.objects.filter(email__in=emails).update(password=make_password(PASSWORD))


def _issue(demo: DemoCredential, member: Member, person: Person, at: datetime) -> Credential:
    public_id = public_id_of(demo)
    return issue_credential(
        new=NewCredential(
            member=member,
            accountable_person=person,
            scopes=frozenset(demo.scopes),
            channel=demo.channel,
            max_tlp=demo.max_tlp,
            name=demo.name,
            lifetime=timedelta(days=400),
        ),
        actor=SYSTEM,
        now=at,
        public_id=public_id,
        secret=secret_of(public_id),
    ).credential


def public_id_of(demo: DemoCredential) -> str:
    """Return the id of a demo credential."""
    suffix = "" if demo.channel is Channel.INTERNAL else f"-{demo.channel.value}"
    return f"{ID_PREFIX}demo-{demo.member}{suffix}"


def secret_of(public_id: str) -> str:
    """Return the secret of a demo credential: made from this installation's secret key."""
    key = settings.SECRET_KEY.encode()
    return SECRET_PREFIX + hmac.new(key, f"demo:{public_id}".encode(), sha256).hexdigest()


def _draw_circle(demo: DemoCircle, members: dict[str, Member], now: datetime) -> None:
    """Make a circle by a reviewer of its first member, who takes the others in."""
    at = now - CIRCLED
    maker, *others = demo.members
    actor = _actor(f"reviewer@{maker}.example")
    circle = create_circle(
        new=NewCircle(
            slug=demo.slug,
            name=demo.name,
            kind=CircleKind(demo.kind),
            min_tier=demo.min_tier,
            max_tlp=demo.max_tlp,
            chatham_house=demo.chatham_house,
            ends_at=None if demo.ends_hours is None else now + timedelta(hours=demo.ends_hours),
        ),
        actor=SYSTEM,
        now=at,
        run_by=members[maker],
    )
    for slug in others:
        standing_changes.join_circle(circle=circle, member=members[slug], actor=actor, now=at)


def _befall(demo: DemoMember, member: Member, at: datetime) -> None:
    """Let the member's standing become what it is now."""
    front, back = (_actor(f"secretariat-{side}@coalition.example") for side in ("front", "back"))
    if demo.health is not Health.GOOD:
        standing_changes.set_standing(member=member, health=demo.health, actor=front, now=at)
    if demo.status is Status.SUSPENDED:
        standing_changes.suspend_member(
            member=member,
            cause=SuspensionCause.STANDING,
            reason="Commitments missed for two quarters; no answer to three letters.",
            actor=front,
            now=at,
        )
        confirm_suspension(member=member, actor=back, now=at)


def _actor(email: str) -> Actor:
    return Person.objects.select_related("member").get(email=email).actor
