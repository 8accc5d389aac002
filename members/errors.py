"""What a service or query of this room refuses, each with a sentence for the person asking."""

from __future__ import annotations


class Refused(Exception):
    """Base of every refusal; its text is one plain sentence that may be shown."""

    code = "refused"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code:
            self.code = code


class NotPermitted(Refused):
    """The actor sees the thing but may not do this to it."""

    code = "not_permitted"


class NotFound(Refused):
    """There is no such thing, or none that the actor may know of: the two are never told apart."""

    code = "not_found"


class Conflict(Refused):
    """The state it is in does not allow it."""

    code = "conflict"


class Invalid(Refused):
    """A value is wrong; `field` names which."""

    code = "invalid"

    def __init__(self, sentence: str, *, field: str, code: str | None = None) -> None:
        super().__init__(sentence, code=code)
        self.field = field
