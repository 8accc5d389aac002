"""Reading all of the site as somebody: every address, every link, every search form."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.test import Client

from tests.leaks.oracle import Principal
from tests.leaks.routes import addresses, routes

TAXII = "application/taxii+json;version=2.1"
EVERYTHING, FEW = 10_000, 2
MOST = 900  # pages of one principal; more is a crawl that does not end
_LEAVE = ("/account/logout", "/admin/logout", "/static/", "/i18n/")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with all that could tell something; `body` is unpacked."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def everything(self) -> bytes:
        """Return headers and body as bytes."""
        head = "\n".join(f"{key}: {value}" for key, value in self.headers.items())
        return head.encode() + b"\n\n" + self.body

    @property
    def is_html(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html")


def client_of(principal: Principal, **options: Any) -> Client:
    """Return a client elsewhere (this machine's own may read the metrics) that is signed in."""
    headers = {"X-Forwarded-For": "192.0.2.1"}
    if principal.credential is not None:
        headers["Authorization"] = f"Bearer {principal.secret}"
    client = Client(headers=headers, **options)
    if principal.person is not None:
        client.force_login(principal.person)
    return client


def ask(client: Client, url: str, method: str = "GET", data: Any = None) -> Answer:
    """Return the answer to one request."""
    accept = TAXII if url.startswith("/taxii2/") else "*/*"
    body = b"" if data is None else json.dumps(data).encode()
    got: Any = client.generic(
        method, url, body, content_type="application/json", headers={"Accept": accept}
    )
    body = b"".join(got.streaming_content) if got.streaming else got.content
    if got.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    headers = dict(got.items())
    if got.cookies:
        headers["Set-Cookie"] = " ".join(sorted(got.cookies))
    return Answer(method, url, got.status_code, headers, body)


def crawl(principal: Principal, *, deep: bool = True, forms: bool = False) -> Iterator[Answer]:
    """Yield the answers to every address, and to what these lead to.

    `deep` tries every incident at every route, else at its page alone. `forms` tries all of
    everything else too, fills in search forms and follows links with a query (filters, sorts,
    places).
    """
    client = client_of(principal)
    seen: set[str] = set()
    waiting: deque[str] = deque()
    for route in routes():
        if f"/{route.pattern}".startswith(_LEAVE) or (route.name == "api-schema" and not forms):
            continue
        every = forms or (deep and "ref" in route.places) or route.name == "incidents:detail"
        most = EVERYTHING if every else FEW
        for url in addresses(route, most=most):
            seen.add(url)
            answer = ask(client, url)
            yield answer
            if not _closed(answer):
                waiting.extend(_onward(answer))
            else:
                break  # whatever stands in its places, this route is shut to the principal
    count, queries = 0, Counter[str]()
    while waiting:
        url = waiting.popleft()
        if url in seen or url.startswith(_LEAVE) or _too_many(url, queries, forms=forms):
            continue
        count += 1
        assert count < MOST, f"{principal.name}: the crawl does not end ({url})"
        seen.add(url)
        answer = ask(client, url)
        yield answer
        waiting.extend(_onward(answer))


def _too_many(url: str, queries: Counter[str], *, forms: bool) -> bool:
    """Say whether a query is left out: all without `forms`, of the admin's but a few.

    The admin hangs the list that one came from on every address: the same page again.
    """
    path, _, query = url.partition("?")
    if "_changelist_filters" in query:
        return True
    queries[path] += bool(query)
    most = 0 if not forms else 3 if path.startswith("/admin/") else 40
    return bool(query) and queries[path] > most


def _closed(answer: Answer) -> bool:
    """Say that a route is shut to the principal, whatever stands in its places."""
    target = answer.headers.get("Location", "")
    to_sign_in = answer.status == 302 and ("/sign-in/" in target or "/login/" in target)
    return to_sign_in or answer.status in {401, 405}


def _onward(answer: Answer) -> list[str]:
    """Return where an answer leads: links, search forms, the next page of a list or feed."""
    if answer.status in {301, 302}:
        return [_local(answer.url, answer.headers["Location"])]
    if answer.is_html:
        page = _Links()
        page.feed(answer.body.decode())
        found = [_local(answer.url, link) for link in page.found]
        return [url for url in found if url]
    return []


def _local(base: str, link: str) -> str:
    """Return the path and query of a link of this site, "" for others."""
    parts = urlsplit(urljoin(f"http://testserver{base}", link))
    if parts.netloc != "testserver":
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class _Form:
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def urls(self) -> list[str]:
        """Return the form with each value of each field by itself."""
        pairs = [(name, value) for name, values in self.fields.items() for value in values]
        return [f"{self.action}?{urlencode({name: value})}" for name, value in pairs]


class _Links(HTMLParser):
    """Collects what a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._form: _Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.found += [given[key] for key in ("href", "hx-get") if key in given and tag != "link"]
        if tag == "form" and given.get("method", "get").lower() == "get":
            self._form = _Form(given.get("action", ""))
        if self._form is None:
            return
        if tag == "select":
            self._select = given.get("name", "")
        if tag == "option" and self._select:
            self._form.fields.setdefault(self._select, []).append(given.get("value", ""))
        if tag == "input" and given.get("type") not in {"search", "text", "hidden"}:
            self._form.fields.setdefault(given.get("name", ""), []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            self.found += self._form.urls()
            self._form = None
        if tag == "select":
            self._select = ""


def told(answer: Answer, *words: str) -> tuple[int, dict[str, str], bytes]:
    """Return all that an answer tells; what was asked for, and these words, are written alike."""
    said = [answer.url, *words, *answer.url.strip("/").split("/")]
    headers = {
        key: plain(value.encode(), said).decode()
        for key, value in answer.headers.items()
        if key not in {"X-Request-Id", "Content-Length"}
    }
    return answer.status, headers, plain(answer.body, said)


def plain(data: bytes, words: Iterable[str]) -> bytes:
    """Return bytes without CSRF tokens, keys of forms, numbers of requests and the words."""
    data = re.sub(rb'(<input type="hidden" name="key" value=")[0-9a-f-]{36}', rb"\1", data)
    data = re.sub(rb'(name="csrfmiddlewaretoken" value=")[^"]+', rb"\1", data)
    data = re.sub(rb'("X-CSRFToken": *"|X-CSRFToken&quot;: *&quot;)\w+', rb"\1", data)
    data = re.sub(rb"\b[0-9a-f]{16}\b", b"#", data)
    for word in sorted(words, key=len, reverse=True):
        if len(word) > 2 and not word.isalpha():
            data = data.replace(word.encode(), b"<asked>")
    return data
