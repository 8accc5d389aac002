"""Markings of single objects that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from incidents.marking import NOBODY
from sharing.lint.findings import Draft, Finding, block


def objects(draft: Draft) -> Iterator[Finding]:
    """Yield a block for each unknown marking and each object of two TLPs."""
    two_tlps = {each["id"] for each in draft.head.problems if each["code"] == "two_tlps"}
    for item in draft.context.items.values():
        if item.own == NOBODY:
            yield block(
                "UNKNOWN_MARKING",
                _("%(id)s has a marking that is not known here.") % {"id": item.id},
                _("Replace the marking, or leave the object out."),
                item.id,
            )
        if item.id in two_tlps:
            yield block(
                "TWO_TLPS",
                _("%(id)s states two TLP levels.") % {"id": item.id},
                _("Keep one of them, then file the object again."),
                item.id,
            )
