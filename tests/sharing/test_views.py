"""The pages of release: who gets it, the approval by digest, and what a partner then sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from incidents.models import Incident, State, Working
from incidents.services import mark
from members.models import Agreement, Circle, CircleMembership, Member, Person
from members.tiers import Tier
from sharing.models import Grant, Release
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, by, file, incident, indicator, make_member
from tests.sharing.web import enter, form_data, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def in_review(
    people: dict[str, Person], author: str = "author", *, level: int = 3, tlp: str | None = "AMBER"
) -> Incident:
    """Return an incident that waits for release; without a TLP nobody has confirmed one."""
    data = bundle(
        incident("Wiper", owner="cert-ua", level=level), indicator("address", owner="cert-ua")
    )
    made = file(people[author], data, marking={"tlp": tlp} if tlp else None).incident
    answer = enter(people[author]).post(f"/incidents/{made.ref}/submit")
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.state == State.REVIEW
    return made


def path(made: Incident) -> str:
    return f"/incidents/{made.ref}/release"


def press(client: Client, made: Incident, do: str, **changes: Any) -> Any:
    """Return the answer to a button, everything else as the page shows it but for `changes`."""
    data = form_data(client.get(path(made))) | changes
    return client.post(path(made), data | {"do": do})


def got(page: Any) -> dict[str, str]:
    return {row["member"].slug: row["outcome"] for row in page.context["rows"]}


def test_journey_from_short_form_to_partner_page(people: dict[str, Person]) -> None:
    author, reviewer = enter(people["author"]), enter(people["reviewer"])
    key = author.get("/incidents/new").context["form"]["key"].value()
    author.post(
        "/incidents/new",
        {
            "how": "form",
            "key": str(key),
            "title": "Wiper in a ministry",
            "level": "3",
            "indicators": "hxxp://bad[.]example/x",
            "tlp": "AMBER+STRICT",
            "aware_at": "2026-01-20T08:00",
        },
    )
    made = Incident.objects.get()
    detail = f"/incidents/{made.ref}/"
    assert enter(people["de"]).get(detail).status_code == 404
    assert author.post(f"{detail}submit").status_code == 302
    assert [row["ref"] for row in reviewer.get("/review/").context["rows"]] == [made.ref]

    shown = reviewer.get(path(made))
    assert got(shown) == {"cert-ee": "full", "cert-de": "full", "cert-ie": "none"}
    assert shown.context["lint"]["blocks"] == []
    assert [each.code for each in shown.context["lint"]["warnings"]] == ["WARNING_LIST"]
    assert reviewer.post(path(made), form_data(shown) | {"do": "release"}).status_code == 302
    release = Release.objects.get()
    assert release.marking["named"] == ["cert-de", "cert-ee"]
    assert reviewer.get("/review/").context["rows"] == []
    settle(release.pk, now=release.at)

    partner = enter(people["de"])
    page = partner.get(detail)
    assert page.status_code == 200
    assert b"hxxp://bad[.]example/x" in page.content
    assert b'href="http://bad' not in page.content
    assert [r["ref"] for r in partner.get("/incidents/").context["page"]["rows"]] == [made.ref]
    assert enter(people["ie"]).get(detail).status_code == 404
    assert enter(people["ie"]).get("/incidents/").context["total"] == 0


def test_the_list_shown_is_the_list_that_gets_it(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    shown = reviewer.get(path(made))
    press(reviewer, made, "release")
    release = Release.objects.get()
    settle(release.pk, now=release.at)
    granted = Grant.objects.filter(release=release, kind=0, withdrawn_at=None)
    promised = {slug for slug, outcome in got(shown).items() if outcome != "none"}
    assert set(granted.values_list("member__slug", flat=True)) == promised


def test_a_changed_list_is_refused_and_the_difference_shown(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made)))
    Member.objects.filter(slug="cert-ie").update(tier=Tier.OBSERVER.value)
    make_member("cert-lt", country="LT")
    answer = reviewer.post(path(made), data | {"do": "release"})
    assert answer.status_code == 409
    assert [(c["member"].slug, c["before"], c["after"]) for c in answer.context["changed"]] == [
        ("cert-ie", "full", "none"),
        ("cert-lt", "", "full"),
    ]
    assert not Release.objects.exists()
    again = reviewer.post(path(made), form_data(answer) | {"do": "release"})
    assert again.status_code == 302
    assert Release.objects.count() == 1


def test_a_second_click_is_harmless(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made))) | {"do": "release"}
    assert [reviewer.post(path(made), data).status_code for _ in range(2)] == [302, 302]
    assert Release.objects.count() == 1


def test_rules_are_judged_without_being_saved(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made)))
    for changes, expected in (
        ({"tlp": "AMBER+STRICT"}, {"cert-ee": "full", "cert-de": "full", "cert-ie": "none"}),
        ({"rel_to": "DE IE"}, {"cert-ee": "none", "cert-de": "full", "cert-ie": "full"}),
        ({"rel_to": "DE IE\nDE EE"}, {"cert-ee": "none", "cert-de": "full", "cert-ie": "none"}),
        ({"exclude": ["cert-de"]}, {"cert-ee": "full", "cert-de": "none", "cert-ie": "full"}),
        ({"named": ["cert-ie"]}, {"cert-ee": "none", "cert-de": "none", "cert-ie": "full"}),
        ({"min_tier": "partner"}, {"cert-ee": "full", "cert-de": "full", "cert-ie": "none"}),
    ):
        part = reviewer.post(f"{path(made)}/preview", data | changes)
        assert part.status_code == 200
        assert got(part) == expected, changes
        assert b"<html" not in part.content
        whole = reviewer.post(path(made), data | changes | {"do": "preview"})
        assert whole.context["digest"] == part.context["digest"]
    made.refresh_from_db()
    assert made.revisions.count() == 1


def test_changed_rules_are_released_as_shown(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made))) | {"rel_to": "DE", "anonymous": "yes"}
    stale = reviewer.post(path(made), data | {"do": "release"})  # the list was never shown
    assert stale.status_code == 409
    made.refresh_from_db()
    assert made.revisions.count() == 1
    part = reviewer.post(f"{path(made)}/preview", data)
    data |= {"digest": part.context["digest"], "seen": part.context["seen"]}
    assert reviewer.post(path(made), data | {"do": "release"}).status_code == 302
    release = Release.objects.get()
    assert release.marking["rel_to"] == [["DE"]]
    assert release.marking["anonymous"] is True
    settle(release.pk, now=release.at)
    page = enter(people["de"]).get(f"/incidents/{made.ref}/")
    assert page.context["incident"]["owner"] is None
    assert b"CERT-UA" not in page.content
    assert b"cert-ua" not in page.content


def test_what_the_form_cannot_show_stays(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    value = {
        "tlp": "AMBER",
        "persons": ["one@cert-de.example"],
        "circles": [["c-a"], ["c-b", "c-c"]],
        "embargo_until": "2027-03-01T12:00:30Z",
        "named": [],
    }
    from incidents.marking import from_json

    mark(by=by(people["author"]), incident=made, marking=from_json(value), now=NOW)
    data = form_data(reviewer.get(path(made)))
    assert data["circles"] == "c-a\nc-b c-c"
    assert reviewer.post(path(made), data | {"do": "save", "pap": "GREEN"}).status_code == 302
    made.refresh_from_db()
    assert made.head is not None
    assert from_json(made.head.marking) == from_json(value | {"pap": "GREEN"})


def test_an_assumed_tlp_blocks_until_somebody_confirms_it(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people, tlp=None), enter(people["reviewer"])
    shown = reviewer.get(path(made))
    assert [f.code for f in shown.context["lint"]["blocks"]] == ["TLP_UNCONFIRMED"]
    refused = reviewer.post(path(made), form_data(shown) | {"do": "release"})
    assert refused.status_code == 422
    assert press(reviewer, made, "save", tlp="AMBER").status_code == 302
    assert press(reviewer, made, "release").status_code == 302


def test_findings_block_the_release(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    press(reviewer, made, "save", tlp="RED")
    answer = press(reviewer, made, "release")
    assert answer.status_code in (403, 422)
    codes = {f.code for f in answer.context["lint"]["blocks"]}
    assert codes == {"RED_WITHOUT_NAMED", "EMPTY_AUDIENCE"}
    assert not Release.objects.exists()


def test_lowering_the_tlp_needs_a_reason(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made))) | {"tlp": "GREEN"}
    data["digest"] = reviewer.post(f"{path(made)}/preview", data).context["digest"]
    assert reviewer.post(path(made), data | {"do": "release"}).status_code == 422
    done = reviewer.post(path(made), data | {"do": "release", "reason": "Public by now."})
    assert done.status_code == 302
    assert Release.objects.get().reason == "Public by now."


def test_the_author_cannot_release_what_needs_two(people: dict[str, Person]) -> None:
    made, author = in_review(people, "both", level=4), enter(people["both"])
    shown = author.get(path(made))
    assert shown.context["second_person"]["needed"]
    assert shown.context["blocked"]
    assert press(author, made, "release").status_code == 403
    assert not Release.objects.exists()
    other = enter(people["reviewer"])
    assert other.get(path(made)).context["blocked"] == ""
    assert press(other, made, "release").status_code == 302


def test_the_author_releases_what_needs_one(people: dict[str, Person]) -> None:
    made, author = in_review(people, "both"), enter(people["both"])
    assert not author.get(path(made)).context["second_person"]["needed"]
    assert press(author, made, "release").status_code == 302


def test_who_widens_the_rules_is_an_author(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people, level=5), enter(people["reviewer"])
    wider = {"tlp": "GREEN", "reason": "everybody is hit"}
    data = form_data(reviewer.get(path(made))) | wider
    part = reviewer.post(f"{path(made)}/preview", data)
    assert part.context["blocked"]
    data["digest"] = part.context["digest"]
    assert reviewer.post(path(made), data | {"do": "release"}).status_code == 403
    made.refresh_from_db()
    assert made.revisions.count() == 1  # rules and release: both or neither


def test_who_narrows_the_rules_stays_the_second_person(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people, level=5), enter(people["reviewer"])
    data = form_data(reviewer.get(path(made))) | {"exclude": ["cert-ie"]}
    part = reviewer.post(f"{path(made)}/preview", data)
    assert part.context["blocked"] == ""
    data["digest"] = part.context["digest"]
    assert reviewer.post(path(made), data | {"do": "release"}).status_code == 302


def test_an_early_warning_goes_out_in_one_step_and_is_confirmed_by_another(
    people: dict[str, Person],
) -> None:
    author = enter(people["both"])
    key = author.get("/incidents/new").context["form"]["key"].value()
    fields = {"how": "form", "key": str(key), "title": "Core network down", "level": "5"}
    author.post("/incidents/new", fields | {"tlp": "AMBER", "malicious": "yes"})
    made = Incident.objects.get()
    shown = author.get(path(made))
    assert shown.context["blocked"] == ""
    assert shown.context["form"]["report_kind"].value() == "early_warning"
    assert press(author, made, "release").status_code == 302
    release = Release.objects.get()
    settle(release.pk, now=release.at)
    detail = f"/incidents/{made.ref}/"
    assert author.get(detail).context["unconfirmed"]
    assert enter(people["de"]).get(detail).context["unconfirmed"]
    assert author.post(f"{detail}confirm").status_code == 403
    assert enter(people["author"]).post(f"{detail}confirm").status_code == 403
    assert enter(people["reviewer"]).post(f"{detail}confirm").status_code == 302
    assert not enter(people["de"]).get(detail).context["unconfirmed"]


def test_sending_back_keeps_the_note(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    assert press(reviewer, made, "return", note="Which ministry?").status_code == 302
    made.refresh_from_db()
    assert (made.state, made.working) == (State.DRAFT, Working.DRAFT)
    assert made.notes.get().text == "Which ministry?"
    refused = enter(people["author"]).post(path(made), {"do": "return", "note": "\x00"})
    assert refused.status_code == 422


@pytest.mark.parametrize("role", ["author", "reader", "admin", "ee", "staff"])
@pytest.mark.parametrize("do", ["release", "return"])
def test_only_reviewers_of_the_originator_decide(
    role: str, do: str, people: dict[str, Person]
) -> None:
    made = in_review(people)
    data = form_data(enter(people["reviewer"]).get(path(made)))
    answer = enter(people[role]).post(path(made), data | {"do": do})
    assert answer.status_code == (403 if role == "author" else 404)
    made.refresh_from_db()
    assert made.working == Working.REVIEW


def test_sentences_tell_neither_standing_nor_probation_nor_agreement(
    people: dict[str, Person],
) -> None:
    make_member("cert-md", country="MD", status="probation", tier=Tier.PARTNER)
    make_member("sat-isac", country="LU", standing="lapsed", tier=Tier.PARTNER)
    make_member(
        "nwt", country="SE", status="suspended", suspension_cause="standing",
        suspended_from="active", suspended_at=NOW,
    )  # fmt: skip
    make_member("cert-no", country="NO")
    Agreement.objects.filter(member__slug="cert-no").delete()
    made = in_review(people, tlp="AMBER+STRICT")
    shown = enter(people["reviewer"]).get(path(made))
    rows = {row["member"].slug: row for row in shown.context["rows"]}
    for slug in ("cert-md", "sat-isac", "nwt", "cert-no"):
        assert (rows[slug]["outcome"], rows[slug]["sentence"]) == (
            "none",
            "Cannot receive this at present.",
        ), slug
    assert rows["cert-ie"]["sentence"] == "Its tier does not reach this TLP."
    for word in ("probation", "lapsed", "suspended", "agreement"):
        assert word not in shown.content.decode().lower()


def test_rows_that_open_later_say_when(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
    data = form_data(reviewer.get(path(made)))
    data |= {"embargo_until": f"{until:%Y-%m-%dT%H:%M}", "early": "cert-ee"}
    part = reviewer.post(f"{path(made)}/preview", data)
    rows = {row["member"].slug: (row["outcome"], row["opens_at"]) for row in part.context["rows"]}
    assert rows == {
        "cert-ee": ("full", None),
        "cert-de": ("none", until),
        "cert-ie": ("none", until),
    }
    assert part.context["live"] == "1 gets it, 0 redacted, 2 later, 0 do not"


def test_a_circle_is_chosen_by_name(people: dict[str, Person]) -> None:
    circle = Circle.objects.create(
        slug="c-energy", name="Energy", kind="multilateral", min_tier=0, max_tlp=3, created_at=NOW
    )
    for slug in ("cert-ua", "cert-ie"):
        member = Member.objects.get(slug=slug)
        CircleMembership.objects.create(circle=circle, member=member, joined_at=NOW)
    made, reviewer = in_review(people), enter(people["reviewer"])
    shown = reviewer.get(path(made))
    assert b"c-energy" in shown.content
    part = reviewer.post(f"{path(made)}/preview", form_data(shown) | {"circles": "c-energy"})
    assert got(part) == {"cert-ee": "none", "cert-de": "none", "cert-ie": "full"}


HOSTILE: list[dict[str, Any]] = [
    {},
    {"tlp": "PINK"},
    {"tlp": "AMBER", "rel_to": "<script>"},
    {"tlp": "AMBER", "rel_to": "a\x00"},
    {"tlp": "AMBER", "named": ["nobody"]},
    {"tlp": "AMBER", "early": "x" * 10_000},
    {"tlp": "AMBER", "embargo_until": "yesterday"},
    {"tlp": "AMBER", "report_kind": "x"},
    {"tlp": "AMBER", "circles": "ÿ"},
    {"tlp": "AMBER", "report_kind": "initial", "digest": "x" * 1000, "seen": "a=f" * 1000},
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("do", ["preview", "save", "release", "return", "x"])
def test_hostile_rules_are_shown_again(do: str, number: int, people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    answer = reviewer.post(path(made), HOSTILE[number] | {"do": do})
    assert answer.status_code < 500
    part = reviewer.post(f"{path(made)}/preview", HOSTILE[number])
    assert part.status_code in (200, 302, 422)
    assert not Release.objects.exists()


def test_a_released_version_has_no_release_page(people: dict[str, Person]) -> None:
    made, reviewer = in_review(people), enter(people["reviewer"])
    press(reviewer, made, "release")
    assert reviewer.get(path(made))["Location"] == f"/incidents/{made.ref}/"


def test_the_queue_is_for_reviewers(people: dict[str, Person]) -> None:
    in_review(people)
    answers = {role: enter(person).get("/review/").status_code for role, person in people.items()}
    assert {role for role, status in answers.items() if status == 200} == {
        "both",
        "reviewer",
        "ee",
    }
    assert enter(people["ee"]).get("/review/").context["rows"] == []
    (row,) = enter(people["reviewer"]).get("/review/").context["rows"]
    assert (row["author"], row["blocks"], row["warnings"]) == ("Author", 0, 1)
