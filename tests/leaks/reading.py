"""What a credential collects, object by object, through TAXII and REST."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.test import Client

from feeds.taxii.collections import ALL_PERMITTED, OWN
from tests.leaks.crawl import ask
from tests.leaks.tokens import found

Objects = dict[str, frozenset[str]]


def taxii(client: Client, name: str, *, limit: int = 60) -> Objects:
    """Return the tokens of every object of a collection, all versions, page by page."""
    base = f"/taxii2/coalition/collections/{name}/objects/?match[version]=all&limit={limit}"
    url: str | None = base
    made: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    while url is not None:
        answer = ask(client, url)
        assert answer.status == 200, answer
        envelope = json.loads(answer.body)
        _add(made, envelope.get("objects", []))
        url = f"{base}&next={envelope['next']}" if envelope.get("more") else None
    return dict(made)


def collections(client: Client) -> Objects:
    """Return what others shared and what is the member's own, as one."""
    made: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for name in (ALL_PERMITTED.id, OWN.id):
        for key, tokens in taxii(client, name).items():
            made[key] |= tokens
    return dict(made)


def listed(client: Client) -> list[dict[str, Any]]:
    """Return every row of the REST list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = ask(client, f"/api/v1/incidents/?limit=3{cursor}")
        assert answer.status == 200, answer
        body = json.loads(answer.body)
        rows += body["incidents"]
        if body["next"] is None:
            return rows
        cursor = f"&cursor={body['next']}"


def bundle(client: Client, ref: str) -> Objects:
    """Return the tokens of each object of one incident over REST."""
    answer = ask(client, f"/api/v1/incidents/{ref}/objects/")
    assert answer.status == 200, answer
    made: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    _add(made, json.loads(answer.body).get("objects", []))
    return dict(made)


def _add(made: defaultdict[str, frozenset[str]], objects: list[dict[str, Any]]) -> None:
    for each in objects:
        made[each["id"]] |= found(json.dumps(each).encode())
