"""What is hidden changes no byte for anyone who may not see it.

Taken out before comparing: CSRF tokens, numbers of requests, and (where something is written
after the hidden thing) the positions of later writes and the random reference of what is filed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from feeds.taxii.collections import ALL_PERMITTED
from incidents.models import Incident
from incidents.services import amend, return_to_draft, submit
from members.models import Circle, Member
from members.models.choices import CircleKind
from members.services import NewCircle, create_circle
from members.tiers import Tier
from members.tlp import TLP
from sharing import standing_changes
from sharing.models import ReuseRequest
from sharing.services.life import retract_incident
from tests.factories import bundle, indicator, stix_id
from tests.leaks.crawl import Answer, ask, client_of, crawl, told
from tests.leaks.oracle import Oracle, principals
from tests.leaks.world import T0, World, by, file, objects, release

pytestmark = pytest.mark.django_db

OWNER, FRIEND = "cert-ua", "csirt-pl"
OTHERS = [
    "public",
    "auditor@coalition.example",
    "reviewer@cert-nl.example",
    "admin@cert-de.example",
    "reviewer@nwt-csirt.example",
    "cfc_demo-cert-ee",
    "cfc_demo-cert-ee-blocklist",
    "cfc_demo-cert-ie",
]
RED = {"tlp": "RED", "named": [FRIEND]}


@contextmanager
def undone() -> Iterator[None]:
    """Take back at the end what is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def hide(world: World) -> None:
    """Write all kinds of things that only OWNER, and some of it FRIEND, may know of."""
    at = T0 - timedelta(minutes=30)
    author, reviewer = by("analyst", OWNER), by("reviewer", OWNER)

    def filed(name: str, *more: dict[str, Any]) -> Incident:
        made = [*objects(name, OWNER, at, level=5), *more]
        return file(OWNER, bundle(*made), at=at, marking=RED)

    known = next(  # an observable that everybody knows of from elsewhere
        obj
        for obj in _public_objects(world)
        if obj["type"] in {"ipv4-addr", "domain-name", "url", "file"}
    )
    live = filed("hidden live", known)
    submit(by=author, incident=live, now=at)
    release(live, at=at, reason="hidden")
    amend(by=author, incident=live, now=at + timedelta(minutes=1))
    later = at + timedelta(minutes=2)
    file(OWNER, bundle(*objects("hidden live", OWNER, later, level=5)), at=later, marking=RED)
    gone = filed("hidden gone")
    submit(by=author, incident=gone, now=at)
    release(gone, at=at, reason="hidden")
    retract_incident(by=reviewer, incident=gone, reason="hidden", now=later)
    draft = filed("hidden draft")
    submit(by=author, incident=draft, now=at)
    return_to_draft(by=reviewer, incident=draft, note="hidden", now=at)
    ReuseRequest.objects.create(
        incident=draft,
        object_id=known["id"],
        originator=Member.objects.get(slug=FRIEND),
        marking=RED,
        purpose="hidden",
        asked_by=author.person,
        asked_at=at,
    )
    new = NewCircle(
        slug="hidden-circle",
        name="Hidden",
        kind=CircleKind.BILATERAL,
        min_tier=Tier.CORE,
        max_tlp=TLP.RED,
        chatham_house=True,
        ends_at=None,
    )
    circle = create_circle(new=new, actor=reviewer.actor, now=at)
    friend = Member.objects.get(slug=FRIEND)
    standing_changes.join_circle(circle=circle, member=friend, actor=reviewer.actor, now=at)


def _public_objects(world: World) -> list[dict[str, Any]]:
    import json

    head = world.incidents["I13"].head or world.incidents["I01"].head
    assert head is not None
    found = json.loads(head.source)["objects"]
    heads = [world.incidents[key].head for key in ("I01", "I05", "I12")]
    return [*found, *(o for each in heads if each for o in json.loads(each.source)["objects"])]


@pytest.mark.parametrize("name", OTHERS)
def test_a_hidden_incident_changes_no_answer(oracle: Oracle, name: str) -> None:
    principal = principals()[name]
    before = list(crawl(principal, deep=False))
    assert len(before) > 60
    client = client_of(principal)
    with undone():
        hide(oracle.world)
        after = [ask(client, each.url) for each in before]
    changed = [
        one.url for one, other in zip(before, after, strict=True) if told(one) != told(other)
    ]
    assert changed == []


def test_who_may_know_sees_a_change(oracle: Oracle) -> None:
    """The comparison can fail: it does for the one the hidden incident is named to."""
    for name in ("analyst@csirt-pl.example", "reviewer@cert-ua.example"):
        client = client_of(principals()[name])
        before = [ask(client, url) for url in ("/", "/incidents/", "/circles/")]
        with undone():
            hide(oracle.world)
            after = [ask(client, each.url) for each in before]
        assert all(told(a) != told(b) for a, b in zip(before, after, strict=True)), name


def _later(world: World) -> str:
    """Release something that everybody may see; return its reference."""
    found = file(
        "cert-ee",
        bundle(*objects("later", "cert-ee", T0)),
        at=T0,
        marking={"tlp": "GREEN"},
    )
    submit(by=by("analyst", "cert-ee"), incident=found, now=T0)
    release(found, at=T0)
    return found.ref


def _collected(client: Client) -> list[Answer]:
    base = f"/taxii2/coalition/collections/{ALL_PERMITTED.id}"
    urls = [f"{base}/{what}/?limit=40" for what in ("objects", "manifest")]
    made = [ask(client, url) for url in urls]
    made.append(ask(client, f"{urls[0]}&added_after=2026-11-22T19:50:00Z"))
    return [*made, ask(client, "/api/v1/incidents/?limit=2"), ask(client, "/api/v1/recalls/")]


def _without_positions(answer: Answer, ref: str) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = told(answer, ref)
    later = rb"2026-11-22T(19:5\d|20:\d\d):\d\d\.\d+Z"
    body = re.sub(rb'"next":"[^"]*"', b'"next":""', re.sub(later, b"later", body))
    headers = {key: re.sub(later.decode(), "later", value) for key, value in headers.items()}
    return status, headers, body


def test_what_is_released_after_a_hidden_release_reads_the_same(oracle: Oracle) -> None:
    client = client_of(principals()["cfc_demo-cert-ie"])
    with undone():
        ref = _later(oracle.world)
        without = [_without_positions(each, ref) for each in _collected(client)]
    with undone():
        hide(oracle.world)
        ref = _later(oracle.world)
        with_ = [_without_positions(each, ref) for each in _collected(client)]
    assert with_ == without


def test_filing_ids_that_exist_unseen_is_answered_like_ids_that_do_not(oracle: Oracle) -> None:
    client = client_of(principals()["cfc_demo-cert-nl"])
    hidden = oracle.world.incidents["I07"]
    assert hidden.head is not None
    inner = hidden.head.places.filter(object__type="indicator")[0].object.stix_id
    fresh = stix_id("indicator", "no such")
    for owner in ("cert-nl", "cert-ua"):  # as one's own, and as a copy of the owner's
        answers = []
        for target in (inner, fresh):
            made = indicator("named alike", owner=owner) | {"id": target}
            tie = indicator("beside", owner="cert-nl")
            with undone():
                answers.append(
                    ask(client, "/api/v1/incidents/", "POST", _bundle("probe", made, tie))
                )
        one, other = (told(each, inner, fresh, *_refs(each)) for each in answers)
        assert one == other, owner


def _bundle(name: str, *made: dict[str, Any]) -> dict[str, Any]:
    ours = objects(name, "cert-nl", T0)[:1]
    return {"type": "bundle", "id": stix_id("bundle", name), "objects": [*ours, *made]}


def _refs(answer: Answer) -> list[str]:
    return re.findall(r"CF-2026-[A-Z2-7]{6}", answer.body.decode())


def test_a_circle_slug_taken_by_a_hidden_circle_is_answered_like_a_free_one(
    oracle: Oracle,
) -> None:
    client = client_of(principals()["reviewer@cert-nl.example"])
    unseen = Circle.objects.exclude(memberships__member__slug="cert-nl").order_by("pk")[0]
    asked = {"name": "Ours", "kind": "bilateral", "min_tier": "partner", "max_tlp": "AMBER"}
    answers = []
    for slug in (unseen.slug, "surely-free"):
        with undone():
            answers.append(ask(client, "/api/v1/circles/", "POST", {**asked, "slug": slug}))
    assert answers[1].status == 201
    assert answers[0].status == answers[1].status
