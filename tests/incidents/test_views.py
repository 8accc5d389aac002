"""The pages of incidents: the list, the incident, filing and editing."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from incidents.queries import places
from incidents.services import return_to_draft, submit
from incidents.views.listing import ROWS
from members.models import Member, Person
from sharing.services.fanout import settle
from tests.factories import NOW, bundle, by, file, incident, indicator, release, sdo
from tests.sharing.web import enter, world

pytestmark = pytest.mark.django_db
NEW = "/incidents/new"


@pytest.fixture
def people(fast_passwords: None) -> dict[str, Person]:
    return world()


def filed(person: Person, name: str = "Wiper", **options: Any) -> Incident:
    assert person.member is not None
    owner = person.member.slug
    data = bundle(incident(name, owner=owner), indicator(f"{name} address", owner=owner))
    return file(person, data, **options).incident


def shared(people: dict[str, Person], name: str = "Shared", tlp: str = "AMBER") -> Incident:
    made = filed(people["author"], name, marking={"tlp": tlp})
    done = release(made, author=people["author"], reviewer=people["reviewer"])
    settle(done.pk, now=NOW)
    made.refresh_from_db()
    return made


def fields(client: Client, **changes: Any) -> dict[str, Any]:
    """Return a filled short form, with the key of a fresh page."""
    key = client.get(NEW).context["form"]["key"].value()
    return {
        "how": "form",
        "key": str(key),
        "title": "Wiper in a ministry",
        "level": "3",
        "description": "Boot records gone.",
        "sectors": ["public-administration"],
        "indicators": "hxxp://bad[.]example/x\n192.0.2.7",
        "tlp": "AMBER",
        "pap": "GREEN",
        "determination": "confirmed",
    } | changes


def test_a_title_is_enough_for_a_draft(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    key = client.get(NEW).context["form"]["key"].value()
    answer = client.post(NEW, {"how": "form", "key": str(key), "title": "First notice"})
    made = Incident.objects.get()
    assert answer["Location"] == f"/incidents/{made.ref}/"
    assert made.head is not None
    assert (made.head.title, made.head.level, made.head.tlp_confirmed) == ("First notice", 2, False)


def test_a_second_click_makes_no_second_incident(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    data = fields(client)
    assert client.post(NEW, data).status_code == client.post(NEW, data).status_code == 302
    assert Incident.objects.count() == 1


def test_what_was_typed_stays_where_a_line_is_no_indicator(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    answer = client.post(NEW, fields(client, indicators="192.0.2.7\nnot an indicator"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 2" in page
    for typed in ("Wiper in a ministry", "Boot records gone.", "not an indicator"):
        assert typed in page
    assert not Incident.objects.exists()


def test_pasted_stix_is_judged_before_anything_is_stored(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    bad = indicator("bad", owner="cert-ua") | {"valid_from": "yesterday"}
    text = bundle(incident("Mixed", owner="cert-ua"), indicator("g", owner="cert-ua"), bad).decode()
    answer = client.post(NEW, {"how": "paste", "bundle": text, "tlp": "GREEN"})
    assert answer.status_code == 422
    first = answer.context["problems"][0]
    assert (first["number"], first["property"]) == (3, "valid_from")
    assert answer.context["good_count"] == 2
    assert bad["id"] in answer.content.decode()
    assert not Incident.objects.exists()
    kept = client.post(NEW, {"how": "paste", "bundle": text, "tlp": "GREEN", "partial": "1"})
    assert kept.status_code == 302
    assert Incident.objects.get().head.object_count == 2  # type: ignore[union-attr]


def test_a_file_is_filed(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    data = bundle(sdo("malware", "m", owner="cert-ua", name="GhostBoot", is_family=False))
    sent = SimpleUploadedFile("bundle.json", data)
    answer = client.post(NEW, {"how": "file", "file": sent, "title": "From a file"})
    assert answer.status_code == 302
    assert Incident.objects.get().head.title == "From a file"  # type: ignore[union-attr]


HOSTILE: list[dict[str, Any]] = [
    {},
    {"how": "x"},
    {"how": "form", "key": "x", "title": "t"},
    {"how": "form", "key": "0" * 32, "title": "a\x00b"},
    {"how": "form", "key": "0" * 32, "title": "t", "level": "99"},
    {"how": "form", "key": "0" * 32, "title": "t" * 5000},
    {"how": "form", "key": "0" * 32, "title": "t", "aware_at": "9999-12-31T23:59"},
    {"how": "form", "key": "0" * 32, "title": "t", "aware_at": "x"},
    {"how": "form", "key": "0" * 32, "title": "t", "sectors": ["x"]},
    {"how": "form", "key": "0" * 32, "title": "t", "indicators": "a.b\x00"},
    {"how": "form", "key": "0" * 32, "title": "t", "indicators": "[" * 10_000},
    {"how": "paste", "bundle": ""},
    {"how": "paste", "bundle": "{"},
    {"how": "paste", "bundle": "[" * 100_000},
    {"how": "paste", "bundle": '{"type":"bundle","objects":[]}'},
    {"how": "paste", "bundle": '{"type":"bundle","objects":[{"type":"incident"}]}'},
    {"how": "paste", "bundle": '{"type":"bundle","spec_version":"2.0","id":"x","objects":[{}]}'},
    {"how": "file"},
    {"how": "file", "file": SimpleUploadedFile("x", b"")},
    {"how": "file", "file": SimpleUploadedFile("x", b"\xff\xfe\x00")},
    {"how": "file", "file": "no file"},
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_forms_are_shown_again(number: int, people: dict[str, Person]) -> None:
    answer = enter(people["author"]).post(NEW, HOSTILE[number])
    assert answer.status_code == 422
    assert not Incident.objects.exists()


def test_what_is_too_large_is_not_read(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    answer = client.post(NEW, {"how": "paste", "bundle": "x" * 5_100_000})
    assert answer.status_code == 413
    answer = client.generic("POST", NEW, b"", "multipart/form-data", CONTENT_LENGTH="99999999999")
    assert answer.status_code == 413


def test_forms_are_protected_against_other_sites(people: dict[str, Person]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["author"])
    made = filed(people["author"])
    for path in (NEW, f"/incidents/{made.ref}/edit", f"/incidents/{made.ref}/submit"):
        assert client.post(path, {"title": "x"}).status_code == 403


def test_a_form_is_edited_as_a_form(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    client.post(NEW, fields(client))
    made = Incident.objects.get()
    before = {p.object.stix_id: p.object.version for p in made.head.places.all()}  # type: ignore[union-attr]
    path = f"/incidents/{made.ref}/edit"
    shown = client.get(path)
    assert shown.templates[0].name == "incidents/new.html"
    values = {b.name: b.value() for b in shown.context["form"] if b.value() not in (None, "")}
    assert values["indicators"].splitlines() == ["http://bad.example/x", "192.0.2.7"]
    unchanged = client.post(path, values)
    assert unchanged.status_code == 302
    made.refresh_from_db()
    assert made.revisions.count() == 1
    changed = client.post(path, values | {"title": "Two ministries", "level": "4"})
    assert changed.status_code == 302
    made.refresh_from_db()
    assert made.head is not None
    assert (made.head.number, made.head.title, made.head.level) == (2, "Two ministries", 4)
    after = {p.object.stix_id: p.object.version for p in made.head.places.all()}
    assert {key for key in after if after[key] != before[key]} == {made.stix_id}


def test_a_marking_is_edited_back_to_what_it_was(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    client.post(NEW, fields(client))
    path = f"/incidents/{Incident.objects.get().ref}/edit"
    for tlp in ("GREEN", "AMBER"):
        values = {b.name: b.value() for b in client.get(path).context["form"] if b.value()}
        assert client.post(path, values | {"tlp": tlp}).status_code == 302
        head = Incident.objects.get().head
        assert head is not None
        assert head.marking["tlp"] == tlp


def test_two_editors_do_not_overwrite_each_other(people: dict[str, Person]) -> None:
    client = enter(people["author"])
    client.post(NEW, fields(client))
    path = f"/incidents/{Incident.objects.get().ref}/edit"
    values = {b.name: b.value() for b in client.get(path).context["form"] if b.value()}
    client.post(path, values | {"title": "First"})
    answer = client.post(path, values | {"title": "Second"})
    assert answer.status_code == 409
    assert "Second" in answer.content.decode()
    assert Incident.objects.get().head.title == "First"  # type: ignore[union-attr]


def test_a_bundle_is_edited_as_text(people: dict[str, Person]) -> None:
    made, client = filed(people["author"]), enter(people["author"])
    path = f"/incidents/{made.ref}/edit?how=text"
    shown = client.get(path)
    assert shown.templates[0].name == "incidents/edit_bundle.html"
    values = {b.name: b.value() for b in shown.context["form"] if b.value()}
    assert client.post(path, values).status_code == 302
    assert made.revisions.count() == 1
    before = json.loads(values["bundle"])["objects"][0]["modified"]
    text = values["bundle"].replace("What happened in", "What really happened in")
    assert client.post(path, values | {"bundle": text}).status_code == 302
    assert made.revisions.count() == 2
    head = Incident.objects.get().head
    assert head is not None
    now = next(p.object for p in places(head) if p.object.type == "incident")
    assert json.loads(now.text)["modified"] > before  # what is changed is a new version
    other = bundle(incident("Another", owner="cert-ua")).decode()
    values["revision"] = 2
    assert client.post(path, values | {"bundle": other}).status_code == 409
    assert Incident.objects.count() == 1


def test_only_drafts_are_edited(people: dict[str, Person]) -> None:
    made, client = filed(people["author"]), enter(people["author"])
    submit(by=by(people["author"]), incident=made, now=NOW)
    path = f"/incidents/{made.ref}/edit"
    assert client.get(path)["Location"] == f"/incidents/{made.ref}/"
    return_to_draft(by=by(people["reviewer"]), incident=made, note="Say since when.", now=NOW)
    assert client.get(path).status_code == 200
    assert b"Say since when." in client.get(f"/incidents/{made.ref}/").content


RIGHTS: dict[str, tuple[set[str], set[str]]] = {
    # page: who sees it of a draft, who may do it
    "": ({"author", "both", "reviewer"}, {"author", "both", "reviewer"}),
    "edit": ({"author", "both", "reviewer"}, {"author", "both"}),
    "submit": ({"author", "both", "reviewer"}, {"author", "both"}),
    "release": ({"author", "both", "reviewer"}, {"author", "both", "reviewer"}),
}


@pytest.mark.parametrize("page", RIGHTS)
@pytest.mark.parametrize(
    "role", ["author", "both", "reviewer", "reader", "admin", "ee", "de", "ie", "staff"]
)
def test_rights_on_a_draft(page: str, role: str, people: dict[str, Person]) -> None:
    made = filed(people["author"], marking={"tlp": "AMBER"})
    client, path = enter(people[role]), f"/incidents/{made.ref}/{page}"
    answer = client.post(path) if page == "submit" else client.get(path)
    sees, may = RIGHTS[page]
    expected = {200, 302} if role in may else {403} if role in sees else {404}
    assert answer.status_code in expected
    made.refresh_from_db()
    assert (made.working == "review") == (page == "submit" and role in may)


@pytest.mark.parametrize("role", ["author", "both", "reviewer", "reader", "admin", "ee", "staff"])
def test_who_may_file(role: str, people: dict[str, Person]) -> None:
    client = enter(people[role])
    may = role in {"author", "both", "ee"}
    assert client.get(NEW).status_code == (200 if may else 403)
    answer = client.post(NEW, {"how": "paste", "bundle": "{}"})
    assert answer.status_code == (422 if may else 403)


def test_a_suspended_team_sees_its_own_and_files_nothing(people: dict[str, Person]) -> None:
    own, others = filed(people["ee"], "Own"), shared(people)
    Member.objects.filter(slug="cert-ee").update(
        status="suspended",
        suspension_cause="standing",
        suspended_from="active",
        suspended_at=NOW,
    )
    client = enter(Person.objects.get(pk=people["ee"].pk))
    assert client.get(f"/incidents/{own.ref}/").status_code == 200
    assert client.get(f"/incidents/{others.ref}/").status_code == 404
    assert client.get(NEW).status_code == 403
    assert client.post(f"/incidents/{own.ref}/submit").status_code == 403


def test_hidden_pages_answer_as_unknown_ones(people: dict[str, Person]) -> None:
    """Every page that takes a reference, from the URL table; request numbers apart."""
    made = filed(people["author"], marking={"tlp": "AMBER"})
    pages = pages_with_reference()
    assert {"incidents:detail", "incidents:discard", "sharing:retract"} <= set(pages)
    for role in ("reader", "admin", "ee", "ie", "staff"):
        client = enter(people[role])
        for name, others in pages.items():
            if (role, name) == ("admin", "sharing:erase"):
                continue  # asked for by those who read no incident, of their own member's
            for method in ("get", "post"):
                answers = [
                    getattr(client, method)(
                        reverse(name, kwargs={"ref": ref} | others),
                        headers={"X-Request-Id": "same-for-all"},
                    )
                    for ref in (made.ref, "CF-2026-AAAAAA")
                ]
                seen, unknown = (unclocked(a, made.ref) for a in answers)
                assert seen == unknown, (role, name, method)
                assert answers[0].status_code in {403, 404, 405}  # 403: by role, whatever the ref


def unclocked(answer: Any, ref: str) -> tuple[int, str, dict[str, str]]:
    """Return an answer without what is the visitor's own: the token, the time, the address."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    text = re.sub(r'data-clock="\d+"|<span[^>]*data-zone[^>]*>[^<]*</span>', "", text)
    headers = {k: v for k, v in answer.headers.items() if k != "Set-Cookie"}
    return answer.status_code, text.replace(ref, "CF-2026-AAAAAA"), headers


def pages_with_reference() -> dict[str, dict[str, Any]]:
    """Return the pages that take a reference, with something for each other part of the address."""
    from incidents import urls as incidents_urls
    from sharing import urls as sharing_urls

    samples = {"IntConverter": 1, "SlugConverter": "cert-ee", "StringConverter": "x"}
    return {
        f"{room.app_name}:{each.name}": {
            name: samples[type(converter).__name__]
            for name, converter in each.pattern.converters.items()
            if name != "ref"
        }
        for room in (incidents_urls, sharing_urls)
        for each in room.urlpatterns
        if "incident_ref" in str(each.pattern)
    }


def test_a_partner_sees_what_was_released_and_no_more(people: dict[str, Person]) -> None:
    made, draft = shared(people), filed(people["author"], "Draft")
    client = enter(people["ie"])
    (row,) = client.get("/incidents/").context["page"]["rows"]
    assert (row["ref"], row["is_own"], row["working"]) == (made.ref, False, "none")
    page = client.get(f"/incidents/{made.ref}/")
    assert page.context["others_count"] == 2
    assert [action["label"] for action in page.context["actions"]] == ["Acknowledge"]
    assert "audience" not in page.context
    assert b"192[.]0[.]2[.]7" in page.content
    assert page["Cache-Control"] == "private, no-store"
    for query in (f"q={draft.ref}", "q=Draft", "view=drafts", "state=draft", "level=5"):
        assert client.get(f"/incidents/?{query}").context["page"]["rows"] == []


def test_the_owner_sees_who_has_it(people: dict[str, Person]) -> None:
    made = shared(people, tlp="AMBER+STRICT")
    page = enter(people["author"]).get(f"/incidents/{made.ref}/")
    got = {row["member"].slug: row["outcome"] for row in page.context["audience"]}
    assert got == {"cert-ee": "full", "cert-de": "full"}
    reader = enter(people["reader"]).get(f"/incidents/{made.ref}/")
    assert reader.status_code == 200
    assert reader.context["audience"] == []
    assert b"CERT-EE" not in reader.content


def test_filters_and_pages_keep_to_the_url(people: dict[str, Person]) -> None:
    total = ROWS + 3
    for n in range(total):
        filed(people["author"], f"No. {n}", now=NOW + timedelta(minutes=n))
    client = enter(people["author"])
    first = client.get("/incidents/")
    assert [r["title"] for r in first.context["page"]["rows"]][:2] == ["No. 27", "No. 26"]
    assert first.context["prev_url"] == ""
    second = client.get("/incidents/" + first.context["next_url"])
    assert [r["title"] for r in second.context["page"]["rows"]] == ["No. 2", "No. 1", "No. 0"]
    assert second.context["next_url"] == ""
    back = client.get("/incidents/" + second.context["prev_url"])
    assert [r["ref"] for r in back.context["page"]["rows"]] == [
        r["ref"] for r in first.context["page"]["rows"]
    ]
    assert first.context["total"] == total
    found = client.get("/incidents/?q=No. 2&level=3&view=own")
    assert {r["title"] for r in found.context["page"]["rows"]} == {
        "No. 2", *(f"No. {n}" for n in range(20, 28))
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["after=x", "before=x", "after=%00", "level=x", "level=99", "q=%00", "q=%25_\\", "tlp=x",
     "view=x", "sector=%F0%9F%98%80", "from=%27", "q=" + "x" * 500],
)  # fmt: skip
def test_wrong_filters_are_as_if_not_given(query: str, people: dict[str, Person]) -> None:
    filed(people["author"])
    assert enter(people["author"]).get(f"/incidents/?{query}").status_code == 200


def test_cursors_belong_to_a_member(people: dict[str, Person]) -> None:
    for n in range(ROWS + 1):
        filed(people["author"], f"No. {n}", now=NOW + timedelta(minutes=n))
    stolen = enter(people["author"]).get("/incidents/").context["next_url"]
    filed(people["ee"], "Own")
    answer = enter(people["ee"]).get("/incidents/" + stolen)
    assert [r["title"] for r in answer.context["page"]["rows"]] == ["Own"]


def test_queries_do_not_grow_with_the_list(
    people: dict[str, Person], django_assert_num_queries: Any
) -> None:
    filed(people["author"], "One")
    client = enter(people["author"])
    with django_assert_num_queries(5):  # session, person, counts, page; recalls in the menu
        client.get("/incidents/")
    for n in range(20):
        filed(people["author"], f"No. {n}")
    with django_assert_num_queries(5):
        client.get("/incidents/")


def test_content_is_text(people: dict[str, Person]) -> None:
    data = json.loads(bundle(incident("x", owner="cert-ua")))
    data["objects"][0] |= {"name": "<script>alert(1)</script>", "description": "<b>bold</b>"}
    made = file(people["author"], json.dumps(data).encode()).incident
    client = enter(people["author"])
    for path in ("/incidents/", f"/incidents/{made.ref}/", f"/incidents/{made.ref}/edit"):
        page = client.get(path).content
        assert b"<script>alert" not in page
        assert b"<b>bold" not in page


def test_nobody_sees_anything_without_signing_in(people: dict[str, Person]) -> None:
    made = shared(people)
    for path in ("/incidents/", NEW, f"/incidents/{made.ref}/", "/review/"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")
