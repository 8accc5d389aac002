"""The routes of TAXII 2.1: discovery at the root of the server (§8.2.1), one API root."""

from __future__ import annotations

from django.urls import path

from feeds.taxii import views

_COLLECTION = "coalition/collections/<str:name>/"
_OBJECT = f"{_COLLECTION}objects/<str:object_id>/"

urlpatterns = [
    path("", views.discovery, name="discovery"),
    path("coalition/", views.api_root, name="api-root"),
    path("coalition/collections/", views.collection_list, name="collections"),
    path(_COLLECTION, views.collection, name="collection"),
    path(f"{_COLLECTION}manifest/", views.manifest, name="manifest"),
    path(f"{_COLLECTION}objects/", views.objects, name="objects"),
    path(_OBJECT, views.single_object, name="object"),
    path(f"{_OBJECT}versions/", views.versions, name="versions"),
]
