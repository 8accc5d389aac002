"""The pages of incidents: list, detail, filing, editing, submitting, amending."""

from incidents.views.detail import detail
from incidents.views.editing import edit
from incidents.views.filing import new
from incidents.views.listing import listing
from incidents.views.steps import amend, discard, submit

__all__ = ["amend", "detail", "discard", "edit", "listing", "new", "submit"]
