"""What each principal may read, from the rules alone: `view` (all of `decide`) over what is stored.

Nothing here looks at grants or renderings: contexts are built from revisions and releases, and
the roles from domain §1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from cyberframe.demo.founding import secret_of
from incidents.models import IN_FORCE, Incident, State
from incidents.queries import places
from members.models import Credential, Person
from members.queries import standings
from members.roles import Role, Scope
from members.standing import Standing
from members.tlp import TLP, Channel
from sharing import contexts
from sharing.models import ReferenceObject, Release
from sharing.policy import PUBLIC, Context, Kind, Subject, notice, view
from sharing.policy import Principal as Asking
from tests.leaks.tokens import found
from tests.leaks.world import World

OWN_SCOPES = {
    Scope.FEED_READ,
    Scope.INCIDENTS_WRITE,
    Scope.INCIDENTS_SUBMIT,
    Scope.INCIDENTS_RELEASE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks: a person, a credential of a member, or (neither) the public."""

    name: str
    person: Person | None = None
    credential: Credential | None = None

    @property
    def member(self) -> str | None:
        who = self.person or self.credential
        return who.member.slug if who is not None and who.member is not None else None

    def has(self, *roles: Role) -> bool:
        return self.person is not None and self.person.has_role(*roles)

    @property
    def internal(self) -> bool:
        return self.credential is not None and self.credential.channel == Channel.INTERNAL

    @property
    def drafts(self) -> bool:
        """Say whether it works on its member's own incidents, in any state."""
        if self.credential is not None:
            return self.internal and not OWN_SCOPES.isdisjoint(map(Scope, self.credential.scopes))
        return self.has(Role.ANALYST, Role.REVIEWER)

    @property
    def reads(self) -> bool:
        """Say whether it reads what is shared."""
        if self.credential is not None:
            return Scope.FEED_READ in self.credential.scopes
        return self.has(Role.READER, Role.ANALYST, Role.REVIEWER)

    @property
    def secret(self) -> str:
        return secret_of(self.name)

    def asking(self) -> Asking:
        """Return the principal as the policy takes it."""
        if self.person is not None:
            return Asking(
                kind=Kind.PERSON, person=self.person.email, max_tlp=TLP(self.person.max_tlp)
            )
        assert self.credential is not None
        return Asking(
            kind=Kind.CREDENTIAL,
            max_tlp=TLP(self.credential.max_tlp),
            channel=Channel(self.credential.channel),
            own_instance=self.credential.own_instance,
        )


ANYBODY = Principal(name="public")


def principals() -> dict[str, Principal]:
    """Return everyone there is, by name."""
    people = Person.objects.select_related("member").order_by("email")
    machines = Credential.objects.select_related("member").order_by("public_id")
    everyone = [
        ANYBODY,
        *(Principal(name=each.email, person=each) for each in people),
        *(Principal(name=each.public_id, credential=each) for each in machines),
    ]
    return {each.name: each for each in everyone}


@dataclass(frozen=True, slots=True)
class Seen:
    """An incident as a principal may see it: tokens of each object that is shown."""

    incident: Incident
    objects: Mapping[str, frozenset[str]]

    @property
    def tokens(self) -> frozenset[str]:
        if not self.objects:
            return frozenset()
        return frozenset({self.incident.ref}).union(*self.objects.values())


@dataclass(frozen=True)
class Oracle:
    """The rules over one world."""

    world: World

    @cached_property
    def releases(self) -> list[tuple[Release, Context, bool]]:
        """Return every release, its context, and whether it is the last of its incident."""
        rows = Release.objects.select_related("incident__owner", "revision").order_by("pk")
        return [
            (
                row,
                contexts.of_release(row, self.world.now).context,
                row.version == row.incident.version,
            )
            for row in rows
        ]

    @cached_property
    def standing_of(self) -> dict[str, Standing]:
        return {each.member: each for each in standings(self.world.now)}

    @cached_property
    def _whole(self) -> dict[int, dict[str, dict[str, frozenset[str]]]]:
        """Return the tokens of each object of each revision, by incident and revision."""
        whole: dict[int, dict[str, dict[str, frozenset[str]]]] = {}
        for incident in Incident.objects.all():
            revisions = incident.revisions.all()
            whole[incident.pk] = {
                str(revision.pk): {
                    place.object.stix_id: found(place.object.text.encode())
                    for place in places(revision)
                }
                for revision in revisions
            }
        return whole

    @cached_property
    def secret(self) -> frozenset[str]:
        """Return every token that somebody may not read."""
        public = found("\n".join(ReferenceObject.objects.values_list("body", flat=True)).encode())
        texts: set[str] = set(Incident.objects.values_list("ref", flat=True))
        for revisions in self._whole.values():
            for objects in revisions.values():
                texts.update(*objects.values())
        return frozenset(texts | set(self.world.office)) - public

    def subject(self, principal: Principal) -> Subject | None:
        """Return the subject that the policy judges, None for whom no content is for."""
        if principal is ANYBODY or principal.member is None:
            return PUBLIC if principal is ANYBODY else None
        return Subject(self.standing_of[principal.member], principal.asking())

    def shared(self, principal: Principal) -> list[Seen]:
        """Return the incidents of others of which the principal may see something."""
        subject = self.subject(principal)
        if subject is None or not (principal is ANYBODY or principal.reads):
            return []
        return list(self._shared(subject, principal))

    def _shared(self, subject: Subject, principal: Principal) -> Iterator[Seen]:
        newest: dict[int, frozenset[str]] = {}
        for release, context, is_last in reversed(self.releases):
            if principal.member in context.owners:
                continue
            objects = self._visible(context, subject, principal)
            if not is_last:  # of an older version what the newest still permits
                kept = newest.get(release.incident_id, frozenset())
                objects = {name: each for name, each in objects.items() if name in kept}
            else:
                newest[release.incident_id] = frozenset(objects)
            yield Seen(release.incident, objects)

    def _visible(
        self, context: Context, subject: Subject, principal: Principal
    ) -> dict[str, frozenset[str]]:
        now, whole_only = self.world.now, _whole_only(principal)
        if context.state == State.RETRACTED:
            return {
                name: found(msgspec.json.encode(context.items[name].body))
                for name in context.items
                if notice(name, [context], subject, now)
            }
        shown = view(context, subject, now).shown
        return {
            name: found(msgspec.json.encode(without(context.items[name].body, each.cuts)))
            for name, each in shown.items()
            if not (each.cuts and whole_only)
        }

    def own(self, principal: Principal) -> list[Seen]:
        """Return the incidents of the principal's member as its role or channel sees them."""
        if principal.member is None:
            return []
        if principal.drafts:
            mine = Incident.objects.filter(owner__slug=principal.member)
            return [Seen(each, _union(self._whole[each.pk])) for each in mine]
        return [
            Seen(release.incident, self._own_in_force(release, context, principal))
            for release, context, is_last in self.releases
            if is_last and principal.member in context.owners and release.incident.state in IN_FORCE
        ]

    def _own_in_force(
        self, release: Release, context: Context, principal: Principal
    ) -> dict[str, frozenset[str]]:
        if not principal.reads or principal.internal:
            return {}
        if principal.person is not None:
            return self._whole[release.incident_id][str(release.revision_id)]
        subject = self.subject(principal)
        assert subject is not None
        return self._visible(context, subject, principal)

    def may(self, principal: Principal) -> frozenset[str]:
        """Return every token that the principal may read anywhere."""
        content = [each.tokens for each in (*self.shared(principal), *self.own(principal))]
        office = {made for made, who in self.world.office.items() if who(principal)}
        if principal.person is not None:
            office |= {principal.person.name, principal.person.email}
        return frozenset(office).union(*content)


def without(value: Any, cuts: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Return a JSON value without what stands at the paths."""
    if isinstance(value, Mapping):
        return {k: without(v, cuts, (*path, k)) for k, v in value.items() if (*path, k) not in cuts}
    if isinstance(value, list):
        kept = ((i, v) for i, v in enumerate(value) if (*path, i) not in cuts)
        return [without(v, cuts, (*path, i)) for i, v in kept]
    return value


def _whole_only(principal: Principal) -> bool:
    return principal.credential is not None and principal.credential.withhold


def _union(revisions: Mapping[str, Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    made: dict[str, frozenset[str]] = {}
    for objects in revisions.values():
        for name, tokens in objects.items():
            made[name] = made.get(name, frozenset()) | tokens
    return made
