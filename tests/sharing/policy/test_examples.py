"""Every row of domain §4."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.marking import Marking
from members.standing import CircleTerms, Standing
from members.tiers import Tier
from members.tlp import PAP, TLP, Channel
from sharing.policy import AS_MEMBER, PUBLIC, Code, Context, Principal, Subject, decide
from tests.sharing.policy.world import (
    APPLICANT,
    FIN,
    HOUR,
    INCIDENT,
    LATER,
    NOW,
    PL,
    SAT,
    WIPER,
    B,
    D,
    E,
    I,
    J,
    M,
    S,
    U,
    X,
    credential,
    incident,
    item,
    own,
    person,
    relationship,
    report,
)

GREEN = Marking(tlp=TLP.GREEN)
AMBER = Marking(tlp=TLP.AMBER)
STRICT = Marking(tlp=TLP.AMBER_STRICT)
RED_ED = Marking(tlp=TLP.RED, named=frozenset({"cert-ee", "cert-de"}))
REL = Marking(tlp=TLP.AMBER, rel_to=(frozenset({"NATO", "EU"}),))
OPEN = Marking(tlp=TLP.CLEAR, public=True)
CLOSED_TO_S = CircleTerms("c-fin", Tier.PARTNER, TLP.AMBER_STRICT)
EMBARGO = replace(STRICT, embargo_until=LATER, early=(frozenset({"cert-ee", "cert-jp"}),))
CORE_FIRST = replace(STRICT, embargo_until=LATER, early=(frozenset({"core"}),))
UNSIGNED = replace(D, agreement_until=None)


def in_circles(member: Standing, *circles: CircleTerms) -> Standing:
    return replace(member, circles=circles)


IN_FIN = replace(STRICT, circles=(frozenset({"c-fin"}),))
EITHER = replace(AMBER, circles=(frozenset({"c-fin", "c-sat"}),))

# marking of the incident, member (None: public), principal, code
OF_INCIDENTS: list[tuple[Marking, Standing | None, Principal, Code]] = [
    (GREEN, B, AS_MEMBER, Code.PERMIT_COMMUNITY),
    (GREEN, M, AS_MEMBER, Code.PERMIT_COMMUNITY),
    (GREEN, X, AS_MEMBER, Code.MEMBER_SUSPENDED),
    (GREEN, None, AS_MEMBER, Code.TIER_CEILING),
    (OPEN, None, AS_MEMBER, Code.PERMIT_PUBLIC),
    (OPEN, UNSIGNED, AS_MEMBER, Code.PERMIT_PUBLIC),
    (OPEN, APPLICANT, AS_MEMBER, Code.MEMBER_APPLICANT),
    (AMBER, I, AS_MEMBER, Code.PERMIT_TIER),
    (AMBER, J, AS_MEMBER, Code.PERMIT_TIER),
    (AMBER, M, AS_MEMBER, Code.PERMIT_TIER),
    (AMBER, S, AS_MEMBER, Code.PERMIT_TIER),
    (AMBER, B, AS_MEMBER, Code.TIER_CEILING),
    (STRICT, D, AS_MEMBER, Code.PERMIT_TIER),
    (STRICT, I, AS_MEMBER, Code.TIER_CEILING),
    (STRICT, M, AS_MEMBER, Code.TIER_CEILING),
    (STRICT, S, AS_MEMBER, Code.TIER_CEILING),
    (STRICT, D, credential(Channel.DOWNSTREAM), Code.CHANNEL_ORG_ONLY),
    (RED_ED, E, person(tlp=TLP.RED), Code.PERMIT_NAMED),
    (RED_ED, E, credential(), Code.PRINCIPAL_CEILING),
    (RED_ED, D, AS_MEMBER, Code.TIER_CEILING),
    (RED_ED, U, AS_MEMBER, Code.NOT_NAMED),
    (REL, I, AS_MEMBER, Code.PERMIT_COUNTRY),
    (REL, U, AS_MEMBER, Code.COUNTRY_NOT_RELEASABLE),
    (REL, J, AS_MEMBER, Code.COUNTRY_NOT_RELEASABLE),
    (EITHER, in_circles(D, FIN), AS_MEMBER, Code.PERMIT_CIRCLE),
    (EITHER, in_circles(D, SAT), AS_MEMBER, Code.PERMIT_CIRCLE),
    (EITHER, in_circles(D, WIPER), AS_MEMBER, Code.CIRCLE_NOT_MEMBER),
    (IN_FIN, in_circles(S, CLOSED_TO_S), AS_MEMBER, Code.CIRCLE_MIN_TIER),
    (replace(GREEN, pap=PAP.RED), D, credential(Channel.BLOCKLIST), Code.CHANNEL_PAP),
    (replace(GREEN, orcon=True), D, credential(Channel.DOWNSTREAM), Code.CHANNEL_ORCON),
    (EMBARGO, E, AS_MEMBER, Code.PERMIT_TIER),
    (EMBARGO, J, AS_MEMBER, Code.TIER_CEILING),
    (EMBARGO, D, AS_MEMBER, Code.EMBARGOED),
    (replace(AMBER, min_tier=Tier.PARTNER), I, AS_MEMBER, Code.TIER_BELOW_MINIMUM),
    (replace(AMBER, min_tier=Tier.PARTNER), D, AS_MEMBER, Code.PERMIT_TIER),
    (CORE_FIRST, E, AS_MEMBER, Code.PERMIT_TIER),
    (CORE_FIRST, D, AS_MEMBER, Code.EMBARGOED),
    (replace(GREEN, rel_to=(frozenset(),)), E, AS_MEMBER, Code.COUNTRY_NOT_RELEASABLE),
]


@pytest.mark.parametrize(("marking", "member", "principal", "code"), OF_INCIDENTS)
def test_decide_on_the_examples_of_an_incident(
    marking: Marking, member: Standing | None, principal: Principal, code: Code
) -> None:
    subject = PUBLIC if member is None else Subject(member, principal)
    verdict = decide(INCIDENT, [incident(marking)], subject, NOW)
    assert verdict.code is code
    assert verdict.permit is code.permits


def test_embargoed_is_permitted_later() -> None:
    assert decide(INCIDENT, [incident(EMBARGO)], Subject(D), LATER).permit


def codes_of(object_id: str, contexts: list[Context], *members: Standing) -> list[Code]:
    return [decide(object_id, contexts, Subject(member), NOW).code for member in members]


def test_releasability_of_object_and_incident_must_both_match() -> None:
    inner = item("tool", 2, own(rel_to=(frozenset({"PL", "UA", "IE"}),)), name="tool")
    context = incident(replace(AMBER, rel_to=(frozenset({"NATO"}),)), inner)
    assert codes_of(inner.id, [context], PL, I, U) == [
        Code.PERMIT_COUNTRY,
        Code.COUNTRY_NOT_RELEASABLE,
        Code.COUNTRY_NOT_RELEASABLE,
    ]


def test_circles_of_object_and_incident_are_both_needed() -> None:
    inner = item("tool", 2, own(circles=(frozenset({"c-fin"}),)), name="tool")
    context = incident(replace(AMBER, circles=(frozenset({"c-wiper"}),)), inner)
    members = [in_circles(D, FIN, WIPER), in_circles(D, FIN), in_circles(D, WIPER)]
    assert codes_of(inner.id, [context], *members) == [
        Code.PERMIT_CIRCLE,
        Code.CIRCLE_NOT_MEMBER,
        Code.CIRCLE_NOT_MEMBER,
    ]


def test_red_object_in_green_incident_is_for_nobody() -> None:
    inner = item("tool", 2, own(tlp=TLP.RED), name="tool")
    assert codes_of(inner.id, [incident(GREEN, inner)], E) == [Code.NOT_NAMED]


def test_observable_in_red_and_green_incident_is_seen_through_the_green_one() -> None:
    address = item("ipv4-addr", 2, sco=True, value="192.0.2.1")
    red, green = incident(RED_ED, address), incident(GREEN, address)
    assert codes_of(address.id, [red, green], I) == [Code.PERMIT_COMMUNITY]
    assert codes_of(address.id, [red], I) == [Code.NOT_NAMED]


def test_received_object_keeps_the_circle_it_came_under() -> None:
    floor = replace(AMBER, circles=(frozenset({"c-wiper"}),))
    reused = item("tool", 2, creator="cert-ee", name="tool")
    context = incident(GREEN, reused, floors={reused.id: (floor,)})
    assert codes_of(reused.id, [context], D, in_circles(D, WIPER)) == [
        Code.CIRCLE_NOT_MEMBER,
        Code.PERMIT_CIRCLE,
    ]


def test_relationship_to_a_hidden_object_is_hidden() -> None:
    red, seen = item("tool", 2, own(tlp=TLP.RED), name="tool"), item("tool", 3, name="tool")
    tie = relationship(4, seen, red)
    assert codes_of(tie.id, [incident(GREEN, red, seen, tie)], E) == [Code.ENDPOINT_HIDDEN]


def test_report_loses_the_reference_to_a_hidden_object() -> None:
    red, seen = item("tool", 2, own(tlp=TLP.RED), name="tool"), item("tool", 3, name="tool")
    listing = report(4, seen.id, red.id)
    verdict = decide(listing.id, [incident(GREEN, red, seen, listing)], Subject(E), NOW)
    assert verdict.permit
    assert [(cut.path, cut.code) for cut in verdict.redactions] == [
        ("object_refs.[1]", Code.NOT_NAMED)
    ]


def test_expired_and_scheduled_are_refused_and_told() -> None:
    marking = replace(GREEN, release_at=LATER, expires_at=NOW - HOUR)
    assert decide(INCIDENT, [incident(marking)], Subject(E), NOW).codes == (
        Code.SCHEDULED,
        Code.EXPIRED,
    )
