"""Rows locked in one order, so that two services never wait for each other: member, then person."""

from __future__ import annotations

from members.models import Circle, Credential, Group, Member, Person


def lock_member(member: Member | int) -> Member:
    """Return the member as it is now, locked against other changes of its standing.

    Not against foreign keys: filing and publishing for the member go on.
    """
    key = member if isinstance(member, int) else member.pk
    return Member.objects.select_for_update(no_key=True).get(pk=key)


def lock_person(person: Person) -> Person:
    """Return the person as it is now, locked, with the member."""
    return (
        Person.objects.select_for_update(no_key=True, of=("self",))
        .select_related("member")
        .get(pk=person.pk)
    )


def lock_circle(circle: Circle) -> Circle:
    """Return the circle as it is now, locked."""
    return (
        Circle.objects.select_for_update(no_key=True, of=("self",))
        .select_related("maker")
        .get(pk=circle.pk)
    )


def lock_group(group: Group) -> Group:
    """Return the group, its list locked."""
    return Group.objects.select_for_update(no_key=True).get(pk=group.pk)


def lock_credential(credential: Credential) -> Credential:
    """Return the credential as it is now, locked, with its member and accountable person."""
    return (
        Credential.objects.select_for_update(no_key=True, of=("self",))
        .select_related("member", "accountable_person")
        .get(pk=credential.pk)
    )
