"""TLP 2.0, PAP, and the classes of readers they divide principals into (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class TLP(IntEnum):
    """Traffic Light Protocol 2.0, ordered from open to closed."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def word(self) -> str:
        """Return the word after `TLP:`, for example `AMBER+STRICT`."""
        return self.name.replace("_", "+")

    @property
    def label(self) -> str:
        """Return the full label, for example `TLP:AMBER+STRICT`."""
        return f"TLP:{self.word}"

    @classmethod
    def parse(cls, text: str) -> TLP:
        """Return the TLP that `text` names, with or without `TLP:`, in any case.

        WHITE is TLP 1.0's word for CLEAR.

        Raises:
            ValueError: `text` names no TLP.
        """
        word = text.strip().upper().removeprefix("TLP:").replace("+", "_").replace("-", "_")
        try:
            return cls["CLEAR" if word == "WHITE" else word]
        except KeyError:
            raise ValueError(f"not a TLP: {text!r}") from None


class PAP(IntEnum):
    """Permissible Actions Protocol, ordered from open to closed."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    RED = 3

    @property
    def word(self) -> str:
        """Return the word after `PAP:`."""
        return self.name

    @property
    def label(self) -> str:
        """Return the full label, for example `PAP:AMBER`."""
        return f"PAP:{self.name}"

    @classmethod
    def parse(cls, text: str) -> PAP:
        """Return the PAP that `text` names, with or without `PAP:`, in any case.

        Raises:
            ValueError: `text` names no PAP.
        """
        word = text.strip().upper().removeprefix("PAP:")
        try:
            return cls["CLEAR" if word == "WHITE" else word]
        except KeyError:
            raise ValueError(f"not a PAP: {text!r}") from None


class Channel(StrEnum):
    """What a service credential feeds."""

    INTERNAL = "internal"
    DOWNSTREAM = "downstream"  # the member's clients
    BLOCKLIST = "blocklist"  # automatic blocking
    PEER = "peer"  # another platform


@dataclass(frozen=True, slots=True, order=True)
class ReaderClass:
    """All that a reader's limits can be: TLP ceiling, PAP limit, ORCON allowed.

    `pap` is RED (no limit) or GREEN (automatic blocking): 5 × 2 × 2 classes.
    """

    ceiling: TLP
    pap: PAP
    orcon: bool

    @property
    def bit(self) -> int:
        """Return the class's place in a readers mask, 0 to 19."""
        return self.ceiling * 4 + (self.pap is PAP.RED) * 2 + self.orcon

    @property
    def internal(self) -> bool:
        """Say whether persons and internal credentials, and only they, are of this class."""
        return self.orcon and self.pap is PAP.RED


READER_CLASSES: Final = tuple(
    ReaderClass(ceiling, pap, orcon)
    for ceiling in TLP
    for pap in (PAP.GREEN, PAP.RED)
    for orcon in (False, True)
)
ALL_READERS: Final = (1 << len(READER_CLASSES)) - 1
INTERNAL_READERS: Final = sum(1 << c.bit for c in READER_CLASSES if c.internal)


def reader_class(*, channel: Channel, max_tlp: TLP, own_instance: bool = False) -> ReaderClass:
    """Return the class of a principal: its ceiling and its channel's limits (domain §3, step 11).

    `own_instance` says that a peer is the member's own platform. A person reads as INTERNAL.
    """
    if channel is Channel.INTERNAL:
        return ReaderClass(max_tlp, PAP.RED, orcon=True)
    if channel is Channel.BLOCKLIST:
        return ReaderClass(max_tlp, PAP.GREEN, orcon=True)
    if channel is Channel.DOWNSTREAM:
        return ReaderClass(min(max_tlp, TLP.AMBER), PAP.RED, orcon=False)
    return ReaderClass(max_tlp if own_instance else min(max_tlp, TLP.GREEN), PAP.RED, orcon=False)
