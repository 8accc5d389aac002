"""Random actions of owners and administrators: every feed, list and count equals a simple model.

Hypothesis chooses the actions; each goes through the very services that pages and API call. Right
after an action, before any worker ran, nobody sees more than the model says; once the workers have
run, each sees exactly that. A seed is a test of its own and repeats by its number.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from audit.actors import SYSTEM
from incidents.marking import NEUTRAL, from_json
from incidents.models import Incident
from incidents.services import Filing, amend, submit
from incidents.stix import read
from members import services as member_services
from members.errors import Refused
from members.models import Circle, Member, Person
from members.models.choices import CircleKind, SuspensionCause
from members.services import NewCircle
from members.tiers import CEILING, Health, Tier
from members.tlp import TLP, Channel, reader_class
from sharing import feed, standing_changes
from sharing.door import Reader
from sharing.models import GrantKind, RecallItem, Release, ReportKind, Settlement
from sharing.preview import preview
from sharing.queries import counts, incidents
from sharing.services import fanout, standing
from sharing.services.filing import take_in
from sharing.services.life import close_incident, reopen_incident, retract_incident
from sharing.services.opening import open_due
from sharing.services.release import Approval, LintBlocks, release_incident
from sharing.viewers import Viewer
from tests.factories import NOW, bundle, by, incident, indicator, make_member, make_person, sdo
from tests.sharing.coalition_model import IN_FORCE, Coalition, Shared

pytestmark = pytest.mark.django_db

SEEDS = range(1, 21)
STEPS = 100  # each: 20 seeds make 2,000
OWNERS = ("ua", "ee", "de")
WHERE = {
    "ua": (Tier.CORE, "UA"),
    "ee": (Tier.CORE, "EE"),
    "de": (Tier.PARTNER, "DE"),
    "ie": (Tier.ASSOCIATE, "IE"),
    "md": (Tier.PARTNER, "MD"),
    "obs": (Tier.OBSERVER, None),
}
CIRCLES = {"c-fin": ("associate", "AMBER"), "c-war": ("partner", "AMBER+STRICT")}
LETTERS = "abcd"
TLPS = ["CLEAR", "GREEN", "GREEN", "AMBER", "AMBER", "AMBER+STRICT", "RED"]


@st.composite
def markings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an incident's marking; what a lint would block is left to the lint."""
    made: dict[str, Any] = {"tlp": draw(st.sampled_from(TLPS))}
    limit = draw(st.sampled_from(["", "", "circle", "named", "exclude", "rel", "not", "tier"]))
    if limit == "circle":
        made["circles"] = [[draw(st.sampled_from(sorted(CIRCLES)))]]
    elif limit == "exclude":
        made["exclude"] = [draw(st.sampled_from(sorted(WHERE)))]
    elif limit == "rel":
        made["rel_to"] = [draw(st.sampled_from([["UA", "EE"], ["DE", "IE", "MD"], ["EU"]]))]
    elif limit == "not":
        made["not_rel_to"] = [draw(st.sampled_from(["DE", "MD"]))]
    elif limit == "tier":
        made["min_tier"] = draw(st.sampled_from(["associate", "partner", "core"]))
    if limit == "named" or made["tlp"] == "RED":
        made["named"] = sorted(draw(st.sets(st.sampled_from(sorted(WHERE)), min_size=1)))
    when = draw(st.sampled_from(["", "", "", "embargo", "schedule", "expiry"]))
    if when:
        made["when"] = [when, draw(st.integers(1, 20))]
    return made


objects = st.lists(
    st.tuples(st.sampled_from(LETTERS), st.sampled_from(["", "", "", "AMBER+STRICT", "new"])),
    max_size=4,
    unique_by=lambda each: each[0],
)


ACTIONS: list[tuple[str, dict[str, st.SearchStrategy[Any]]]] = []


def action(weight: int = 1, **strategies: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Make an action one of those that a step chooses from, so many times."""

    def decorate(act: Any) -> Any:
        ACTIONS.extend([(act.__name__, strategies)] * weight)
        return act

    return decorate


class Machine(RuleBasedStateMachine):
    """One coalition being lived in."""

    started: Callable[[], bool]

    def __init__(self) -> None:
        super().__init__()
        self.dry = type(self).started()
        self.now = NOW
        self.steps = 0
        self.numbers = 0
        self.modified: dict[str, int] = {}
        self.members: dict[str, Member] = {}
        self.people: dict[str, tuple[Person, Person]] = {}
        for slug, (tier, country) in WHERE.items():
            self.members[slug] = make_member(slug, tier=tier, country=country)
            if slug in OWNERS:
                self.people[slug] = (
                    make_person(self.members[slug], "author", "analyst", "reviewer"),
                    make_person(self.members[slug], "reviewer", "analyst", "reviewer"),
                )
        self.circles = {slug: self._circle(slug) for slug in CIRCLES}
        self.group = member_services.create_group(name="EU", actor=SYSTEM, now=NOW)
        self.model = Coalition(
            members={
                slug: {
                    "slug": slug,
                    "status": "active",
                    "tier": tier.word,
                    "health": "good",
                    "agreement_until": NOW + timedelta(days=300),
                    "country": country,
                    "groups": [],
                    "circles": set(OWNERS),
                }
                for slug, (tier, country) in WHERE.items()
            },
            circles={
                slug: {
                    "slug": slug,
                    "min_tier": tier,
                    "max_tlp": tlp,
                    "closed": False,
                    "ends_at": None,
                }
                for slug, (tier, tlp) in CIRCLES.items()
            },
        )
        for slug, member in self.model.members.items():
            member["circles"] = set(CIRCLES) if slug in OWNERS else set()
        if not self.dry:
            for number, slug in enumerate(OWNERS):
                terms = {"tlp": ["GREEN", "AMBER", "AMBER+STRICT"][number]}
                self._share(slug, terms, [("a", ""), ("b", "AMBER+STRICT")])
            self.check([])

    def _circle(self, slug: str) -> Circle:
        tier, tlp = CIRCLES[slug]
        circle = member_services.create_circle(
            new=NewCircle(
                slug=slug,
                name=slug,
                kind=CircleKind.MULTILATERAL,
                min_tier=Tier.parse(tier),
                max_tlp=TLP.parse(tlp),
            ),
            actor=SYSTEM,
            now=NOW,
        )
        for owner in OWNERS:
            member_services.join_circle(
                circle=circle, member=self.members[owner], actor=SYSTEM, now=NOW
            )
        return circle

    @rule(data=st.data())
    def live(self, data: st.DataObject) -> None:
        """Do one thing; Hypothesis's first try, all zeros, is passed over."""
        if self.dry:
            return
        name, strategies = data.draw(st.sampled_from(ACTIONS))
        getattr(self, name)(**{key: data.draw(each) for key, each in strategies.items()})

    # Owners -------------------------------------------------------------------------------------

    def _acts(self, slug: str) -> bool:
        return self.model.members[slug]["status"] in ("active", "probation")

    def _stamp(self) -> str:
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _bodies(
        self, owner: str, name: str, chosen: Iterable[tuple[str, str]]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        """Return the objects of a version and their own markings."""
        head = incident(name, owner=owner, level=2)
        bodies, own = {head["id"]: head}, {}
        for letter, how in chosen:
            body = indicator(f"{owner}-{letter}", owner=owner)
            held = [
                shared.objects[body["id"]]
                for shared in self.model.incidents.values()
                if body["id"] in shared.objects
            ]
            body["modified"] = max((each["modified"] for each in held), default=body["modified"])
            if how == "new":
                body["modified"] = self._stamp()
            elif how:
                own[body["id"]] = {"tlp": how}
            bodies[body["id"]] = body
        kept = sorted(key for key in bodies if key.startswith("indicator--"))
        if len(kept) > 1:
            tie = sdo("relationship", f"{owner}-{'-'.join(kept[:2])}", owner=owner)
            tie |= {"relationship_type": "related-to", "source_ref": kept[0], "target_ref": kept[1]}
            stored = [
                s.objects[tie["id"]]
                for s in self.model.incidents.values()
                if tie["id"] in s.objects
            ]
            bodies[tie["id"]] = stored[0] if stored else tie
        return bodies, own

    def _timed(self, marking: dict[str, Any]) -> dict[str, Any]:
        """Return the marking with its times."""
        made = dict(marking)
        when = made.pop("when", None)
        if when:
            name = {"embargo": "embargo_until", "schedule": "release_at", "expiry": "expires_at"}
            made[name[when[0]]] = self.now + timedelta(hours=when[1])
        return made

    @staticmethod
    def _json(marking: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
            for key, value in marking.items()
        }

    def _release(
        self,
        shared: Shared,
        row: Incident | None,
        bodies: dict[str, dict[str, Any]],
        own: dict[str, dict[str, Any]],
        marking: dict[str, Any],
    ) -> None:
        """File, submit and release; a lint that blocks leaves everything as it was."""
        author, reviewer = self.people[shared.owner]
        if row is not None:
            amend(by=by(author), incident=row, now=self.now)
        data = bundle(*bodies.values())
        filed = take_in(
            actor=author.actor,
            person=author,
            member=self.members[shared.owner],
            filing=Filing(
                submission=read(data),
                source=data.decode(),
                marking=from_json(self._json(marking)),
                # What a filing leaves out stays as it stands, so each object is stated.
                object_markings={key: from_json(own.get(key, {}), base=NEUTRAL) for key in bodies},
            ),
            now=self.now,
        )
        row = filed.incident
        submit(by=by(author), incident=row, now=self.now)
        row.refresh_from_db()
        digest = preview(incident=row, now=self.now).digest
        approval = Approval(digest=digest, report_kind=ReportKind.UPDATE, reason="so")
        try:
            release_incident(by=by(reviewer), incident=row, approval=approval, now=self.now)
        except LintBlocks:
            self._undo(row, reviewer)
            return
        row.refresh_from_db()
        shared.ref, shared.state = row.ref, row.state
        shared.marking, shared.objects, shared.own = marking, bodies, own
        self.model.incidents[shared.name] = shared

    def _undo(self, row: Incident, reviewer: Person) -> None:
        from sharing.services.life import discard_working

        row.refresh_from_db()
        if row.version:
            discard_working(by=by(reviewer), incident=row, now=self.now)

    @action(4, owner=st.sampled_from(OWNERS), marking=markings(), chosen=objects)
    def share(self, owner: str, marking: dict[str, Any], chosen: list[tuple[str, str]]) -> None:
        """Release a new incident."""
        if not self._acts(owner) or len(self.model.incidents) > 9:
            return self._wait(3)
        self._share(owner, self._timed(marking), chosen)
        return self.check([owner])

    def _share(self, owner: str, marking: dict[str, Any], chosen: list[tuple[str, str]]) -> None:
        self.numbers += 1
        name = f"incident {self.numbers}"
        bodies, own = self._bodies(owner, name, chosen)
        first = next(iter(bodies))
        made = Shared(name, owner, "", first, "draft", {}, {})
        self._release(made, None, bodies, own, marking)

    def _one(self, number: int, *states: str) -> Shared | None:
        found = [
            shared
            for shared in self.model.incidents.values()
            if shared.state in states and self._acts(shared.owner)
        ]
        return found[number % len(found)] if found else None

    @action(6, number=st.integers(0, 9), marking=st.none() | markings(), chosen=st.none() | objects)
    def update(
        self,
        number: int,
        marking: dict[str, Any] | None,
        chosen: list[tuple[str, str]] | None,
    ) -> None:
        """Release a next version: other terms, other objects, or both."""
        shared = self._one(number, "released", "updated")
        if shared is None:
            return self._wait(1)
        row = Incident.objects.get(ref=shared.ref)
        bodies, own = dict(shared.objects), dict(shared.own)
        if chosen is not None:
            bodies, own = self._bodies(shared.owner, shared.name, chosen)
        terms = shared.marking if marking is None else self._timed(marking)
        self._release(shared, row, bodies, own, terms)
        return self.check([shared.owner])

    @action(number=st.integers(0, 9), reopen=st.booleans())
    def close(self, number: int, reopen: bool) -> None:
        """Close an incident, or open a closed one again."""
        states = ("closed",) if reopen else ("released", "updated")
        shared = self._one(number, *states)
        if shared is None:
            return self._wait(2)
        row = Incident.objects.get(ref=shared.ref)
        act = reopen_incident if reopen else close_incident
        shared.state = act(by=by(self.people[shared.owner][1]), incident=row, now=self.now).state
        return self.check([shared.owner])

    @action(number=st.integers(0, 9))
    def retract(self, number: int) -> None:
        """Take an incident back."""
        shared = self._one(number, *IN_FORCE)
        if shared is None or number % 2:
            return self._wait(1)
        row = Incident.objects.get(ref=shared.ref)
        reviewer = self.people[shared.owner][1]
        retract_incident(by=by(reviewer), incident=row, reason="wrong", now=self.now)
        shared.state = "retracted"
        return self.check([shared.owner])

    # Administrators -----------------------------------------------------------------------------

    def _member(self, slug: str) -> Member:
        self.members[slug].refresh_from_db()
        return self.members[slug]

    @action(slug=st.sampled_from(sorted(WHERE)), tier=st.sampled_from(list(Tier)))
    def set_tier(self, slug: str, tier: Tier) -> None:
        """Give a member another tier."""
        member = self.model.members[slug]
        if member["tier"] == tier.word:
            return self._wait(1)
        standing_changes.change_tier(
            member=self._member(slug), tier=tier, actor=SYSTEM, now=self.now
        )
        member["tier"] = tier.word
        return self.check([slug])

    @action(slug=st.sampled_from(sorted(WHERE)))
    def lapse(self, slug: str) -> None:
        """Let a member lapse, or be good again."""
        member = self.model.members[slug]
        health = Health.GOOD if member["health"] == "lapsed" else Health.LAPSED
        standing_changes.set_standing(
            member=self._member(slug), health=health, actor=SYSTEM, now=self.now
        )
        member["health"] = health.value
        self.check([slug])

    @action(slug=st.sampled_from(sorted(WHERE)))
    def suspend(self, slug: str) -> None:
        """Suspend a member, or reinstate it."""
        member = self.model.members[slug]
        if member["status"] == "active":
            standing_changes.suspend_member(
                member=self._member(slug),
                cause=SuspensionCause.STANDING,
                reason="late",
                actor=SYSTEM,
                now=self.now,
            )
            member["status"] = "suspended"
        else:
            standing_changes.reinstate_member(member=self._member(slug), actor=SYSTEM, now=self.now)
            member["status"] = "active"
        self.check([slug])

    @action(slug=st.sampled_from(sorted(WHERE)))
    def agree(self, slug: str) -> None:
        """End a member's agreement, or sign another."""
        member = self.model.members[slug]
        if member["agreement_until"] and member["agreement_until"] > self.now:
            standing_changes.end_agreement(member=self._member(slug), actor=SYSTEM, now=self.now)
            member["agreement_until"] = None
        else:
            until = self.now + timedelta(hours=30)
            standing_changes.sign_agreement(
                member=self._member(slug),
                version=f"v{self.steps}",
                signed_on=self.now.date(),
                valid_until=until,
                actor=SYSTEM,
                now=self.now,
            )
            member["agreement_until"] = until
        self.check([slug])

    @action(slug=st.sampled_from(sorted(WHERE)), circle=st.sampled_from(sorted(CIRCLES)))
    def circle(self, slug: str, circle: str) -> None:
        """Let a member join a circle, or leave it."""
        circles = self.model.members[slug]["circles"]
        act = standing_changes.leave_circle if circle in circles else standing_changes.join_circle
        tier = self.model.standing(slug)
        if circle not in circles and tier["status"] != "active":
            return self._wait(1)
        try:
            act(
                circle=self.circles[circle],
                member=self._member(slug),
                actor=SYSTEM,
                now=self.now,
            )
        except Refused:
            return self._wait(1)
        circles ^= {circle}
        return self.check([slug])

    @action(country=st.sampled_from(["EE", "DE", "IE"]))
    def eu(self, country: str) -> None:
        """Put a country on the group's list, or end its entry."""
        entry = self.group.entries.filter(country=country, ends_at=None).first()
        if entry is None:
            standing_changes.enter_group(
                group=self.group, country=country, starts_at=self.now, actor=SYSTEM, now=self.now
            )
        else:
            standing_changes.leave_group(entry=entry, actor=SYSTEM, now=self.now)
        concerned = [slug for slug, m in self.model.members.items() if m["country"] == country]
        for slug in concerned:
            groups = self.model.members[slug]["groups"]
            if entry is None:
                groups.append(("EU", self.now, None))
            else:
                self.model.members[slug]["groups"] = [
                    (name, start, self.now if end is None else end) for name, start, end in groups
                ]
        self.check(concerned)

    @action(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self._wait(hours)

    def _wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.check([])

    # What must hold -----------------------------------------------------------------------------

    def check(self, concerned: list[str]) -> None:
        """Hold the concerned and two others against the model, before and after the workers."""
        self.steps += 1
        slugs = sorted(WHERE)
        others = [slugs[self.steps % len(slugs)], slugs[(self.steps * 3 + 1) % len(slugs)]]
        chosen = slugs if self.steps % 25 == 0 else sorted({*concerned, *others})
        for slug in chosen:
            self._compare(slug, exactly=False)
        self._work()
        for slug in chosen:
            self._compare(slug, exactly=True)
        self.now += timedelta(seconds=1)

    def teardown(self) -> None:
        if self.dry:
            return
        for slug in sorted(WHERE):
            self._compare(slug, exactly=True)
        made = Release.objects.count()
        print(f"{self.steps} steps, {made} releases")  # noqa: T201 - how much this seed did

    def _work(self) -> None:
        """Do what workers and the sweep do."""
        open_due(now=self.now)
        for pk in fanout.waiting(self.now):
            fanout.settle(pk, now=self.now)
        for pk in standing.waiting():
            standing.settle_member(pk, now=self.now)
        assert not Settlement.objects.filter(done_at=None).exists()
        assert not Release.objects.filter(fanned_out_at=None).exists()

    def _reader(self, slug: str) -> Reader:
        member = self._member(slug)
        tier = member.effective_tier
        limits = reader_class(channel=Channel.INTERNAL, max_tlp=TLP.RED)
        return Reader(
            member_id=member.pk,
            tier=int(tier),
            ceiling=int(CEILING[tier]),
            readers=1 << limits.bit,
            person=None,
            shared=member.status in ("active", "probation"),
            own_any_state=True,
        )

    def _compare(self, slug: str, *, exactly: bool) -> None:
        reader = self._reader(slug)
        page = feed.page(reader=reader, kind=GrantKind.SHARED, now=self.now, limit=1000)
        found: dict[str, tuple[str, str]] = {}
        words = {ref: word for word, ref in _tlp_ids().items()}
        for entry in page.entries:
            body = json.loads(entry.body)
            if body["type"] in ("marking-definition", "note") or body.get("revoked"):
                self._told(slug, body)
                continue
            marked = [words[ref] for ref in body["object_marking_refs"] if ref in words]
            found[entry.object_id] = (body["modified"], marked[0])
        wanted = self.model.feed(slug, self.now)
        viewer = Viewer(reader, IN_FORCE, drafts=False)
        rows = incidents(viewer=viewer, now=self.now, limit=100).rows
        listed = {row.ref for row in rows if not row.is_own}
        total = counts(viewer=viewer, now=self.now, since=NOW)
        refs = self.model.listed(slug, self.now)
        if exactly:
            assert found == wanted, slug
            assert listed == refs, slug
        else:
            assert found.keys() <= wanted.keys(), slug
            assert listed <= refs, slug
        assert total.shared == len(listed), slug
        assert total.total == len(rows), slug

    def _told(self, slug: str, body: dict[str, Any]) -> None:
        """A notice is about nothing but what the member had."""
        named = {body["id"]} if body.get("revoked") else set(body.get("object_refs", ()))
        had = RecallItem.objects.filter(notice__member__slug=slug, object_id__in=named)
        assert named <= set(had.values_list("object_id", flat=True)), slug


def _tlp_ids() -> dict[str, str]:
    from incidents.stix.markings import TLP2_IDS

    return dict(TLP2_IDS)


@pytest.mark.parametrize("number", SEEDS)
def test_every_view_equals_the_model(number: int) -> None:
    from django.db import transaction

    print(f"seed {number}")  # noqa: T201 - repeats a failure
    begun: list[str] = []
    tries = itertools.count()

    def begin() -> bool:
        """Each try of Hypothesis begins with an empty coalition; say whether it is the first."""
        if begun:
            transaction.savepoint_rollback(begun.pop())
        begun.append(transaction.savepoint())
        return next(tries) == 0

    class Seeded(Machine):
        started = staticmethod(begin)

    run_state_machine_as_test(
        seed(number)(Seeded),
        settings=settings(
            max_examples=2,
            stateful_step_count=STEPS,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
        _min_steps=STEPS,
    )
