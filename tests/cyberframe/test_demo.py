"""`manage.py demo` from end to end: who gets what, and that a second run changes nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Min
from django.test import Client, override_settings

from audit.models import Entry
from cyberframe.demo.organisations import APPLICANT, CIRCLES, MEMBERS
from cyberframe.demo.people import PASSWORD, STAFF
from incidents.models import Incident, StixObject
from members.models import Circle, Credential, Member, Person, Proposal
from members.queries import standings
from members.tiers import Health, Status, Tier
from members.tlp import TLP
from sharing.lint import lint
from sharing.models import (
    Grant,
    GrantKind,
    ReferenceObject,
    Release,
    RenderingObject,
    Settlement,
)
from sharing.preview import preview
from tests.factories import make_member

T0 = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

# The whole audience of each release, written by hand from the rules of distribution.
UKRAINE = {"cert-ua", "csirt-fin-ua", "csirt-nrg-ua"}
CORE = {"cert-ua", "cert-ee", "csirt-pl", "ncsc-gb"}
PARTNERS = {"csirt-fin-ua", "csirt-nrg-ua", "ncsc-lt", "cert-nl", "cert-de", "cert-no"}
AT_ASSOCIATE = {"cert-ie", "cert-jp", "cert-md", "sat-isac"}  # on probation, lapsed
OBSERVERS = {"eu-cert", "nato-cyber"}
ALL = CORE | PARTNERS | AT_ASSOCIATE | OBSERVERS  # all but the suspended
NATO_COUNTRIES = {
    *("cert-ee", "csirt-pl", "ncsc-gb", "ncsc-lt", "cert-nl", "cert-de", "cert-no", "sat-isac"),
}
FULL = {
    "I01": ALL - {"cert-ua"},
    "I02": {"cert-ee", "csirt-pl", "ncsc-gb", "ncsc-lt", "cert-jp", "cert-md"},
    "I03": {"cert-de", "ncsc-gb", "cert-nl", "sat-isac", "cert-no"},
    "I04": {"cert-ua"},
    "I05": ALL - {"cert-ua"},
    "I06": (UKRAINE | NATO_COUNTRIES | {"cert-ie", "cert-jp"}) - {"csirt-pl"},
    "I07": {"csirt-pl", "ncsc-gb"},
    "I08": {"ncsc-gb"},
    "I09": set(),
    "I10": set(),
    "I11": (UKRAINE | NATO_COUNTRIES) - {"ncsc-gb", "cert-no"},
    "I12": ALL - {"ncsc-lt"},
    "I13": ALL - {"cert-nl"},
}
REDACTED = {
    # The victim is named to cert-ua alone; sat-isac is lapsed, so below the circle's tier.
    "I04": {"cert-ee", "csirt-pl", "ncsc-lt", "cert-de"},
    # Anonymous: nobody learns who shared it.
    "I10": {"cert-ua", "ncsc-gb", "cert-nl", "ncsc-lt", "cert-ie"},
}
LATER = {"I08": (CORE | PARTNERS) - {"cert-ua", "ncsc-gb"}}  # when the embargo ends
REFUSED = {
    ("I01", "nwt-csirt"): "MEMBER_SUSPENDED",
    ("I02", "cert-de"): "CIRCLE_NOT_MEMBER",
    ("I04", "sat-isac"): "CIRCLE_MIN_TIER",
    ("I06", "cert-md"): "COUNTRY_NOT_RELEASABLE",
    ("I06", "eu-cert"): "TIER_CEILING",
    ("I07", "cert-nl"): "TIER_CEILING",
    ("I07", "cert-ee"): "NOT_NAMED",
    ("I08", "cert-jp"): "TIER_CEILING",
    ("I08", "cert-ee"): "EMBARGOED",
    ("I11", "cert-no"): "COUNTRY_EXCLUDED",
    ("I11", "cert-ie"): "COUNTRY_NOT_RELEASABLE",
    ("I11", "nato-cyber"): "TIER_CEILING",
    ("I12", "nwt-csirt"): "MEMBER_SUSPENDED",
}


@dataclass(frozen=True)
class World:
    """The demo as the command built it."""

    path: Path
    output: str
    told: dict[str, Any]

    def incident(self, key: str) -> Incident:
        (found,) = (each for each in self.told["incidents"] if each["key"] == key)
        return Incident.objects.select_related("owner", "head").get(
            owner__slug=found["owner"], stix_id=found["stix_id"]
        )

    def release(self, key: str) -> Release:
        """Return the release in force, of what was retracted the last."""
        found = Release.objects.filter(incident=self.incident(key)).order_by("-version").first()
        assert found is not None
        return found

    def member(self, slug: str) -> dict[str, Any]:
        (found,) = (each for each in self.told["members"] if each["slug"] == slug)
        return dict(found)


def run(folder: Path) -> str:
    said = StringIO()
    with time_machine.travel(T0, tick=False), override_settings(VAR_DIR=folder):
        call_command("demo", stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Build it once for the module; roll all of it back at the end."""
    folder = tmp_path_factory.mktemp("var") / "not yet there"
    with django_db_blocker.unblock(), transaction.atomic():
        output = run(folder)
        path = folder / "demo.json"
        yield World(path, output, json.loads(path.read_text()))
        transaction.set_rollback(True)


# Incidents ----------------------------------------------------------------------------------------


# Number of versions and state of those that stand in any other way than released once.
STATES = {
    "I01": (2, "closed"),
    "I02": (3, "updated"),
    "I03": (3, "closed"),
    "I04": (2, "updated"),
    "I09": (0, "review"),
    "I12": (2, "closed"),
    "I13": (1, "retracted"),
}


def test_thirteen_incidents_stand_as_the_table_says(world: World) -> None:
    for key in FULL:
        incident = world.incident(key)
        assert (incident.version, incident.state) == STATES.get(key, (1, "released")), key
    assert "meant to be" not in world.output
    assert "commitments" in world.output


@pytest.mark.parametrize("key", FULL)
def test_audience_is_the_one_written_by_hand(world: World, key: str) -> None:
    if key == "I09":
        assert not Release.objects.filter(incident=world.incident(key)).exists()
        return
    rows = world.release(key).audience
    got = {
        kind: {r["member"] for r in rows if r["outcome"] == kind} for kind in ("full", "redacted")
    }
    assert got == {"full": FULL[key], "redacted": REDACTED.get(key, set())}
    assert {row["member"] for row in rows if row.get("from")} == LATER.get(key, set())
    owner = world.incident(key).owner.slug
    assert {row["member"] for row in rows} == {member.slug for member in MEMBERS} - {owner}


@pytest.mark.parametrize(("key", "slug"), REFUSED)
def test_refusal_has_the_reason_written_by_hand(world: World, key: str, slug: str) -> None:
    (row,) = (row for row in world.release(key).audience if row["member"] == slug)
    assert (row["outcome"], row["code"]) == ("none", REFUSED[key, slug])


@pytest.mark.parametrize("key", sorted(set(FULL) - {"I09"}))
def test_grants_are_what_the_audience_promised(world: World, key: str) -> None:
    grants = Grant.objects.filter(
        release=world.release(key), kind=GrantKind.SHARED, withdrawn_at=None
    ).select_related("member")
    if key == "I13":
        revoked = {grant.member.slug for grant in grants if grant.notice}
        assert revoked == {grant.member.slug for grant in grants} == FULL[key]
        return
    opened = {grant.member.slug for grant in grants if grant.position is not None}
    waiting = {grant.member.slug for grant in grants if grant.position is None}
    assert opened == FULL[key] | REDACTED.get(key, set())
    assert waiting == LATER.get(key, set())
    if key == "I08":
        assert {g.visible_from for g in grants if g.position is None} == {T0 + timedelta(hours=24)}


def test_what_is_in_review_would_reach_the_tiers_from_associate_on(world: World) -> None:
    seen = preview(incident=world.incident("I09"), now=T0)
    reached = {row.member for row in seen.rows if row.outcome == "full"}
    assert reached == (CORE | PARTNERS | AT_ASSOCIATE) - {"csirt-nrg-ua"}


def test_the_clocks_are_alive(world: World) -> None:
    """The story of I06 and I09: one due in 12 h, one overdue since 4 h."""
    logistics, heating = world.incident("I06").head, world.incident("I09").head
    assert logistics is not None and logistics.aware_at is not None  # noqa: PT018
    assert heating is not None and heating.aware_at is not None  # noqa: PT018
    assert logistics.aware_at + timedelta(hours=72) == T0 + timedelta(hours=12)
    assert heating.aware_at + timedelta(hours=1) == T0 - timedelta(hours=4)


def shown_to_others(release: Release) -> str:
    bodies = RenderingObject.objects.filter(rendering__release=release)
    return "\n".join(bodies.exclude(rendering__grants__kind=GrantKind.OWN_IN_FORCE).values_list(
        "body", flat=True))  # fmt: skip


def test_the_anonymous_release_names_its_owner_nowhere(world: World) -> None:
    text = shown_to_others(world.release("I10"))
    owner = world.incident("I10").owner
    assert "Invoice lure" in text
    for trace in (owner.stix_identity_id, owner.name, owner.slug, "FIN-0412", "created_by_ref"):
        assert trace not in text
    own = StixObject.objects.filter(
        owner=owner, type="incident", stix_id=world.incident("I10").stix_id
    )
    assert owner.stix_identity_id in own.get().text


def test_the_victim_of_the_substation_is_shown_to_cert_ua_alone(world: World) -> None:
    release = world.release("I04")
    seen = {
        grant.member.slug
        for grant in Grant.objects.filter(
            release=release, rendering__shown__type="identity", kind=GrantKind.SHARED
        ).select_related("member")
    }
    assert seen == {"cert-ua"}
    relations = RenderingObject.objects.filter(
        rendering__release=release, rendering__redacted=False, body__contains="Dnipro-West"
    )
    assert relations.exists()


def test_naming_a_member_below_the_tier_is_warned_of(world: World) -> None:
    incident = world.incident("I07")
    now = world.release("I07").at
    codes = [
        f.code
        for f in lint(incident=incident, preview=preview(incident=incident, now=now), now=now)
    ]
    assert codes == ["NAMED_BUT_DENIED", "WARNING_LIST"]  # demo addresses are documentation's


def test_author_and_reviewer_are_two_people(world: World) -> None:
    for release in Release.objects.select_related("by", "revision__created_by", "incident__owner"):
        owner = release.incident.owner.slug
        assert release.by.email == f"reviewer@{owner}.example"
        assert release.revision.created_by is not None
        assert release.revision.created_by.email == f"analyst@{owner}.example"


def test_feed_positions_grow_with_the_times_of_release(world: World) -> None:
    order = []
    for release in Release.objects.order_by("at"):
        first = Grant.objects.filter(release=release).aggregate(at=Min("position"))["at"]
        assert first is not None
        order.append(first)
    assert order == sorted(set(order))
    assert order[-1] <= T0


def test_every_step_is_in_the_audit_log(world: World) -> None:
    def entries(action: str) -> int:
        return Entry.objects.filter(action=action).count()

    assert entries("incidents:incident:file") == 13
    assert entries("incidents:incident:amend") == 7
    assert entries("incidents:incident:submit") == 13 + 7
    assert entries("sharing:release:create") == 12 + 7
    assert entries("sharing:incident:close") == 3
    assert entries("sharing:incident:retract") == entries("sharing:recall:create") == 1
    assert entries("members:member:create") == 18


def collected(world: World, slug: str, channel: str = "internal") -> set[str]:
    """Return the keys of the incidents that a credential finds in its member's feed."""
    (secret,) = (c["secret"] for c in world.member(slug)["credentials"] if c["channel"] == channel)
    with time_machine.travel(T0 + timedelta(minutes=1), tick=False):
        response = Client().get(
            "/taxii2/coalition/collections/all-permitted/objects/",
            {"match[type]": "incident", "limit": "100"},
            headers={"Authorization": f"Bearer {secret}", "Accept": "application/taxii+json"},
        )
    assert response.status_code == 200
    keys = {each["stix_id"]: each["key"] for each in world.told["incidents"]}
    return {keys[each["id"]] for each in response.json().get("objects", [])}


@pytest.mark.parametrize("slug", [member.slug for member in MEMBERS])
def test_a_members_machine_collects_what_the_audiences_say(world: World, slug: str) -> None:
    """All but TLP:RED, which no credential without the grant may read."""
    expected = {key for key in FULL if slug in FULL[key] | REDACTED.get(key, set())} - {"I07"}
    assert collected(world, slug) == expected


def test_other_channels_collect_less(world: World) -> None:
    """Blocking lists nothing of PAP:AMBER or RED; clients get nothing STRICT and no ORCON."""
    assert collected(world, "cert-ee") - collected(world, "cert-ee", "blocklist") == {"I11"}
    assert collected(world, "cert-nl") - collected(world, "cert-nl", "downstream") == {"I03"}


# The coalition ------------------------------------------------------------------------------------


def test_standings_are_the_tables(world: World) -> None:
    found = {standing.member: standing for standing in standings(T0)}
    assert set(found) == {member.slug for member in (*MEMBERS, APPLICANT)}
    for demo in (*MEMBERS, APPLICANT):
        standing = found[demo.slug]
        assert (standing.tier, standing.status, standing.health) == (
            demo.tier,
            demo.status,
            demo.health,
        )
        until = None if demo is APPLICANT else T0 + timedelta(days=300)
        assert standing.agreement_until == until
    assert found["cert-md"].effective_tier is Tier.ASSOCIATE
    assert found["sat-isac"].effective_tier is Tier.ASSOCIATE
    assert (found["cert-de"].health, found["cert-md"].status) == (Health.AT_RISK, Status.PROBATION)


def test_countries_count_as_the_groups_of_the_table(world: World) -> None:
    groups = {s.member: s.places(T0) & {"NATO", "EU"} for s in standings(T0)}
    assert {m for m, g in groups.items() if g == {"NATO", "EU"}} == {
        *(
            "cert-ee",
            "csirt-pl",
            "ncsc-lt",
            "cert-nl",
            "cert-de",
            "sat-isac",
            "nwt-csirt",
            "app-cz",
        ),
    }
    assert {m for m, g in groups.items() if g == {"NATO"}} == {"ncsc-gb", "cert-no", "nato-cyber"}
    assert {m for m, g in groups.items() if g == {"EU"}} == {"cert-ie", "eu-cert"}


def test_circles_are_the_tables(world: World) -> None:
    for demo in CIRCLES:
        circle = Circle.objects.get(slug=demo.slug)
        belonging = circle.memberships.filter(left_at=None).values_list("member__slug", flat=True)
        assert set(belonging) == set(demo.members)
        assert (circle.min_tier, circle.max_tlp) == (demo.min_tier, demo.max_tlp)
    assert Circle.objects.get(slug="c-baltic").ends_at == T0 - timedelta(hours=1)
    assert Circle.objects.get(slug="c-wiper").ends_at == T0 + timedelta(days=60)


def test_red_is_granted_to_analysts_and_reviewers_of_three_members(world: World) -> None:
    red = set(Person.objects.filter(max_tlp=TLP.RED.value).values_list("email", flat=True))
    assert red == {
        f"{role}@{slug}.example"
        for role in ("analyst", "reviewer")
        for slug in ("cert-ua", "csirt-pl", "ncsc-gb")
    }


def test_members_are_served_as_reference_identities_but_not_the_applicant(world: World) -> None:
    served = ReferenceObject.objects.filter(type="identity").values_list("object_id", flat=True)
    expected = Member.objects.exclude(slug=APPLICANT.slug).values_list(
        "stix_identity_id", flat=True
    )
    assert set(expected) <= set(served)
    assert Member.objects.get(slug=APPLICANT.slug).stix_identity_id not in served


def test_nothing_is_left_waiting(world: World) -> None:
    assert not Settlement.objects.filter(done_at=None).exists()
    assert not Release.objects.filter(fanned_out_at=None).exists()
    assert not Proposal.objects.exists()


# The handout --------------------------------------------------------------------------------------


def test_the_handout_has_the_documented_shape(world: World) -> None:
    told = world.told
    assert list(told) == ["base_url", "members", "staff", "incidents"]
    assert {tuple(m) for m in told["members"]} == {
        ("slug", "tier", "country", "status", "people", "credentials")
    }
    people = [p for m in told["members"] for p in m["people"]]
    assert {tuple(p) for p in people} == {("email", "password", "roles", "totp_secret")}
    assert {tuple(p) for p in told["staff"]} == {("email", "password", "roles")}
    assert {tuple(c) for m in told["members"] for c in m["credentials"]} == {
        ("id", "secret", "channel", "max_tlp", "scopes")
    }
    assert {tuple(i) for i in told["incidents"]} == {("key", "ref", "stix_id", "owner", "state")}
    assert len(people) == 17 * 3
    assert len(told["staff"]) == len(STAFF) == 5
    assert world.member("cert-ua")["tier"] == "core"
    assert world.member("app-cz")["people"] == world.member("app-cz")["credentials"] == []


def test_only_its_owner_may_read_the_handout(world: World) -> None:
    assert stat.S_IMODE(world.path.stat().st_mode) == 0o600
    assert [each.name for each in world.path.parent.iterdir()] == ["demo.json"]


def test_credentials_are_one_internal_each_and_two_more(world: World) -> None:
    more = {
        (m["slug"], c["channel"])
        for m in world.told["members"]
        for c in m["credentials"]
        if c["channel"] != "internal"
    }
    assert more == {("cert-ee", "blocklist"), ("cert-nl", "downstream")}
    assert Credential.objects.count() == 17 + 2


def test_the_credentials_of_the_handout_let_their_member_in(world: World) -> None:
    from members.credentials import authenticate

    for member in world.told["members"]:
        for credential in member["credentials"]:
            found = authenticate({"Authorization": f"Bearer {credential['secret']}"}, T0)
            assert found is not None
            assert (found.member, found.public_id) == (member["slug"], credential["id"])


def test_the_password_is_everybodys_and_passes_the_rules(world: World) -> None:
    validate_password(PASSWORD)
    assert Person.objects.get(email="analyst@cert-ua.example").check_password(PASSWORD)
    hashes = Person.objects.values_list("password", flat=True)
    assert len(hashes) == 17 * 3 + 5
    assert len(set(hashes)) == 1


# Again, and where it must not ---------------------------------------------------------------------


def counts() -> dict[str, int]:
    ours = ("audit", "members", "incidents", "sharing")
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in ours
    }


def test_a_second_run_changes_nothing(world: World) -> None:
    before, told = counts(), world.path.read_bytes()
    assert "there already" in run(world.path.parent)
    assert counts() == before
    assert world.path.read_bytes() == told


def test_the_handout_is_written_again_if_it_was_lost(world: World, tmp_path: Path) -> None:
    run(tmp_path)
    assert json.loads((tmp_path / "demo.json").read_text()) == world.told


def test_a_secret_that_is_no_longer_good_is_not_handed_out(world: World, tmp_path: Path) -> None:
    with override_settings(SECRET_KEY="another key of this installation, long enough for anything"):
        run(tmp_path)
    told = json.loads((tmp_path / "demo.json").read_text())
    assert {c["secret"] for m in told["members"] for c in m["credentials"]} == {None}


@pytest.mark.django_db
def test_it_is_refused_in_production(tmp_path: Path) -> None:
    with override_settings(PRODUCTION=True), pytest.raises(CommandError) as refused:
        run(tmp_path)
    assert refused.value.returncode == 1
    assert str(refused.value) == "The demo world is refused where CYBERFRAME_ENV=production."
    assert not Member.objects.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_database_with_other_members_of_these_names_is_left_alone(tmp_path: Path) -> None:
    make_member("cert-ua")
    before = counts()
    with pytest.raises(CommandError, match="cert-ua"):
        run(tmp_path)
    assert counts() == before
    assert list(tmp_path.iterdir()) == []
