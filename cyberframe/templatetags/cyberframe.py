"""The components of the design as template tags: icons, chips, times, form fields.

`{% load cyberframe %}`, then `{% icon %}`, `{% tlp %}`, `{% level %}`, `{% org %}`, `{% state %}`,
`{% outcome %}`, `{% moment %}`, `{% field %}`, `{% errors %}`; filters `tier_word`, `ceiling`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BaseForm, BoundField, widgets
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models.choices import TIER_WORDS
from members.tiers import CEILING, Tier
from members.tlp import TLP

register = template.Library()
KYIV: Final = ZoneInfo("Europe/Kyiv")

LEVELS: Final = (
    _("Baseline"),
    _("Low"),
    _("Medium"),
    _("High"),
    _("Severe"),
    _("Emergency"),
)
STATES: Final = {
    "draft": ("", _("Draft")),
    "review": ("acc", _("Waiting for release")),
    "released": ("ok", _("Released")),
    "updated": ("ok", _("Updated")),
    "embargoed": ("part", _("Embargoed")),
    "closed": ("line", _("Closed")),
    "retracted": ("bad", _("Retracted")),
}
PICK: Final = 60  # up to so many choices stand as boxes to tick, more as the browser's own list
OUTCOMES: Final = {
    "full": ("ok", "check", _("Gets it")),
    "redacted": ("part", "half", _("Redacted")),
    "none": ("no", "minus", _("Does not")),
}
MOMENTS: Final = {
    "full": "j M Y, H:i",
    "short": "j M, H:i",
    "time": "H:i",
    "date": "j M Y",
    "day": "l j E Y",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return the icon `name` of the sprite; it says nothing to a screen reader."""
    return format_html(
        '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("cyberframe/icons.svg"),
        name,
    )


@register.simple_tag
def tlp(value: TLP | str | int | None) -> SafeString:
    """Return the TLP 2.0 chip of a TLP, its number, label or word."""
    if value is None or value == "":
        return format_html('<span class="tlp tlp-none">{}</span>', _("no TLP"))
    if isinstance(value, str) and not value.isdigit():
        marking = TLP.parse(value)
    else:
        marking = TLP(int(value))
    colour = marking.name.split("_")[0].lower()
    return format_html('<span class="tlp tlp-{}">{}</span>', colour, marking.label)


@register.inclusion_tag("cyberframe/parts/level.html")
def level(value: int, word: str = "") -> dict[str, object]:
    """Draw the level 0 to 5 as bars and word."""
    return {"value": int(value), "word": word or LEVELS[int(value)]}


@register.inclusion_tag("cyberframe/parts/org.html")
def org(member: Any, url: str = "") -> dict[str, object]:
    """Draw a member (slug, name, country) as tile and name; None is the coalition."""
    return {"member": member, "url": url}


@register.inclusion_tag("cyberframe/parts/chip.html")
def state(key: str, label: str = "") -> dict[str, object]:
    """Draw an incident's state as a chip."""
    style, word = STATES.get(key, ("", key))
    return {"style": style, "label": label or word}


@register.inclusion_tag("cyberframe/parts/chip.html")
def outcome(key: str) -> dict[str, object]:
    """Draw what a member gets: full, redacted or none."""
    style, icon_name, label = OUTCOMES[key]
    return {"style": style, "icon": icon_name, "label": label}


@register.inclusion_tag("cyberframe/parts/chip.html")
def chip(label: str, style: str = "", icon: str = "") -> dict[str, object]:
    """Draw a chip; `style` is one of ok, part, no, bad, acc, line."""
    return {"style": style, "icon": icon, "label": label}


@register.simple_tag
def said(value: datetime | str) -> SafeString | str:
    """Return a fact's value: a time as `moment` shows it, else the text."""
    return moment(value) if isinstance(value, datetime) else value


@register.simple_tag
def moment(at: datetime | None, form: str = "full") -> SafeString | str:
    """Return a time in UTC, with Kyiv's time as its title; `form` is one of MOMENTS."""
    if at is None:
        return "–"
    utc, kyiv = at.astimezone(UTC), at.astimezone(KYIV)
    zone = "" if form in {"date", "day"} else " UTC"
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        _("%(time)s in Kyiv") % {"time": _written(kyiv, "full")},
        _written(utc, form),
        zone,
    )


def _written(at: datetime, form: str) -> str:
    """Return the time in words; Ukrainian writes months small."""
    pattern = MOMENTS[form]
    return date_format(at, pattern.replace("M", "b") if get_language() == "uk" else pattern)


@register.filter
def kyiv(at: datetime) -> str:
    """Return the time in Kyiv, for the note beside a deadline."""
    return _written(at.astimezone(KYIV), "short")


@register.filter
def tier_word(value: Tier | int | str) -> str:
    """Return the tier's word in the reader's language."""
    tier = Tier.parse(value) if isinstance(value, str) else Tier(value)
    return str(TIER_WORDS[tier])


@register.filter
def ceiling(tier: Tier | int) -> str:
    """Return the highest TLP that the tier receives."""
    return CEILING[Tier(tier)].label


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first two words."""
    return "".join(word[0] for word in str(name).split()[:2]).upper()


@register.inclusion_tag("cyberframe/parts/errsum.html")
def errors(form: BaseForm) -> dict[str, object]:
    """Draw the summary of a form's errors, each a link to its field."""
    fields = [f for f in form if f.errors] if form.is_bound else []
    return {"form": form, "fields": fields, "others": form.non_field_errors()}


@register.inclusion_tag("cyberframe/parts/field.html")
def field(bound: BoundField, kind: str = "", rows: int = 0) -> dict[str, object]:
    """Draw one field: label, hint, control, error.

    `kind` is `tlp`, `pap` or `level` for a choice drawn as chips, `seg` for one drawn as
    buttons, `mono` for code, `otp`, `bare` to hide the label; else the widget decides.
    """
    widget = bound.field.widget
    return {
        "field": bound,
        "kind": kind,
        "shape": _shape(widget, kind),
        "control": _control(bound, kind, rows),
        "options": _options(bound) if isinstance(widget, widgets.ChoiceWidget) else [],
        "described": _described(bound),
    }


def _shape(widget: widgets.Widget, kind: str) -> str:
    if isinstance(widget, widgets.CheckboxInput):
        return "check"
    if isinstance(widget, widgets.CheckboxSelectMultiple) and kind != "seg":
        return "checks"
    if isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple):
        return "seg" if kind else "checks"
    if isinstance(widget, widgets.SelectMultiple):
        return "pick" if len(list(widget.choices)) <= PICK else "line"
    if kind in {"tlp", "pap", "level", "seg"} and isinstance(widget, widgets.Select):
        return "seg"
    return "line"


def _options(bound: BoundField) -> list[dict[str, object]]:
    chosen = bound.value()
    values = {str(v) for v in chosen} if isinstance(chosen, list | tuple) else {str(chosen)}
    flat: list[dict[str, object]] = []
    for value, label in getattr(bound.field, "choices", ()):
        if value in {"", None} and not isinstance(label, list | tuple):
            continue
        flat.append(
            {
                "value": value,
                "label": label,
                "checked": str(getattr(value, "value", value)) in values,
                "id": f"{bound.id_for_label or bound.auto_id}_{len(flat)}",
            }
        )
    return flat


def _described(bound: BoundField) -> str:
    ids = [f"{bound.auto_id}_hint"] if bound.help_text else []
    return " ".join([*ids, f"{bound.auto_id}_error"] if bound.errors else ids)


def _control(bound: BoundField, kind: str, rows: int) -> SafeString:
    widget = bound.field.widget
    style = "form-control"
    if isinstance(widget, widgets.CheckboxInput):
        style = "form-check-input"
    elif isinstance(widget, widgets.Select):
        style = "form-select"
    attrs: dict[str, str | bool] = {
        "class": " ".join(filter(None, [style, _extra_class(bound, kind)]))
    }
    if described := _described(bound):
        attrs["aria-describedby"] = described
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if rows:
        attrs["rows"] = str(rows)
    return bound.as_widget(attrs=attrs)


def _extra_class(bound: BoundField, kind: str) -> str:
    words = [widget_class] if (widget_class := bound.field.widget.attrs.get("class", "")) else []
    if kind in {"mono", "otp"}:
        words.append(kind)
    if bound.errors:
        words.append("is-invalid")
    return " ".join(words)
