"""Receipts: that a member's credential or person was given content, and that it took note.

A receipt is written before the answer goes out. If it cannot be, the answer fails with it: a poller
asks again with the cursor it had, and nothing leaves without its receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.actions import Action, Target
from audit.services import record
from incidents.services import By
from members.credentials import CredentialPrincipal
from members.errors import NotFound, NotPermitted
from members.models import Person
from members.roles import Role
from sharing.feed import Entry
from sharing.models import Acknowledgement, Outlet, Release
from sharing.received import latest_release
from sharing.viewers import Viewer

ACKNOWLEDGED = Action("sharing:release:acknowledge")


@dataclass(frozen=True, slots=True)
class Taker:
    """Who was given content: a credential or a person, never both."""

    credential_id: int | None = None
    person_id: int | None = None

    @classmethod
    def of(cls, who: CredentialPrincipal | Person) -> Taker:
        """Return the taker of a request."""
        if isinstance(who, Person):
            return cls(person_id=who.pk)
        return cls(credential_id=who.credential_id)


# What stands already is left out before the insert: a conflict would write too (the row's lock, a
# number of the sequence), and most polls repeat. The order keeps two polls from waiting crosswise.
_NOTE = """
INSERT INTO sharing_fetch AS f
  (grant_id, credential_id, person_id, outlet, first_at, last_at, through)
SELECT n.grant_id, %(credential)s, %(person)s, %(outlet)s, %(now)s, %(now)s, n.through
FROM unnest(%(grants)s::bigint[], %(throughs)s::timestamptz[]) AS n(grant_id, through)
WHERE NOT EXISTS (
  SELECT 1 FROM sharing_fetch t
  WHERE t.grant_id = n.grant_id AND t.outlet = %(outlet)s
    AND t.credential_id IS NOT DISTINCT FROM %(credential)s::bigint
    AND t.person_id IS NOT DISTINCT FROM %(person)s::bigint
    AND (n.through IS NULL OR t.through >= n.through))
ORDER BY n.grant_id
ON CONFLICT (grant_id, credential_id, person_id, outlet)
DO UPDATE SET through = EXCLUDED.through, last_at = GREATEST(f.last_at, EXCLUDED.last_at)
WHERE f.through < EXCLUDED.through"""


def note_page(*, taker: Taker, entries: Iterable[Entry], now: datetime) -> int:
    """Note that a page of a feed was given, each grant up to its last entry; see `note_fetched`."""
    through: dict[int, datetime | None] = {}
    for entry in entries:  # by ascending date added
        if entry.grant is not None:
            through[entry.grant] = entry.added
    return _note(taker=taker, through=through, outlet=Outlet.TAXII, now=now)


def note_fetched(*, taker: Taker, grants: Iterable[int], outlet: Outlet, now: datetime) -> int:
    """Note that the whole content of these grants was given; return how many receipts changed.

    One statement, none without grants. What was noted before is not written again.
    """
    return _note(taker=taker, through=dict.fromkeys(grants), outlet=outlet, now=now)


def _note(
    *, taker: Taker, through: dict[int, datetime | None], outlet: Outlet, now: datetime
) -> int:
    if not through:
        return 0
    values = {
        "credential": taker.credential_id,
        "person": taker.person_id,
        "outlet": outlet.value,
        "now": now,
        "grants": list(through),
        "throughs": list(through.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
        changed: int = cursor.rowcount
    return changed


@transaction.atomic
def acknowledge(*, by: By, viewer: Viewer, ref: str, now: datetime) -> Acknowledgement:
    """Say for the member that it took note of the latest version that the viewer may see.

    Said again it stays as it was first said. An own incident is none to acknowledge.

    Raises:
        NotPermitted: the person is no analyst.
        NotFound: as for an unknown reference.
    """
    if not by.scoped and not by.person.has_role(Role.ANALYST):
        raise NotPermitted(_("Only an analyst of your team can acknowledge this."))
    release = latest_release(viewer=viewer, ref=ref, now=now)
    if release is None:
        raise NotFound(_("There is no such incident."))
    said, is_new = Acknowledgement.objects.get_or_create(
        release=release,
        member_id=viewer.member_id,
        defaults={"at": now, "by": by.person, "credential_id": by.actor.credential_id},
    )
    if is_new:
        _record(by, release, now)
    return said


def _record(by: By, release: Release, now: datetime) -> None:
    record(
        actor=by.actor,
        action=ACKNOWLEDGED,
        target=Target("release", f"{release.incident.ref}/{release.version}"),
        at=now,
        member_id=by.person.member_id,
    )
