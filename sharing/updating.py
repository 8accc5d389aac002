"""What a next version changes against the one in force: members, objects, marking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from incidents.marking import Marking, from_json
from incidents.models import Incident, Revision, RevisionObject
from incidents.showing import rules
from members.tlp import TLP
from sharing.holders import in_force
from sharing.models import Grant, GrantKind
from sharing.policy.types import Reach, Row
from sharing.preview import Preview, reaches


@dataclass(frozen=True, slots=True)
class Update:
    """A next version beside the one in force; members are slugs, objects are counted.

    `recalled` are those of `losing` that had something already: they are asked to delete it, also
    where they get it `again` later, by an embargo that is new.
    """

    replaces: int
    newcomers: tuple[str, ...]
    losing: tuple[str, ...]
    recalled: tuple[str, ...]
    again: tuple[str, ...]
    less: tuple[str, ...]  # they keep it, with more kept back than now
    staying: int
    added: int
    changed: int
    left_out: int
    rules_gone: tuple[str, ...]
    rules_new: tuple[str, ...]
    tlp_before: TLP | None
    tlp_after: TLP | None

    @property
    def same_content(self) -> bool:
        return not (self.added or self.changed or self.left_out)

    @property
    def same_rules(self) -> bool:
        return not (self.rules_gone or self.rules_new) and self.tlp_before == self.tlp_after


def update_of(
    incident: Incident, found: Preview, *, marking: Marking, now: datetime
) -> Update | None:
    """Return what releasing the head under a preview changes; None where nothing is in force.

    `marking` is as the owner chose it: the members that "only these" writes down are counted, not
    told as rules.
    """
    held = in_force(incident, now) if incident.version else None
    if held is None or incident.head is None:
        return None
    before = {row.member: row for row in held.rows if reaches(row)}
    after = {row.member: row for row in found.rows if reaches(row)}
    losing = tuple(sorted(key for key in before if _loses(before[key], after.get(key))))
    staying = sorted((before.keys() & after.keys()) - {*losing})
    old_marking = from_json(held.release.marking)
    old_rules, new_rules = rules(old_marking), rules(marking)
    return Update(
        replaces=held.release.version,
        newcomers=tuple(sorted(after.keys() - before.keys())),
        losing=losing,
        recalled=tuple(each for each in had(incident, now=now) if each in losing),
        again=tuple(each for each in losing if each in after),
        less=tuple(each for each in staying if _less(before[each], after[each])),
        staying=len(staying),
        **_objects(held.release.revision, incident.head),
        rules_gone=_without(old_rules, new_rules),
        rules_new=_without(new_rules, old_rules),
        tlp_before=old_marking.tlp,
        tlp_after=marking.tlp,
    )


def had(incident: Incident, *, now: datetime) -> tuple[str, ...]:
    """Return the members that some version was open to, whether or not it still is, by slug."""
    opened = Grant.objects.filter(
        Q(position__isnull=False) | Q(persons__isnull=False),
        Q(visible_from=None) | Q(visible_from__lte=now),
        release__incident=incident,
        kind=GrantKind.SHARED,
        notice=False,
    )
    return tuple(sorted(set(opened.values_list("member__slug", flat=True))))


def _loses(before: Row, after: Row | None) -> bool:
    """Say whether a member has it, or would have, and then has not, be it for a time."""
    return after is None or (before.outcome is not Reach.NONE and after.outcome is Reach.NONE)


def _less(before: Row, after: Row) -> bool:
    """Say whether a member that keeps it is kept from more than now."""
    if before.outcome is Reach.NONE:
        return False
    cut = {(each.id, each.path) for each in before.redactions}
    return any(
        (each.id, each.path) not in cut and (each.id, "") not in cut for each in after.redactions
    )


def _objects(old: Revision, new: Revision) -> dict[str, int]:
    """Return how many objects are added, changed and left out. One query."""
    digests: dict[int, dict[str, str]] = {old.pk: {}, new.pk: {}}
    rows = RevisionObject.objects.filter(revision__in=[old, new])
    for revision, stix_id, digest in rows.values_list(
        "revision_id", "object__stix_id", "object__digest"
    ):
        digests[revision][stix_id] = digest
    return _compared(digests[old.pk], digests[new.pk])


def _compared(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, int]:
    return {
        "added": len(after.keys() - before.keys()),
        "changed": sum(before[key] != after[key] for key in before.keys() & after.keys()),
        "left_out": len(before.keys() - after.keys()),
    }


def _without(lines: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line not in others)
