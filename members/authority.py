"""What an actor may do, read anew from the database at each action."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.actors import Actor
from members.errors import NotFound, NotPermitted
from members.models import Credential, Member, Person
from members.roles import Right, Scope
from members.tiers import Status


@dataclass(frozen=True, slots=True)
class Authority:
    """An actor, the account behind it, and the rights its roles give."""

    actor: Actor
    person: Person | None
    rights: frozenset[Right]

    def has(self, right: Right) -> bool:
        return self.actor.is_system or right in self.rights

    def has_own(self, right: Right, member: Member) -> bool:
        """Say whether the right holds over this member because it is the actor's own."""
        if self.actor.is_system:
            return True
        return self._is_own(member) and self.has(right)

    def require(self, right: Right) -> None:
        """Return if the actor has the right.

        Raises:
            NotPermitted: it has not.
        """
        if not self.has(right):
            raise NotPermitted(_("Your role does not allow this. Ask a platform administrator."))

    def require_own(self, right: Right, member: Member, *, narrowing: bool = False) -> None:
        """Return if the actor has the right over its own member.

        While a member is suspended its people may narrow (revoke, leave) and nothing else.

        Raises:
            NotFound: the member is not the actor's own.
            NotPermitted: the role does not allow it, or the member is suspended.
        """
        if self.actor.is_system:
            return
        if not self._is_own(member):
            raise NotFound(_("There is no such thing."))
        if not self.has(right):
            raise NotPermitted(_("Your role does not allow this. Ask your member's administrator."))
        if not narrowing and member.status in {Status.SUSPENDED, Status.WITHDRAWN}:
            raise NotPermitted(_("Your membership does not allow this at present."))

    def _is_own(self, member: Member) -> bool:
        """The operator, who has the database in hand, starts a member's accounts where needed."""
        person = self.person
        return person is not None and (person.member_id == member.pk or person.is_superuser)


def authority_of(actor: Actor) -> Authority:
    """Return what the actor may do now. One query for a person, two for a credential.

    A credential acts as its accountable person, if its scopes let it administer.
    """
    if actor.is_system:
        return Authority(actor, None, frozenset(Right))
    if actor.person_id is None:
        return Authority(actor, None, frozenset())
    person = Person.objects.select_related("member").filter(pk=actor.person_id).first()
    if person is None or not person.may_enter or not _credential_administers(actor):
        return Authority(actor, person, frozenset())
    return Authority(actor, person, frozenset(Right) if person.is_superuser else person.rights)


def _credential_administers(actor: Actor) -> bool:
    if actor.credential_id is None:
        return True
    return Credential.objects.filter(
        pk=actor.credential_id,
        accountable_person=actor.person_id,
        revoked_at=None,
        scopes__contains=[Scope.MEMBERS_ADMIN.value],
    ).exists()
