"""What settling has to do: the grants that stand against those that should be.

A release that is replaced leaves its grants in place where the new one still permits what they
show, so that nobody gets an unchanged object twice and older versions stay to be asked for. Each
grant is looked at object by object and class by class of readers: what is still permitted keeps
its place in the feed, the rest leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from django.db import connection

from sharing.models import Grant, GrantKind
from sharing.publishing import Terms


@dataclass(frozen=True, slots=True)
class Held:
    """One object as a rendering shows it; `digest` is of its body."""

    object_id: str
    type: str
    version: datetime
    digest: str
    fullness: int
    tlp: int


Content = Mapping[int, Held]  # by ordinal


@dataclass(frozen=True, slots=True)
class Part:
    """What remains of a grant for some of its readers: on these terms, these ordinals."""

    terms: Terms
    readers: int
    ordinals: frozenset[int]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A grant to withdraw, what remains of it, and what its readers lose.

    `gone` holds (object, readers) of which those readers see no version any more by what should
    be granted.
    """

    grant: Grant
    content: Content
    parts: tuple[Part, ...] = ()
    gone: tuple[tuple[Held, int], ...] = ()

    @property
    def removed(self) -> frozenset[str]:
        """Return the ids of the objects that some reader of the grant loses in this place."""
        kept: dict[int, int] = defaultdict(int)
        for part in self.parts:
            for ordinal in part.ordinals:
                kept[ordinal] |= part.readers
        return frozenset(
            held.object_id
            for ordinal, held in self.content.items()
            if self.grant.readers & ~kept[ordinal]
        )

    @property
    def kept(self) -> frozenset[str]:
        """Return the ids of the objects that remain for some reader."""
        return frozenset(self.content[o].object_id for part in self.parts for o in part.ordinals)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What settling has to do: add, put on other terms where it stands, take out."""

    missing: list[tuple[int, Terms]]
    changed: list[tuple[Grant, Terms]]
    leaving: list[Leaving]
    staying: list[Grant]


_Wanted = Sequence[Terms]
_Key = tuple[int, int, tuple[str, ...] | None, int, _Wanted]


def compare(
    wanted: Sequence[tuple[int, Terms]], live: Sequence[Grant], now: datetime
) -> Comparison:
    """Return what makes the live grants of an incident those that are wanted. Up to two queries.

    A grant is kept while what should be shows its readers at least as much: what was given
    before an embargo ended stays where it is in the feed, and only the rest is added.
    """
    held: defaultdict[int, list[Grant]] = defaultdict(list)
    for grant in live:
        held[grant.member_id].append(grant)
    by_member: defaultdict[int, list[Terms]] = defaultdict(list)
    kept: dict[int, tuple[Grant, Terms]] = {}
    missing: dict[tuple[int, Terms], None] = {}
    for member_id, terms in wanted:
        by_member[member_id].append(terms)
        same = _stands(held[member_id], terms, now)
        if same is None:
            missing[member_id, terms] = None
        else:
            kept[same.pk] = same, terms
    changed = [(grant, terms) for grant, terms in kept.values() if not _on_terms(grant, terms)]
    others = [grant for grant in live if grant.pk not in kept]
    leaving, staying = [], [grant for grant, _ in kept.values()]
    if others:
        ids = {grant.rendering_id for grant in others} | {t.rendering_id for _, t in wanted}
        judge = _Judge(contents(ids), now)
        for grant in others:
            found = _once(judge(grant, tuple(by_member[grant.member_id])), missing)
            whole = _whole(found)
            if whole is None:
                leaving.append(found)
                continue
            staying.append(grant)
            if not _on_terms(grant, whole):
                changed.append((grant, whole))
    return Comparison([*missing], changed, leaving, staying)


def shown_again(
    wanted: Sequence[tuple[int, Terms]], notices: Sequence[Grant], now: datetime
) -> list[Leaving]:
    """Return the notices that revoke what is shown again by now, with what remains of them.

    One query. A revoked version is the later one: it would hide what an update brings back from
    the readers to whom it does.
    """
    if not notices:
        return []
    shown = [
        (member_id, terms)
        for member_id, terms in wanted
        if terms.kind == GrantKind.SHARED and terms.persons is None and terms.opened(now)
    ]
    held = contents({g.rendering_id for g in notices} | {t.rendering_id for _, t in shown})
    again: defaultdict[tuple[int, str], int] = defaultdict(int)
    for member_id, terms in shown:
        for each in held[terms.rendering_id].values():
            again[member_id, each.object_id] |= terms.readers
    found = []
    for grant in notices:
        content = held[grant.rendering_id]
        stays: defaultdict[int, set[int]] = defaultdict(set)
        for place, each in content.items():
            stays[grant.readers & ~again[grant.member_id, each.object_id]].add(place)
        if stays.keys() != {grant.readers}:
            terms = terms_of(grant)
            parts = (Part(terms, mask, frozenset(at)) for mask, at in stays.items() if mask)
            found.append(Leaving(grant, content, tuple(parts)))
    return found


def terms_of(grant: Grant) -> Terms:
    """Return the terms on which a grant stands."""
    return Terms(
        kind=GrantKind(grant.kind),
        rendering_id=grant.rendering_id,
        release_id=grant.release_id,
        tlp=grant.tlp,
        min_tier=grant.min_tier,
        readers=grant.readers,
        code=grant.code,
        persons=_persons(grant),
        not_persons=tuple(grant.not_persons),
        circles=tuple(grant.circles),
        groups=tuple(grant.groups),
        visible_from=grant.visible_from,
        visible_until=grant.visible_until,
        notice=grant.notice,
    )


def _once(found: Leaving, missing: dict[tuple[int, Terms], None]) -> Leaving:
    """Leave to a grant's remains what they are the very grant of; a second such one leaves."""
    grant, parts = found.grant, []
    for part in found.parts:
        wanted = (grant.member_id, part.terms)
        if _is_wanted(part, found):
            if wanted not in missing:
                continue
            del missing[wanted]
        parts.append(part)
    return replace(found, parts=tuple(parts))


def _is_wanted(part: Part, found: Leaving) -> bool:
    """Say whether what remains shows the very same to the very same readers as it should."""
    return (
        found.grant.rendering_id == part.terms.rendering_id
        and part.readers == part.terms.readers
        and _persons(found.grant) == part.terms.persons
        and len(part.ordinals) == len(found.content)
    )


def _stands(held: Sequence[Grant], terms: Terms, now: datetime) -> Grant | None:
    """Return the grant that is what should be, if one is; one rightly grounded before others."""
    same = [grant for grant in held if _same(grant, terms, now)]
    return next((g for g in same if _on_terms(g, terms)), same[0] if same else None)


def _same(grant: Grant, terms: Terms, now: datetime) -> bool:
    """Say whether a stored grant shows the same readers the same, on whatever grounds.

    One that has opened keeps its opening. One that is over stays over: cursors have passed it.
    """
    opened = grant.visible_from is None or grant.visible_from <= now
    return (
        grant.kind == terms.kind
        and grant.rendering_id == terms.rendering_id
        and grant.readers == terms.readers
        and grant.tlp == terms.tlp
        and grant.min_tier == terms.min_tier
        and _persons(grant) == terms.persons
        and tuple(grant.not_persons) == terms.not_persons
        and (grant.visible_from == terms.visible_from or (terms.visible_from is None and opened))
        and (grant.visible_until == terms.visible_until or not _is_over(grant, now))
    )


def _is_over(grant: Grant, now: datetime) -> bool:
    return grant.visible_until is not None and grant.visible_until <= now


def _persons(grant: Grant) -> tuple[str, ...] | None:
    return None if grant.persons is None else tuple(grant.persons)


def _on_terms(grant: Grant, terms: Terms) -> bool:
    """Say whether a grant rests on what it should, and until when."""
    return (
        tuple(grant.circles) == terms.circles
        and tuple(grant.groups) == terms.groups
        and grant.visible_until == terms.visible_until
        and grant.tlp == terms.tlp
        and grant.min_tier == terms.min_tier
        and tuple(grant.not_persons) == terms.not_persons
    )


def _whole(leaving: Leaving) -> Terms | None:
    """Return the terms on which all of a grant remains for all its readers, if there are."""
    if len(leaving.parts) != 1:
        return None
    (part,) = leaving.parts
    whole = part.readers == leaving.grant.readers and len(part.ordinals) == len(leaving.content)
    return part.terms if whole else None


class _Judge:
    """Says what remains of grants; members with the same terms are judged once."""

    def __init__(self, contents: Mapping[int, Content], now: datetime) -> None:
        self.contents, self.now = contents, now
        self.objects = {
            pk: {held.object_id: (ordinal, held) for ordinal, held in content.items()}
            for pk, content in contents.items()
        }
        self.remaining: dict[tuple[int, int], frozenset[int]] = {}
        self.known: dict[object, tuple[tuple[Part, ...], tuple[tuple[Held, int], ...]]] = {}
        self.refs: dict[tuple[int, int], tuple[str, ...]] = {}

    def __call__(self, grant: Grant, wanted: _Wanted) -> Leaving:
        content = self.contents[grant.rendering_id]
        opened = grant.position is not None or grant.persons is not None
        if _is_over(grant, self.now) or not opened:
            return Leaving(grant, content)
        persons, apart = _persons(grant), tuple(grant.not_persons)
        key = (grant.rendering_id, grant.readers, grant.kind, persons, apart, wanted)
        if key not in self.known:
            self.known[key] = self._judge(grant, content, wanted)
        parts, gone = self.known[key]
        return Leaving(grant, content, parts, gone)

    def _judge(
        self, grant: Grant, content: Content, wanted: _Wanted
    ) -> tuple[tuple[Part, ...], tuple[tuple[Held, int], ...]]:
        parts = []
        still: defaultdict[str, int] = defaultdict(int)
        for terms in wanted:
            readers = grant.readers & terms.readers
            if not readers or not _for_same_people(grant, terms) or not terms.opened(self.now):
                continue
            ordinals = self._remaining(grant.rendering_id, terms.rendering_id)
            if ordinals:
                parts.append(Part(terms, readers, ordinals))
            for object_id in self.objects[terms.rendering_id]:
                still[object_id] |= readers
        gone = (
            (held, grant.readers & ~still[held.object_id])
            for held in content.values()
            if grant.readers & ~still[held.object_id]
        )
        return tuple(parts), tuple(gone)

    def _remaining(self, old: int, new: int) -> frozenset[int]:
        """Return the ordinals of one rendering that who may read another may still read.

        The same body may stay. An older version, or a redacted body of what is shown whole, may
        if it binds its recipient to the same: nothing of it is kept from this reader now.
        """
        if (old, new) not in self.remaining:
            now = self.objects[new]
            pairs = [
                (ordinal, held, *now[held.object_id])
                for ordinal, held in self.contents[old].items()
                if held.object_id in now
            ]
            same = {place for place, was, _, held in pairs if was.digest == held.digest}
            older = [
                (place, at)
                for place, was, at, held in pairs
                if place not in same and held.fullness and _is_fuller(held, was)
            ]
            self._fetch_refs({(old, place) for place, _ in older} | {(new, at) for _, at in older})
            bound = {p for p, at in older if self.refs[old, p] == self.refs[new, at]}
            self.remaining[old, new] = frozenset(same | bound)
        return self.remaining[old, new]

    def _fetch_refs(self, places: Collection[tuple[int, int]]) -> None:
        wanted = [place for place in places if place not in self.refs]
        if wanted:
            self.refs |= marking_refs(wanted)


def _is_fuller(new: Held, old: Held) -> bool:
    return (old.version, old.fullness) < (new.version, new.fullness)


def _for_same_people(grant: Grant, terms: Terms) -> bool:
    """Say whether whoever reads the grant reads by the terms too, classes of readers aside.

    Terms for named persons show them more than others get, so that who is taken out of a general
    grant's readers loses nothing by it.
    """
    if grant.kind != terms.kind:
        return False
    persons = _persons(grant)
    if persons is None:
        return terms.persons is None
    if terms.persons is None:
        return not set(persons) & set(terms.not_persons)
    return set(persons) <= set(terms.persons)


class _Marked(msgspec.Struct):
    object_marking_refs: list[str] = []


def marking_refs(
    places: Collection[tuple[int, int]],
) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return what rendered objects, (rendering, ordinal), are marked with, sorted. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.rendering_id, o.ordinal, o.body FROM sharing_renderingobject o"
            " JOIN unnest(%s::bigint[], %s::int[]) AS p(rendering, ordinal)"
            " ON p.rendering = o.rendering_id AND p.ordinal = o.ordinal",
            [[rendering for rendering, _ in places], [ordinal for _, ordinal in places]],
        )
        return {
            (rendering, ordinal): tuple(
                sorted(msgspec.json.decode(body, type=_Marked).object_marking_refs)
            )
            for rendering, ordinal, body in cursor.fetchall()
        }


def contents(rendering_ids: Collection[int]) -> dict[int, dict[int, Held]]:
    """Return what renderings show, by ordinal. One query."""
    found: dict[int, dict[int, Held]] = {pk: {} for pk in rendering_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rendering_id, ordinal, object_id, type, version, md5(body), fullness, tlp"
            " FROM sharing_renderingobject WHERE rendering_id = ANY(%s) ORDER BY ordinal",
            [list(rendering_ids)],
        )
        for rendering_id, ordinal, *held in cursor.fetchall():
            found[rendering_id][ordinal] = Held(*held)
    return found
