"""The one door: what every read of shared content is narrowed by at the moment of reading.

A grant alone authorises nothing. `VISIBLE` holds the conditions that only the moment knows, as
columns compared in SQL; every outlet reads through it, and nothing here ever widens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sharing.models import GrantKind


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as of now.

    `tier` is the member's effective tier and `ceiling` that tier's TLP; `readers` has the one bit
    of the reader class; `person` is the e-mail address of a signed-in person, else None;
    `shared` is false while the member may read nothing but its own items.
    """

    member_id: int
    tier: int
    ceiling: int
    readers: int
    person: str | None
    shared: bool
    own_any_state: bool

    def own_kind(self) -> GrantKind:
        """Return which grants are this reader's own items."""
        return GrantKind.OWN if self.own_any_state else GrantKind.OWN_IN_FORCE

    def parameters(self, *, kind: GrantKind, now: datetime) -> dict[str, Any]:
        """Return the SQL parameters that `VISIBLE` and `PLACED` use."""
        own = kind is not GrantKind.SHARED
        return {
            "member": self.member_id,
            "kind": int(kind),
            "now": now,
            "open": own or self.shared,
            "tlp": 4 if own else self.ceiling,
            "tier": 3 if own else self.tier,
            "readers": 0x7FFFFFFF if kind is GrantKind.OWN else self.readers,
            "person": self.person,
        }


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
