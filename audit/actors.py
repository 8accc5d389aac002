"""Who does something: the value every service takes and every audit entry keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a credential acting as its accountable person, or the system itself.

    `label` is for logs and sentences; the audit log keeps the account numbers only, so that a
    person's name can be erased and the log still proves what it proved.
    """

    person_id: int | None = None
    credential_id: int | None = None
    member_id: int | None = None
    member: str | None = None
    label: str = ""
    is_system: bool = False

    @property
    def kind(self) -> str:
        """Return `system`, `credential`, `person` or `public`."""
        if self.is_system:
            return "system"
        if self.credential_id is not None:
            return "credential"
        return "person" if self.person_id is not None else "public"


SYSTEM = Actor(label="system", is_system=True)
