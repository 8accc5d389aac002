"""Addresses of the release pages."""

from __future__ import annotations

from django.urls import path

from incidents import references as _references  # noqa: F401 - knows <incident_ref:…>
from sharing import views

app_name = "sharing"
urlpatterns = [
    path("incidents/<incident_ref:ref>/release", views.release, name="release"),
    path("incidents/<incident_ref:ref>/release/preview", views.preview_part, name="preview"),
    path("incidents/<incident_ref:ref>/confirm", views.confirm, name="confirm"),
    path("review/", views.review, name="review"),
]
