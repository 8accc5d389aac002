"""STIX objects as the incident page shows them: indicators, groups, facts, rules in words.

Content is text everywhere: values are shown defanged and never become a link, and nothing here
marks anything as safe HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from incidents.marking import Marking
from incidents.stix.facts import IncidentFacts, facts_of
from incidents.stix.markings import CYBERFRAME_REDACTED_EXT, TLP_WORD_OF
from incidents.stix.times import instant
from incidents.words import (
    ACT,
    ANSWERS,
    DETERMINATIONS,
    INVESTIGATIONS,
    KINDS,
    OBSERVABLES,
    ORCON,
    PASS_ON,
    TYPES,
    answer,
    classification,
)
from members.models.choices import TIER_WORDS
from members.tiers import Tier
from members.tlp import PAP, TLP

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

KYIV: Final = ZoneInfo("Europe/Kyiv")
MOST_INDICATORS: Final = 200
MOST_PER_GROUP: Final = 60

# One comparison of one property, as the short form and most tools write it (STIX 2.1 §9).
_SIMPLE = re.compile(
    r"\[\s*([a-z0-9-]{1,60}):([^\s=]{1,120})\s*=\s*'((?:[^'\\]|\\.){1,2000})'\s*\]"
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Body:
    """One object as the viewer sees it, with the TLP that holds for it."""

    value: Mapping[str, Any]
    tlp: TLP | None
    whole: bool = True

    def text(self, name: str) -> str:
        """Return a property that is a string, else nothing."""
        found = self.value.get(name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator: `value` is defanged, `real` what copying gives."""

    real: str
    value: str
    pattern: str
    type: str
    valid_from: datetime | None
    tlp: TLP | None


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """Any object by id and name."""

    id: str
    name: str
    tlp: TLP | None
    redacted: bool


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """The objects of one type; `rows` may be fewer than `count`."""

    type: str
    label: str
    count: int
    rows: tuple[ObjectRow, ...]


def marked(value: Mapping[str, Any]) -> TLP | None:
    """Return the strictest TLP that a served object's references name."""
    refs = value.get("object_marking_refs")
    words = (
        [TLP_WORD_OF[ref] for ref in refs if ref in TLP_WORD_OF] if isinstance(refs, list) else []
    )
    return max((TLP.parse(word) for word in words), default=None)


def is_redacted(value: Mapping[str, Any]) -> bool:
    """Say whether a part was cut from a served object."""
    extensions = value.get("extensions")
    return isinstance(extensions, dict) and CYBERFRAME_REDACTED_EXT in extensions


def defanged(text: str) -> str:
    """Return an address that nobody can click: hxxp, [.], [@]."""
    text = re.sub(r"(?i)^h(tt)(ps?://)", r"hxx\2", text)
    return text.replace(".", "[.]").replace("@", "[@]")


def indicators(bodies: Iterable[Body]) -> list[IndicatorRow]:
    """Return the indicators in order."""
    return [_indicator(body) for body in bodies if body.text("type") == "indicator"]


def _indicator(body: Body) -> IndicatorRow:
    pattern = body.text("pattern")
    kind, real, shown = body.text("pattern_type") or "stix", pattern, pattern
    if kind == "stix" and (simple := _SIMPLE.fullmatch(pattern.strip())):
        kind = simple[1] if simple[1] != "file" else simple[2].rpartition(".")[2].strip("'")
        real = _ESCAPE.sub(r"\1", simple[3])
        shown = real if simple[1] == "file" else defanged(real)
    return IndicatorRow(
        real=real,
        value=shown,
        pattern=pattern,
        type=str(OBSERVABLES.get(kind, kind)),
        valid_from=instant(body.text("valid_from")),
        tlp=body.tlp,
    )


def groups(bodies: Iterable[Body]) -> list[ObjectGroup]:
    """Return every object, by type, in the order in which the types occur."""
    by_type: dict[str, list[Body]] = {}
    for body in bodies:
        by_type.setdefault(body.text("type"), []).append(body)
    names = {body.text("id"): name_of(body) for each in by_type.values() for body in each}
    return [
        ObjectGroup(
            type=kind,
            label=str(TYPES.get(kind, kind)),
            count=len(found),
            rows=tuple(_object(body, names) for body in found[:MOST_PER_GROUP]),
        )
        for kind, found in by_type.items()
    ]


def _object(body: Body, names: Mapping[str, str]) -> ObjectRow:
    name = name_of(body)
    if body.text("type") == "relationship":
        ends = (names.get(body.text(end), "") for end in ("source_ref", "target_ref"))
        source, target = (end or "…" for end in ends)
        name = f"{source} {name} {target}"
    return ObjectRow(body.text("id"), name[:300], body.tlp, redacted=not body.whole)


def name_of(body: Body) -> str:
    """Return what the object is called, an address defanged; nothing where it has no name."""
    name = body.text("name") or body.text("value") or body.text("relationship_type")
    return defanged(name) if body.text("type") in _ADDRESSES else name


_ADDRESSES: Final = frozenset({"ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr"})


def sentence(tlp: TLP | None, *, orcon: bool = False) -> str:
    """Return what the recipient may pass on, in plain words."""
    if tlp is None:
        return _("No TLP is stated yet; it cannot be released.")
    return f"{PASS_ON[tlp]} {ORCON}" if orcon else str(PASS_ON[tlp])


def fact_lines(value: Mapping[str, Any]) -> list[tuple[str, str | datetime]]:
    """Return what an incident SDO says, (label, value), leaving out what it does not say."""
    facts = facts_of(value)
    lines: list[tuple[str, str | datetime | None]] = [
        (_("Kind"), str(KINDS.get(facts.kind, facts.kind))),
        (_("Classification"), classification(facts.rsit or "")),
        (_("Determination"), _word(DETERMINATIONS, facts.determination)),
        (_("Investigation"), _word(INVESTIGATIONS, facts.investigation_status)),
        (_("Malicious"), _word(ANSWERS, facts.malicious)),
        (_("Cross-border"), _word(ANSWERS, facts.cross_border)),
        (_("Significant"), "" if facts.significant is None else answer(facts.significant)),
        (_("Countries affected"), ", ".join(facts.countries_affected)),
        *_times(facts),
        (_("Attribution"), facts.attribution.statement if facts.attribution else ""),
        (_("Handling"), facts.handling),
    ]
    return [(label, text) for label, text in lines if text]


def _times(facts: IncidentFacts) -> list[tuple[str, datetime | None]]:
    return [
        (_("Started"), facts.started_at),
        (_("Detected"), facts.detected_at),
        (_("Aware"), facts.aware_at),
        (_("Contained"), facts.contained_at),
        (_("Resolved"), facts.resolved_at),
    ]


def _word(words: Mapping[str, StrPromise], value: str | None) -> str:
    return str(words.get(value, value)) if value else ""


def rules(marking: Marking) -> list[str]:
    """Return the owner's marking as sentences."""
    lines = [
        *_lists(marking),
        *_moments(marking),
        *([str(ORCON)] if marking.orcon else []),
        *([_("The originator stays anonymous.")] if marking.anonymous else []),
        *([_("Published for everyone.")] if marking.public else []),
    ]
    if marking.pap is not PAP.CLEAR:
        lines.insert(0, str(ACT[marking.pap]))
    if marking.min_tier is not Tier.OBSERVER:
        tier = TIER_WORDS[marking.min_tier]
        lines.append(_("Only from this tier upwards: %(tier)s.") % {"tier": tier})
    return lines


def _lists(marking: Marking) -> list[str]:
    lines = []
    if marking.named is not None:
        n = len(marking.named)
        text = ngettext(
            "Only for %(n)d named member: %(list)s.", "Only for %(n)d named members: %(list)s.", n
        )
        lines.append(text % {"n": n, "list": _joined(marking.named)})
    if marking.persons is not None:
        lines.append(_("Only for these people: %(list)s.") % {"list": _joined(marking.persons)})
    lines += [_("Only for circle %(list)s.") % {"list": _joined(each)} for each in marking.circles]
    lines += [_("Releasable to %(list)s.") % {"list": _joined(each)} for each in marking.rel_to]
    if marking.not_rel_to:
        lines.append(_("Not releasable to %(list)s.") % {"list": _joined(marking.not_rel_to)})
    if marking.exclude:
        lines.append(_("Not for %(list)s.") % {"list": _joined(marking.exclude)})
    return lines


def _moments(marking: Marking) -> list[str]:
    lines = []
    if marking.release_at:
        lines.append(_("Goes out at %(time)s.") % {"time": _moment(marking.release_at)})
    if marking.embargo_until:
        lines.append(_("Embargo until %(time)s.") % {"time": _moment(marking.embargo_until)})
        lines += [
            _("Before that only for %(list)s.") % {"list": _joined(each)}
            for each in marking.early
            if each
        ]
    if marking.expires_at:
        lines.append(_("Ends at %(time)s.") % {"time": _moment(marking.expires_at)})
    return lines


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or _("nobody")


def _moment(at: datetime) -> str:
    """Return a time in words, in UTC and in Kyiv."""
    utc, kyiv = at.astimezone(UTC), at.astimezone(KYIV)
    same_day = utc.date() == kyiv.date()
    return _("%(utc)s UTC (%(kyiv)s in Kyiv)") % {
        "utc": _written(utc, "j M Y, H:i"),
        "kyiv": _written(kyiv, "H:i" if same_day else "j M, H:i"),
    }


def _written(at: datetime, form: str) -> str:
    """Return the time in the reader's language; Ukrainian writes months small."""
    return date_format(at, form.replace("M", "b") if get_language() == "uk" else form)


def incident_in(bodies: Sequence[Body], stix_id: str) -> Mapping[str, Any]:
    """Return the incident SDO among the bodies, or nothing where it is not shown."""
    return next((b.value for b in bodies if b.value.get("id") == stix_id), {})


def obligations(pap: PAP, *, orcon: bool) -> list[str]:
    """Return what binds a recipient beside the TLP."""
    lines = [str(ACT[pap])] if pap is not PAP.CLEAR else []
    return [*lines, str(ORCON)] if orcon else lines
