"""Who may be behind an act: a credential is everyone who may hold its secret.

Where two people are needed, one may not pass as two by a credential that speaks for another: who
issued or rotated it was shown its secret, and who was accountable before may have kept it. The
audit log says who they are.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from audit.actors import Actor
from audit.models import Entry
from members import actions
from members.models import Credential

_SHOWN = [
    action.name
    for action in (
        actions.CREDENTIAL_ISSUE,
        actions.CREDENTIAL_ROTATE,
        actions.CREDENTIAL_REASSIGN,
    )
]


def people_behind(actor: Actor) -> frozenset[int]:
    """Return the numbers of all who may be the actor. No query for a person who signed in."""
    own = frozenset() if actor.person_id is None else frozenset({actor.person_id})
    return own | (holders({actor.credential_id}) if actor.credential_id is not None else own)


def people_behind_acts(entries: QuerySet[Entry]) -> frozenset[int]:
    """Return the numbers of all who may have done what the entries say."""
    done = list(entries.values_list("person_id", "credential_id"))
    people = frozenset(person for person, _ in done if person is not None)
    return people | holders({credential for _, credential in done if credential is not None})


def holders(credential_ids: Collection[int]) -> frozenset[int]:
    """Return the numbers of all who may hold the secret of one of these credentials.

    Two queries for each link of a chain of credentials that issued one another.
    """
    people: set[int] = set()
    seen: set[int] = set()
    coming = set(credential_ids)
    while coming:
        seen |= coming
        names = Credential.objects.filter(pk__in=coming).values_list("public_id", flat=True)
        shown = Entry.objects.filter(
            target_kind="credential", target_key__in=list(names), action__in=_SHOWN
        )
        coming = set()
        for person, credential, details in shown.values_list(
            "person_id", "credential_id", "details"
        ):
            people |= {each for each in (person, details.get("person")) if each is not None}
            if credential is not None and credential not in seen:
                coming.add(credential)
    return frozenset(people)
