"""Addresses of the release pages."""

from __future__ import annotations

from django.urls import path

from incidents import references as _references  # noqa: F401 - knows <incident_ref:…>
from sharing import views
from sharing.views import erasing, recalls, receipts, reuse

app_name = "sharing"
urlpatterns = [
    path("incidents/<incident_ref:ref>/release", views.release, name="release"),
    path("incidents/<incident_ref:ref>/release/preview", views.preview_part, name="preview"),
    path("incidents/<incident_ref:ref>/confirm", views.confirm, name="confirm"),
    path("incidents/<incident_ref:ref>/change", views.change, name="change"),
    path("incidents/<incident_ref:ref>/close", views.close, name="close"),
    path("incidents/<incident_ref:ref>/reopen", views.reopen, name="reopen"),
    path("incidents/<incident_ref:ref>/retract", views.retract, name="retract"),
    path("incidents/<incident_ref:ref>/view-as/", views.pick, name="view-as-pick"),
    path("incidents/<incident_ref:ref>/view-as/<slug:member>", views.view_as, name="view-as"),
    path(
        "incidents/<incident_ref:ref>/view-as/<slug:member>.json",
        views.view_as_bundle,
        name="view-as-bundle",
    ),
    path(
        "incidents/<incident_ref:ref>/versions/<int:a>..<int:b>/", views.versions, name="versions"
    ),
    path("incidents/<incident_ref:ref>/acknowledge", receipts.take_note, name="acknowledge"),
    path("incidents/<incident_ref:ref>/deliveries/", receipts.deliveries, name="deliveries"),
    path("received/", receipts.given, name="received"),
    path("incidents/<incident_ref:ref>/erase", erasing.erase, name="erase"),
    path("erasures/", erasing.erasures, name="erasures"),
    path("erasures/<int:pk>/", erasing.erasure, name="erasure"),
    path("incidents/<incident_ref:ref>/reuse", reuse.ask_originator, name="reuse-ask"),
    path("reuse/", reuse.requests, name="reuse"),
    path("reuse/<uuid:key>/decide", reuse.decide, name="reuse-decide"),
    path("review/", views.review, name="review"),
    path("recalls/", recalls.to_us, name="recalls"),
    path("recalls/ours/", recalls.ours, name="recalls-ours"),
    path("recalls/<uuid:key>/answer", recalls.reply, name="recall-reply"),
]
