"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from members import views
from members.views import exposure, grouping, people_choices

app_name = "members"
urlpatterns = [
    path("members/", views.members, name="list"),
    path("members/<slug:slug>/", views.member, name="detail"),
    path("members/<slug:slug>/exposure/", exposure.page, name="exposure"),
    path("members/<slug:slug>/exposure.csv", exposure.as_csv, name="exposure-csv"),
    path("members/<slug:slug>/exposure.json", exposure.as_json, name="exposure-json"),
    path("members/<slug:slug>/two-people", people_choices.two_people, name="two-people"),
    path("members/<slug:slug>/suspend", views.suspend, name="suspend"),
    path(
        "members/<slug:slug>/confirm-suspension",
        views.confirm_suspension,
        name="confirm-suspension",
    ),
    path("members/<slug:slug>/change/<slug:name>", views.change, name="change"),
    path("proposals/<int:pk>/decline", views.decline, name="decline"),
    path("tiers/", views.tiers, name="tiers"),
    path("circles/", views.circles, name="circles"),
    path("circles/<slug:slug>/", views.circle, name="circle"),
    path("circles/<slug:slug>/change/<slug:name>", views.circle_change, name="circle-change"),
    path("groups/", grouping.groups, name="groups"),
    path("groups/<str:name>/enter", grouping.enter, name="group-enter"),
    path("groups/entries/<int:pk>/end", grouping.end, name="group-end"),
]
