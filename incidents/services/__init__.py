"""Actions on incidents, each one transaction with its audit entry."""

from incidents.services.filing import Filed, file_incident, one_at_a_time
from incidents.services.life import (
    By,
    amend,
    discard,
    locked,
    mark,
    require,
    require_hand,
    return_to_draft,
    step,
    submit,
)
from incidents.services.plan import Filing, digest_of
from incidents.services.refusals import FilingRefused

__all__ = [
    "By",
    "Filed",
    "Filing",
    "FilingRefused",
    "amend",
    "digest_of",
    "discard",
    "file_incident",
    "locked",
    "mark",
    "one_at_a_time",
    "require",
    "require_hand",
    "return_to_draft",
    "step",
    "submit",
]
