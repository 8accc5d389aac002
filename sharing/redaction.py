"""One outcome of a release as final JSON: the submitter's, marked and cut (domain §3, pure).

What is not touched keeps the submitter's bytes: an object is opened only along the paths that
are cut, so numbers, unknown properties and their order survive (msgspec.Raw).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from incidents.stix.markings import (
    CYBERFRAME_IDENTITY,
    CYBERFRAME_REDACTED_EXT,
    PAP_IDS,
    PAP_WORD_OF,
    TLP2_IDS,
    TLP_WORD_OF,
)
from members.tlp import PAP, TLP
from sharing.policy.paths import GONE, Opened, Path, cut, moved, resolve, text_of
from sharing.policy.plan import effective_markings
from sharing.policy.types import Context, Obligations, Outcome

_MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ORCON: Final = "ORCON: pass on only with the originator's consent."


@dataclass(frozen=True, slots=True)
class Projected:
    """One object as it is served.

    `ordinal` is its place among the release's objects, from 0, whatever else is shown.
    `version` is given only for the markings made here.
    """

    ordinal: int
    id: str
    text: str
    redacted: bool
    version: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A `statement` marking definition that says on the wire what TLP and PAP cannot.

    Its id follows from its words, so the same words are the same object in every release.
    """

    words: str

    @property
    def id(self) -> str:
        """Return the id: a UUIDv5 of the words in the platform's name space."""
        space = uuid.UUID(CYBERFRAME_IDENTITY.partition("--")[2])
        return f"marking-definition--{uuid.uuid5(space, self.words)}"

    @property
    def text(self) -> str:
        """Return the object's JSON."""
        value = {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": self.id,
            "created_by_ref": CYBERFRAME_IDENTITY,
            "created": "2026-01-01T00:00:00.000Z",
            "definition_type": "statement",
            "definition": {"statement": self.words},
        }
        return msgspec.json.encode(value).decode()


def statements(context: Context) -> tuple[Statement, ...]:
    """Return every statement that an outcome of this context may carry, in a fixed order.

    Their ordinals follow those of the context's items: a release takes
    `len(context.items) + len(statements(context))` places.
    """
    items = (item for item in context.items.values() if not item.reference)
    found = {m for item in items for m in effective_markings(item, context)}
    orcon = [Statement(_ORCON)] if any(m.orcon for m in found) else []
    times = {m.expires_at for m in found if m.expires_at is not None}
    return (*orcon, *(_delete_by(time) for time in sorted(times)))


def _delete_by(time: datetime) -> Statement:
    return Statement(f"Delete by {time.astimezone(UTC).isoformat().replace('+00:00', 'Z')}.")


def _said(bound: Obligations) -> list[Statement]:
    orcon = [Statement(_ORCON)] if bound.orcon else []
    return orcon + ([_delete_by(bound.delete_by)] if bound.delete_by else [])


def project(context: Context, texts: Mapping[str, str], outcome: Outcome) -> list[Projected]:
    """Return the objects of an outcome as served, in the release's order, then the statements.

    `texts` holds the submitted JSON of every visible object by id. Reference data stays as it
    is. The ids and times of objects never change.
    """
    ordinals = {name: place for place, name in enumerate(context.items)}
    served, said = [], set[Statement]()
    for name in outcome.visible:
        text, cuts = texts[name], outcome.cuts.get(name, frozenset())
        if not context.items[name].reference:
            made = _said(outcome.marks[name])
            said.update(made)
            text = rewritten(text, cuts, outcome.marks[name], [one.id for one in made])
        served.append(Projected(ordinals[name], name, text, redacted=bool(cuts)))
    # A submitted object may already be the very statement: it then stands at its own place.
    for place, one in enumerate(statements(context), start=len(ordinals)):
        if one in said and one.id not in outcome.visible:
            served.append(Projected(place, one.id, one.text, redacted=False, version=_MADE_AT))
    return served


def rewritten(
    text: str, cuts: Collection[Path], bound: Obligations, statement_ids: Collection[str] = ()
) -> str:
    """Return an object's JSON with what stands at `cuts` gone, and its effective marking set."""
    before = _members(text)
    after = _cut(before, cuts) if cuts else before
    refs = _decoded(after.get("object_marking_refs"), [])
    marked = marking_refs(refs, bound, statement_ids)
    if not cuts and marked == refs:
        return text
    return msgspec.json.encode({**after, "object_marking_refs": marked}).decode()


def marking_refs(refs: list[str], bound: Obligations, statement_ids: Collection[str]) -> list[str]:
    """Return the marking references on the wire: the effective TLP (2.0), PAP above CLEAR,
    statements, and all submitted ones but looser or older words for the same.
    """
    tlp = TLP2_IDS[bound.tlp.word]
    pap = PAP_IDS[bound.pap.word] if bound.pap > PAP.CLEAR else None

    def kept(ref: str) -> bool:
        if ref in TLP_WORD_OF:
            return ref == tlp or TLP.parse(TLP_WORD_OF[ref]) > bound.tlp
        if ref in PAP_WORD_OF and pap is not None:
            return ref == pap or PAP.parse(PAP_WORD_OF[ref]) > bound.pap
        return True

    wanted = [tlp, *([pap] if pap else []), *statement_ids]
    found = [ref for ref in refs if kept(ref)]
    return found + [ref for ref in wanted if ref not in found]


# Cutting -------------------------------------------------------------------------------------

_Members = dict[str, Any]  # values are msgspec.Raw until opened


def _members(text: str) -> _Members:
    return dict(msgspec.json.decode(text, type=dict[str, msgspec.Raw]))


def opened(value: Any) -> Opened:
    """Return the members of a raw list or dictionary, themselves raw; None for other values."""
    if not isinstance(value, msgspec.Raw):
        return value if isinstance(value, dict | list) else None
    first = bytes(value)[:1]
    if first == b"{":
        return msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(value, type=list[msgspec.Raw]) if first == b"[" else None


def _decoded(value: Any, default: Any) -> Any:
    """Return the plain value of what may be raw, half opened or absent."""
    return default if value is None else msgspec.json.decode(msgspec.json.encode(value))


def _cut(members: _Members, cuts: Collection[Path]) -> _Members:
    """Return the members without what is cut, granular markings put right, flagged redacted."""
    body = {name: _decoded(value, None) for name, value in members.items()}
    removed: set[Path] = set()
    left = cut(members, cuts, opened=opened, removed=removed)
    if left is GONE:
        raise ValueError("nothing is left of the object")
    entries = opened(left.pop("granular_markings", None))
    if isinstance(entries, list):
        kept = [entry for raw in entries if (entry := _granular(raw, body, removed))]
        if kept:
            left["granular_markings"] = kept
    flag = {"extension_type": "property-extension", "redacted": True}
    extensions = opened(left.get("extensions"))
    found = dict(extensions) if isinstance(extensions, Mapping) else {}
    return {**left, "extensions": {**found, CYBERFRAME_REDACTED_EXT: flag}}


def _granular(raw: Any, body: Mapping[str, Any], removed: set[Path]) -> _Members | None:
    """Return a granular marking with its selectors where their content now stands.

    None if all that it selected is gone. `body` is the object before the cuts, in which the
    selectors were written.
    """
    entry = opened(raw)
    if not isinstance(entry, Mapping):
        return None
    selectors = []
    for selector in _decoded(entry.get("selectors"), []):
        path = resolve(body, selector)
        new = None if path is None else moved(path, removed)
        if new is not None:
            selectors.append(text_of(new))
    return {**entry, "selectors": selectors} if selectors else None
