"""decide where the examples and the generator do not reach: faults, channels, obligations."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785

from incidents.marking import Marking, to_json
from members.standing import CircleTerms, GroupSpan
from members.tiers import Status, Tier
from members.tlp import INTERNAL_READERS, PAP, TLP, Channel
from sharing.policy import (
    PUBLIC,
    Act,
    Code,
    Obligations,
    PassOn,
    Reach,
    Redaction,
    Row,
    ShareKind,
    Subject,
    audience,
    audience_digest,
    decide,
    notice,
    outcomes,
    row_json,
    view,
)
from tests.sharing.policy.world import (
    FIN,
    HOUR,
    INCIDENT,
    LATER,
    NOW,
    OWNER,
    WIPER,
    D,
    E,
    I,
    J,
    M,
    U,
    credential,
    incident,
    item,
    own,
    person,
    relationship,
    report,
    stix_id,
)

GREEN = Marking(tlp=TLP.GREEN)
AMBER = Marking(tlp=TLP.AMBER)
STRICT = Marking(tlp=TLP.AMBER_STRICT)
ME = replace(E, member=OWNER)


def codes(context: Any, subject: Subject, object_id: str = INCIDENT) -> tuple[Code, ...]:
    return decide(object_id, [context], subject, NOW).codes


def test_unknown_object_has_no_context() -> None:
    verdict = decide(stix_id("tool", 99), [incident(GREEN)], Subject(E), NOW)
    assert (verdict.permit, verdict.codes) == (False, (Code.NO_CONTEXT,))
    assert decide(INCIDENT, [], Subject(E), NOW).codes == (Code.NO_CONTEXT,)
    assert not verdict


def test_a_fault_in_a_marking_refuses_what_it_marks_and_nothing_else() -> None:
    naive_time: Any = datetime(2026, 1, 1)  # noqa: DTZ001
    bad = item("tool", 2, own(expires_at=naive_time), name="bad")
    good = item("tool", 3, name="good")
    context = incident(GREEN, bad, good)
    assert codes(context, Subject(E), bad.id) == (Code.UNDECIDED,)
    assert codes(context, Subject(E), good.id) == (Code.PERMIT_COMMUNITY,)


def test_a_fault_in_an_incident_hides_all_of_it() -> None:
    nothing: Any = None
    broken = replace(incident(GREEN), floors=nothing)
    foreign = item("tool", 2, creator="cert-de", name="foreign")
    broken = replace(broken, items={**broken.items, foreign.id: foreign})
    assert codes(broken, Subject(E)) == (Code.UNDECIDED,)
    assert codes(broken, Subject(ME)) == (Code.UNDECIDED,)


def test_every_failure_is_collected_in_the_order_of_the_steps() -> None:
    marking = Marking(
        tlp=TLP.RED,
        pap=PAP.RED,
        min_tier=Tier.CORE,
        rel_to=(frozenset({"UA"}),),
        not_rel_to=frozenset({"IE"}),
        circles=(frozenset({"c-fin"}), frozenset({"c-wiper"})),
        named=frozenset(),
        persons=frozenset(),
        exclude=frozenset({"cert-ie"}),
        release_at=LATER,
        embargo_until=LATER,
        expires_at=NOW,
        orcon=True,
    )
    member = replace(I, agreement_until=None, circles=(replace(WIPER, open=False),))
    reader = credential(Channel.DOWNSTREAM, TLP.GREEN)
    assert codes(incident(marking, state="review"), Subject(member, reader)) == (
        Code.NOT_RELEASED,
        Code.SCHEDULED,
        Code.EMBARGOED,
        Code.EXPIRED,
        Code.NO_AGREEMENT,
        Code.EXCLUDED,
        Code.COUNTRY_EXCLUDED,
        Code.COUNTRY_NOT_RELEASABLE,
        Code.CIRCLE_NOT_MEMBER,
        Code.CIRCLE_CLOSED,
        Code.NOT_NAMED,
        Code.TIER_BELOW_MINIMUM,
        Code.TIER_CEILING,
        Code.CHANNEL_ORG_ONLY,
        Code.CHANNEL_ORCON,
        Code.PRINCIPAL_NOT_NAMED,
        Code.PRINCIPAL_CEILING,
    )


def test_a_circle_set_tells_the_circle_that_got_furthest() -> None:
    marking = replace(AMBER, circles=(frozenset({"c-1", "c-2", "c-3"}),))
    ended = CircleTerms("c-1", Tier.OBSERVER, TLP.RED, ends_at=NOW)
    too_high = CircleTerms("c-2", Tier.CORE, TLP.RED)
    too_low = CircleTerms("c-3", Tier.OBSERVER, TLP.GREEN)
    for held, code in [
        ((ended,), Code.CIRCLE_CLOSED),
        ((ended, too_high), Code.CIRCLE_MIN_TIER),
        ((too_low, too_high, ended), Code.CIRCLE_MAX_TLP),
        ((too_low, replace(too_low, slug="c-1", max_tlp=TLP.AMBER)), Code.PERMIT_CIRCLE),
    ]:
        assert codes(incident(marking), Subject(replace(D, circles=held))) == (code,)


def test_own_objects_are_free_inside_and_judged_outside() -> None:
    secret = item("tool", 2, own(tlp=TLP.RED), name="secret")
    tie = relationship(3, item("tool", 9, name="x"), secret)
    draft = incident(replace(STRICT, embargo_until=LATER), secret, tie, state="draft")
    suspended = replace(ME, status=Status.SUSPENDED)
    for who in (person(), credential(tlp=TLP.CLEAR)):
        for member in (ME, suspended):
            assert codes(draft, Subject(member, who), secret.id) == (Code.PERMIT_OWN,)
    withdrawn = replace(ME, status=Status.WITHDRAWN)
    assert codes(draft, Subject(withdrawn), secret.id)[0] is Code.MEMBER_WITHDRAWN
    out = Subject(ME, credential(Channel.BLOCKLIST))
    assert codes(draft, out) == (Code.NOT_RELEASED, Code.EMBARGOED)
    assert codes(draft, out, secret.id)[-1] is Code.PRINCIPAL_CEILING
    released = incident(AMBER, secret, tie)
    assert codes(released, out) == (Code.PERMIT_OWN,)
    assert codes(released, out, tie.id) == (Code.ENDPOINT_HIDDEN,)
    assert codes(released, Subject(ME, credential(Channel.PEER))) == (Code.CHANNEL_ORG_ONLY,)
    peer = credential(Channel.PEER, own_instance=True)
    assert codes(released, Subject(ME, peer)) == (Code.PERMIT_OWN,)


def test_co_owners_share_what_an_owner_created_but_not_what_came_from_elsewhere() -> None:
    foreign = item("tool", 2, creator="cert-de", name="foreign")
    address = item("ipv4-addr", 3, sco=True, value="192.0.2.1")
    both = frozenset({OWNER, "cert-ua"})
    context = incident(STRICT, foreign, address, owners=both, state="draft")
    assert codes(context, Subject(U)) == (Code.PERMIT_OWN,)
    assert codes(context, Subject(U), address.id) == (Code.PERMIT_OWN,)
    assert codes(context, Subject(U), foreign.id) == (Code.NO_CONTEXT,)
    assert codes(context, Subject(D), foreign.id) == (Code.PERMIT_OWN,)


def test_several_floors_are_alternatives_and_the_strictest_binds() -> None:
    reused = item("tool", 2, creator="cert-de", name="reused")
    narrow = replace(AMBER, circles=(frozenset({"c-fin"}),))
    context = incident(GREEN, reused, floors={reused.id: (narrow, GREEN)})
    alone = decide(reused.id, [context], Subject(J), NOW)
    assert (alone.code, alone.obligations) == (Code.PERMIT_COMMUNITY, Obligations(TLP.GREEN))
    both = decide(reused.id, [context], Subject(replace(J, circles=(FIN,))), NOW)
    assert (both.code, both.obligations) == (Code.PERMIT_CIRCLE, Obligations(TLP.AMBER))


def test_public_needs_clear_the_flag_and_no_limit() -> None:
    clear = Marking(tlp=TLP.CLEAR, public=True)
    for marking, expected in [
        (clear, (Code.PERMIT_PUBLIC,)),
        (replace(clear, public=False), (Code.CHANNEL_UNPUBLISHED,)),
        (replace(clear, exclude=frozenset({"x"})), (Code.CHANNEL_RESTRICTED,)),
        (replace(clear, orcon=True), (Code.CHANNEL_ORCON,)),
        (replace(clear, release_at=LATER), (Code.SCHEDULED,)),
        (replace(clear, embargo_until=LATER, early=(frozenset({"core"}),)), (Code.EMBARGOED,)),
        (Marking(public=True), (Code.NO_TLP, Code.TIER_CEILING)),
    ]:
        assert codes(incident(marking), PUBLIC) == expected
    assert codes(incident(clear, state="retracted"), PUBLIC) == (Code.RETRACTED,)


def test_an_incident_without_tlp_is_taken_as_red() -> None:
    assert codes(incident(Marking()), Subject(D)) == (
        Code.NO_TLP,
        Code.NOT_NAMED,
        Code.TIER_CEILING,
    )


def test_obligations_of_what_was_received() -> None:
    marking = replace(GREEN, pap=PAP.AMBER, orcon=True, expires_at=LATER)
    bound = decide(INCIDENT, [incident(marking)], Subject(E), NOW).obligations
    assert bound == Obligations(TLP.GREEN, PAP.AMBER, orcon=True, delete_by=LATER)
    assert (bound.pass_on, bound.act) == (PassOn.NOBODY, Act.LOOK_UPS)
    told = {tlp: Obligations(tlp).pass_on.value for tlp in TLP}
    assert [*told.values()] == ["anyone", "community", "clients", "organisation", "nobody"]
    acts = [Obligations(TLP.CLEAR, pap).act.value for pap in PAP]
    assert acts == ["anything", "block", "look-ups", "passive"]
    again = decide(INCIDENT, [incident(GREEN), incident(marking)], Subject(E), NOW).obligations
    assert again == bound


def test_notice_goes_to_whom_decide_still_permits_retracted_apart() -> None:
    context = incident(AMBER, state="retracted")
    assert codes(context, Subject(D)) == (Code.RETRACTED,)
    assert notice(INCIDENT, [context], Subject(D), NOW).codes == (Code.PERMIT_NOTICE,)
    observer = replace(D, tier=Tier.OBSERVER)
    assert notice(INCIDENT, [context], Subject(observer), NOW).codes == (Code.TIER_CEILING,)
    assert not notice(INCIDENT, [incident(AMBER)], Subject(D), NOW)


def test_reference_data_is_for_everyone_in_any_state_but_never_tells_an_anonymous_owner() -> None:
    known = item("attack-pattern", 2, reference=True, name="Phishing")
    who = item("identity", 3, reference=True, name="Owner")
    context = incident(
        replace(STRICT, anonymous=True),
        known,
        who,
        state="draft",
        owner_identities=frozenset({who.id}),
    )
    assert codes(context, Subject(J), known.id) == (Code.PERMIT_REFERENCE,)
    assert codes(context, PUBLIC, known.id) == (Code.PERMIT_REFERENCE,)
    assert codes(context, Subject(J), who.id) == (Code.ANONYMOUS,)
    assert codes(context, Subject(ME), who.id) == (Code.PERMIT_OWN,)


def test_a_reference_to_reference_data_is_visible_even_if_the_copy_is_not() -> None:
    differing = item("attack-pattern", 2, own(tlp=TLP.RED), name="Phishing")
    tie = relationship(3, item("tool", 9, name="x"), differing)
    context = incident(GREEN, differing, tie, reference=frozenset({differing.id}))
    assert codes(context, Subject(D), tie.id) == (Code.PERMIT_COMMUNITY,)


# Audience ------------------------------------------------------------------------------------


def test_audience_says_who_gets_it_who_does_not_and_from_when() -> None:
    strict = item("tool", 2, own(tlp=TLP.AMBER_STRICT), name="strict")
    late = replace(J, agreement_until=None)
    context = incident(replace(AMBER, embargo_until=LATER, early=(frozenset({"core"}),)), strict)
    rows = {row.member: row for row in audience(context, [M, late, I, D, E, ME], NOW)}
    assert [*rows] == ["cert-de", "cert-ee", "cert-ie", "cert-jp", "cert-md"]
    assert rows["cert-ee"] == Row("cert-ee", Reach.FULL, (Code.PERMIT_TIER,))
    assert rows["cert-de"] == Row("cert-de", Reach.NONE, (Code.EMBARGOED,), (), LATER)
    assert rows["cert-jp"].opens_at is None
    afterwards = {row.member: row for row in audience(context, [I], LATER)}
    assert afterwards["cert-ie"] == Row(
        "cert-ie",
        Reach.REDACTED,
        (Code.PERMIT_TIER,),
        (Redaction(strict.id, "", Code.TIER_CEILING),),
    )


def test_a_member_that_would_see_only_its_own_gets_none() -> None:
    reused = item("tool", 2, creator="cert-jp", name="reused")
    context = incident(STRICT, reused, floors={reused.id: (GREEN,)})
    (row,) = audience(context, [J], NOW)
    assert (row.outcome, row.code) == (Reach.NONE, Code.TIER_CEILING)
    assert view(context, Subject(J), NOW).shown.keys() == {reused.id}
    shares = [share for outcome in outcomes(context, [J], NOW) for share in outcome.shares]
    assert {share.kind for share in shares} == {ShareKind.OWN_IN_FORCE}
    assert not any(share.readers & INTERNAL_READERS for share in shares)


def test_members_that_differ_only_in_what_the_marking_names_are_told_apart() -> None:
    twins = [replace(D, member=name) for name in ("aa", "bb")]
    told_apart: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"rel_to": (frozenset({"UA"}),)}, {"country": "UA"}),
        ({"not_rel_to": frozenset({"DE"})}, {"country": "UA"}),
        ({"rel_to": (frozenset({"AUKUS"}),)}, {"groups": (GroupSpan("AUKUS"),)}),
        ({"circles": (frozenset({"c-fin"}),)}, {"circles": (FIN,)}),
        ({"min_tier": Tier.CORE}, {"tier": Tier.CORE}),
        ({"named": frozenset({"bb"})}, {}),
        ({"exclude": frozenset({"aa"})}, {}),
    ]
    for limit, fields in told_apart:
        marking = replace(AMBER, **limit)
        members = [twins[0], replace(twins[1], **fields)]
        reached = [row.outcome for row in audience(incident(marking), members, NOW)]
        assert reached == [Reach.NONE, Reach.FULL]
        shares = [s for o in outcomes(incident(marking), members, NOW) for s in o.shares]
        assert {share.member for share in shares} == {"bb"}


def test_an_accountable_person_does_not_open_a_credential_to_what_is_for_persons() -> None:
    marking = replace(GREEN, persons=frozenset({"ann@x.example"}))
    machine = credential(person="ann@x.example")
    assert codes(incident(marking), Subject(E, machine)) == (Code.PRINCIPAL_NOT_NAMED,)
    assert codes(incident(marking), Subject(E, person("Ann@X.example")))[0].permits


def test_preview_judges_as_released() -> None:
    draft = incident(GREEN, state="draft")
    assert audience(draft, [E], NOW)[0].code is Code.NOT_RELEASED
    assert audience(draft.as_released(), [E], NOW)[0].outcome is Reach.FULL
    closed = incident(GREEN, state="closed")
    assert closed.as_released() is closed


def test_incident_without_its_sdo_has_no_context() -> None:
    context = replace(incident(GREEN), incident=stix_id("incident", 77))
    assert audience(context, [E], NOW)[0].codes == (Code.NO_CONTEXT,)
    (outcome, *_) = outcomes(context, [E], NOW)
    assert outcome.shares[0].code is Code.PERMIT_COMMUNITY


def test_digest_is_of_the_canonical_list_whatever_the_order_of_rows() -> None:
    strict = item("tool", 2, own(tlp=TLP.AMBER_STRICT), name="strict")
    marking = replace(AMBER, embargo_until=LATER, early=(frozenset({"core"}),))
    rows = audience(incident(marking, strict, report(3, strict.id)), [E, D, I, J, M], NOW)
    plain = rfc8785.dumps(["abc", to_json(marking), [row_json(row) for row in rows]])
    expected = hashlib.sha256(plain).hexdigest()
    assert audience_digest("abc", to_json(marking), rows) == expected
    assert audience_digest("abc", to_json(marking), rows[::-1]) == expected
    assert audience_digest("abd", to_json(marking), rows) != expected
    assert audience_digest("abc", to_json(marking), rows[1:]) != expected
    assert row_json(rows[0]).keys() == {"member", "outcome", "code", "codes", "redactions", "from"}


# Outcomes ------------------------------------------------------------------------------------


def test_named_persons_get_a_share_of_their_own() -> None:
    secret = item("tool", 2, own(persons=frozenset({"ann@x.example"})), name="secret")
    context = incident(GREEN, secret)
    found = {
        (len(o.visible), s.persons, s.not_persons)
        for o in outcomes(context, [E], NOW)
        for s in o.shares
    }
    ann = frozenset({"ann@x.example"})
    assert found == {(1, None, ann), (2, ann, frozenset())}


def test_persons_named_everywhere_leave_no_general_share() -> None:
    context = incident(replace(GREEN, persons=frozenset({"ann@x.example"})))
    (outcome,) = outcomes(context, [E], NOW)
    assert [s.persons for s in outcome.shares] == [frozenset({"ann@x.example"})]


def test_share_tells_what_it_rests_on_and_when_it_ends() -> None:
    circle = replace(FIN, min_tier=Tier.PARTNER, ends_at=LATER)
    marking = replace(
        AMBER,
        circles=(frozenset({"c-fin", "c-sat"}),),
        rel_to=(frozenset({"EU", "UA"}),),
        not_rel_to=frozenset({"NO"}),
        expires_at=LATER + HOUR,
    )
    member = replace(E, circles=(circle, WIPER))
    shares = [s for o in outcomes(incident(marking), [member], NOW) for s in o.shares]
    assert {(s.visible_from, s.visible_until) for s in shares} == {(None, LATER)}
    (share,) = shares
    assert share.circles == {"c-fin"}
    assert share.groups == {"EU", "NO"}
    assert share.min_tier is Tier.PARTNER
    assert share.tlp is TLP.AMBER
    assert share.code is Code.PERMIT_CIRCLE
    assert share.kind is ShareKind.SHARED


def test_an_opening_gives_a_second_share_and_leaves_the_first() -> None:
    late = item("tool", 2, own(release_at=LATER), name="late")
    shares = {
        len(o.visible): [(s.visible_from, s.visible_until) for s in o.shares]
        for o in outcomes(incident(Marking(tlp=TLP.CLEAR), late), [E], NOW)
    }
    assert shares == {1: [(None, None)], 2: [(LATER, None)]}


def test_a_closing_gives_what_is_left_from_then_on() -> None:
    brief = item("tool", 2, own(expires_at=LATER), name="brief")
    shares = {
        len(o.visible): [(s.visible_from, s.visible_until) for s in o.shares]
        for o in outcomes(incident(Marking(tlp=TLP.CLEAR), brief), [E], NOW)
    }
    assert shares == {2: [(None, LATER)], 1: [(LATER, None)]}


def test_times_of_another_zone_are_the_same_times() -> None:
    there = timezone(timedelta(hours=2))
    marking = replace(GREEN, release_at=LATER.astimezone(there))
    assert codes(incident(marking), Subject(E)) == (Code.SCHEDULED,)
    assert to_json(marking)["release_at"] == "2026-03-01T13:00:00Z"


@pytest.mark.parametrize("kind", ["report", "grouping", "note", "opinion", "observed-data"])
def test_every_kind_of_container_falls_with_its_last_reference(kind: str) -> None:
    red = item("tool", 2, own(tlp=TLP.RED), name="red")
    holder = item(kind, 3, object_refs=[red.id])
    assert codes(incident(GREEN, red, holder), Subject(D), holder.id) == (Code.EMPTY_CONTAINER,)
