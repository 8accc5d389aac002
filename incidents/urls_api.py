"""Addresses of incidents under /api/v1/."""

from __future__ import annotations

from django.urls import path

from incidents import api
from incidents import references as _references  # noqa: F401 - knows <incident_ref:…>

app_name = "incidents-api"
_one = "incidents/<incident_ref:ref>/"
urlpatterns = [
    path("incidents/", api.IncidentsView.as_view(), name="incidents"),
    path(_one, api.OneIncidentView.as_view(), name="incident"),
    path(f"{_one}objects/", api.ObjectsView.as_view(), name="objects"),
    path(f"{_one}submit/", api.SubmitView.as_view(), name="submit"),
    path(f"{_one}return/", api.ReturnView.as_view(), name="return"),
    path(f"{_one}amend/", api.AmendView.as_view(), name="amend"),
    path(f"{_one}discard/", api.DiscardView.as_view(), name="discard"),
]
