"""The routes of TAXII 2.1: discovery at the root of the server (§8.2.1), one API root.

Addresses end in a slash (§1.6.8); a client that forgets it is served all the same, since a
redirect would lose the method and has no TAXII content type.
"""

from __future__ import annotations

from django.urls import path

from feeds.taxii import views

_COLLECTION = "coalition/collections/<str:name>/"
_OBJECT = f"{_COLLECTION}objects/<str:object_id>/"
_ROUTES = (
    ("coalition/", views.api_root, "api-root"),
    ("coalition/collections/", views.collection_list, "collections"),
    (_COLLECTION, views.collection, "collection"),
    (f"{_COLLECTION}manifest/", views.manifest, "manifest"),
    (f"{_COLLECTION}objects/", views.objects, "objects"),
    (_OBJECT, views.single_object, "object"),
    (f"{_OBJECT}versions/", views.versions, "versions"),
)

urlpatterns = [
    path("", views.discovery, name="discovery"),
    *(path(route, view, name=name) for route, view, name in _ROUTES),
    *(path(route.removesuffix("/"), view) for route, view, _ in _ROUTES),
]
