"""Every address of the site; each room brings its own."""

from __future__ import annotations

from importlib.util import find_spec

from allauth.account import urls as account_urls
from allauth.account.decorators import secure_admin_login
from allauth.account.views import login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from cyberframe import health, home, metrics, views

admin.site.site_header = admin.site.site_title = "cyberframe"
# One way to sign in, one failure counter.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "cyberframe.views.server_error"


def _room(module: str, prefix: str) -> list[URLResolver]:
    return [path(prefix, include(module))] if find_spec(module) else []


_docs = SpectacularSwaggerSplitView.as_view(
    url_name="api-schema", template_name="cyberframe/api.html", authentication_classes=[]
)

_OURS = {"account_login", "account_email", "account_confirm_email"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", home.situation, name="home"),
    path("sign-in/", login, name="account_login"),
    # An address is what an owner names a person by, so nobody changes their own: allauth asks for
    # the names of its pages, which are none here.
    path("account/email/", views.no_such_page, name="account_email"),
    path("account/confirm-email/<key>/", views.no_such_page, name="account_confirm_email"),
    path("account/", include([p for p in account_urls.urlpatterns if p.name not in _OURS])),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("settings/", views.preferences, name="settings"),
    path("help/keys/", views.keys, name="keys"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    *_room("members.urls", ""),
    *_room("incidents.urls", ""),
    *_room("sharing.urls", ""),
    *_room("feeds.urls", ""),
    *_room("members.urls_api", "api/v1/"),
    *_room("incidents.urls_api", "api/v1/"),
    *_room("sharing.urls_api", "api/v1/"),
    *_room("feeds.urls_api", "api/v1/"),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", _docs, name="api-docs"),
]
