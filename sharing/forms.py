"""The rules of a release as a form over the marking's JSON.

What the form cannot show (named people, for one) stays as it was stored; a field that was not
touched keeps its stored value exactly. Countries and early recipients are lines: one line is met by
any of its words, and every line must be met. Circles are ticked; several sets of them are lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.anonymity import names_any
from incidents.marking import Marking, MarkingError, from_json, to_json
from members.models.choices import TIER_WORDS
from members.tlp import PAP, TLP
from sharing.models import ReportKind

MOMENT: Final = "%Y-%m-%dT%H:%M"
_TIMES: Final = ("release_at", "embargo_until", "expires_at")
_LINES: Final = ("rel_to", "circles", "early")
_WORDS: Final = ("not_rel_to",)
_MEMBERS: Final = ("named", "exclude")
AS_CIRCLES: Final = "circles"
_FLAGS: Final = ("orcon", "public")
_BETWEEN: Final = re.compile(r"[\s,;]+")


class _Moment(forms.DateTimeField):
    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        formats = [MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(widget=widget, input_formats=formats, required=False, **options)


def _lines(label: Any, hint: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
    return forms.CharField(
        label=label, help_text=hint, widget=widget, required=False, max_length=4_000
    )


class RulesForm(forms.Form):
    """Who gets the release, and what kind of report it is."""

    tlp = forms.ChoiceField(
        label=_("TLP"),
        choices=[(tlp.word, tlp.label) for tlp in TLP],
        widget=forms.RadioSelect,
    )
    only_these = forms.ChoiceField(
        label=_("Later members"),
        choices=[
            ("yes", _("Only these: the members listed now, and nobody who comes later")),
            ("no", _("These, and whoever meets these terms later")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    named = forms.MultipleChoiceField(
        label=_("Only these members"),
        help_text=_("None chosen: no limit. TLP:RED needs names."),
        required=False,
    )
    min_tier = forms.ChoiceField(
        label=_("Lowest tier"),
        choices=[(tier.word, word) for tier, word in TIER_WORDS.items()],
        required=False,
    )
    circles = forms.MultipleChoiceField(
        label=_("Only these circles"),
        help_text=_("None chosen: no limit. Members of any of them get it."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    rel_to = _lines(
        _("Releasable to"),
        _("Countries (UA) and groups (NATO, EU): any of a line; every line must be met."),
    )
    not_rel_to = forms.CharField(
        label=_("Not releasable to"),
        help_text=_("Countries and groups."),
        required=False,
        max_length=4_000,
    )
    exclude = forms.MultipleChoiceField(label=_("Not these members"), required=False)
    pap = forms.ChoiceField(
        label=_("PAP"),
        choices=[(pap.word, pap.word) for pap in PAP],
        widget=forms.RadioSelect,
        required=False,
    )
    release_at = _Moment(label=_("Goes out at (UTC)"))
    embargo_until = _Moment(label=_("Embargo until (UTC)"))
    early = _lines(
        _("Before the embargo ends"),
        _("Members, or a tier's word for that tier and higher: any of a line."),
    )
    expires_at = _Moment(label=_("Ends at (UTC)"))
    orcon = forms.BooleanField(label=_("Passing it on needs our consent (ORCON)"), required=False)
    anonymous = forms.ChoiceField(
        label=_("Our name"),
        choices=[
            (
                AS_CIRCLES,
                _("As the circles have it: left out where one is under the Chatham House rule"),
            ),
            ("no", _("Named")),
            ("yes", _("Left out")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    public = forms.BooleanField(
        label=_("Publish as an advisory"), help_text=_("TLP:CLEAR only."), required=False
    )
    report_kind = forms.ChoiceField(label=_("Kind of report"), choices=ReportKind.choices)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed where the TLP is lowered."),
        max_length=1_000,
        required=False,
    )
    note = forms.CharField(
        label=_("Note to the author"),
        help_text=_("Goes with it when you send it back."),
        max_length=4_000,
        required=False,
        widget=forms.Textarea,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        stored: Marking,
        confirmed: bool,
        members: Sequence[tuple[str, str]],
        circles: Sequence[tuple[str, str]] = (),
        chatham: frozenset[str] = frozenset(),
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.before = shown(stored, confirmed=True)
        self.chatham = chatham
        first = shown(stored, confirmed=confirmed) | {"anonymous": self._our_name(stored)}
        super().__init__(data, initial={**first, **(initial or {})})
        self.stored = stored
        self.confirmed = confirmed
        for name in _MEMBERS:
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [*members, *_beyond(stored, name, members)]
        self._offer_circles(circles)

    def _offer_circles(self, circles: Sequence[tuple[str, str]]) -> None:
        """Offer the owner's circles to tick; several sets at once can only be written."""
        if isinstance(self.before["circles"], str):
            self.fields["circles"] = _lines(
                _("Only these circles"), _("Any circle of a line; every line must be met.")
            )
            return
        offered = dict(circles)
        choices = [
            *circles,
            *((slug, slug) for slug in self.before["circles"] if slug not in offered),
        ]
        field = self.fields["circles"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            del self.fields["circles"]

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        try:
            self.cleaned_data["marking"] = self._marking()
        except MarkingError as error:
            for problem in error.problems:
                name = problem.path.split(".")[1].partition("[")[0]
                self.add_error(name if name in self.fields else None, problem.fix)
        return self.cleaned_data

    @property
    def marking(self) -> Marking:
        """Return the rules of a valid form."""
        found: Marking = self.cleaned_data["marking"]
        return found

    @property
    def differs(self) -> bool:
        """Say whether saving would state anything new."""
        return self.marking != self.stored or not self.confirmed

    def _our_name(self, stored: Marking) -> str:
        """Return what is stored: left out, named in spite of the circle, or as circles have it."""
        if stored.anonymous:
            return "yes"
        return "no" if names_any(stored, self.chatham) else AS_CIRCLES

    def _marking(self) -> Marking:
        value = to_json(self.stored)
        before = self.before
        for name in (*_TIMES, *_LINES, *_WORDS, *_MEMBERS, *_FLAGS, "tlp", "pap", "min_tier"):
            given = self.cleaned_data.get(name)
            if _same(given, before[name]):
                continue
            value[name] = _json(name, given)
        marking = from_json(value)
        name = self.cleaned_data["anonymous"]
        by_circle = name != "no" and names_any(marking, self.chatham)
        left_out = name == "yes" or by_circle
        return replace(marking, anonymous=left_out)


def shown(marking: Marking, *, confirmed: bool) -> dict[str, Any]:
    """Return a marking as the form's fields show it; a TLP that nobody confirmed is not chosen."""
    return {
        "tlp": marking.tlp.word if marking.tlp is not None and confirmed else "",
        "pap": marking.pap.word,
        "min_tier": marking.min_tier.word,
        "not_rel_to": " ".join(sorted(marking.not_rel_to)),
        "named": sorted(marking.named or ()),
        "exclude": sorted(marking.exclude),
        **{name: _written(getattr(marking, name)) for name in _LINES},
        **({} if len(marking.circles) > 1 else {"circles": sorted(chain(*marking.circles))}),
        **{name: _minute(getattr(marking, name)) for name in _TIMES},
        **{name: getattr(marking, name) for name in _FLAGS},
    }


def _written(sets: Sequence[frozenset[str]]) -> str:
    return "\n".join(" ".join(sorted(words)) for words in sets)


def _minute(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC).replace(second=0, microsecond=0) if at else None


def _same(given: object, before: object) -> bool:
    if isinstance(given, list) and isinstance(before, list):
        return sorted(given) == before
    if isinstance(given, str) and isinstance(before, str):
        return [_words(line) for line in given.splitlines() if _words(line)] == [
            _words(line) for line in before.splitlines() if _words(line)
        ]
    return (given or None) == (before or None)


def _words(line: str) -> list[str]:
    return sorted(word for word in _BETWEEN.split(line) if word)


def _json(name: str, given: Any) -> Any:
    if name == "circles" and isinstance(given, list):
        return [given] if given else []
    if name in _LINES:
        return [words for line in given.splitlines() if (words := _words(line))]
    if name in _WORDS:
        return _words(given)
    if name in _TIMES:
        return None if given is None else f"{given.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if name == "named":
        return given or None
    if name in ("pap", "min_tier") and not given:
        return "CLEAR" if name == "pap" else "observer"
    return given


def _beyond(
    stored: Marking, name: str, members: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return what is stored and not offered, so that it can stay."""
    offered = {slug for slug, _name in members}
    return [(slug, slug) for slug in sorted(getattr(stored, name) or ()) if slug not in offered]
