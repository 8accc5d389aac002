"""The values that go through the intake: a submission, its objects, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from incidents.stix.problems import Problem

# The version of an object that has no time of its own (SCOs, TAXII 2.1 §4.3: "a value
# consistent to the server").
NO_VERSION: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RawObject:
    """One element of `objects` as it was submitted: its exact text and its parsed value."""

    number: int
    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class Submission:
    """A bundle (or TAXII envelope) whose bytes were judged; nothing in it is checked yet.

    `bundle_id` is None for an envelope, empty for a bundle without one. `problems` are
    warnings about the bytes, such as a byte order mark; `check` does not repeat them.
    """

    bundle_id: str | None
    objects: tuple[RawObject, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedObject:
    """One STIX object as the services need it.

    `created` and `modified` are the submitted strings. `version` is modified, else created,
    cut to microseconds, else 1970-01-01T00:00:00Z. `refs` are all references to other
    objects, in order, without those of markings. A field that the object states wrongly is
    empty here; `Checked.problems` says why.
    """

    number: int
    id: str
    type: str
    spec_version: str
    created: str | None
    modified: str | None
    version: datetime
    text: str
    value: Mapping[str, Any]
    sco: bool
    creator_ref: str | None
    marking_refs: tuple[str, ...]
    granular: tuple[Mapping[str, Any], ...]
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Every object of a submission and everything found about it.

    `bad` are the numbers of the objects with an error. It is complete even where `problems`
    was cut at the limit.
    """

    objects: tuple[ParsedObject, ...]
    problems: tuple[Problem, ...]
    bad: frozenset[int]

    @property
    def good(self) -> tuple[ParsedObject, ...]:
        """Return the objects without an error, in the submitted order."""
        return tuple(obj for obj in self.objects if obj.number not in self.bad)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return what must be put right before the whole can be filed."""
        return tuple(item for item in self.problems if item.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return what is accepted but worth knowing."""
        return tuple(item for item in self.problems if item.level == "warning")

    @property
    def bundle_errors(self) -> tuple[Problem, ...]:
        """Return the errors of the bundle itself, which leaving objects out cannot cure."""
        return tuple(item for item in self.errors if item.number == 0)

    @property
    def incidents(self) -> tuple[ParsedObject, ...]:
        """Return the good incident SDOs; the caller makes one if there is none."""
        return tuple(obj for obj in self.good if obj.type == "incident")
