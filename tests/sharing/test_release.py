"""Who may release what, and that the approved list is bound to the effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.marking import from_json
from incidents.models import Incident, State
from incidents.services import mark, submit
from members.errors import Conflict, NotPermitted
from members.models import Member, Person
from members.models.choices import SuspensionCause
from members.tiers import Tier
from sharing import standing_changes
from sharing.models import Release, ReportKind
from sharing.preview import difference, preview, reaches
from sharing.services.release import (
    Approval,
    AudienceChanged,
    LintBlocks,
    confirm_early_warning,
    release_incident,
)
from tests.factories import (
    NOW,
    bundle,
    by,
    file,
    incident,
    indicator,
    make_member,
    make_person,
    release,
)

pytestmark = pytest.mark.django_db
AMBER: dict[str, object] = {"tlp": "AMBER"}


@pytest.fixture
def owner() -> Member:
    make_member("de", tier=Tier.PARTNER, country="DE")
    make_member("ie", tier=Tier.ASSOCIATE, country="IE")
    return make_member("ua", country="UA")


@pytest.fixture
def author(owner: Member) -> Person:
    return make_person(owner, "author", "analyst", "reviewer")


@pytest.fixture
def reviewer(owner: Member) -> Person:
    return make_person(owner, "reviewer", "reviewer")


def approve(incident: Incident, person: Person, *, only_these: bool = False) -> Release:
    incident.refresh_from_db()
    seen = preview(incident=incident, now=NOW, only_these=only_these)
    approval = Approval(
        digest=seen.digest, report_kind=ReportKind.NOTIFICATION, only_these=only_these
    )
    return release_incident(by=by(person), incident=incident, approval=approval, now=NOW)


def submitted(
    author: Person, *, level: int = 3, marking: dict[str, object] | None = AMBER
) -> Incident:
    data = bundle(incident("one", owner="ua", level=level), indicator("i", owner="ua"))
    filed = file(author, data, marking=marking)
    return submit(by=by(author), incident=filed.incident, now=NOW)


def test_author_may_release_alone_below_level_four(author: Person) -> None:
    out = approve(submitted(author), author)
    assert (out.version, out.incident.state) == (1, State.RELEASED)


@pytest.mark.parametrize("level", [4, 5])
def test_severe_needs_a_second_person(author: Person, reviewer: Person, level: int) -> None:
    waiting = submitted(author, level=level)
    with pytest.raises(NotPermitted, match="second person"):
        approve(waiting, author)
    assert approve(waiting, reviewer).by == reviewer


def test_member_may_demand_two_people_always(
    owner: Member, author: Person, reviewer: Person
) -> None:
    Member.objects.filter(pk=owner.pk).update(two_people_always=True)
    owner.refresh_from_db()
    waiting = submitted(Person.objects.select_related("member").get(pk=author.pk))
    with pytest.raises(NotPermitted):
        approve(waiting, author)
    assert approve(waiting, reviewer)


def test_early_warning_goes_out_in_one_step_and_waits_to_be_confirmed(
    author: Person, reviewer: Person
) -> None:
    bare = incident("warning", owner="ua", level=5)
    del bare["description"]
    filed = file(author, bundle(bare), marking={"tlp": "AMBER"})

    out = approve(filed.incident, author)

    assert out.confirm_by_at == NOW + timedelta(hours=12)
    with pytest.raises(NotPermitted):
        confirm_early_warning(by=by(author), release=out, now=NOW)
    assert confirm_early_warning(by=by(reviewer), release=out, now=NOW).confirmed_by == reviewer


def test_early_warning_with_more_in_it_needs_review(author: Person) -> None:
    filed = file(author, bundle(incident("more", owner="ua", level=5)), marking={"tlp": "AMBER"})
    with pytest.raises(Conflict):
        approve(filed.incident, author)


def test_changed_list_is_refused_and_its_difference_shown(author: Person, reviewer: Person) -> None:
    waiting = submitted(author)
    waiting.refresh_from_db()
    seen = preview(incident=waiting, now=NOW)
    staff = make_person(None, "platform", "platform_admin")
    standing_changes.suspend_member(
        member=Member.objects.get(slug="de"),
        cause=SuspensionCause.STANDING,
        reason="late",
        actor=staff.actor,
        now=NOW,
    )
    approval = Approval(digest=seen.digest, report_kind=ReportKind.NOTIFICATION)

    with pytest.raises(AudienceChanged) as refused:
        release_incident(by=by(reviewer), incident=waiting, approval=approval, now=NOW)

    changed = difference(seen.rows_json(), refused.value.preview.rows_json())
    assert [(row["member"], row["outcome"]) for row in changed] == [("de", "none")]
    assert not Release.objects.exists()


def test_second_click_is_harmless(author: Person, reviewer: Person) -> None:
    waiting = submitted(author)
    out = approve(waiting, reviewer)
    approval = Approval(digest=out.audience_digest, report_kind=ReportKind.NOTIFICATION)
    again = release_incident(by=by(reviewer), incident=waiting, approval=approval, now=NOW)
    assert again == out
    assert Release.objects.count() == 1


def test_only_these_names_exactly_those_that_get_it(author: Person, reviewer: Person) -> None:
    waiting = submitted(author, marking={"tlp": "AMBER+STRICT"})
    waiting.refresh_from_db()
    promised = {
        row.member
        for row in preview(incident=waiting, now=NOW, only_these=True).rows
        if reaches(row)
    }
    out = approve(waiting, reviewer, only_these=True)
    assert out.marking["named"] == sorted(promised) == ["de"]


@pytest.mark.parametrize(
    ("marking", "code"),
    [
        ({"tlp": "RED"}, "RED_WITHOUT_NAMED"),
        ({"tlp": "CLEAR", "rel_to": ["DE"]}, "CLEAR_WITH_LIMIT"),
        ({"tlp": "AMBER", "exclude": ["de", "ie"]}, "EMPTY_AUDIENCE"),
        ({"tlp": "AMBER", "circles": [["nowhere"]]}, "CIRCLE_NOT_ACTIVE"),
    ],
)
def test_lint_blocks(
    author: Person, reviewer: Person, marking: dict[str, object], code: str
) -> None:
    waiting = submitted(author, marking=marking)
    with pytest.raises(LintBlocks) as refused:
        approve(waiting, reviewer)
    assert code in {finding.code for finding in refused.value.findings}


def test_assumed_tlp_is_never_released(author: Person, reviewer: Person) -> None:
    waiting = submitted(author, marking=None)
    with pytest.raises(LintBlocks) as refused:
        approve(waiting, reviewer)
    assert [f.code for f in refused.value.findings] == ["TLP_UNCONFIRMED"]


def test_suspended_member_files_and_releases_nothing(
    owner: Member, author: Person, reviewer: Person
) -> None:
    waiting = submitted(author)
    staff = make_person(None, "platform", "platform_admin")
    standing_changes.suspend_member(
        member=owner, cause=SuspensionCause.STANDING, reason="late", actor=staff.actor, now=NOW
    )
    with pytest.raises(NotPermitted):
        approve(waiting, reviewer)
    fresh = Person.objects.select_related("member").get(pk=author.pk)
    with pytest.raises(NotPermitted):
        file(fresh, bundle(incident("two", owner="ua")), marking={"tlp": "AMBER"})


def test_release_of_a_stranger_is_refused(author: Person) -> None:
    stranger = make_person(Member.objects.get(slug="de"), "stranger", "reviewer")
    with pytest.raises(NotPermitted):
        approve(submitted(author), stranger)


def test_whole_audience_is_kept_with_the_release(author: Person, reviewer: Person) -> None:
    filed = file(author, bundle(incident("kept", owner="ua")), marking={"tlp": "AMBER+STRICT"})
    out = release(filed.incident, author=author, reviewer=reviewer)
    assert {row["member"]: row["outcome"] for row in out.audience} == {"de": "full", "ie": "none"}


@pytest.mark.parametrize(
    ("marking", "allowed"),
    [
        ({"tlp": "AMBER", "exclude": ["de"]}, True),
        ({"tlp": "AMBER"}, True),
        ({"tlp": "GREEN"}, False),
    ],
)
def test_reviewer_may_narrow_and_release_but_not_widen(
    author: Person, reviewer: Person, marking: dict[str, object], allowed: bool
) -> None:
    waiting = submitted(author, level=5)
    mark(by=by(reviewer), incident=waiting, marking=from_json(marking), now=NOW)
    if allowed:
        assert approve(waiting, reviewer).by == reviewer
        return
    with pytest.raises(NotPermitted):
        approve(waiting, reviewer)
