"""Addresses of releases under /api/v1/."""

from __future__ import annotations

from django.urls import path

from incidents import references as _references  # noqa: F401 - knows <incident_ref:…>
from sharing import api, erasures_api, life_api, recalls_api, receipts_api, reuse_api

app_name = "sharing-api"
_one = "incidents/<incident_ref:ref>/"
urlpatterns = [
    path(f"{_one}audience/", api.AudienceView.as_view(), name="audience"),
    path(f"{_one}marking/", api.MarkingView.as_view(), name="marking"),
    path(f"{_one}release/", api.ReleaseView.as_view(), name="release"),
    path(f"{_one}view-as/<slug:member>/", api.ViewAsView.as_view(), name="view-as"),
    path(
        f"{_one}view-as/<slug:member>/objects/",
        api.ViewAsObjectsView.as_view(),
        name="view-as-objects",
    ),
    path(f"{_one}confirm/", api.ConfirmView.as_view(), name="confirm"),
    path(f"{_one}close/", life_api.CloseView.as_view(), name="close"),
    path(f"{_one}reopen/", life_api.ReopenView.as_view(), name="reopen"),
    path(f"{_one}retract/", life_api.RetractView.as_view(), name="retract"),
    path(f"{_one}acknowledge/", receipts_api.AcknowledgeView.as_view(), name="acknowledge"),
    path(f"{_one}receipts/", receipts_api.ReceiptsView.as_view(), name="receipts"),
    path(f"{_one}erase/", erasures_api.EraseView.as_view(), name="erase"),
    path("erasures/", erasures_api.ErasuresView.as_view(), name="erasures"),
    path(
        "erasures/<int:pk>/approve/",
        erasures_api.ApproveErasureView.as_view(),
        name="erasure-approve",
    ),
    path(
        "erasures/<int:pk>/decline/",
        erasures_api.DeclineErasureView.as_view(),
        name="erasure-decline",
    ),
    path("received/", receipts_api.ReceivedView.as_view(), name="received"),
    path(f"{_one}reuse/", reuse_api.ReuseView.as_view(), name="reuse"),
    path("reuse-requests/", reuse_api.ReuseRequestsView.as_view(), name="reuse-requests"),
    path(
        "reuse-requests/<uuid:key>/grant/", reuse_api.GrantReuseView.as_view(), name="reuse-grant"
    ),
    path(
        "reuse-requests/<uuid:key>/refuse/",
        reuse_api.RefuseReuseView.as_view(),
        name="reuse-refuse",
    ),
    path(
        "reuse-requests/<uuid:key>/withdraw/",
        reuse_api.WithdrawReuseView.as_view(),
        name="reuse-withdraw",
    ),
    path("recalls/", recalls_api.RecallsView.as_view(), name="recalls"),
    path(
        "recalls/<uuid:key>/confirm/",
        recalls_api.ConfirmRecallView.as_view(),
        name="recall-confirm",
    ),
    path(
        "recalls/<uuid:key>/refuse/", recalls_api.RefuseRecallView.as_view(), name="recall-refuse"
    ),
]
