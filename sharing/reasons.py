"""Why a member gets something or does not, as the owner reads it: a sentence and a short word.

The sentences name neither standing, probation nor agreement (domain §3): what only those decide
reads "cannot receive this at present".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from members.standing import Standing
from sharing.policy.codes import Code
from sharing.policy.types import Reach, Redaction, Row

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

AT_PRESENT: Final = _("Cannot receive this at present.")
MEETS_TERMS: Final = _("Meets your terms now.")

SENTENCES: Final[Mapping[Code, StrPromise]] = {
    Code.NO_CONTEXT: _("Nothing of this incident is for this member."),
    Code.UNDECIDED: _("The rules could not be judged, so it gets nothing."),
    Code.NO_TLP: _("The incident has no TLP yet."),
    Code.MEMBER_APPLICANT: AT_PRESENT,
    Code.MEMBER_SUSPENDED: AT_PRESENT,
    Code.MEMBER_WITHDRAWN: AT_PRESENT,
    Code.NOT_RELEASED: _("Not released yet."),
    Code.RETRACTED: _("Retracted."),
    Code.SCHEDULED: _("Held until the time of release."),
    Code.EMBARGOED: _("Held until the embargo ends."),
    Code.EXPIRED: _("The time for which it was shared is over."),
    Code.NO_AGREEMENT: AT_PRESENT,
    Code.EXCLUDED: _("You excluded this member."),
    Code.COUNTRY_EXCLUDED: _("You excluded its country or group."),
    Code.COUNTRY_NOT_RELEASABLE: _("Its country or group is not among those you chose."),
    Code.CIRCLE_NOT_MEMBER: _("It does not belong to the circle."),
    Code.CIRCLE_CLOSED: _("The circle is closed or has ended."),
    Code.CIRCLE_MIN_TIER: _("The circle asks for a higher tier."),
    Code.CIRCLE_MAX_TLP: _("The circle does not carry this TLP."),
    Code.NOT_NAMED: _("You have not named this member."),
    Code.TIER_BELOW_MINIMUM: _("Its tier is below the lowest you chose."),
    Code.TIER_CEILING: _("Its tier does not reach this TLP."),
    Code.CHANNEL_RESTRICTED: _("The audience is limited, so it is not for the public."),
    Code.CHANNEL_ORG_ONLY: _("Stays inside the organisation, not for this channel."),
    Code.CHANNEL_ORCON: _("Needs the originator's consent, not for this channel."),
    Code.CHANNEL_PAP: _("Its PAP does not allow automatic blocking."),
    Code.CHANNEL_UNPUBLISHED: _("Not published."),
    Code.PRINCIPAL_NOT_NAMED: _("Only the people you named receive it."),
    Code.PRINCIPAL_CEILING: _("Above what this account may read."),
    Code.ENDPOINT_HIDDEN: _("What it links to is not for this member."),
    Code.EMPTY_CONTAINER: _("Nothing that it lists is for this member."),
    Code.REDACTION_BREAKS_OBJECT: _("It would not make sense with the marked part cut."),
    Code.ANONYMOUS: _("Cut because the originator stays anonymous."),
    Code.PERMIT_OWN: _("Its own."),
    Code.PERMIT_REFERENCE: _("Reference data that every member has."),
    Code.PERMIT_PUBLIC: _("Published for everyone."),
    Code.PERMIT_NAMED: _("You named this member."),
    Code.PERMIT_CIRCLE: _("Belongs to the circle."),
    Code.PERMIT_COUNTRY: _("Its country or group is among those you chose."),
    Code.PERMIT_TIER: _("Its tier receives this TLP."),
    Code.PERMIT_COMMUNITY: _("Goes to the whole coalition."),
    Code.PERMIT_NOTICE: _("Receives the notice of retraction."),
}

_PRESENT_WORD: Final = _("not at present")
WORDS: Final[Mapping[Code, StrPromise]] = {
    Code.NO_CONTEXT: _("nothing for it"),
    Code.UNDECIDED: _("not decided"),
    Code.NO_TLP: _("no TLP"),
    Code.MEMBER_APPLICANT: _PRESENT_WORD,
    Code.MEMBER_SUSPENDED: _PRESENT_WORD,
    Code.MEMBER_WITHDRAWN: _PRESENT_WORD,
    Code.NOT_RELEASED: _("not released"),
    Code.RETRACTED: _("retracted"),
    Code.SCHEDULED: _("scheduled"),
    Code.EMBARGOED: _("embargo"),
    Code.EXPIRED: _("expired"),
    Code.NO_AGREEMENT: _PRESENT_WORD,
    Code.EXCLUDED: _("excluded"),
    Code.COUNTRY_EXCLUDED: _("country excluded"),
    Code.COUNTRY_NOT_RELEASABLE: _("country"),
    Code.CIRCLE_NOT_MEMBER: _("circle"),
    Code.CIRCLE_CLOSED: _("circle closed"),
    Code.CIRCLE_MIN_TIER: _("circle's tier"),
    Code.CIRCLE_MAX_TLP: _("circle's TLP"),
    Code.NOT_NAMED: _("not named"),
    Code.TIER_BELOW_MINIMUM: _("tier"),
    Code.TIER_CEILING: _("tier"),
    Code.CHANNEL_RESTRICTED: _("not public"),
    Code.CHANNEL_ORG_ONLY: _("channel"),
    Code.CHANNEL_ORCON: _("consent"),
    Code.CHANNEL_PAP: _("PAP"),
    Code.CHANNEL_UNPUBLISHED: _("not published"),
    Code.PRINCIPAL_NOT_NAMED: _("person not named"),
    Code.PRINCIPAL_CEILING: _("account's ceiling"),
    Code.ENDPOINT_HIDDEN: _("end hidden"),
    Code.EMPTY_CONTAINER: _("empty"),
    Code.REDACTION_BREAKS_OBJECT: _("required part"),
    Code.ANONYMOUS: _("anonymous"),
    Code.PERMIT_OWN: _("own"),
    Code.PERMIT_REFERENCE: _("reference"),
    Code.PERMIT_PUBLIC: _("public"),
    Code.PERMIT_NAMED: _("named"),
    Code.PERMIT_CIRCLE: _("circle"),
    Code.PERMIT_COUNTRY: _("country"),
    Code.PERMIT_TIER: _("tier"),
    Code.PERMIT_COMMUNITY: _("coalition"),
    Code.PERMIT_NOTICE: _("notice"),
}

_BY_TIER: Final = frozenset({Code.TIER_CEILING, Code.TIER_BELOW_MINIMUM, Code.CIRCLE_MIN_TIER})


def sentence(row: Row, standing: Standing, *, named: frozenset[str] | None) -> str:
    """Return why this member gets what it gets, in one or two sentences.

    `named` is the list that the owner chose: what stands on the one that "only these" wrote is
    told by the terms, and what is missing from it by its other reason. Where the effective tier
    is lower than the one everybody sees, a refusal by tier would tell that the member lapsed or
    is on probation: it reads as any other that holds at present.
    """
    code = _told(row, named)
    lowered = standing.effective_tier < standing.tier
    if row.outcome is Reach.NONE and code in _BY_TIER and lowered:
        return str(AT_PRESENT)
    chosen = code is not Code.PERMIT_NAMED or named is not None
    text = str(SENTENCES[code] if chosen else MEETS_TERMS)
    if row.outcome is Reach.REDACTED:
        return f"{kept_back(row)} {text}" if code.permits else kept_back(row)
    return text


def cut_sentence(cut: Redaction, standing: Standing) -> str:
    """Return why a part is kept from the member; a tier that is lowered for now is not told."""
    if cut.code in _BY_TIER and standing.effective_tier < standing.tier:
        return str(AT_PRESENT)
    return str(SENTENCES[cut.code])


def _told(row: Row, named: frozenset[str] | None) -> Code:
    written = row.code is Code.NOT_NAMED and (named is None or row.member in named)
    return row.codes[1] if written and len(row.codes) > 1 else row.code


def kept_back(row: Row) -> str:
    """Return how much of the release is kept from the member."""
    whole = len({cut.id for cut in row.redactions if not cut.path})
    parts = len({cut.id for cut in row.redactions if cut.path})
    said = []
    if whole:
        said.append(ngettext("%(n)d object left out.", "%(n)d objects left out.", whole))
        said[-1] %= {"n": whole}
    if parts:
        said.append(ngettext("%(n)d object cut in part.", "%(n)d objects cut in part.", parts))
        said[-1] %= {"n": parts}
    return " ".join(said)
