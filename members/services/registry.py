"""Members as organisations: their entry in the register and their agreements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.actors import Actor
from audit.services import record
from members import actions, identity
from members.authority import Authority, authority_of
from members.changes import Change, Effect, Matter
from members.errors import Conflict, Invalid, NotPermitted
from members.models import Agreement, Group, Member
from members.models.choices import Accreditation, ClockRegime, Kind
from members.roles import Right
from members.services.locks import lock_member
from members.tiers import TIER_WORDS, Status, Tier
from members.tlp import TLP

DESCRIPTION = frozenset(
    {
        "name",
        "kind",
        "constituency",
        "sectors",
        "accreditation",
        "first_member",
        "sim3_level",
        "clock_regime",
        "contact_24x7",
    }
)
OWN_DESCRIPTION = frozenset(
    {
        "constituency",
        "sectors",
        "contact_24x7",
        "two_people_always",
        "early_warning_by_author",
        "early_warning_marking",
    }
)


_VERSION = re.compile(r"[A-Za-z0-9._-]{1,40}")  # it stands in the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """What the register asks about an applicant. `country` is alpha-2, None for a body."""

    slug: str
    name: str
    kind: Kind
    country: str | None = None
    tier: Tier = Tier.OBSERVER
    constituency: str = ""
    sectors: tuple[str, ...] = field(default=())
    accreditation: Accreditation = Accreditation.NONE
    first_member: bool = False
    sim3_level: str = ""
    clock_regime: ClockRegime = ClockRegime.NONE
    contact_24x7: str = ""


@transaction.atomic
def create_member(*, new: NewMember, actor: Actor, now: datetime) -> Member:
    """Enter an applicant in the register. It receives nothing before two people admit it.

    Raises:
        Invalid: a value is wrong; its field is named.
        Conflict: the slug is taken.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    if Member.objects.filter(slug=new.slug).exists():
        raise Conflict(_("There is a member with this short name already."), code="slug_taken")
    if new.slug in TIER_WORDS:
        raise Invalid(_("A tier's word would be taken for the tier."), field="slug")
    if new.country and Group.objects.filter(name=new.country).exists():
        raise Invalid(_("This is the name of a country group."), field="country")
    stix_id = identity.identity_id(new.slug)
    member = Member(
        slug=new.slug,
        name=new.name,
        kind=new.kind,
        country=new.country,
        tier=new.tier.value,
        status=Status.APPLICANT.value,
        constituency=new.constituency,
        sectors=list(new.sectors),
        accreditation=new.accreditation,
        first_member=new.first_member,
        sim3_level=new.sim3_level,
        clock_regime=new.clock_regime,
        contact_24x7=new.contact_24x7,
        stix_identity_id=stix_id,
        stix_identity=identity.render(
            stix_id=stix_id, name=new.name, sectors=new.sectors, created=now, modified=now
        ),
        created_at=now,
    )
    _check(member)
    member.save(force_insert=True)
    _record(member, actions.MEMBER_CREATE, authority, now, {"tier": member.tier})
    return member


@transaction.atomic
def edit_member(
    *, member: Member, changes: Mapping[str, Any], actor: Actor, now: datetime
) -> Member:
    """Change the member's description, or, by its own administrator, its contacts and choices.

    Country, tier, status and standing are not description and have services of their own.
    A new name or other sectors give the identity a new version.

    Raises:
        Invalid: a value is wrong, or a field is none of these.
        NotFound, NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    member = lock_member(member)
    _may_edit(authority, member, frozenset(changes))
    before = (member.name, list(member.sectors))
    changed = [name for name, value in changes.items() if getattr(member, name) != value]
    for name in changed:
        setattr(member, name, changes[name])
    if not changed:
        return member
    _check(member)
    if before != (member.name, list(member.sectors)):
        _render_identity(member, now)
        changed.append("stix_identity")
    member.save(update_fields=changed)
    _record(member, actions.MEMBER_EDIT, authority, now, {"fields": sorted(changed)})
    return member


@transaction.atomic
def sign_agreement(
    *,
    member: Member,
    version: str,
    signed_on: date,
    valid_until: datetime,
    actor: Actor,
    now: datetime,
) -> Change:
    """Enter a signed agreement.

    Raises:
        Conflict: this one is entered already.
        Invalid: it is signed in the future, or over before it was signed.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    member = lock_member(member)
    if signed_on > now.date():
        raise Invalid(_("An agreement is entered once it is signed."), field="signed_on")
    if not _VERSION.fullmatch(version):
        raise Invalid(_("Letters, digits, dots and hyphens, without spaces."), field="version")
    if valid_until.date() <= signed_on:
        raise Invalid(_("It must hold for at least a day."), field="valid_until")
    if member.agreements.filter(version=version, signed_on=signed_on).exists():
        raise Conflict(_("This agreement is entered already."))
    Agreement.objects.create(
        member=member, version=version, signed_on=signed_on, valid_until=valid_until
    )
    details = {"version": version, "valid_until": valid_until.isoformat()}
    _record(member, actions.AGREEMENT_SIGN, authority, now, details)
    return Change(Matter.AGREEMENT, Effect.WIDENED, (member.pk,))


@transaction.atomic
def end_agreement(*, member: Member, actor: Actor, now: datetime) -> Change:
    """End every agreement of the member that still holds.

    Raises:
        Conflict: none holds.
        NotPermitted: see `members.roles`.
    """
    authority = authority_of(actor)
    authority.require(Right.ADMIT)
    member = lock_member(member)
    holding = member.agreements.filter(valid_until__gt=now, ended_at=None)
    if not holding.update(ended_at=now):
        raise Conflict(_("No agreement of this member holds."))
    _record(member, actions.AGREEMENT_END, authority, now, {})
    return Change(Matter.AGREEMENT, Effect.NARROWED, (member.pk,))


def _may_edit(authority: Authority, member: Member, fields: frozenset[str]) -> None:
    for field_name in sorted(fields - DESCRIPTION - OWN_DESCRIPTION):
        raise Invalid(_("This cannot be changed here."), field=field_name, code="not_editable")
    if fields <= OWN_DESCRIPTION and authority.has_own(Right.OWN_CONTACTS, member):
        return
    authority.require(Right.ADMIT)
    if not fields <= DESCRIPTION and not authority.actor.is_system:
        raise NotPermitted(_("Only the member's own administrator can change this."))


def _check(member: Member) -> None:
    _check_preset(member.early_warning_marking)
    try:
        member.full_clean(validate_unique=False)
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(messages), field=name) from None


def _check_preset(marking: Any) -> None:
    """An early warning goes out without a second person, so at AMBER at most (domain §1)."""
    try:
        tlp = TLP.parse(marking["tlp"])
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Invalid(_("A TLP is needed."), field="early_warning_marking") from None
    if tlp > TLP.AMBER:
        raise Invalid(_("An early warning is AMBER at most."), field="early_warning_marking")


def _render_identity(member: Member, now: datetime) -> None:
    member.stix_identity = identity.render(
        stix_id=member.stix_identity_id,
        name=member.name,
        sectors=member.sectors,
        created=member.created_at,
        modified=now,
    )


def _record(
    member: Member, action: Action, authority: Authority, now: datetime, details: dict[str, Any]
) -> None:
    record(
        actor=authority.actor,
        action=action,
        target=Target("member", member.slug),
        at=now,
        member_id=member.pk,
        details=details,
    )
