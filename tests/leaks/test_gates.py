"""Every outlet has a gate, declared in `cyberframe.gates`, and the gate holds."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from rest_framework.serializers import BaseSerializer, ModelSerializer, RelatedField

from cyberframe import gates
from cyberframe.config import ROOT
from cyberframe.gates import Gate
from cyberframe.machines import for_machines
from members.models import Circle, Credential, Person
from sharing.models import Erasure, RecallNotice, ReuseRequest
from tests.leaks.crawl import Answer, ask, client_of, plain, told
from tests.leaks.oracle import Oracle, principals
from tests.leaks.routes import Route, addresses, pair, routes

pytestmark = pytest.mark.django_db

ROOMS = ("audit", "members", "incidents", "sharing", "feeds", "cyberframe")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
CONTENT = {
    *("Revision", "StixObject", "RevisionObject", "Note", "Release", "Grant", "Rendering"),
    *("RenderingObject", "Recall", "RecallNotice", "RecallItem", "ReuseRequest", "Erasure"),
    *("Fetch", "Acknowledgement"),
}
TABLES = re.compile(
    r"\b(incidents_(revision|stixobject|revisionobject|note)"
    r"|sharing_(grant|release|rendering|recall|reuserequest|erasure|fetch|acknowledgement)\w*)\b"
)
ALL = routes()


def gate_of(route: Route) -> Gate | None:
    """Return the gate declared for a route."""
    if f"/{route.pattern}".startswith("/admin/"):
        return Gate.ADMIN
    if route.name:
        return gates.ROUTES.get(route.name)
    twins = [each for each in ALL if each.name and each.view is route.view]
    return gates.ROUTES.get(twins[0].name) if twins else None


def test_every_address_declares_its_gate() -> None:
    assert len(ALL) > 150
    assert [route.key for route in ALL if gate_of(route) is None] == []
    assert set(gates.ROUTES) - {route.name for route in ALL} == set()


def test_an_address_without_a_gate_is_noticed() -> None:
    assert gate_of(Route("api/v1/leak/", "sharing-api:leak", lambda: None)) is None
    assert gate_of(Route("leak", "", lambda: None)) is None


def test_the_admin_registers_no_content() -> None:
    from django.contrib import admin

    assert {model._meta.app_label for model in admin.site._registry} <= gates.ADMIN_ROOMS


# The gates hold ----------------------------------------------------------------------------------


def clients(*names: str) -> dict[str, Client]:
    everyone = principals()
    return {name: client_of(everyone[name]) for name in names}


def hidden(oracle: Oracle) -> dict[str, str]:
    """Return what a stranger of cert-nl may not know of, by kind."""
    other = Credential.objects.filter(member__slug="cert-ee").order_by("pk")[0]
    person = Person.objects.filter(member__slug="cert-ee").order_by("pk")[0]
    circle = Circle.objects.exclude(memberships__member__slug="cert-nl").order_by("pk")[0]
    found = oracle.world.incidents["I07"]
    notice = RecallNotice.objects.exclude(member__slug="cert-nl")[0]
    return {
        "ref": found.ref,
        "stix_id": found.stix_id,
        "public_id": other.public_id,
        "person": str(person.pk),
        "circle": circle.slug,
        "member": "app-cz",
        "notice": str(notice.key),
        "reuse": str(ReuseRequest.objects.all()[0].pk),
        "erasure": str(Erasure.objects.all()[0].pk),
    }


def methods(route: Route) -> tuple[str, ...]:
    return METHODS if for_machines(f"/{route.pattern}") else ("GET", "POST")


def body(method: str) -> object:
    return {} if method in {"POST", "PUT", "PATCH"} else None


def test_anonymous_passes_open_gates_alone(oracle: Oracle) -> None:
    client, wrong = Client(), []
    for route in ALL:
        gate, url = gate_of(route), addresses(route)[0]
        for method in methods(route):
            answer = ask(client, url, method, body(method))
            if not _anonymous_is_right(gate, answer):
                wrong.append(f"{gate}: {method} {url} {answer.status}")
    assert wrong == []


def _anonymous_is_right(gate: Gate | None, answer: Answer) -> bool:
    to_sign_in = answer.status == 302 and re.search(
        "/(sign-in|login|reauthenticate)/", answer.headers["Location"]
    )
    if gate is Gate.OPEN:
        return answer.status < 500 or answer.url == "/readyz"
    if gate is Gate.NOWHERE:
        return answer.status == 404
    if gate is Gate.OPERATOR:
        return answer.status in {200, 405}  # the test client sits on this machine
    if for_machines(answer.url):
        return answer.status == 401
    if gate is Gate.ADMIN and answer.url == "/admin/logout/":
        return answer.status in {302, 405}
    if gate is Gate.SIGNED_IN and answer.url == "/settings/" and answer.method == "POST":
        return answer.status == 302  # language and theme are kept for anybody, in cookies
    return bool(to_sign_in) or answer.status == 405


def test_the_operators_address_exists_for_nobody_else(oracle: Oracle) -> None:
    nothing = Client().get("/nowhere", headers={"X-Forwarded-For": "192.0.2.1"})
    refused = Client().get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert refused.status_code == nothing.status_code == 404
    assert plain(refused.content, []) == plain(nothing.content, [])


STRANGERS = ("reviewer@cert-nl.example", "admin@cert-nl.example", "cfc_demo-cert-nl")
STAFF = ("auditor@coalition.example", "secretariat-front@coalition.example")


@pytest.mark.parametrize("name", [*STRANGERS, *STAFF])
def test_what_is_hidden_is_answered_like_what_does_not_exist(oracle: Oracle, name: str) -> None:
    client, wrong, known = clients(name)[name], [], hidden(oracle)
    gated = {Gate.OWN, Gate.SHARED, Gate.FEED}
    gated |= {Gate.DIRECTORY, Gate.ADMINISTRATION} if name in STRANGERS else set()
    tried = 0
    for route in ALL:
        if gate_of(route) not in gated or not route.places:
            continue
        there, nowhere = pair(route, known)
        if there == nowhere or (name.startswith("cfc_") and not for_machines(there)):
            continue  # a page knows no credential
        tried += 1
        for method in methods(route):
            one, other = (ask(client, url, method, body(method)) for url in (there, nowhere))
            if told(one, *known.values()) != told(other, *known.values()):
                wrong.append(f"{method} {there}: {one.status}, {nowhere}: {other.status}")
            if one.status == 200 and method in {"GET", "POST"}:
                wrong.append(f"{method} {there}: answered")
    assert tried > 20
    assert wrong == []


@pytest.mark.parametrize("name", ["platform-admin", "auditor"])
def test_staff_without_content_rights_read_no_incident(oracle: Oracle, name: str) -> None:
    staff = f"{name}@coalition.example"
    client, wrong = clients(staff)[staff], []
    for route in ALL:
        if gate_of(route) in {Gate.OWN, Gate.SHARED} and "ref" in route.places:
            url = pair(route, hidden(oracle))[0]
            for method in methods(route):
                status = ask(client, url, method, body(method)).status
                wanted = {401} if for_machines(url) else {404, 405, 403}
                wrong += [f"{method} {url} {status}"] if status not in wanted else []
    assert wrong == []


def test_the_admin_opens_for_platform_administrators_alone(oracle: Oracle) -> None:
    wrong = []
    for name, client in clients(*STRANGERS, *STAFF).items():
        for route in ALL:
            if gate_of(route) is Gate.ADMIN and "logout" not in route.pattern:
                answer = ask(client, addresses(route)[0])
                if answer.status not in {302, 403, 404, 405}:
                    wrong.append(f"{name}: {answer.url} {answer.status}")
    assert wrong == []


def test_a_credential_without_the_scope_is_refused(oracle: Oracle) -> None:
    credential = Credential.objects.get(public_id="cfc_demo-cert-ee")
    Credential.objects.filter(pk=credential.pk).update(scopes=["members:admin"])
    try:
        client, wrong, tried = clients("cfc_demo-cert-ee")["cfc_demo-cert-ee"], [], 0
        own = {"ref": oracle.world.incidents["tear"].ref}
        for route in ALL:
            url = f"/{route.pattern}"
            if gate_of(route) not in {Gate.OWN, Gate.SHARED, Gate.FEED} or not for_machines(url):
                continue
            tried += 1
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                status = ask(client, pair(route, own)[0], method, body(method)).status
                if status not in {403, 405}:
                    wrong.append(f"{method} {pair(route, own)[0]} {status}")
        assert tried > 20
        assert wrong == []
    finally:
        Credential.objects.filter(pk=credential.pk).update(scopes=credential.scopes)


def test_pages_answer_html_but_for_declared_exports(oracle: Oracle) -> None:
    wrong, seen = [], set()
    names = (
        "reviewer@cert-ee.example",
        "admin@cert-ee.example",
        "platform-admin@coalition.example",
    )
    own = {"ref": oracle.world.incidents["tear"].ref, "member": "cert-ee"}
    for name, client in clients(*names).items():
        for route in ALL:
            if for_machines(f"/{route.pattern}") or "logout" in route.pattern:
                continue
            answer = ask(client, pair(route, own)[0])
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            if answer.status != 200 or kind == "text/html":
                continue
            seen.add(route.name)
            if gates.EXPORTS.get(route.name) != kind:
                wrong.append(f"{name}: {route.name} {kind}")
    assert wrong == []
    assert {"healthz", "readyz"} <= seen


# Code that could make an outlet ------------------------------------------------------------------


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


def reaches_content(source: str) -> set[str]:
    """Return the models with content that a module imports, and their tables in its strings."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[:2] in (["sharing", "models"], ["incidents", "models"]):
                found |= {each.name for each in node.names} & (CONTENT | {"*"})
            if node.module in {"sharing", "incidents"}:
                found |= {each.name for each in node.names} & {"models"}
        elif isinstance(node, ast.Import):
            modules_ = {each.name for each in node.names}
            found |= {each for each in modules_ if re.match(r"(sharing|incidents)\.models", each)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {match[0] for match in TABLES.finditer(node.value)}
        elif isinstance(node, ast.Attribute) and node.attr in {"get_model", "get_models"}:
            found.add(node.attr)
    return found


def _covered(name: str) -> bool:
    inside = any(name == each or name.startswith(f"{each}.") for each in gates.READERS)
    return inside or name in gates.OWNERS_PAGES


def test_only_declared_modules_reach_content() -> None:
    found = {name: reaches_content(path.read_text()) for name, path in modules()}
    assert {name: what for name, what in found.items() if what and not _covered(name)} == {}


def test_an_outlet_that_reaches_past_the_door_is_noticed() -> None:
    assert reaches_content("from sharing.models import Grant, GrantKind") == {"Grant"}
    assert reaches_content("from incidents import models") == {"models"}
    assert reaches_content("import sharing.models.grants") == {"sharing.models.grants"}
    assert reaches_content("x = 'SELECT 1 FROM sharing_renderingobject'")
    assert reaches_content("apps.get_model('sharing', 'Grant')") == {"get_model"}
    assert reaches_content("from sharing.models import GrantKind") == set()


def _import_all() -> None:
    for room in ROOMS:
        package = importlib.import_module(room)
        for each in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not re.search(r"\.(migrations|management|embedded|wsgi)\b", each.name):
                importlib.import_module(each.name)


def _kinds(of: type[Any]) -> Iterator[type[Any]]:
    for each in of.__subclasses__():
        yield each
        yield from _kinds(each)


def test_serializers_only_translate() -> None:
    _import_all()
    ours: set[type[Any]] = {
        each for each in _kinds(BaseSerializer) if each.__module__.split(".")[0] in ROOMS
    }
    assert len(ours) > 30
    bases = {"sharing.rest"}
    assert {each.__module__ for each in ours} - bases <= gates.TRANSLATORS | _translating(ours)
    for each in ours:
        assert not issubclass(each, ModelSerializer), each
        fields = getattr(each, "_declared_fields", {}).values()
        assert not any(isinstance(field, RelatedField) for field in fields), each
    for name in gates.TRANSLATORS:
        source = inspect.getsource(importlib.import_module(name))
        assert not re.search(
            r"\b(Grant|Release|StixObject)\.objects\b|connection\.cursor|sharing\.queries", source
        ), name


def _translating(ours: set[type]) -> set[str]:
    return {each.__module__ for each in ours if each.__module__ in gates.OWNERS_PAGES}


def test_tasks_are_declared_and_take_ids() -> None:
    _import_all()
    current_app.loader.import_default_modules()
    tasks = {name: task for name, task in current_app.tasks.items() if name.split(".")[0] in ROOMS}
    assert set(tasks) == gates.TASKS
    for name, task in tasks.items():
        takes = inspect.signature(task.run)
        assert {each.annotation for each in takes.parameters.values()} <= {"int"}, name
        assert takes.return_annotation == "None", name


MAIL = re.compile(
    r"\b(send_mail|send_mass_mail|EmailMessage|EmailMultiAlternatives|mail_admins|mail_managers"
    r"|email_user|django\.core\.mail|smtplib)\b"
)


def test_only_declared_modules_send_mail() -> None:
    sending = {
        name
        for name, path in modules()
        if MAIL.search(path.read_text()) and name not in {"cyberframe.gates", "cyberframe.settings"}
    }
    assert sending == gates.MAILERS
    templates = [path for room in ROOMS for path in (ROOT / room).rglob("templates/**/email/*")]
    assert templates == []
