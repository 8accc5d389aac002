"""Addresses of the room: the page for people, and what machines collect from."""

from __future__ import annotations

from django.urls import include, path

from feeds import views

app_name = "feeds"
urlpatterns = [
    path("feeds/", views.index, name="index"),
    path("taxii2/", include("feeds.taxii.urls")),
]
