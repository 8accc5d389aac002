"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from members import views
from members.views import exposure

app_name = "members"
urlpatterns = [
    path("members/", views.members, name="list"),
    path("members/<slug:slug>/", views.member, name="detail"),
    path("members/<slug:slug>/exposure/", exposure.page, name="exposure"),
    path("members/<slug:slug>/exposure.csv", exposure.as_csv, name="exposure-csv"),
    path("members/<slug:slug>/exposure.json", exposure.as_json, name="exposure-json"),
    path("members/<slug:slug>/suspend", views.suspend, name="suspend"),
    path(
        "members/<slug:slug>/confirm-suspension",
        views.confirm_suspension,
        name="confirm-suspension",
    ),
    path("tiers/", views.tiers, name="tiers"),
    path("circles/", views.circles, name="circles"),
    path("circles/<slug:slug>/", views.circle, name="circle"),
]
