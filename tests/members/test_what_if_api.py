"""REST: what a change would do, for who may make it, over what it may know."""

from __future__ import annotations

import pytest

from members.models import Circle, CircleMembership, Member
from members.roles import Role
from members.tiers import Tier
from members.tlp import TLP
from tests.factories import NOW, make_member, make_person
from tests.members.calling import Api
from tests.members.test_considering import share

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fast_passwords")]
NONE = {"total": 0, "by_tlp": {}, "owners": None}


@pytest.fixture
def owner() -> Member:
    make_member("fi", country="FI")
    return make_member("ua", country="UA")


@pytest.fixture
def partner() -> Member:
    return make_member("de", tier=Tier.PARTNER, country="DE")


def test_member_s_change_is_counted(owner: Member, partner: Member) -> None:
    for number in range(3):
        share(owner, f"a-{number}", tlp="AMBER")
    share(owner, "strict", tlp="AMBER+STRICT")
    api = Api(person=make_person(None, "office", Role.SECRETARIAT))
    said = api.get("members/de/what-if/?tier=associate").json()
    lost = {"total": 1, "by_tlp": {"other": 1}, "owners": None}
    assert said["members"] == [
        {"member": "de", "gained": NONE, "lost": lost, "widened": NONE, "narrowed": NONE}
    ]
    [gone] = api.get("members/de/what-if/?status=suspended").json()["members"]
    assert gone["lost"] == {"total": 4, "by_tlp": {"AMBER": 3, "other": 1}, "owners": None}
    [cut] = api.get("members/de/what-if/?agreement=ended").json()["members"]
    assert cut["lost"]["total"] == 4
    for query in ("", "tier=king", "tier=core&standing=good", "tier=core&x=1", "status=best"):
        assert api.get(f"members/de/what-if/?{query}").status_code == 422
    assert api.get("members/nobody/what-if/?tier=core").status_code == 404
    partner.refresh_from_db()
    assert partner.tier == Tier.PARTNER


def test_only_who_may_make_a_change_is_told(owner: Member, partner: Member) -> None:
    share(owner, "one", tlp="AMBER")
    for person in (
        make_person(partner, "admin", Role.MEMBER_ADMIN),
        make_person(owner, "reviewer", Role.REVIEWER),
        make_person(None, "auditor", Role.AUDITOR),
    ):
        answer = Api(person=person).get("members/de/what-if/?tier=core")
        assert answer.status_code in {403, 404}
        assert "total" not in answer.content.decode()


def test_circle_s_change_is_counted_over_what_is_the_caller_s(
    owner: Member, partner: Member
) -> None:
    other = make_member("ee", country="EE")
    circle = Circle.objects.create(
        slug="fin",
        name="fin",
        kind="multilateral",
        min_tier=Tier.OBSERVER.value,
        max_tlp=TLP.RED.value,
        maker=owner,
        created_at=NOW,
    )
    for member in (owner, other, Member.objects.get(slug="fi")):
        CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    share(owner, "mine", tlp="AMBER", circles=[["fin"]])
    share(other, "theirs", tlp="AMBER", circles=[["fin"]])
    url = "circles/fin/what-if/?change=join&member=de"

    def gained(api: Api) -> int:
        [each] = api.get(url).json()["members"]
        total: int = each["gained"]["total"]
        return total

    assert gained(Api(person=make_person(None, "admin", Role.PLATFORM_ADMIN))) == 2
    assert gained(Api(person=make_person(owner, "runs", Role.REVIEWER))) == 1
    belongs = Api(person=make_person(other, "belongs", Role.REVIEWER))
    assert belongs.get(url).status_code == 403
    assert belongs.get("circles/fin/what-if/?change=leave&member=fi").status_code == 403
    [own] = belongs.get("circles/fin/what-if/?change=leave").json()["members"]
    assert (own["member"], own["lost"]["total"]) == ("ee", 1)
    outside = Api(person=make_person(partner, "outside", Role.REVIEWER))
    assert outside.get(url).status_code == 404
    assert belongs.get("circles/fin/what-if/?change=melt").status_code == 422
