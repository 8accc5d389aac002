"""A brute-force model of the feeds, and random worlds that hold it against the database.

The model knows nothing of positions, flags or one-object grants. It says what a reader may see
at a moment; from that follows what its pollers must have received, and how often at most.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from members.models import Member
from members.tiers import CEILING, Tier
from members.tlp import READER_CLASSES
from sharing import comparing, narrowing, publishing, withdrawing
from sharing.door import Reader
from sharing.feed import Entry, Filters, Versions, page
from sharing.models import Grant, GrantKind
from sharing.publishing import Body
from tests.factories import NOW, make_member
from tests.sharing.feeding import Press, body, green, reader

Content = tuple[int, int, int]  # version, fullness, tlp: the higher is shown
NAMES = tuple("abcdefgh")
TYPES = dict(zip(NAMES, ["indicator", "malware", "tool", "campaign"] * 2, strict=True))
CLASSES = (0, 1, 3, 7, 10, 11, 15, 19)  # of the 20: every ceiling, PAP limit, ORCON or not
MINUTE = timedelta(minutes=1)


@dataclass(eq=False, slots=True)
class Given:
    """A grant as the model knows it."""

    pk: int
    member: int
    shown: dict[str, Content]
    readers: int
    tlp: int
    min_tier: int
    begins: datetime | None
    ends: datetime | None
    opened: bool
    live: bool = True
    over: bool = False


@dataclass(eq=False, slots=True)
class Poller:
    """One reader that polls with what the last answer gave it."""

    member: int
    number: int  # of its reader class
    whole_only: bool
    after: datetime | None = None
    last: dict[str, Content] = field(default_factory=dict)
    received: Counter[tuple[str, Content]] = field(default_factory=Counter)
    entered: Counter[tuple[str, Content]] = field(default_factory=Counter)
    seen: dict[str, Content] = field(default_factory=dict)


class World:
    """Members, releases and pollers, changed at random and held against the model."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = NOW
        self.press = Press()
        self.members = [make_member(f"m{n}") for n in range(3)]
        self.tiers = [Tier.CORE, Tier.PARTNER, Tier.ASSOCIATE]
        for number, tier in enumerate(self.tiers):
            self._set_tier(number, tier)
        self.grants: list[Given] = []
        self.releases: list[tuple[publishing.Terms, dict[str, Content], int]] = []
        self.unsettled: dict[int, list[int]] = {}  # member: grants that a gate has closed
        self.gates: Counter[tuple[int, str]] = Counter()
        self.pollers = [
            Poller(member, number, number == 19 and member == 0)
            for member in range(len(self.members))
            for number in CLASSES
        ]

    # What the model says --------------------------------------------------------------------

    def visible(self, member: int, number: int) -> Iterator[Given]:
        tier = self.tiers[member]
        for each in self.grants:
            if (
                each.member == member
                and each.live
                and each.opened
                and each.readers >> number & 1
                and each.tlp <= CEILING[tier]
                and each.min_tier <= tier
                and (each.begins is None or each.begins <= self.now)
                and (each.ends is None or self.now < each.ends)
            ):
                yield each

    def versions(self, poller: Poller) -> dict[str, dict[int, Content]]:
        """Return the best body of every version of every object."""
        found: dict[str, dict[int, Content]] = {}
        for each in self.visible(poller.member, poller.number):
            for name, content in each.shown.items():
                if content[1] or not poller.whole_only:
                    known = found.setdefault(name, {})
                    known[content[0]] = max(content, known.get(content[0], content))
        return found

    def finish(self) -> None:
        """Settle everything, and let every poller read to the end."""
        self.settle()
        for poller in self.pollers:
            self._note_view(poller)
            self.poll(poller, pages=10**6)

    # What happens ---------------------------------------------------------------------------

    def step(self) -> None:
        """Let one random thing happen, some pollers poll, and compare."""
        self.now += timedelta(seconds=self.random.randint(1, 90))
        publishing.open_grants(self.now)
        for each in self.grants:
            each.opened = each.opened or (each.begins is not None and each.begins <= self.now)
        for poller in self.pollers:
            self._note_view(poller)  # what opened was there to be read, whatever comes next
        happenings: list[Callable[[], None]] = [
            *[self.release] * 5, *[self.give_later] * 2, *[self.withdraw] * 3, *[self.narrow] * 3,
            self.change_tier, self.settle,
        ]  # fmt: skip
        self.random.choice(happenings)()
        self._note_expired()
        for poller in self.pollers:
            self._note_view(poller)
        for poller in self.random.sample(self.pollers, 8):
            self.poll(poller, pages=self.random.choice([1, 1, 2, 99]))
        self.compare(self.random.choice(self.pollers))

    def release(self) -> None:
        """Publish some objects: whole to some classes, others and redacted ones to the rest."""
        chosen = self.random.sample(NAMES, self.random.randint(1, 4))
        whole = {name: self._content(1) for name in chosen}
        cut = {
            name: (whole[name][0], self.random.randint(0, 1), self.random.randint(0, 4))
            for name in chosen
            if self.random.random() < 0.7
        }
        release = self.press.release(self.now)
        mask = 0xFFFFF if cut == whole else self.random.getrandbits(20)
        for shown, readers in ((whole, mask), (cut, ~mask & 0xFFFFF)):
            if not shown or not readers:
                continue
            bodies = [_body(name, chosen.index(name), shown[name]) for name in shown]
            rendering = self.press.rendering(release, bodies)
            terms = green(release, rendering)
            self.releases.append((replace(terms, readers=readers), shown, len(chosen)))
        news = [each for each in self.releases if each[0].release_id == release.pk]
        self._publish(news, self._some_members(), repeated=False)

    def give_later(self) -> None:
        """Grant an old release to members that have nothing of it, at a new position."""
        if not self.releases:
            return
        release_id = self.random.choice(self.releases)[0].release_id
        group = [each for each in self.releases if each[0].release_id == release_id]
        ids = {each[0].rendering_id for each in group}
        having = Grant.objects.filter(rendering__in=ids, withdrawn_at=None)
        free = set(range(len(self.members))) - {
            self._number(pk) for pk in having.values_list("member_id", flat=True)
        }
        self._publish(group, sorted(free), repeated=True)

    def withdraw(self) -> None:
        """Withdraw some live grants, or what has expired, as settling a release does."""
        live = [each for each in self.grants if each.live]
        chosen = self.random.sample(live, min(len(live), self.random.randint(1, 2)))
        for each in chosen:
            each.live = False
        self._withdraw([each.pk for each in chosen])

    def narrow(self) -> None:
        """Take some objects of a grant from some of its readers, as an update does."""
        held = [
            each
            for each in self.grants
            if each.live and each.opened and not (each.ends and each.ends <= self.now)
        ]
        if not held:
            return
        each = self.random.choice(held)
        grant = Grant.objects.select_related("release").get(pk=each.pk)
        content = comparing.contents([grant.rendering_id])[grant.rendering_id]
        names = {_body(name, 0, (1, 1, 0)).object_id: name for name in NAMES}
        mask = self.random.choice([0xFFFFF, self.random.getrandbits(20)])
        parts = []
        for readers in (each.readers & mask, each.readers & ~mask):
            size = self.random.randint(0, len(content))
            ordinals = frozenset(self.random.sample(sorted(content), size))
            if readers and ordinals:
                parts.append(comparing.Part(_terms(grant), readers, ordinals))
        leaving = comparing.Leaving(grant, content, tuple(parts))
        narrowing.narrow(
            comparing.Comparison([], [], [leaving], []),
            incident_id=None,
            now=self.now,
        )
        each.live = False
        news = Grant.objects.filter(succeeds=grant).order_by("pk")
        for part, successor in zip(parts, news, strict=True):
            shown = {names[content[at].object_id] for at in part.ordinals}
            self.grants.append(
                replace(
                    each,
                    pk=successor.pk,
                    shown={name: each.shown[name] for name in shown},
                    readers=part.readers,
                    live=True,
                )
            )

    def change_tier(self) -> None:
        """Give a member another tier, which closes at once what it may not have any more."""
        member = self.random.randrange(len(self.members))
        self._set_tier(member, self.random.choice(list(Tier)))
        for poller in self.random.sample([p for p in self.pollers if p.member == member], 2):
            self.compare(poller)  # the door narrows before anything is closed
        tier = self.tiers[member]
        closed = [
            each
            for each in self.grants
            if each.live
            and each.member == member
            and (each.tlp > CEILING[tier] or each.min_tier > tier)
        ]
        self._gate(closed)
        ids = [each.pk for each in closed]
        for each in closed:
            each.live = False
        Grant.objects.filter(pk__in=ids).update(withdrawn_at=self.now)
        Grant.objects.filter(parent__in=ids).update(withdrawn_at=self.now)
        self.unsettled.setdefault(member, []).extend(ids)

    def settle(self) -> None:
        """Do what the worker does behind gates: bring back what they uncovered."""
        for ids in self.unsettled.values():
            withdrawing.uncover(ids, now=self.now)
        self.unsettled.clear()
        over = [each for each in self.grants if each.live and each.ends and each.ends <= self.now]
        for each in over:
            each.live = False
        self._withdraw([each.pk for each in over])

    def _note_expired(self) -> None:
        """An expiry is a gate: until it is settled, readers may stand before or behind it."""
        for each in self.grants:
            if each.live and not each.over and each.ends and each.ends <= self.now:
                each.over = True
                self._gate([each])

    # Reading --------------------------------------------------------------------------------

    def poll(self, poller: Poller, *, pages: int) -> None:
        for _ in range(pages):
            limit = self.random.choice([1, 2, 5, 100])
            got = page(
                reader=self._reader(poller),
                kind=GrantKind.SHARED,
                now=self.now,
                after=poller.after,
                limit=limit,
            )
            assert len(got.entries) <= limit
            for entry in got.entries:
                assert poller.after is None or entry.added > poller.after, "order"
                poller.after = entry.added
                name, content = _content(entry)
                poller.last[name] = content
                poller.received[name, content] += 1
                allowed = poller.entered[name, content] + self.gates[poller.member, name]
                assert poller.received[name, content] <= allowed, f"twice: {name} {content}"
            if not got.more:
                self._check_complete(poller)
                return

    def _check_complete(self, poller: Poller) -> None:
        """A poller at the end of its feed has received last what is current."""
        if self._is_settled(poller.member):
            for name, content in self._view(poller).items():
                assert poller.last.get(name) == content, f"missed: {name} {content}"

    def compare(self, poller: Poller) -> None:
        """Hold two ways of reading the whole feed against the model."""
        versions = self.versions(poller)
        dates = {1, 3}
        every = {(name, content) for name, known in versions.items() for content in known.values()}
        expected = {
            Filters(): {(name, known[max(known)]) for name, known in versions.items()},
            Filters(versions=frozenset({Versions.ALL})): every,
            Filters(versions=frozenset({Versions.FIRST})): {
                (name, known[min(known)]) for name, known in versions.items()
            },
            Filters(versions=frozenset(), at=tuple(_version(n) for n in sorted(dates))): {
                each for each in every if each[1][0] in dates
            },
            Filters(versions=frozenset({Versions.FIRST, Versions.LAST}), at=(_version(2),)): {
                (name, content)
                for name, known in versions.items()
                for number, content in known.items()
                if number in {min(known), max(known), 2}
            },
        }
        for filters, wanted in self.random.sample(list(expected.items()), 2):
            entries = self.read_all(poller, filters)
            found = [_content(entry) for entry in entries]
            assert sorted(found) == sorted(wanted), filters
            dates_added = [entry.added for entry in entries]
            assert dates_added == sorted(set(dates_added)), "order"
            self._compare_selections(poller, filters, entries)

    def _compare_selections(self, poller: Poller, filters: Filters, entries: list[Entry]) -> None:
        """Ids, types and leaving bodies out select from the same entries."""
        bare = self.read_all(poller, filters, bodies=False)
        assert [(e.added, e.object_id, e.version) for e in bare] == [
            (e.added, e.object_id, e.version) for e in entries
        ]
        names = self.random.sample(NAMES, 2)
        ids = tuple(_body(name, 0, (1, 1, 0)).object_id for name in names)
        some = Filters(ids=ids, versions=filters.versions, at=filters.at)
        assert self.read_all(poller, some) == [e for e in entries if e.object_id in ids]
        kind = Filters(types=("malware",), versions=filters.versions, at=filters.at)
        assert self.read_all(poller, kind) == [
            e for e in entries if e.object_id.startswith("malware--")
        ]

    def read_all(self, poller: Poller, filters: Filters, *, bodies: bool = True) -> list[Entry]:
        entries: list[Entry] = []
        limit = self.random.choice([3, 50])
        while True:
            got = page(
                reader=self._reader(poller),
                kind=GrantKind.SHARED,
                now=self.now,
                after=entries[-1].added if entries else None,
                limit=limit,
                filters=filters,
                bodies=bodies,
            )
            entries += got.entries
            if not got.more:
                return entries

    # Helpers --------------------------------------------------------------------------------

    def _view(self, poller: Poller) -> dict[str, Content]:
        return {name: known[max(known)] for name, known in self.versions(poller).items()}

    def _note_view(self, poller: Poller) -> None:
        view = self._view(poller)
        for name, content in view.items():
            if poller.seen.get(name) != content:
                poller.entered[name, content] += 1
        poller.seen = view

    def _is_settled(self, member: int) -> bool:
        over = (g.ends and g.ends <= self.now and g.live for g in self.grants if g.member == member)
        return not self.unsettled.get(member) and not any(over)

    def _gate(self, closed: list[Given]) -> None:
        for each in closed:
            for name in each.shown:
                self.gates[each.member, name] += 1

    def _withdraw(self, ids: list[int]) -> None:
        withdrawing.withdraw(ids, now=self.now)

    def _publish(
        self,
        group: list[tuple[publishing.Terms, dict[str, Content], int]],
        members: list[int],
        *,
        repeated: bool,
    ) -> None:
        """Grant all looks of one release to members on the same random terms."""
        slots = group[0][2]
        begins = self.random.choice([None, None, None, self.now + MINUTE])
        ends = self.random.choice([None, None, None, self.now + 3 * MINUTE])
        tlp = self.random.choice([0, 1, 1, 2, 3, 4])
        min_tier = self.random.choice([0, 0, 0, 1, 2])
        members = [
            m for m in members if tlp <= CEILING[self.tiers[m]] and min_tier <= self.tiers[m]
        ]
        given = [
            (
                self.members[member].pk,
                replace(terms, tlp=tlp, min_tier=min_tier, visible_from=begins, visible_until=ends),
            )
            for terms, _, _ in group
            for member in members
        ]
        known = {each.pk for each in self.grants}
        publishing.publish(
            grants=given, slots=slots, now=self.now, repeated=repeated or begins is not None
        )
        shown = {terms.rendering_id: objects for terms, objects, _ in group}
        news = (
            Grant.objects.filter(rendering__in=shown, single_ordinal=None)
            .exclude(pk__in=known)
            .order_by("pk")
        )
        self.grants += [
            Given(
                pk=grant.pk,
                member=self._number(grant.member_id),
                shown=shown[grant.rendering_id],
                readers=grant.readers,
                tlp=tlp,
                min_tier=min_tier,
                begins=begins,
                ends=ends,
                opened=begins is None,
            )
            for grant in news
        ]

    def _content(self, fullness: int) -> Content:
        return self.random.randint(1, 4), fullness, self.random.choice([0, 1, 1, 1, 2])

    def _some_members(self) -> list[int]:
        return self.random.sample(range(len(self.members)), self.random.randint(1, 3))

    def _number(self, pk: int) -> int:
        return [member.pk for member in self.members].index(pk)

    def _set_tier(self, member: int, tier: Tier) -> None:
        self.tiers[member] = tier
        Member.objects.filter(pk=self.members[member].pk).update(tier=tier.value)

    def _reader(self, poller: Poller) -> Reader:
        tier = self.tiers[poller.member]
        return reader(
            self.members[poller.member],
            tier=int(tier),
            ceiling=int(CEILING[tier]),
            readers=1 << poller.number,
            whole_only=poller.whole_only,
        )


def _terms(grant: Grant) -> publishing.Terms:
    return replace(
        green(grant.release, grant.rendering_id),
        tlp=grant.tlp,
        min_tier=grant.min_tier,
        visible_from=grant.visible_from,
        visible_until=grant.visible_until,
    )


assert {READER_CLASSES[number].ceiling for number in CLASSES} == {0, 1, 2, 3, 4}


def _version(number: int) -> datetime:
    return NOW + timedelta(days=number)


def _body(name: str, ordinal: int, content: Content) -> Body:
    version, fullness, tlp = content
    return body(
        name,
        ordinal,
        version=_version(version),
        type_=TYPES[name],
        whole=bool(fullness),
        tlp=tlp,
    )


def _content(entry: Entry) -> tuple[str, Content]:
    value = json.loads(entry.body)
    return value["name"], ((entry.version - NOW).days, int(value["x_whole"]), value["x_tlp"])
