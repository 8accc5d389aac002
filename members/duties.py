"""What each tier may do and owes (domain §2), in words, for the tiers page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Duty:
    """One right or duty; a cell for each tier, core first: True, False or words."""

    label: str
    cells: tuple[bool | str, bool | str, bool | str, bool | str]


@dataclass(frozen=True, slots=True)
class Duties:
    """Rights or duties under one heading."""

    label: str
    rows: tuple[Duty, ...]


def duties() -> list[Duties]:
    """Return the table of domain §2 below the ceilings, in the language in use."""
    return [
        Duties(
            _("May do"),
            (
                Duty(_("File and submit incidents"), (True, True, True, True)),
                Duty(_("Ask for help, join circles"), (True, True, True, False)),
                Duty(_("Vouch, make circles"), (True, True, False, False)),
                Duty(_("Vote on tiers, be named in TLP:RED"), (True, False, False, False)),
            ),
        ),
        Duties(
            _("Owes the coalition"),
            (
                Duty(
                    _("Share an incident within"),
                    (
                        _("24 h (80 % in 12 h), 72 h, final"),
                        _("24 h and 72 h"),
                        _("72 h"),
                        False,
                    ),
                ),
                Duty(
                    _("Can be reached"),
                    (_("24/7, 30 min"), _("24/7, 60 min"), _("1 day"), _("office hours")),
                ),
                Duty(
                    _("Acknowledge"),
                    (_("level ≥ 3 in 4 h"), _("level ≥ 3 in 8 h"), _("level ≥ 4 in 24 h"), False),
                ),
                Duty(_("Feedback in 14 days"), ("25 %", "15 %", "5 %", False)),
                Duty(_("Contributions a quarter"), ("6", "3", "1", False)),
                Duty(
                    _("Support"),
                    (_("standing offer and 200 h a year"), _("standing offer"), False, False),
                ),
            ),
        ),
    ]
