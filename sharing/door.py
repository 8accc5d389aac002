"""The one door: what every read of shared content is narrowed by at the moment of reading.

A grant alone authorises nothing. `visible` holds the conditions that only the moment knows, as
columns compared in SQL; every outlet reads through it, and nothing here ever widens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from members.credentials import CredentialPrincipal
from members.models import Person
from members.tiers import CEILING, Tier
from members.tlp import ALL_READERS, INTERNAL_READERS, TLP, Channel, reader_class
from sharing.live import RECEIVING
from sharing.models import GrantKind


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as of now.

    `tier` is the member's effective tier and `ceiling` that tier's TLP; `readers` has the one bit
    of the reader class; `person` is the e-mail address of a signed-in person in lower case, else
    None; `shared` is false while the member may read nothing but its own items (suspended);
    `whole_only` leaves out every object that would be served redacted.
    """

    member_id: int
    tier: int
    ceiling: int
    readers: int
    person: str | None
    shared: bool
    own_any_state: bool
    whole_only: bool = False

    def own_kind(self) -> GrantKind:
        """Return which grants are this reader's own items."""
        return GrantKind.OWN if self.own_any_state else GrantKind.OWN_IN_FORCE

    def parameters(self, *, kind: GrantKind, now: datetime) -> dict[str, Any]:
        """Return the SQL parameters that `visible` uses."""
        own = kind is not GrantKind.SHARED
        return {
            "member": self.member_id,
            "kind": int(kind),
            "now": now,
            "open": own or self.shared,
            "tlp": int(TLP.RED) if own else self.ceiling,
            "tier": int(Tier.CORE) if own else self.tier,
            "readers": ALL_READERS if kind is GrantKind.OWN else self.readers,
            "person": self.person,
        }


def reader_of_credential(principal: CredentialPrincipal) -> Reader:
    """Return a service credential as the door takes it.

    Its scopes are the edge's to check: the door asks who reads, not through which route.
    """
    return Reader(
        member_id=principal.member_id,
        tier=int(principal.effective_tier),
        ceiling=int(principal.ceiling),
        readers=1 << principal.reader.bit,
        person=None,
        shared=principal.status in RECEIVING,
        own_any_state=principal.channel is Channel.INTERNAL,
        whole_only=principal.withhold,
    )


def reader_of_person(person: Person) -> Reader | None:
    """Return a signed-in person as the door takes it; None for staff, who read no content."""
    member = person.member
    if member is None:
        return None
    tier = member.effective_tier
    limits = reader_class(channel=Channel.INTERNAL, max_tlp=TLP(person.max_tlp))
    return Reader(
        member_id=member.pk,
        tier=int(tier),
        ceiling=int(CEILING[tier]),
        readers=1 << limits.bit,
        person=person.email.lower(),
        shared=member.status in RECEIVING,
        own_any_state=True,
    )


def visible(grant: str) -> str:
    """Return the SQL condition that a grant (by its alias) may be read now by the reader."""
    return f"""{grant}.member_id = %(member)s AND {grant}.kind = %(kind)s AND %(open)s
        AND {grant}.withdrawn_at IS NULL
        AND {grant}.tlp <= %(tlp)s AND {grant}.min_tier <= %(tier)s
        AND {grant}.readers & %(readers)s <> 0
        AND ({grant}.visible_from IS NULL OR {grant}.visible_from <= %(now)s)
        AND ({grant}.visible_until IS NULL OR {grant}.visible_until > %(now)s)
        AND ({grant}.persons IS NULL OR %(person)s::text = ANY({grant}.persons))
        AND (%(person)s::text IS NULL OR NOT %(person)s::text = ANY({grant}.not_persons))"""


def recalled(notice: str, item: str) -> str:
    """Return the SQL condition that the reader may know that an item (by alias) was recalled.

    Neither tier, status nor time count: what a member got is to be deleted, whatever became of its
    membership since. What this reader could not have read stays unknown to it. Where an object
    was lost for outlets alone (clients, block list), those inside who may read it answer for them:
    of the internal classes, whose bits are `4 * ceiling + 3`, those that reach its TLP.
    """
    return f"""{notice}.member_id = %(member)s
        AND ({item}.readers & %(readers)s <> 0
          OR ({item}.readers & {INTERNAL_READERS} = 0 AND %(readers)s & {INTERNAL_READERS} <> 0
            AND %(readers)s >= 1 << ({item}.tlp * 4 + 3)))
        AND ({item}.persons IS NULL OR %(person)s::text = ANY({item}.persons))"""


def had(grant: str) -> str:
    """Return the SQL condition that others' items of a grant (by alias) once were this reader's."""
    return f"""{grant}.member_id = %(member)s AND {grant}.kind = {int(GrantKind.SHARED)}
        AND NOT {grant}.notice AND ({grant}.position IS NOT NULL OR {grant}.persons IS NOT NULL)
        AND ({grant}.visible_from IS NULL OR ({grant}.visible_from <= %(now)s
          AND ({grant}.withdrawn_at IS NULL OR {grant}.withdrawn_at > {grant}.visible_from)))
        AND {grant}.readers & %(readers)s <> 0
        AND ({grant}.persons IS NULL OR %(person)s::text = ANY({grant}.persons))
        AND (%(person)s::text IS NULL OR NOT %(person)s::text = ANY({grant}.not_persons))"""
