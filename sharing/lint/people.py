"""Victims and people in what goes out to many."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from members.tlp import TLP
from sharing.lint.findings import Draft, Finding, warn
from sharing.policy.types import Item

_HITS = frozenset({"targets", "impacts"})


def people(draft: Draft) -> Iterator[Finding]:
    """Yield warnings about victims, and about personal data, at GREEN or wider."""
    victims = [item for item in _victims(draft) if _is_wide(draft, item)]
    if victims:
        yield warn(
            "VICTIM_WIDELY",
            ngettext_lazy(
                "%(n)d victim is named at TLP:GREEN or wider.",
                "%(n)d victims are named at TLP:GREEN or wider.",
                len(victims),
            )
            % {"n": len(victims)},
            _("Mark the victim TLP:AMBER+STRICT, and leave the rest as it is."),
            victims[0].id,
        )
    personal = [item for item in _personal(draft) if _is_wide(draft, item)]
    if personal:
        yield warn(
            "PERSONAL_DATA_WIDELY",
            ngettext_lazy(
                "%(n)d person or e-mail address goes out at TLP:GREEN or wider.",
                "%(n)d people or e-mail addresses go out at TLP:GREEN or wider.",
                len(personal),
            )
            % {"n": len(personal)},
            _("Mark them more strictly, or leave out what nobody needs."),
            personal[0].id,
        )


def _victims(draft: Draft) -> list[Item]:
    """Return the identities that something in the release is said to target or harm."""
    hit = {
        item.body.get("target_ref")
        for item in draft.of_type("relationship")
        if item.body.get("relationship_type") in _HITS
    }
    owners = draft.context.owner_identities
    return [i for i in draft.of_type("identity") if i.id in hit and i.id not in owners]


def _personal(draft: Draft) -> list[Item]:
    individuals = [
        item
        for item in draft.of_type("identity")
        if item.body.get("identity_class") == "individual"
    ]
    return individuals + draft.of_type("email-addr")


def _is_wide(draft: Draft, item: Item) -> bool:
    tlp = draft.effective[item.id].tlp
    return tlp is not None and tlp <= TLP.GREEN
