"""Who looks at incidents, on a page or over REST, and how far that goes as of now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from incidents.models import IN_FORCE, State
from incidents.queries import DRAFT_ROLES, READ_ROLES
from members.credentials import CredentialPrincipal
from members.models import Person
from members.roles import Scope
from members.tlp import Channel
from sharing.door import Reader, reader_of_credential, reader_of_person

_ALL_STATES = tuple(state.value for state in State)
_IN_FORCE = tuple(state.value for state in IN_FORCE)
_OWN_SCOPES = frozenset(
    {Scope.FEED_READ, Scope.INCIDENTS_WRITE, Scope.INCIDENTS_SUBMIT, Scope.INCIDENTS_RELEASE}
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A reader of the door, and what it sees of its member's own incidents.

    `own_states` are the states in which it sees them; `drafts` says that it sees the version
    being worked on, not only the one in force.
    """

    reader: Reader
    own_states: tuple[str, ...]
    drafts: bool

    @property
    def member_id(self) -> int:
        return self.reader.member_id


def viewer_of_person(person: Person) -> Viewer | None:
    """Return what the person sees by its roles; None for staff and roles that read nothing."""
    reader = reader_of_person(person)
    if reader is None or not READ_ROLES.intersection(person.roles):
        return None
    drafts = bool(DRAFT_ROLES.intersection(person.roles))
    return Viewer(reader, _ALL_STATES if drafts else _IN_FORCE, drafts)


def viewer_of_credential(principal: CredentialPrincipal) -> Viewer:
    """Return what a credential sees by its scopes and channel.

    Shared content needs `feed:read`. Its member's own incidents, in any state, are for internal
    credentials; the other channels read their own items from the feed alone.
    """
    reader = reader_of_credential(principal)
    internal = principal.channel is Channel.INTERNAL
    own = internal and not _OWN_SCOPES.isdisjoint(principal.scopes)
    reads = reader.shared and Scope.FEED_READ in principal.scopes
    return Viewer(replace(reader, shared=reads), _ALL_STATES if own else (), own)
