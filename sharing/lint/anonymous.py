"""What would tell who is behind an anonymous release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from sharing.lint.findings import Draft, Finding, warn
from sharing.models import Release
from sharing.policy.plan import DEFINITIONS
from sharing.policy.types import Item


def anonymous(draft: Draft) -> Iterator[Finding]:
    """Yield warnings where the text names the owner, or its named incidents the objects. A query.

    What redaction cuts anyway is not looked at.
    """
    hidden = [key for key, marking in draft.effective.items() if marking.anonymous]
    if not hidden:
        return
    items = [draft.context.items[key] for key in hidden]
    names = _names(draft)
    telling = [item for item in items if _tells(item, draft, names)]
    if telling:
        yield warn(
            "OWNER_NAMED",
            ngettext_lazy(
                "The release is anonymous, but the text of %(n)d object names your team.",
                "The release is anonymous, but the texts of %(n)d objects name your team.",
                len(telling),
            )
            % {"n": len(telling)},
            _("Take the name out of the text; redaction cuts references, not words."),
            telling[0].id,
        )
    known = _known_elsewhere(draft, items)
    if known:
        yield warn(
            "KNOWN_ELSEWHERE",
            ngettext_lazy(
                "%(n)d object is also in an incident that you released under your name.",
                "%(n)d objects are also in incidents that you released under your name.",
                len(known),
            )
            % {"n": len(known)},
            _("Give them other ids, or release under your name: who has both sees who you are."),
            known[0],
        )


def _names(draft: Draft) -> re.Pattern[str]:
    told = sorted(name.casefold() for name in draft.context.owner_names if name)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, told)) + r")(?!\w)")


def _tells(item: Item, draft: Draft, names: re.Pattern[str]) -> bool:
    if item.id in draft.context.owner_identities or item.type in DEFINITIONS or item.reference:
        return False
    return _says(item.body, names)


def _says(value: Any, names: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return bool(names.search(value.casefold()))
    if isinstance(value, list):
        return any(_says(each, names) for each in value)
    if isinstance(value, Mapping):
        if "source_name" in value and _says(value["source_name"], names):
            return False  # such a reference is cut
        return any(_says(each, names) for each in value.values())
    return False


def _known_elsewhere(draft: Draft, items: list[Item]) -> list[str]:
    ids = [i.id for i in items if not i.sco and not i.reference and i.type not in DEFINITIONS]
    named = (
        Release.objects.filter(incident__owner=draft.incident.owner_id, ended_at=None)
        .exclude(incident=draft.incident)
        .exclude(marking__contains={"anonymous": True})
        .filter(revision__places__object__stix_id__in=ids)
    )
    return sorted(set(named.values_list("revision__places__object__stix_id", flat=True)) & {*ids})
