"""The pages of incidents: list, detail, filing, editing, submitting."""

from incidents.views.detail import detail
from incidents.views.editing import edit
from incidents.views.filing import new
from incidents.views.listing import listing
from incidents.views.steps import submit

__all__ = ["detail", "edit", "listing", "new", "submit"]
