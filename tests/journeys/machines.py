"""A member's machine: files and releases over REST, collects with the OASIS TAXII client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from taxii2client.v21 import Server, as_pages

ROOT = "/taxii2/coalition/collections"


@dataclass(frozen=True, slots=True)
class Machine:
    """One service credential of the demo world."""

    base_url: str
    slug: str
    id: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer of the REST interface."""
        return httpx.request(
            method, f"{self.base_url}/api/v1{path}", headers=self.headers, timeout=60, **options
        )

    def file(self, body: dict[str, Any]) -> str:
        """File an incident; return its reference."""
        answer = self.call("POST", "/incidents/", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ref"])

    def submit(self, ref: str) -> None:
        answer = self.call("POST", f"/incidents/{ref}/submit/")
        assert answer.status_code == 200, answer.text

    def audience(self, ref: str) -> dict[str, Any]:
        """Return the list that a release would go to, with its digest."""
        answer = self.call("GET", f"/incidents/{ref}/audience/")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def release(self, ref: str) -> dict[str, Any]:
        """Release to the present list; return that list."""
        promised = self.audience(ref)
        answer = self.call(
            "POST",
            f"/incidents/{ref}/release/",
            json={"digest": promised["digest"], "report_kind": "notification"},
        )
        assert answer.status_code == 200, answer.text
        return promised

    def share(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """File, submit and release; return the reference and the list."""
        ref = self.file(body)
        self.submit(ref)
        return ref, self.release(ref)

    def pull(self, collection: str = "all-permitted") -> list[dict[str, Any]]:
        """Return every object of a collection, paged by the OASIS client."""
        server = Server(f"{self.base_url}/taxii2/", user=self.id, password=self.secret)
        found = next(c for c in server.default.collections if c.alias == collection)
        pages = as_pages(found.get_objects, per_request=100)
        return [obj for page in pages for obj in page.get("objects", [])]

    def ask(self, **query: str) -> httpx.Response:
        """Return what TAXII answers to a request for objects."""
        return httpx.get(
            f"{self.base_url}{ROOT}/all-permitted/objects/",
            headers=self.headers | {"Accept": "application/taxii+json;version=2.1"},
            params=query,
            timeout=60,
        )

    def poll(self, after: str | None, limit: int = 50) -> tuple[list[dict[str, Any]], str | None]:
        """Return the next objects by `added_after` alone, and what to ask with next time."""
        answer = self.ask(limit=str(limit), **({"added_after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        last = answer.headers.get("X-TAXII-Date-Added-Last", after)
        return answer.json().get("objects", []), last

    def drain(self, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """Return all that is there now, page by page, and the cursor behind it."""
        found: list[dict[str, Any]] = []
        while True:
            objects, after = self.poll(after)
            if not objects:
                return found, after
            found += objects


def machine(base_url: str, world: dict[str, Any], slug: str, channel: str = "internal") -> Machine:
    """Return a member's credential of that channel."""
    member = next(m for m in world["members"] if m["slug"] == slug)
    found = next(c for c in member["credentials"] if c["channel"] == channel)
    return Machine(base_url, slug, found["id"], found["secret"])
