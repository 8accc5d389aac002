"""Addresses under /api/v1/."""

from __future__ import annotations

from django.urls import path

from members import accounts_api, api
from members.views import exposure, what_if_api

app_name = "members-api"
_member = "members/<slug:slug>/"
_circle = "circles/<slug:slug>/"
_person = "people/<int:pk>/"
_credential = "credentials/<slug:public_id>/"

urlpatterns = [
    path("members/", api.MembersView.as_view(), name="members"),
    path(_member, api.MemberView.as_view(), name="member"),
    path(f"{_member}tier/", api.TierChangeView.as_view(), name="tier"),
    path(f"{_member}standing/", api.StandingChangeView.as_view(), name="standing"),
    path(f"{_member}suspend/", api.SuspendView.as_view(), name="suspend"),
    path(
        f"{_member}confirm-suspension/",
        api.ConfirmSuspensionView.as_view(),
        name="confirm-suspension",
    ),
    path(f"{_member}reinstate/", api.ReinstateView.as_view(), name="reinstate"),
    path(f"{_member}admit/", api.AdmitView.as_view(), name="admit"),
    path(f"{_member}confirm/", api.ConfirmView.as_view(), name="confirm"),
    path(f"{_member}withdraw/", api.WithdrawView.as_view(), name="withdraw"),
    path(f"{_member}exposure/", exposure.ExposureView.as_view(), name="exposure"),
    path(f"{_member}agreement/", api.AgreementView.as_view(), name="agreement"),
    path(f"{_member}what-if/", what_if_api.MemberWhatIfView.as_view(), name="what-if"),
    path("tiers/", api.TiersView.as_view(), name="tiers"),
    path("circles/", api.CirclesView.as_view(), name="circles"),
    path(_circle, api.CircleView.as_view(), name="circle"),
    path(f"{_circle}what-if/", what_if_api.CircleWhatIfView.as_view(), name="circle-what-if"),
    path(f"{_circle}join/", api.JoinCircleView.as_view(), name="join"),
    path(f"{_circle}leave/", api.LeaveCircleView.as_view(), name="leave"),
    path(f"{_circle}archive/", api.ArchiveCircleView.as_view(), name="archive"),
    path(f"{_circle}close/", api.CloseCircleView.as_view(), name="close"),
    path("proposals/", api.ProposalsView.as_view(), name="proposals"),
    path("proposals/<int:pk>/approve/", api.ApproveView.as_view(), name="approve"),
    path("proposals/<int:pk>/decline/", api.DeclineView.as_view(), name="decline"),
    path("people/", accounts_api.PeopleView.as_view(), name="people"),
    path(f"{_person}roles/", accounts_api.RolesView.as_view(), name="roles"),
    path(f"{_person}red/", accounts_api.RedView.as_view(), name="red"),
    path(f"{_person}deactivate/", accounts_api.DeactivateView.as_view(), name="deactivate"),
    path("credentials/", accounts_api.CredentialsView.as_view(), name="credentials"),
    path(f"{_credential}rotate/", accounts_api.RotateView.as_view(), name="rotate"),
    path(f"{_credential}reassign/", accounts_api.ReassignView.as_view(), name="reassign"),
    path(f"{_credential}revoke/", accounts_api.RevokeView.as_view(), name="revoke"),
]
