"""Two people: an approval holds for exactly what was seen, and members ask for more, never less."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from incidents.lifecycle import two_people_needed
from incidents.marking import Marking, from_json
from incidents.models import Incident
from incidents.services import mark, return_to_draft, submit
from members.models import Agreement, Member, Person
from members.models.choices import SuspensionCause
from members.tiers import Tier
from members.tlp import TLP
from sharing import standing_changes
from sharing.models import Release, ReportKind
from sharing.preview import preview
from sharing.services.release import Approval, AudienceChanged, release_incident
from tests.factories import NOW, bundle, by, file, incident, indicator, make_member, make_person
from tests.sharing.web import enter, form_data

pytestmark = pytest.mark.django_db
AMBER: dict[str, object] = {"tlp": "AMBER"}


@pytest.fixture
def people() -> dict[str, Person]:
    ua = make_member("ua", country="UA")
    make_member("de", tier=Tier.PARTNER, country="DE")
    make_member("ee")
    return {
        "author": make_person(ua, "author", "analyst"),
        "reviewer": make_person(ua, "reviewer", "reviewer"),
        "second": make_person(ua, "second", "reviewer"),
        "admin": make_person(ua, "admin", "member_admin"),
        "staff": make_person(None, "platform", "platform_admin"),
    }


@pytest.fixture
def waiting(people: dict[str, Person]) -> Incident:
    return filed(people, "192.0.2.7")


def filed(people: dict[str, Person], address: str) -> Incident:
    data = bundle(incident("one", owner="ua", level=4), indicator("i", owner="ua", address=address))
    made = file(people["author"], data, marking=AMBER).incident
    return submit(by=by(people["author"]), incident=made, now=NOW)


def _another_head(people: dict[str, Person], waiting: Incident) -> None:
    return_to_draft(by=by(people["reviewer"]), incident=waiting, note="", now=NOW)
    old = indicator("i", owner="ua", address="198.51.100.9")
    data = bundle(
        incident("one", owner="ua", level=4), old | {"modified": "2026-11-22T12:00:01.000Z"}
    )
    made = file(people["author"], data, marking=AMBER).incident
    submit(by=by(people["author"]), incident=made, now=NOW)


def _narrower(people: dict[str, Person], waiting: Incident) -> None:
    marking = from_json(AMBER | {"not_rel_to": ["FR"]})
    mark(by=by(people["second"]), incident=waiting, marking=marking, now=NOW)


def _demoted(people: dict[str, Person], waiting: Incident) -> None:
    standing_changes.change_tier(
        member=Member.objects.get(slug="de"),
        tier=Tier.OBSERVER,
        actor=people["staff"].actor,
        now=NOW,
    )


def _suspended(people: dict[str, Person], waiting: Incident) -> None:
    standing_changes.suspend_member(
        member=Member.objects.get(slug="de"),
        cause=SuspensionCause.STANDING,
        reason="late",
        actor=people["staff"].actor,
        now=NOW,
    )


def _lapsed(people: dict[str, Person], waiting: Incident) -> None:
    Agreement.objects.filter(member__slug="de").update(valid_until=NOW)


def _joined(people: dict[str, Person], waiting: Incident) -> None:
    make_member("ie", country="IE")


CHANGES = [_another_head, _narrower, _demoted, _suspended, _lapsed, _joined]


@pytest.mark.parametrize("change", CHANGES)
def test_approval_is_void_once_anything_has_changed(
    people: dict[str, Person], waiting: Incident, change: Callable[..., None]
) -> None:
    waiting.refresh_from_db()
    approval = Approval(preview(incident=waiting, now=NOW).digest, ReportKind.NOTIFICATION)
    change(people, waiting)
    with pytest.raises(AudienceChanged):
        release_incident(by=by(people["reviewer"]), incident=waiting, approval=approval, now=NOW)
    assert not Release.objects.exists()


@pytest.mark.parametrize("change", [_demoted, _suspended])
def test_page_answers_409_and_nothing_goes_out(
    people: dict[str, Person], waiting: Incident, change: Callable[..., None]
) -> None:
    browser = enter(people["reviewer"])
    shown = browser.get(f"/incidents/{waiting.ref}/release")
    data = form_data(shown) | {"do": "release"}
    change(people, waiting)
    answer = browser.post(f"/incidents/{waiting.ref}/release", data)
    assert (answer.status_code, Release.objects.count()) == (409, 0)


def test_nothing_changed_goes_out(people: dict[str, Person], waiting: Incident) -> None:
    waiting.refresh_from_db()
    approval = Approval(preview(incident=waiting, now=NOW).digest, ReportKind.NOTIFICATION)
    out = release_incident(by=by(people["reviewer"]), incident=waiting, approval=approval, now=NOW)
    assert out.by == people["reviewer"]


def test_a_members_choices_only_ever_ask_for_more() -> None:
    markings = [Marking(tlp=tlp) for tlp in TLP]
    changed = 0
    for level, marking, widens, early in product(range(6), markings, (0, 1), (0, 1)):
        needed = {
            (always, forbids): two_people_needed(
                level=level,
                marking=marking,
                widens=bool(widens),
                early_warning=bool(early),
                member_demands_two=always,
                member_forbids_exception=forbids,
            )
            for always, forbids in product((False, True), repeat=2)
        }
        rule = needed[False, False]
        assert all(each >= rule for each in needed.values())
        changed += any(each > rule for each in needed.values())
    assert changed, "the choices do something"


def test_member_administrator_asks_for_two_people_on_a_page(people: dict[str, Person]) -> None:
    browser = enter(people["admin"])
    page = "/members/ua/two-people"
    assert page in browser.get("/members/ua/").content.decode()
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"two_people_always": "on"}).status_code == 302
    member = Member.objects.get(slug="ua")
    assert (member.two_people_always, member.early_warning_by_author) == (True, False)


def test_nobody_else_finds_that_page(people: dict[str, Person]) -> None:
    stranger = make_person(Member.objects.get(slug="de"), "admin", "member_admin")
    for person in (people["reviewer"], people["staff"], stranger):
        answer = enter(person).post("/members/ua/two-people", {"two_people_always": "on"})
        assert answer.status_code == 404
    assert not Member.objects.get(slug="ua").two_people_always
