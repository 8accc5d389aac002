"""The steps of the distribution policy, each a clause that can only refuse (domain §3).

A clause returns the codes of its failures, none if it has nothing against the case. Clauses
1 to 10 look at the marking and the member, 11 and 12 at the marking and the reader, so that
fan-out asks the first once for a member and the second once for a class of readers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from incidents.marking import Marking
from members.standing import CircleTerms, Standing
from members.tiers import CEILING, TIER_WORDS, Health, Status, Tier
from members.tlp import READER_CLASSES, TLP, ReaderClass
from sharing.policy.codes import Code, Codes
from sharing.policy.types import IN_FORCE, RETRACTED, Kind, Principal


@dataclass(frozen=True, slots=True)
class Case:
    """One marking in one incident at one moment; `stated` says the incident has a TLP."""

    marking: Marking
    state: str
    stated: bool
    now: datetime

    @property
    def tlp(self) -> TLP:
        """Return the effective TLP; where the incident has none, the strictest."""
        return tlp_of(self.marking, stated=self.stated)


def tlp_of(marking: Marking, *, stated: bool = True) -> TLP:
    """Return the TLP that counts: CLEAR where none is stated, RED if the incident has none."""
    if not stated:
        return TLP.RED
    return TLP.CLEAR if marking.tlp is None else marking.tlp


# 1 to 4: the incident, the member's status, the state, the time ------------------------------


def has_tlp(case: Case) -> Codes:
    """Step 1: the incident has a TLP."""
    return () if case.stated else (Code.NO_TLP,)


_STATUS: Final = {
    Status.APPLICANT: Code.MEMBER_APPLICANT,
    Status.SUSPENDED: Code.MEMBER_SUSPENDED,
    Status.WITHDRAWN: Code.MEMBER_WITHDRAWN,
}


def is_member(_case: Case, standing: Standing) -> Codes:
    """Step 2: the member takes part: on probation or active."""
    code = _STATUS.get(standing.status)
    return () if code is None else (code,)


def is_in_force(case: Case) -> Codes:
    """Step 3: the incident is released and not retracted."""
    if case.state in IN_FORCE:
        return ()
    return (Code.RETRACTED if case.state == RETRACTED else Code.NOT_RELEASED,)


def is_open_now(case: Case, standing: Standing | None) -> Codes:
    """Step 4: schedule and embargo are over, expiry is not reached; early recipients pass."""
    marking, now, codes = case.marking, case.now, []
    if marking.release_at is not None and now < marking.release_at:
        codes.append(Code.SCHEDULED)
    embargoed = marking.embargo_until is not None and now < marking.embargo_until
    if embargoed and not is_early(marking, standing):
        codes.append(Code.EMBARGOED)
    if marking.expires_at is not None and now >= marking.expires_at:
        codes.append(Code.EXPIRED)
    return tuple(codes)


def is_early(marking: Marking, standing: Standing | None) -> bool:
    """Say whether the member is in every early set, by name or by effective tier."""
    if standing is None:
        return False
    held = {word for word, tier in TIER_WORDS.items() if standing.effective_tier >= tier}
    # A member called like a tier gains nothing by its name: the token means the tier.
    held |= {standing.member} - TIER_WORDS.keys()
    return all(held & tokens for tokens in marking.early)


# 5 to 10: the member against the marking -----------------------------------------------------


def has_agreement(case: Case, standing: Standing) -> Codes:
    """Step 5: above CLEAR an agreement is signed and valid."""
    needed = case.tlp > TLP.CLEAR
    return (Code.NO_AGREEMENT,) if needed and not standing.has_agreement(case.now) else ()


def is_not_excluded(case: Case, standing: Standing) -> Codes:
    """Step 6: the member is not on the exclude list."""
    return (Code.EXCLUDED,) if standing.member in case.marking.exclude else ()


def country_admits(case: Case, standing: Standing) -> Codes:
    """Step 7: no country or group is excluded, and every releasability set has one of them."""
    marking, codes = case.marking, []
    if marking.not_rel_to or marking.rel_to:
        places = standing.places(case.now)
        if places & marking.not_rel_to:
            codes.append(Code.COUNTRY_EXCLUDED)
        if not all(places & tokens for tokens in marking.rel_to):
            codes.append(Code.COUNTRY_NOT_RELEASABLE)
    return tuple(codes)


def circles_admit(case: Case, standing: Standing) -> Codes:
    """Step 8: every circle set has a circle that admits; else the code that got furthest."""
    refusals = (circle_set_refusal(tokens, case, standing) for tokens in case.marking.circles)
    return tuple(code for code in refusals if code is not None)


def circle_set_refusal(tokens: frozenset[str], case: Case, standing: Standing) -> Code | None:
    """Return None if a circle of the set admits the member, else the furthest refusal."""
    found = [circle_refusal(c, case, standing) for c in standing.circles if c.slug in tokens]
    if None in found:
        return None
    return max((code for code in found if code), key=_rank, default=Code.CIRCLE_NOT_MEMBER)


def _rank(code: Code) -> int:
    return code.rank


def circle_refusal(circle: CircleTerms, case: Case, standing: Standing) -> Code | None:
    """Return why a circle the member belongs to does not admit it, None if it does."""
    if not circle.runs(case.now):
        return Code.CIRCLE_CLOSED
    if standing.effective_tier < circle.min_tier:
        return Code.CIRCLE_MIN_TIER
    return Code.CIRCLE_MAX_TLP if case.tlp > circle.max_tlp else None


def is_named(case: Case, standing: Standing) -> Codes:
    """Step 9: the member is on the list; RED needs a list."""
    named = case.marking.named
    if named is None:
        return (Code.NOT_NAMED,) if case.tlp is TLP.RED else ()
    return () if standing.member in named else (Code.NOT_NAMED,)


def tier_reaches(case: Case, standing: Standing) -> Codes:
    """Step 10: the effective tier is the owner's minimum or above, and its ceiling holds."""
    tier, codes = standing.effective_tier, []
    if tier < case.marking.min_tier:
        codes.append(Code.TIER_BELOW_MINIMUM)
    if case.tlp > CEILING[tier]:
        codes.append(Code.TIER_CEILING)
    return tuple(codes)


# 11 and 12: the reader -----------------------------------------------------------------------


def within(case: Case, limits: ReaderClass) -> Codes:
    """Step 11: what the credential feeds may carry it. Also what makes a readers mask."""
    codes = []
    if case.tlp > limits.ceiling:
        codes.append(Code.CHANNEL_ORG_ONLY)
    if case.marking.orcon and not limits.orcon:
        codes.append(Code.CHANNEL_ORCON)
    if case.marking.pap > limits.pap:
        codes.append(Code.CHANNEL_PAP)
    return tuple(codes)


def principal_may(case: Case, principal: Principal) -> Codes:
    """Step 12: the person is named if persons are (a credential never is); the ceiling holds."""
    persons, codes = case.marking.persons, []
    if persons is not None and not (
        principal.kind is Kind.PERSON
        and principal.person is not None
        and principal.person.lower() in persons
    ):
        codes.append(Code.PRINCIPAL_NOT_NAMED)
    if case.tlp > principal.max_tlp:
        codes.append(Code.PRINCIPAL_CEILING)
    return tuple(codes)


def public_may(case: Case) -> Codes:
    """Steps 10 and 11 for the public: CLEAR, no audience limit, no ORCON, published."""
    marking, codes = case.marking, []
    if case.tlp > TLP.CLEAR:
        codes.append(Code.TIER_CEILING)
    if marking.public and marking.limits_audience:
        codes.append(Code.CHANNEL_RESTRICTED)
    if marking.orcon:
        codes.append(Code.CHANNEL_ORCON)
    if not marking.public:
        codes.append(Code.CHANNEL_UNPUBLISHED)
    return tuple(codes)


# The parts, each in the order of the steps ---------------------------------------------------

MEMBER_CLAUSES: Final[tuple[Callable[[Case, Standing], Codes], ...]] = (
    lambda case, _: has_tlp(case),
    is_member,
    lambda case, _: is_in_force(case),
    is_open_now,
    has_agreement,
    is_not_excluded,
    country_admits,
    circles_admit,
    is_named,
    tier_reaches,
)


def member_refusals(case: Case, standing: Standing) -> Codes:
    """Return all failures of steps 1 to 10."""
    return tuple(code for clause in MEMBER_CLAUSES for code in clause(case, standing))


def reader_refusals(case: Case, principal: Principal) -> Codes:
    """Return all failures of steps 11 and 12; the member as such has none."""
    if principal.kind is Kind.MEMBER:
        return ()
    return within(case, principal.limits) + principal_may(case, principal)


def public_refusals(case: Case) -> Codes:
    """Return all failures for the public, which skips steps 2 and 5 to 10."""
    return has_tlp(case) + is_in_force(case) + is_open_now(case, None) + public_may(case)


def own_refusals(case: Case, standing: Standing) -> Codes:
    """Return what keeps an own object from channels but the internal: state, time (step 0)."""
    return is_in_force(case) + is_open_now(case, standing)


def readers_of(case: Case) -> int:
    """Return the mask of the reader classes that steps 11 and 12 let read, persons aside."""
    return sum(1 << limits.bit for limits in READER_CLASSES if not within(case, limits))


def permit_code(case: Case) -> Code:
    """Return why what nothing refuses is permitted: the first reason that holds."""
    marking = case.marking
    if not public_refusals(case):
        return Code.PERMIT_PUBLIC
    if marking.named is not None:
        return Code.PERMIT_NAMED
    if marking.circles:
        return Code.PERMIT_CIRCLE
    if marking.rel_to:
        return Code.PERMIT_COUNTRY
    return Code.PERMIT_TIER if case.tlp >= TLP.AMBER else Code.PERMIT_COMMUNITY


def at_tier(standing: Standing, tier: Tier) -> Standing:
    """Return the standing as it would be with another effective tier."""
    on_probation = standing.status is Status.PROBATION
    status = Status.ACTIVE if on_probation else standing.status
    return replace(standing, tier=tier, status=status, health=Health.GOOD)
