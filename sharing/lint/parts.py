"""Parts of objects that are marked so that nobody would ever see them."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from incidents.marking import meet
from members.tlp import TLP
from sharing.lint.findings import MOST, Draft, Finding, warn


def parts(draft: Draft) -> Iterator[Finding]:
    """Yield a warning for each object with a RED part for which nobody is named."""
    marked = [item for item in draft.context.items.values() if item.granular]
    unseen = [
        item.id
        for item in marked
        if any(
            found.tlp is TLP.RED and not found.named
            for found in (meet(draft.effective[item.id], g.marking) for g in item.granular)
        )
    ]
    for object_id in unseen[:MOST]:
        yield warn(
            "GRANULAR_RED_UNSEEN",
            _("A part of %(id)s is TLP:RED and nobody is named, so nobody sees it.")
            % {"id": object_id},
            _("Name members for the object, or leave the part out."),
            object_id,
        )
