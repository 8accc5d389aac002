"""Actions on incidents, each one transaction with its audit entry."""

from incidents.services.filing import Filed, file_incident
from incidents.services.life import By, locked, mark, require, return_to_draft, step, submit
from incidents.services.plan import Filing, digest_of
from incidents.services.refusals import FilingRefused

__all__ = [
    "By",
    "Filed",
    "Filing",
    "FilingRefused",
    "digest_of",
    "file_incident",
    "locked",
    "mark",
    "require",
    "return_to_draft",
    "step",
    "submit",
]
