"""What a check of a release is given, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.functional import Promise

from incidents.marking import Marking, meet
from incidents.models import Incident, Revision
from sharing.policy.types import Context, Item
from sharing.preview import Preview

Text = str | Promise
MOST: int = 20  # findings of one kind: the rest is counted


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: a code, a sentence and its fix; `blocks` says that it stops the release.

    `object_id` is the object it is about, if one.
    """

    code: str
    sentence: Text
    fix: Text
    blocks: bool
    object_id: str = ""

    @property
    def asks(self) -> bool:
        """Say whether the originator's consent would mend it."""
        return self.code in ("ORCON_WITHOUT_CONSENT", "WIDER_THAN_CONSENTED")


def block(code: str, sentence: Text, fix: Text, object_id: str = "") -> Finding:
    """Return a finding that stops the release."""
    return Finding(code, sentence, fix, blocks=True, object_id=object_id)


def warn(code: str, sentence: Text, fix: Text, object_id: str = "") -> Finding:
    """Return a finding to look at."""
    return Finding(code, sentence, fix, blocks=False, object_id=object_id)


@dataclass(frozen=True)
class Draft:
    """What is about to be released, to whom, and when."""

    incident: Incident
    head: Revision
    preview: Preview
    now: datetime

    @property
    def context(self) -> Context:
        return self.preview.loaded.context

    @cached_property
    def effective(self) -> dict[str, Marking]:
        """Return the marking of each object by id, floors apart; equal ones are one value."""
        known: dict[Marking, Marking] = {}
        found = {}
        for key, item in self.context.items.items():
            if item.own not in known:
                known[item.own] = meet(self.context.marking, item.own)
            found[key] = known[item.own]
        return found

    def of_type(self, *types: str) -> list[Item]:
        """Return the objects of these types, reference data apart."""
        items = self.context.items.values()
        return [item for item in items if item.type in types and not item.reference]
