"""The words of an incident's fixed choices, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from members.tlp import PAP, TLP

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LEVELS: Final[Mapping[int, StrPromise]] = {
    0: _("Baseline"),
    1: _("Low"),
    2: _("Medium"),
    3: _("High"),
    4: _("Severe"),
    5: _("Emergency"),
}
KINDS: Final[Mapping[str, StrPromise]] = {
    "incident": _("Incident"),
    "campaign": _("Campaign"),
    "near-miss": _("Near miss"),
    "exploited-vulnerability": _("Exploited vulnerability"),
}
DETERMINATIONS: Final[Mapping[str, StrPromise]] = {
    "suspected": _("Suspected"),
    "confirmed": _("Confirmed"),
    "blocked": _("Blocked"),
    "failed-attempt": _("Failed attempt"),
    "false-positive": _("False positive"),
}
ANSWERS: Final[Mapping[str, StrPromise]] = {
    "yes": _("Yes"),
    "no": _("No"),
    "unknown": _("Not known"),
}
SECTORS: Final[Mapping[str, StrPromise]] = {
    "energy": _("Energy"),
    "transport": _("Transport"),
    "banking": _("Banking"),
    "financial-market-infrastructure": _("Financial markets"),
    "health": _("Health"),
    "drinking-water": _("Drinking water"),
    "waste-water": _("Waste water"),
    "digital-infrastructure": _("Digital infrastructure"),
    "ict-service-management": _("IT services"),
    "public-administration": _("Public administration"),
    "space": _("Space"),
    "postal": _("Postal services"),
    "waste": _("Waste"),
    "chemicals": _("Chemicals"),
    "food": _("Food"),
    "manufacturing": _("Manufacturing"),
    "digital-providers": _("Digital providers"),
    "research": _("Research"),
    "defence": _("Defence"),
    "local-government": _("Local government"),
    "media": _("Media"),
    "education": _("Education"),
    "civil-society": _("Civil society"),
}
PASS_ON: Final[Mapping[TLP, StrPromise]] = {
    TLP.RED: _("For the people it was sent to only. Pass it on to nobody."),
    TLP.AMBER_STRICT: _("Stays inside your organisation, with those who need to know."),
    TLP.AMBER: _(
        "For your organisation, and those of its clients that need to know to protect themselves."
    ),
    TLP.GREEN: _("For the community. Not for publication."),
    TLP.CLEAR: _("May be passed on to anyone."),
}
ACT: Final[Mapping[PAP, StrPromise]] = {
    PAP.RED: _("PAP:RED: only look in what you have; do nothing that could be noticed."),
    PAP.AMBER: _("PAP:AMBER: look-ups at third parties are allowed, blocking is not."),
    PAP.GREEN: _("PAP:GREEN: blocking is allowed."),
    PAP.CLEAR: _("PAP:CLEAR: no limit on what you do with it."),
}
ORCON: Final = _("Passing it on, in any form, needs the originator's consent.")


def sector(slug: str) -> str:
    """Return the sector's word; one that is not ours stays as it was written."""
    return str(SECTORS.get(slug, slug))


def answer(value: bool) -> str:
    """Return yes or no."""
    return str(ANSWERS["yes" if value else "no"])
