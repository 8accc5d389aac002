"""The pages of a release's later life: change, close, reopen, retract, and what an update does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident, State, Working
from members.models import Member, Person
from sharing.models import Recall, Release
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, file, incident, indicator, make_member, release
from tests.sharing.web import enter, form_data, world

pytestmark = pytest.mark.django_db
STEPS = ("amend", "discard", "change", "close", "reopen", "retract")


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def released(people: dict[str, Person], **marking: Any) -> Incident:
    """Return version 1, which all three partners have."""
    data = bundle(incident("Wiper", owner="cert-ua"), indicator("address", owner="cert-ua"))
    made = file(people["author"], data, marking={"tlp": "AMBER"} | marking).incident
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def path(made: Incident, page: str = "") -> str:
    return f"/incidents/{made.ref}/{page}"


def place(made: Incident) -> tuple[str, str, int]:
    made.refresh_from_db()
    return made.state, made.working, made.version


def labels(client: Client, made: Incident) -> list[str]:
    return [action["label"] for action in client.get(path(made)).context["actions"]]


def press(client: Client, made: Incident, do: str, **changes: Any) -> Any:
    """Press a button of the release page under changed rules, with their list in view."""
    data = form_data(client.get(path(made, "release"))) | changes
    if changes:
        seen = client.post(path(made, "release/preview"), data).context
        data |= {"digest": seen["digest"], "seen": seen["seen"]}
    return client.post(path(made, "release"), data | {"do": do})


# Buttons ------------------------------------------------------------------------------------


def test_each_state_offers_each_role_what_it_may_do(people: dict[str, Person]) -> None:
    made = released(people)
    who = {role: enter(people[role]) for role in ("author", "reviewer", "both")}

    def offered() -> dict[str, list[str]]:
        return {role: labels(client, made) for role, client in who.items()}

    assert offered() == {
        "author": ["New version"],
        "reviewer": ["Change who has it", "Close", "Retract"],
        "both": ["New version", "Change who has it", "Close", "Retract"],
    }
    who["author"].post(path(made, "amend"))
    assert offered() == {
        "author": ["Edit", "Who would get it", "Ask for release"],
        "reviewer": ["Who would get it", "Retract"],
        "both": ["Edit", "Who would get it", "Ask for release", "Retract"],
    }
    who["author"].post(path(made, "submit"))
    assert offered() == {
        "author": ["Who would get it"],
        "reviewer": ["Look at the release", "Retract"],
        "both": ["Look at the release", "Retract"],
    }
    who["reviewer"].post(path(made, "discard"))
    who["reviewer"].post(path(made, "close"))
    assert offered() == {
        "author": [],
        "reviewer": ["Reopen", "Retract"],
        "both": ["Reopen", "Retract"],
    }
    who["reviewer"].post(path(made, "retract"), {"reason": "wrong"})
    assert offered() == {"author": [], "reviewer": [], "both": []}
    assert place(made) == (State.RETRACTED, Working.NONE, 1)


MAY: dict[str, set[str]] = {
    "amend": {"author", "both"},
    "discard": {"author", "both", "reviewer"},
    "change": {"reviewer", "both"},
    "close": {"reviewer", "both"},
    "reopen": {"reviewer", "both"},
    "retract": {"reviewer", "both"},
}
SEES = {"author", "both", "reviewer", "reader"}  # of what is in force and their own


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "role", ["author", "both", "reviewer", "reader", "admin", "ee", "de", "ie", "staff"]
)
def test_rights(step: str, role: str, people: dict[str, Person]) -> None:
    made = released(people)
    answer = enter(people[role]).post(path(made, step), {"reason": "wrong"})
    expected = 302 if role in MAY[step] else 403 if role in SEES else 404
    assert answer.status_code == expected
    may = role in MAY[step]
    assert place(made) == {
        "amend": (State.RELEASED, Working.DRAFT, 1),
        "change": (State.RELEASED, Working.REVIEW, 1),
        "close": (State.CLOSED, Working.NONE, 1),
        "retract": (State.RETRACTED, Working.NONE, 1),
    }.get(step if may else "", (State.RELEASED, Working.NONE, 1))


@pytest.mark.parametrize("step", STEPS)
def test_pages_are_protected_against_other_sites(step: str, people: dict[str, Person]) -> None:
    made, client = released(people), Client(enforce_csrf_checks=True)
    client.force_login(people["both"])
    assert client.post(path(made, step), {"reason": "wrong"}).status_code == 403
    assert place(made) == (State.RELEASED, Working.NONE, 1)


@pytest.mark.parametrize("step", ["amend", "change", "close", "reopen"])
def test_looking_changes_nothing(step: str, people: dict[str, Person]) -> None:
    made = released(people)
    assert enter(people["both"]).get(path(made, step)).status_code == 405
    assert place(made) == (State.RELEASED, Working.NONE, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_second_click_is_harmless(step: str, people: dict[str, Person]) -> None:
    made, client = released(people), enter(people["both"])
    if step == "discard":
        client.post(path(made, "amend"))
    if step == "reopen":
        client.post(path(made, "close"))
    assert client.post(path(made, step), {"reason": "wrong"}).status_code == 302
    after = place(made)
    again = client.post(path(made, step), {"reason": "wrong"}, follow=True)
    assert again.status_code == 200
    assert place(made) == after
    assert Recall.objects.count() == (step == "retract")


@pytest.mark.parametrize("step", [step for step in STEPS if step != "reopen"])
def test_a_draft_has_no_later_life(step: str, people: dict[str, Person]) -> None:
    data = bundle(incident("Draft", owner="cert-ua"))
    made = file(people["author"], data).incident
    answer = enter(people["both"]).post(path(made, step), {"reason": "wrong"}, follow=True)
    assert answer.status_code == 200
    assert b"released" in answer.content or step in ("amend", "discard")
    assert place(made) == (State.DRAFT, Working.DRAFT, 0)


# The next version ---------------------------------------------------------------------------


def test_the_banner_tells_which_version_is_shown(people: dict[str, Person]) -> None:
    made, author = released(people), enter(people["author"])
    assert author.get(path(made)).context["next"] is None
    author.post(path(made, "amend"))
    shown = author.get(path(made))
    assert shown.context["next"]["number"] == 2
    assert b"Version 1 is in force; you see version 2" in shown.content
    assert b"Version 1 is in force" not in enter(people["reader"]).get(path(made)).content
    assert b"version 2" not in enter(people["de"]).get(path(made)).content

    asked = author.get(path(made, "discard"))
    assert asked.status_code == 200
    assert b"Version 1 stays in force" in asked.content
    assert place(made) == (State.RELEASED, Working.DRAFT, 1)  # asking drops nothing
    assert author.post(path(made, "discard")).status_code == 302
    assert place(made) == (State.RELEASED, Working.NONE, 1)


def test_a_reviewer_alone_tightens_in_two_clicks(people: dict[str, Person]) -> None:
    made, reviewer = released(people), enter(people["reviewer"])
    begun = reviewer.post(path(made, "change"))
    assert begun["Location"] == path(made, "release")
    assert place(made) == (State.RELEASED, Working.REVIEW, 1)
    shown = reviewer.get(path(made, "release"))
    assert shown.context["blocked"] == ""
    assert b"Version 2 replaces version 1" in shown.content
    assert enter(people["ie"]).get(path(made)).status_code == 200
    answer = press(reviewer, made, "release", exclude=["cert-ie"])
    assert answer.status_code == 302
    assert place(made) == (State.UPDATED, Working.NONE, 2)
    # No worker has run: the excluded member's very next request is without it.
    assert enter(people["ie"]).get(path(made)).status_code == 404
    assert enter(people["ie"]).get("/incidents/").context["total"] == 0
    recall = Recall.objects.get()
    assert [n.member.slug for n in recall.notices.all()] == ["cert-ie"]
    settle(Release.objects.get(version=2).pk, now=datetime.now(UTC))
    assert enter(people["de"]).get(path(made)).status_code == 200


def test_a_next_version_begins_with_the_members_that_were_named(people: dict[str, Person]) -> None:
    data = bundle(incident("Wiper", owner="cert-ua"), indicator("address", owner="cert-ua"))
    made = file(people["author"], data, marking={"tlp": "AMBER+STRICT"}).incident
    release(made, author=people["author"], reviewer=people["reviewer"], only_these=True)
    make_member("cert-lt", country="LT")  # meets the terms, and came later
    both = enter(people["both"])
    both.post(path(made, "change"))
    shown = both.get(path(made, "release"))
    update = shown.context["update"]
    assert (update["new"], update["lost"], update["staying"]) == (None, None, 2)
    assert update["objects"].same_rules
    assert sorted(shown.context["form"]["named"].value()) == ["cert-de", "cert-ee"]
    assert shown.context["blocked"] == ""  # nothing is widened, so one person is enough
    assert not shown.context["second_person"]["needed"]
    assert press(both, made, "release").status_code == 302
    assert Release.objects.get(version=2).marking["named"] == ["cert-de", "cert-ee"]


def test_widening_needs_another_reviewer(people: dict[str, Person]) -> None:
    made, reviewer = released(people, exclude=["cert-ie"]), enter(people["reviewer"])
    reviewer.post(path(made, "change"))
    refused = press(reviewer, made, "release", exclude=[])
    assert refused.status_code == 403
    assert "another reviewer" in refused.context["blocked"]
    assert press(reviewer, made, "save", exclude=[]).status_code == 302
    assert press(reviewer, made, "release").status_code == 403
    assert place(made)[2] == 1
    assert enter(people["ie"]).get(path(made)).status_code == 404
    assert press(enter(people["both"]), made, "release").status_code == 302
    assert place(made) == (State.UPDATED, Working.NONE, 2)


def test_the_release_page_says_what_an_update_changes(people: dict[str, Person]) -> None:
    made, author, reviewer = (
        released(people, exclude=["cert-de"]),
        enter(people["author"]),
        enter(people["reviewer"]),
    )
    author.post(path(made, "amend"))
    edit = author.get(path(made, "edit"))
    values = {b.name: b.value() for b in edit.context["form"] if b.value() not in (None, "", [])}
    values = {k: f"{v:%Y-%m-%dT%H:%M}" if hasattr(v, "year") else v for k, v in values.items()}
    author.post(path(made, "edit"), values | {"title": "Wiper, two sites"})
    author.post(path(made, "submit"))

    first = reviewer.get(path(made, "release"))
    update = first.context["update"]
    assert (update["replaces"], update["version"]) == (1, 2)
    assert (update["new"], update["lost"], update["less"]) == (None, None, None)
    objects = update["objects"]
    assert (objects.added, objects.changed, objects.left_out) == (0, 1, 0)
    assert objects.same_rules
    assert first.context["form"]["report_kind"].value() == "update"

    data = form_data(first) | {"exclude": ["cert-ie"], "tlp": "AMBER+STRICT", "only_these": "no"}
    part = reviewer.post(path(made, "release/preview"), data)
    update = part.context["update"]
    assert (update["new"]["names"], update["lost"]["names"]) == ("CERT-DE (test)", "CERT-IE (test)")
    assert (update["recalled"], update["staying"]) == (1, 1)
    page = part.content.decode()
    assert "1 member is asked to delete it." in page
    assert "<del>Not for cert-de.</del>" in page
    assert "<ins>Not for cert-ie.</ins>" in page
    assert [tlp.word for tlp in update["tlp"]] == ["AMBER", "AMBER+STRICT"]
    assert first.context["update"]["tlp"] is None


def test_who_had_nothing_is_not_asked_to_delete_it(people: dict[str, Person]) -> None:
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    made = released(people, embargo_until=f"{ahead:%Y-%m-%dT%H:%M:%SZ}", early=["cert-ee"])
    reviewer = enter(people["reviewer"])
    shown = reviewer.get(path(made))
    assert shown.context["openings"] == [{"at": ahead, "members": 2}]
    assert "for 2 members." in shown.content.decode()
    reviewer.post(path(made, "change"))
    data = form_data(reviewer.get(path(made, "release"))) | {"exclude": ["cert-ie"]}
    part = reviewer.post(path(made, "release/preview"), data)
    assert part.context["update"]["lost"]["n"] == 1
    assert part.context["update"]["recalled"] == 0
    assert b"they learn nothing" in part.content


def test_a_new_embargo_takes_it_from_who_has_it(people: dict[str, Person]) -> None:
    made, reviewer = released(people), enter(people["reviewer"])
    reviewer.post(path(made, "change"))
    ahead = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
    data = form_data(reviewer.get(path(made, "release")))
    data |= {"embargo_until": f"{ahead:%Y-%m-%dT%H:%M}", "early": "cert-ee"}
    update = reviewer.post(path(made, "release/preview"), data).context["update"]
    assert (update["lost"]["n"], update["recalled"], update["again"]) == (2, 2, 2)
    assert (update["new"], update["less"], update["staying"]) == (None, None, 1)
    done = press(reviewer, made, "release", embargo_until=data["embargo_until"], early="cert-ee")
    assert done.status_code == 302
    told = Recall.objects.get().notices
    assert set(told.values_list("member__slug", flat=True)) == {"cert-de", "cert-ie"}
    assert reviewer.get(path(made)).context["openings"] == [{"at": ahead, "members": 2}]


def test_lowering_what_is_in_force_needs_a_reason_also_once_it_is_saved(
    people: dict[str, Person],
) -> None:
    made, reviewer = released(people), enter(people["reviewer"])
    reviewer.post(path(made, "change"))
    assert press(reviewer, made, "save", tlp="GREEN").status_code == 302
    other = enter(people["both"])
    assert press(other, made, "release").status_code == 422
    assert press(other, made, "release", reason="Public by now.").status_code == 302
    assert Release.objects.get(version=2).reason == "Public by now."


def test_a_changed_text_voids_the_approval(people: dict[str, Person]) -> None:
    made, reviewer, author = released(people), enter(people["both"]), enter(people["author"])
    reviewer.post(path(made, "change"))
    data = form_data(reviewer.get(path(made, "release")))
    reviewer.post(path(made, "release"), {"do": "return", "note": "Which site?"})
    edit = author.get(path(made, "edit"))
    values = {b.name: b.value() for b in edit.context["form"] if b.value() not in (None, "", [])}
    values = {k: f"{v:%Y-%m-%dT%H:%M}" if hasattr(v, "year") else v for k, v in values.items()}
    author.post(path(made, "edit"), values | {"title": "Another text"})
    author.post(path(made, "submit"))
    stale = enter(people["reviewer"]).post(path(made, "release"), data | {"do": "release"})
    assert stale.status_code == 409
    assert b"nothing went out" in stale.content
    assert b"the rules or the content are not" in stale.content
    assert place(made)[2] == 1


# Taking it back -----------------------------------------------------------------------------


def test_the_page_says_who_had_it_and_what_each_gets(people: dict[str, Person]) -> None:
    made, reviewer = released(people), enter(people["reviewer"])
    reviewer.post(path(made, "change"))
    press(reviewer, made, "release", exclude=["cert-ie"])
    settle(Release.objects.get(version=2).pk, now=datetime.now(UTC))
    asked = reviewer.get(path(made, "retract"))
    assert [(h.member.slug, h.revoked) for h in asked.context["holders"]] == [
        ("cert-de", True),
        ("cert-ee", True),
        ("cert-ie", False),
    ]
    page = asked.content.decode()
    assert "Retract from 3 members" in page
    assert "within 72 hours" in page
    assert place(made)[0] == State.UPDATED

    for reason in ("", "   ", "x" * 2001, "a\x00b"):
        answer = reviewer.post(path(made, "retract"), {"reason": reason})
        assert answer.status_code == 422
        assert answer.context["form"].errors
    assert place(made)[0] == State.UPDATED

    done = reviewer.post(path(made, "retract"), {"reason": "The sample was ours."}, follow=True)
    assert b"that is final" in done.content
    assert b"The sample was ours." in done.content
    notices = Recall.objects.get(kind="retracted").notices
    assert set(notices.values_list("member__slug", flat=True)) == {"cert-de", "cert-ee", "cert-ie"}
    for role in ("ee", "de", "ie"):
        gone = enter(people[role]).get(path(made))
        assert gone.status_code == 404
        assert b"The sample was ours." not in gone.content
    assert enter(people["reader"]).get(path(made)).status_code == 404


def test_a_suspended_team_may_still_take_back_its_own(people: dict[str, Person]) -> None:
    made = released(people)
    Member.objects.filter(slug="cert-ua").update(
        status="suspended",
        suspension_cause="standing",
        suspended_from="active",
        suspended_at=NOW,
    )
    client = enter(Person.objects.get(pk=people["reviewer"].pk))
    assert labels(client, made) == ["Retract"]
    assert client.post(path(made, "close")).status_code == 403
    assert client.post(path(made, "retract"), {"reason": "wrong"}).status_code == 302
    assert place(made)[0] == State.RETRACTED


def test_queries_do_not_grow_with_the_members(people: dict[str, Person]) -> None:
    made, reviewer = released(people), enter(people["reviewer"])

    def count(page: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert reviewer.get(path(made, page)).status_code == 200
        return len(seen)

    before = count("retract"), count("")
    for n in range(10):
        make_member(f"more-{n}")
    settle(Release.objects.get().pk, now=datetime.now(UTC))
    assert (count("retract"), count("")) == before
    assert len(reviewer.get(path(made, "retract")).context["holders"]) == 13
