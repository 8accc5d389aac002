"""Addresses of the incident pages."""

from __future__ import annotations

from django.urls import path

from incidents import references as _references  # noqa: F401 - knows <incident_ref:…>
from incidents import views

app_name = "incidents"
urlpatterns = [
    path("incidents/", views.listing, name="list"),
    path("incidents/new", views.new, name="new"),
    path("incidents/<incident_ref:ref>/", views.detail, name="detail"),
    path("incidents/<incident_ref:ref>/edit", views.edit, name="edit"),
    path("incidents/<incident_ref:ref>/submit", views.submit, name="submit"),
    path("incidents/<incident_ref:ref>/amend", views.amend, name="amend"),
    path("incidents/<incident_ref:ref>/discard", views.discard, name="discard"),
]
