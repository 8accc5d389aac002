"""What keeps a release from going out, and what the reviewer should look at first.

Each module looks for one thing and answers findings: a code, a sentence, a fix. Checks read what
the preview has loaded; a few ask the database, each a fixed number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from incidents.models import Incident
from sharing.lint.anonymous import anonymous
from sharing.lint.findings import Draft, Finding
from sharing.lint.foreign import derived, foreign
from sharing.lint.harmless import harmless
from sharing.lint.incident import incident as of_incident
from sharing.lint.objects import objects
from sharing.lint.parts import parts
from sharing.lint.people import people
from sharing.lint.terms import terms
from sharing.preview import Preview

__all__ = ["Finding", "lint"]

CHECKS: Final[tuple[Callable[[Draft], Iterator[Finding]], ...]] = (
    terms,
    objects,
    foreign,
    derived,
    of_incident,
    people,
    parts,
    anonymous,
    harmless,
)


def lint(*, incident: Incident, preview: Preview, now: datetime) -> list[Finding]:
    """Return the blocks, then the warnings. At most five queries."""
    if incident.head is None:
        raise ValueError(f"{incident.ref} has no revision")
    draft = Draft(incident, incident.head, preview, now)
    found = [finding for check in CHECKS for finding in check(draft)]
    return sorted(found, key=lambda finding: not finding.blocks)
