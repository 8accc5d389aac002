"""The short form of an incident, the ways to give STIX, and the list's filters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.marking import Marking
from incidents.models import State
from incidents.stix import LIMITS, IncidentForm
from incidents.stix.vocabularies import RSIT
from incidents.words import ANSWERS, DETERMINATIONS, LEVELS, SECTORS, sector
from incidents.words import RSIT as RSIT_WORDS
from members.tlp import PAP, TLP

MOMENT: Final = "%Y-%m-%dT%H:%M"
MOST_VICTIMS: Final = 50
LONGEST_NAME: Final = 200
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_TLP_CHOICES: Final = [(tlp.word, tlp.label) for tlp in TLP]
_PAP_CHOICES: Final = [(pap.word, pap.word) for pap in PAP]
_RSIT_CHOICES: Final = [
    ("", "–"),
    *[
        (RSIT_WORDS[group], [(f"{group}:{kind}", RSIT_WORDS[kind]) for kind in kinds])
        for group, kinds in RSIT.items()
    ],
]


class MomentField(forms.DateTimeField):
    """A time in UTC, to the minute, as browsers' own pickers give it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        formats = [MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(widget=widget, input_formats=formats, required=False, **options)


class MarkingFields(forms.Form):
    """TLP and PAP, which every way of filing may state."""

    tlp = forms.ChoiceField(
        label=_("TLP"),
        choices=_TLP_CHOICES,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Without one the draft is taken as AMBER until you confirm it."),
    )
    pap = forms.ChoiceField(
        label=_("PAP"), choices=_PAP_CHOICES, widget=forms.RadioSelect, required=False
    )

    def marking(self) -> Marking | None:
        """Return what was stated beside the bundle, None for nothing."""
        tlp, pap = self.cleaned_data.get("tlp"), self.cleaned_data.get("pap")
        if not tlp and not pap:
            return None
        return Marking(
            tlp=TLP.parse(tlp) if tlp else None, pap=PAP.parse(pap) if pap else PAP.CLEAR
        )


class ShortForm(MarkingFields):
    """An incident as an analyst types it."""

    title = forms.CharField(label=_("Title"), max_length=200)
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=list(LEVELS.items()),
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
    )
    description = forms.CharField(
        label=_("What happened"), widget=forms.Textarea, max_length=50_000, required=False
    )
    sectors = forms.MultipleChoiceField(
        label=_("Sectors"),
        choices=list(SECTORS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    indicators = forms.CharField(
        label=_("Indicators"),
        help_text=_(
            "One a line: addresses, networks, domains, URLs, e-mail, hashes. Defanged too."
        ),
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        max_length=1_000_000,
        required=False,
    )
    victims = forms.CharField(
        label=_("Victims"),
        help_text=_(
            "Names, one a line. Who they are is TLP:AMBER+STRICT, however open the rest is."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=10_000,
        required=False,
    )
    aware_at = MomentField(label=_("Aware since (UTC)"))
    detected_at = MomentField(label=_("Detected (UTC)"))
    started_at = MomentField(label=_("Started (UTC)"))
    rsit = forms.ChoiceField(label=_("Classification"), choices=_RSIT_CHOICES, required=False)
    determination = forms.ChoiceField(
        label=_("Determination"), choices=list(DETERMINATIONS.items()), required=False
    )
    malicious = forms.ChoiceField(
        label=_("Malicious"),
        choices=[("", "–"), *ANSWERS.items()],
        required=False,
    )
    cross_border = forms.ChoiceField(
        label=_("Effects across borders"), choices=[("", "–"), *ANSWERS.items()], required=False
    )
    significant = forms.BooleanField(
        label=_("Significant"),
        help_text=_("Starts the reporting clocks whatever the level."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        latest = timezone.now() + _CLOCKS_DIFFER
        for name in ("aware_at", "detected_at", "started_at"):
            moment = self.cleaned_data.get(name)
            if moment and moment > latest:
                self.add_error(name, _("This time is in the future."))
        return self.cleaned_data

    def clean_victims(self) -> str:
        names: str = self.cleaned_data["victims"]
        lines = names.splitlines()
        if len(lines) > MOST_VICTIMS or any(len(line) > LONGEST_NAME for line in lines):
            raise ValidationError(
                _("At most %(n)d names, each of at most %(length)d characters.")
                % {"n": MOST_VICTIMS, "length": LONGEST_NAME}
            )
        return names

    def answers(self) -> IncidentForm:
        """Return the answers as the pure core takes them; the marking is stated beside them."""
        given = self.cleaned_data
        return IncidentForm(
            title=given["title"],
            description=given["description"],
            level=given["level"],
            rsit=given["rsit"] or None,
            determination=given["determination"] or "suspected",
            sectors=tuple(given["sectors"]),
            significant=True if given["significant"] else None,
            malicious=given["malicious"] or None,
            cross_border=given["cross_border"] or None,
            started_at=given["started_at"],
            detected_at=given["detected_at"],
            aware_at=given["aware_at"],
            indicators=given["indicators"],
            victims=tuple(filter(None, map(str.strip, given["victims"].splitlines()))),
        )


class NewForm(ShortForm):
    """The short form of a new incident."""

    key = forms.UUIDField(widget=forms.HiddenInput)  # a second click makes no second incident

    @staticmethod
    def empty() -> dict[str, Any]:
        """Return the initial values."""
        return {"key": uuid.uuid4(), "determination": "suspected"}


class EditForm(ShortForm):
    """The short form of a draft; `revision` is the one that was shown."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class EditObjectForm(ShortForm):
    """The incident object of a bundle, whose further objects stay as they are."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    indicators = None  # type: ignore[assignment] # Django: takes the field out
    victims = None  # type: ignore[assignment]

    def changes(self) -> dict[str, Any]:
        """Return the changed answers by their names in `IncidentForm`."""
        beside = {"revision", "tlp", "pap"}
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in beside}


class BundleForm(MarkingFields):
    """A STIX 2.1 bundle as text."""

    bundle = forms.CharField(
        label=_("STIX 2.1 bundle"),
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        strip=False,
    )

    def data_bytes(self) -> bytes:
        """Return what was pasted."""
        text: str = self.cleaned_data["bundle"]
        return text.encode("utf-8", "surrogatepass")


class PasteForm(BundleForm):
    """A bundle that is pasted, with a title for an incident that it does not hold."""

    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("Used where the bundle holds no incident object."),
    )


class EditBundleForm(BundleForm):
    """A draft's bundle; `revision` is the one that was shown."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class UploadForm(MarkingFields):
    """A STIX 2.1 bundle as a file."""

    file = forms.FileField(label=_("File"), help_text=_("JSON, at most 5 MB."))
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("Used where the bundle holds no incident object."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        found: UploadedFile[bytes] = self.cleaned_data["file"]
        if found.size is None or found.size > LIMITS.size_bytes:
            raise ValidationError(_("The file is larger than 5 MB."))
        return found

    def data_bytes(self) -> bytes:
        """Return the file's bytes; `clean_file` has bounded them."""
        data: bytes = self.cleaned_data["file"].read()
        return data


class NarrowForm(forms.Form):
    """The list's filters; every one lives in the URL."""

    q = forms.CharField(
        label=_("Title or reference"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Title or reference")}),
    )
    level = forms.TypedChoiceField(label=_("Level"), coerce=int, empty_value=None, required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    tlp = forms.ChoiceField(label=_("Marking"), required=False)
    view = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        sectors: Iterable[str],
        sources: Iterable[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.fields["from"] = forms.ChoiceField(label=_("From"), required=False)
        self._offer("level", _("Any level"), LEVELS.items())
        self._offer("sector", _("Any sector"), [(each, sector(each)) for each in sectors])
        self._offer("state", _("Any state"), State.choices)
        self._offer("tlp", _("Any marking"), _TLP_CHOICES)
        self._offer("from", _("From anyone"), sources)

    def _offer(self, name: str, nothing: Any, choices: Iterable[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *choices]

    def chosen(self) -> dict[str, Any]:
        """Return the valid filters that narrow something; a wrong one is as if not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def minute(at: datetime | None) -> datetime | None:
    """Return the moment as `MomentField` shows it."""
    return at.astimezone(UTC).replace(second=0, microsecond=0) if at else None
