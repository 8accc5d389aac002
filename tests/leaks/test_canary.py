"""Nothing leaks: everybody reads everything, and finds what `decide` permits and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from django.core import mail
from django.test import Client

from cyberframe.demo.organisations import MEMBERS
from cyberframe.logs import LineFormatter
from incidents.models import Incident
from members.roles import Role
from members.tlp import Channel
from sharing import queries
from sharing.door import visible
from tests.leaks.crawl import Answer, ask, client_of, crawl, plain
from tests.leaks.oracle import Oracle, Principal, principals
from tests.leaks.reading import bundle, collections, listed
from tests.leaks.tokens import found, token

pytestmark = pytest.mark.django_db

SLUGS = [each.slug for each in MEMBERS]
STAFF = ["platform-admin", "secretariat-front", "auditor"]
# These fill in every form and follow every filter too; the others try every incident everywhere.
THOROUGH = [
    "public",
    "reviewer@cert-ee.example",
    "analyst@cert-nl.example",
    "reviewer@nwt-csirt.example",
    "cfc_demo-cert-de",
    "cfc_demo-cert-nl-downstream",
    "platform-admin@coalition.example",
    "secretariat-front@coalition.example",
]


def leaks(oracle: Oracle, principal: Principal, answers: Iterable[Answer]) -> dict[str, list[str]]:
    """Return the tokens that stand where the rules do not let them, by address."""
    may, secret = oracle.may(principal), oracle.secret
    bad = {}
    for answer in answers:
        assert answer.status < 500, answer.url
        said = found(answer.url.encode())  # what was asked may be repeated
        wrong = (found(answer.everything) & secret) - may - said
        if wrong:
            bad[f"{answer.method} {answer.url} {answer.status}"] = sorted(wrong)
    return bad


def of(slug: str) -> list[Principal]:
    """Return everyone of a member."""
    return [each for each in principals().values() if each.member == slug]


def test_the_world_has_a_secret_from_everybody(oracle: Oracle) -> None:
    everyone = principals().values()
    assert len(everyone) > 70
    assert len(oracle.secret) > 3_000
    for each in everyone:
        assert oracle.secret - oracle.may(each), each.name
    read = frozenset().union(*(oracle.may(each) for each in everyone))
    assert oracle.secret <= read  # whoever wrote a text reads it


@pytest.mark.parametrize("name", THOROUGH)
def test_every_page_form_and_filter_shows_what_decide_permits(
    oracle: Oracle, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    principal = principals()[name]
    with caplog.at_level("INFO"):
        answers = list(crawl(principal, forms=True))
    assert leaks(oracle, principal, answers) == {}
    assert len(answers) > 150
    line = LineFormatter(as_json=True, messages=False)
    said = "\n".join(line.format(each) for each in caplog.records).encode()
    assert len(said) > 10_000
    assert not found(said) & oracle.secret


@pytest.mark.parametrize("slug", SLUGS)
def test_nobody_of_a_member_reads_what_decide_refuses(oracle: Oracle, slug: str) -> None:
    crawled = [each for each in of(slug) if each.name not in THOROUGH]
    assert crawled
    for principal in crawled:
        deep = principal.credential is not None or principal.has(Role.REVIEWER)
        assert leaks(oracle, principal, crawl(principal, deep=deep)) == {}, principal.name


@pytest.mark.parametrize("name", STAFF)
def test_staff_read_no_content(oracle: Oracle, name: str) -> None:
    principal = principals()[f"{name}@coalition.example"]
    assert oracle.shared(principal) == oracle.own(principal) == []
    if principal.name not in THOROUGH:
        assert leaks(oracle, principal, crawl(principal)) == {}


# And what decide permits is there ----------------------------------------------------------------


def expected(oracle: Oracle, principal: Principal) -> dict[str, frozenset[str]]:
    """Return the tokens of each object that the principal may see, whichever incident has it."""
    made: dict[str, frozenset[str]] = {}
    for seen in (*oracle.shared(principal), *oracle.own(principal)):
        for key, tokens in seen.objects.items():
            made[key] = made.get(key, frozenset()) | tokens
    return made


@pytest.mark.parametrize("slug", SLUGS)
def test_each_object_that_decide_permits_reaches_the_credentials(oracle: Oracle, slug: str) -> None:
    secret = oracle.secret
    for principal in of(slug):
        if principal.credential is None or not principal.reads:
            continue
        wanted = {key: each & secret for key, each in expected(oracle, principal).items()}
        given = {key: each & secret for key, each in collections(client_of(principal)).items()}
        assert _differences(wanted, _without_ours(given)) == {}, principal.name
        if principal.credential.channel == Channel.INTERNAL:
            _rest_is_whole(oracle, principal)


def _rest_is_whole(oracle: Oracle, principal: Principal) -> None:
    client, secret = client_of(principal), oracle.secret
    seen = [each for each in oracle.shared(principal) if each.objects]
    own = oracle.own(principal)
    refs = {row["ref"] for row in listed(client)}
    assert refs == {each.incident.ref for each in (*seen, *own)}
    for each in seen:
        given = {
            key: found_in & secret for key, found_in in bundle(client, each.incident.ref).items()
        }
        wanted = {key: tokens & secret for key, tokens in each.objects.items()}
        assert _differences(wanted, _without_ours(given)) == {}, each.incident.ref


def _without_ours(given: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Leave out the statements that the platform adds: no secret is in them."""
    return {
        key: each for key, each in given.items() if each or not key.startswith("marking-definition")
    }


def _differences(
    wanted: Mapping[str, frozenset[str]], given: Mapping[str, frozenset[str]]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return what is missing and what is too much, by object."""
    nothing: frozenset[str] = frozenset()
    return {
        key: (
            sorted(wanted.get(key, nothing) - given.get(key, nothing)),
            sorted(given.get(key, nothing) - wanted.get(key, nothing)),
        )
        for key in wanted.keys() | given.keys()
        if wanted.get(key) != given.get(key)
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_lists_and_pages_of_people_show_each_incident_that_decide_permits(
    oracle: Oracle, slug: str
) -> None:
    for principal in of(slug):
        if principal.person is None or not principal.reads:
            continue
        client = client_of(principal)
        seen = [each for each in oracle.shared(principal) if each.objects]
        refs = {each.incident.ref for each in (*seen, *oracle.own(principal))}
        assert _listed_on_pages(client, oracle) == refs, principal.name
        home = ask(client, "/").body.decode()
        assert _first_count(home) == len(refs), principal.name
        for each in seen:
            page = found(ask(client, f"/incidents/{each.incident.ref}/").body)
            assert _name_of(each.objects, each.incident) <= page


def _listed_on_pages(client: Client, oracle: Oracle) -> set[str]:
    """Return the references in the list, page by page."""
    every = {each.ref for each in Incident.objects.all()}
    url, refs = "/incidents/", set[str]()
    for _ in range(20):
        text = ask(client, url).body.decode()
        refs |= every & set(re.findall(r"/incidents/(CF-[0-9]{4}-[A-Z2-7]{6})/", text))
        older = re.search(r'href="(\?[^"]*after=[^"]*|/incidents/\?[^"]*after=[^"]*)"', text)
        if older is None:
            return refs
        url = "/incidents/" + older[1].replace("&amp;", "&").removeprefix("/incidents/")
    raise AssertionError("the list does not end")


def _first_count(home: str) -> int:
    """Return the number in the tile of what one may see."""
    tile = re.search(r'<a href="/incidents/"><span class="v">(\d+)<', home)
    assert tile is not None
    return int(tile[1])


def _name_of(objects: Mapping[str, frozenset[str]], incident: Incident) -> frozenset[str]:
    """Return the token of the incident's title, if its object is shown."""
    tokens = objects.get(incident.stix_id, frozenset())
    titles = {each for each in tokens if any(each in r.title for r in incident.revisions.all())}
    return frozenset(titles)


# Search, errors, mail ----------------------------------------------------------------------------

SEARCHERS = [
    "reviewer@cert-ee.example",
    "analyst@cert-nl.example",
    "reviewer@nwt-csirt.example",
    "cfc_demo-cert-de",
    "cfc_demo-cert-ie",
]


@pytest.mark.parametrize("name", SEARCHERS)
def test_a_search_for_hidden_words_is_answered_like_one_for_nothing(
    oracle: Oracle, name: str
) -> None:
    principal = principals()[name]
    client, may = client_of(principal), oracle.may(principal)
    list_ = "/api/v1/incidents/" if principal.credential else "/incidents/"
    nothing = token("nowhere")
    empty = ask(client, f"{list_}?q={nothing}")
    found_some = 0
    for each in Incident.objects.select_related("head"):
        assert each.head is not None
        [word] = found(each.head.title.encode())
        for text in (word, each.ref):
            answer = ask(client, f"{list_}?q={text}")
            if text in may:
                assert each.ref.encode() in answer.body
                found_some += 1
            else:
                assert plain(answer.body, [text]) == plain(empty.body, [nothing]), each.ref
    assert bool(found_some) is (name != "reviewer@nwt-csirt.example")  # suspended, owns nothing


@pytest.mark.parametrize(
    "name", ["cfc_demo-cert-ie", "cfc_demo-cert-de", "cfc_demo-cert-nl-downstream"]
)
def test_errors_repeat_nothing_but_what_was_asked(oracle: Oracle, name: str) -> None:
    principal = principals()[name]
    client = client_of(principal)
    hidden = oracle.world.incidents["I07"]  # RED, named
    one, many = f"/api/v1/incidents/{hidden.ref}/", "/api/v1/incidents/"
    feed = "/taxii2/coalition/collections/all-permitted/objects/"
    bodies: tuple[object, ...] = ({}, {"digest": 1}, [], "x")
    steps = ("", "release/", "marking/", "audience/", "objects/", "submit/")
    asked: list[tuple[str, str, object]] = [
        *(("POST", f"{one}{step}", wrong) for step in steps for wrong in bodies),
        *(("GET", f"{one}{step}", None) for step in steps),
        *((method, one, None) for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")),
        ("GET", f"{feed}{hidden.stix_id}/?limit=x", None),
        ("GET", f"{feed}?match[id]={hidden.stix_id}&match[version]=1", None),
        ("GET", f"{many}?cursor={hidden.ref}", None),
        ("POST", many, {"bundle": {"type": "bundle", "objects": [{"id": hidden.stix_id}]}}),
    ]
    answers = []
    for method, url, wrong in asked:
        answer = ask(client, url, method, wrong)
        assert answer.status >= 400 or method == "OPTIONS", answer
        answers.append(replace(answer, url=f"{url} {hidden.stix_id} {hidden.ref}"))
    assert leaks(oracle, principal, answers) == {}


def test_mails_hold_nothing_but_the_address_they_go_to(oracle: Oracle) -> None:
    client = Client()
    for person in (
        "reviewer@cert-ua.example",
        "auditor@coalition.example",
        "nobody@cert-ua.example",
    ):
        assert client.post("/account/password/reset/", {"email": person}).status_code == 302
    assert mail.outbox
    for message in mail.outbox:
        assert len(message.to) == 1
        said = found(str(message.message()).encode() + message.body.encode())
        assert said & oracle.secret <= {message.to[0]}


# The tests see -----------------------------------------------------------------------------------


def test_a_planted_leak_is_found(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    principal = principals()["analyst@cert-nl.example"]
    pages = ["/incidents/", "/"]
    client = client_of(principal)
    assert leaks(oracle, principal, [ask(client, url) for url in pages]) == {}
    wide = queries._VISIBLE.replace(visible("g"), "g.kind = %(kind)s")
    assert wide != queries._VISIBLE
    monkeypatch.setattr(queries, "_VISIBLE", wide)
    found_out = leaks(oracle, principal, [ask(client, url) for url in pages])
    assert set(found_out) == {"GET /incidents/ 200", "GET / 200"}
