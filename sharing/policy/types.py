"""What the policy is asked about and what it answers (domain §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from incidents.marking import NEUTRAL, Marking
from members.standing import Standing
from members.tiers import Tier
from members.tlp import PAP, TLP, Channel, ReaderClass, reader_class
from sharing.policy.codes import Code, Codes
from sharing.policy.paths import Path

IN_FORCE: Final = frozenset({"released", "updated", "closed"})
RETRACTED: Final = "retracted"


class Kind(StrEnum):
    """Who asks: a person or credential of a member, the member as such, or the public."""

    PERSON = "person"
    CREDENTIAL = "credential"
    MEMBER = "member"  # fan-out, preview: steps 11 and 12 are for its principals
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person (by e-mail address), a service credential, the member as such, or the public."""

    kind: Kind
    person: str | None = None
    max_tlp: TLP = TLP.AMBER_STRICT
    channel: Channel = Channel.INTERNAL
    own_instance: bool = False

    @property
    def limits(self) -> ReaderClass:
        """Return what the channel allows, the principal's own ceiling left aside."""
        return self._class(TLP.RED)

    @property
    def reader_class(self) -> ReaderClass:
        """Return the class that a grant's readers mask knows the principal by."""
        return self._class(self.max_tlp)

    def _class(self, ceiling: TLP) -> ReaderClass:
        channel = self.channel if self.kind is Kind.CREDENTIAL else Channel.INTERNAL
        return reader_class(channel=channel, max_tlp=ceiling, own_instance=self.own_instance)


AS_MEMBER: Final = Principal(kind=Kind.MEMBER, max_tlp=TLP.RED)
AS_PUBLIC: Final = Principal(kind=Kind.PUBLIC, max_tlp=TLP.CLEAR)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who wants to see: a member's standing and which of its principals; public has none."""

    standing: Standing | None
    principal: Principal = AS_MEMBER


PUBLIC: Final = Subject(None, AS_PUBLIC)


@dataclass(frozen=True, slots=True)
class Granular:
    """One entry of `granular_markings` (STIX 2.1 §7.2.3): its place, selectors and marking.

    `marking` states only what the marking definition says; build it on NEUTRAL.
    """

    index: int
    selectors: tuple[str, ...]
    marking: Marking


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Item:
    """One STIX object of an incident.

    `creator` is the member whose identity is created_by_ref, else the submitter; None for an
    SCO. `reference` says that the object equals the platform's own copy (RFC 8785).
    """

    id: str
    type: str
    creator: str | None
    body: Mapping[str, Any]
    sco: bool = False
    own: Marking = NEUTRAL
    granular: tuple[Granular, ...] = ()
    reference: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Context:
    """One incident as it stands: a release, or what is about to be one.

    `incident` is the id of its SDO, `items` are all its objects by id, in the release's order.
    `floors` holds, for each object whose creator is no owner, the markings under which the
    carrier receives it now (alternatives; none: access is gone; without consent an ORCON
    object has none). `reference` are the ids of reference data wherever it lives.
    `owner_identities` and `owner_names` (names and slugs) are what an anonymous release hides.
    """

    incident: str
    owners: frozenset[str]
    state: str
    marking: Marking
    items: Mapping[str, Item]
    floors: Mapping[str, tuple[Marking, ...]] = field(default_factory=dict)
    reference: frozenset[str] = frozenset()
    owner_identities: frozenset[str] = frozenset()
    owner_names: frozenset[str] = frozenset()

    def as_released(self) -> Context:
        """Return the context as its release would put it in force: what a preview judges."""
        return self if self.state in IN_FORCE else replace(self, state="released")


class PassOn(StrEnum):
    """To whom a recipient may pass something on (TLP 2.0)."""

    NOBODY = "nobody"
    ORGANISATION = "organisation"
    CLIENTS = "clients"  # own organisation and its clients that need to know
    COMMUNITY = "community"
    ANYONE = "anyone"


class Act(StrEnum):
    """What a recipient may do with something (PAP)."""

    PASSIVE = "passive"
    LOOK_UPS = "look-ups"
    BLOCK = "block"
    ANYTHING = "anything"


PASS_ON: Final[Mapping[TLP, PassOn]] = dict(zip(TLP, reversed(PassOn), strict=True))
ACT: Final[Mapping[PAP, Act]] = dict(zip(PAP, reversed(Act), strict=True))


@dataclass(frozen=True, slots=True)
class Obligations:
    """What binds who received an object: its effective TLP and PAP, ORCON, delete-by."""

    tlp: TLP
    pap: PAP = PAP.CLEAR
    orcon: bool = False
    delete_by: datetime | None = None

    @property
    def pass_on(self) -> PassOn:
        """Return to whom the recipient may pass it on; ORCON: to nobody without consent."""
        return PassOn.NOBODY if self.orcon else PASS_ON[self.tlp]

    @property
    def act(self) -> Act:
        """Return what the recipient may do with it."""
        return ACT[self.pap]


@dataclass(frozen=True, slots=True, order=True)
class Redaction:
    """What is kept from a subject: a property of an object, or (path "") the object."""

    id: str
    path: str
    code: Code


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision: a permit has exactly one code, a refusal all its failures, primary first."""

    permit: bool
    codes: Codes
    redactions: tuple[Redaction, ...] = ()
    obligations: Obligations | None = None

    def __bool__(self) -> bool:
        return self.permit

    @property
    def code(self) -> Code:
        """Return the primary code."""
        return self.codes[0]


class Reach(StrEnum):
    """How much of a release a member gets."""

    FULL = "full"
    REDACTED = "redacted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """What one member gets of a release: `outcome` judges all objects, codes the incident SDO.

    `opens_at` is the next moment at which the member sees more without anyone's decision.
    """

    member: str
    outcome: Reach
    codes: Codes
    redactions: tuple[Redaction, ...] = ()
    opens_at: datetime | None = None

    @property
    def code(self) -> Code:
        """Return the primary code."""
        return self.codes[0]


class ShareKind(StrEnum):
    """Whether a share carries others' objects, or only own ones to channels but internal."""

    SHARED = "shared"
    OWN_IN_FORCE = "own_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Who reads an outcome: a member, by a mask of reader classes, and when.

    `persons` limits it to these people (no credential); `not_persons` are those who have a
    share of their own. `tlp` is the greatest effective TLP in it, `min_tier` the smallest
    effective tier for which the outcome stays as it is. It rests on `circles` and `groups`:
    when one of them changes it must be decided again.
    """

    member: str
    kind: ShareKind
    readers: int
    code: Code
    tlp: TLP
    min_tier: Tier
    persons: frozenset[str] | None = None
    not_persons: frozenset[str] = frozenset()
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    circles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One way a release looks: the objects shown, what is cut from them, how they are marked.

    `visible` is in the order of the context's items; `cuts` names only objects with a cut.
    """

    visible: tuple[str, ...]
    cuts: Mapping[str, frozenset[Path]]
    marks: Mapping[str, Obligations]
    shares: tuple[Share, ...]
