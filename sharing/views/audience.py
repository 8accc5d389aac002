"""What the release page shows of a preview: rows, counts, findings, who may release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.marking import Marking, from_json, meet, to_json
from incidents.models import Incident, Working
from incidents.services import By
from members.models import Member
from members.roles import Role
from members.tlp import TLP
from sharing import seen
from sharing.lint import lint
from sharing.policy.types import Reach, Row
from sharing.preview import Preview, names_by_default, preview
from sharing.reasons import sentence
from sharing.services.release import is_author, may_go_early, two_people_needed
from sharing.updating import Update, update_of

MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Look:
    """An incident under rules that may be unsaved, and the list that they give."""

    incident: Incident
    marking: Marking
    preview: Preview
    only_these: bool
    widened: bool  # by rules that are not saved yet
    now: datetime


def look(
    incident: Incident, marking: Marking, *, only_these: bool, changed: bool, now: datetime
) -> Look:
    """Judge the incident under `marking` without storing anything.

    "Only these" has a meaning where later members are not wanted by default (AMBER+STRICT, RED).
    """
    assert incident.head is not None
    stored = from_json(incident.head.marking)
    if changed:
        # Never saved: lint and the rule of two people ask the head as it would be.
        incident.head.marking = to_json(marking)
        incident.head.tlp_confirmed = marking.tlp is not None
    only_these = only_these and may_be_these(marking)
    found = preview(incident=incident, now=now, marking=marking, only_these=only_these)
    widened = changed and meet(stored, marking) != marking
    return Look(incident, marking, found, only_these, widened, now)


def may_be_these(marking: Marking) -> bool:
    """Say whether "only these" has a meaning; RED asks the owner for names first."""
    unnamed = marking.tlp is TLP.RED and marking.named is None
    return names_by_default(marking) and not unnamed


def context_of(look: Look, by: By, *, before: str | None = None) -> dict[str, Any]:
    """Return the right side of the page; `before` is what was seen if the list has changed."""
    found = look.preview
    findings = lint(incident=look.incident, preview=found, now=look.now)
    update = update_of(look.incident, found, marking=look.marking, now=look.now)
    members = _members(found.rows, update)
    standing = {each.member: each for each in found.standings}
    differences = seen.changes(before, found.rows) if before is not None else []
    changed = {slug for slug, _was, _row in differences}
    rows: list[dict[str, Any]] = [
        {
            "member": members[row.member],
            "tier": members[row.member].tier,
            "outcome": row.outcome.value,
            "sentence": sentence(row, standing[row.member], named=look.marking.named),
            "opens_at": row.opens_at,
            "changed": row.member in changed,
        }
        for row in found.rows
    ]
    rows.sort(key=lambda row: (-row["tier"], row["member"].name))
    counts = {reach.value: found.count(reach) for reach in Reach}
    return {
        "rows": rows,
        "counts": counts,
        "later": _later(found.rows),
        "live": counts_sentence(found.rows),
        "named": _named(found.rows) if look.only_these else 0,
        "digest": found.digest,
        "incident_ref": look.incident.ref,
        "seen": seen.write(found.rows),
        "lint": {
            "blocks": [each for each in findings if each.blocks],
            "warnings": [each for each in findings if not each.blocks],
        },
        "stale": before is not None,
        "changed": [_change(slug, was, row, members) for slug, was, row in differences[:50]],
        "update": update and _update(update, members),
        **people(look, by),
    }


def _members(rows: Sequence[Row], update: Update | None) -> dict[str, Member]:
    slugs = {row.member for row in rows} | set(update.losing if update else ())
    return {m.slug: m for m in Member.objects.filter(slug__in=slugs)}


def _update(update: Update, members: dict[str, Member]) -> dict[str, Any]:
    """Return what replacing the version in force changes, as the page says it."""

    def some(slugs: Sequence[str]) -> dict[str, Any] | None:
        if not slugs:
            return None
        names = [members[slug].name if slug in members else slug for slug in slugs]
        return {
            "n": len(slugs),
            "names": ", ".join(names[:MOST_NAMES]),
            "more": max(0, len(names) - MOST_NAMES),
        }

    return {
        "replaces": update.replaces,
        "version": update.replaces + 1,
        "new": some(update.newcomers),
        "lost": some(update.losing),
        "recalled": len(update.recalled),
        "again": len(update.again),
        "less": some(update.less),
        "staying": update.staying,
        "objects": update,
        "tlp": (
            (update.tlp_before, update.tlp_after) if update.tlp_before != update.tlp_after else None
        ),
    }


def _later(rows: Sequence[Row]) -> int:
    """Return how many get nothing now and something without anyone's decision."""
    return sum(row.outcome is Reach.NONE and row.opens_at is not None for row in rows)


def _named(rows: Sequence[Row]) -> int:
    """Return how many members "only these" writes down: those that wait for a time too."""
    return sum(row.outcome is not Reach.NONE or row.opens_at is not None for row in rows)


def _change(
    slug: str, was: Reach | None, row: Row | None, members: dict[str, Member]
) -> dict[str, Any]:
    return {
        "member": members.get(slug) or {"name": slug},
        "before": was.value if was else "",
        "after": row.outcome.value if row else Reach.NONE.value,
    }


def counts_sentence(rows: Sequence[Row]) -> str:
    """Return the counts as a live region reads them."""
    full = sum(row.outcome is Reach.FULL for row in rows)
    redacted = sum(row.outcome is Reach.REDACTED for row in rows)
    later = _later(rows)
    none = len(rows) - full - redacted - later
    said = [
        ngettext("%(n)d gets it", "%(n)d get it", full) % {"n": full},
        _("%(n)d redacted") % {"n": redacted},
        ngettext("%(n)d does not", "%(n)d do not", none) % {"n": none},
    ]
    if later:
        said.insert(2, _("%(n)d later") % {"n": later})
    return ", ".join(said)


def people(look: Look, by: By) -> dict[str, Any]:
    """Return why this person cannot release it as shown, and whether a second one is needed."""
    needed = two_people_needed(look.incident)
    author = look.widened or is_author(by, look.incident)
    return {
        "second_person": {
            "needed": needed,
            "sentence": _(
                "You did not write it, so you can release it. You approve exactly what is shown."
            ),
        },
        "blocked": _blocked(look, by, author=author, needed=needed),
    }


def _blocked(look: Look, by: By, *, author: bool, needed: bool) -> str:
    incident = look.incident
    if by.person.member_id != incident.owner_id:
        return _("Only the originator of an incident can release it.")
    if not by.person.has_role(Role.REVIEWER):
        return _("A reviewer of your team releases it.")
    if incident.working == Working.DRAFT and not (author and may_go_early(incident)):
        return _("This is a draft. Ask for its release first.")
    if author and needed:
        return _("You wrote this version or widened its rules: another reviewer must release it.")
    return ""
