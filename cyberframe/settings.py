"""Django's settings, the same for every way to run; what differs comes from `config`."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from cyberframe import config as _config

try:
    CONFIG = _config.read()
except _config.ConfigError as error:
    raise ImproperlyConfigured(str(error)) from None

BASE_DIR = _config.ROOT
VAR_DIR = Path(CONFIG["VAR"])
PRODUCTION = CONFIG.production
DEBUG = CONFIG.flag("DEBUG")
SECRET_KEY = CONFIG["SECRET_KEY"]
BASE_URL = CONFIG.base_url
_HTTPS = BASE_URL.startswith("https://")

ALLOWED_HOSTS = [h for h in CONFIG["ALLOWED_HOSTS"].split(",") if h] or [
    urlsplit(BASE_URL).hostname or "localhost",
    "127.0.0.1",  # health checks from within
    "localhost",
    *([] if PRODUCTION else ["[::1]", "testserver"]),
]

INSTALLED_APPS = [
    "cyberframe",
    "feeds",
    "sharing",
    "incidents",
    "members",
    "audit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "cyberframe.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "cyberframe.middleware.MachineRoutesMiddleware",  # what follows is for pages only
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "members.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "cyberframe.urls"
WSGI_APPLICATION = "cyberframe.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cyberframe.context.frame",
            ],
        },
    },
]


def _database(url: str) -> dict[str, object]:
    """Return Django's settings for a `postgresql://` URL; a host that is a path is a socket."""
    parts = urlsplit(url or "postgresql:///cyberframe")
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(
            "CYBERFRAME_DATABASE_URL must begin with postgresql:// (other databases cannot hold "
            "the guarantees cyberframe makes)"
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options: dict[str, object] = {}
    if "sslmode" in query:
        options["sslmode"] = query["sslmode"]
    if pool := CONFIG.number("DB_POOL"):
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "cyberframe",
        "USER": unquote(parts.username or query.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if pool else 300,
        "CONN_HEALTH_CHECKS": not pool,
        "TEST": {"NAME": os.environ.get("CYBERFRAME_TEST_DB") or None},
    }


DATABASES = {"default": _database(CONFIG["DATABASE_URL"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = CONFIG["REDIS_URL"] or "redis://127.0.0.1:6379/0"

AUTH_USER_MODEL = "members.Person"
AUTHENTICATION_BACKENDS = ["members.accounts.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
if CONFIG["ENV"] == "test":
    # A real hash costs a quarter of a second, and the suite signs in a thousand times.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "members.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "members.forms.SignInForm"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
USERSESSIONS_TRACK_ACTIVITY = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SECOND_FACTOR_REQUIRED = PRODUCTION  # of staff and reviewers

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "cf_language"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG["STATIC_ROOT"] if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "cf_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_NAME = "cf_csrf"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [BASE_URL] if _HTTPS else []
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000


def _cache_url(url: str) -> str:
    """Return a broker's URL as redis-py has it, which names a database of a socket otherwise."""
    if not url.startswith("redis+socket://"):
        return url
    return url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _cache_url(REDIS_URL),
    }
}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["members.authentication.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cyberframe.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": 1 if PRODUCTION else 0,  # deploy/nginx.conf writes X-Forwarded-For anew
}
SPECTACULAR_SETTINGS = {
    "TITLE": "cyberframe",
    "DESCRIPTION": "Joint cyber-incident sharing: incidents, releases, members, recalls.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "PolicyCode": "sharing.serializers.CODES",
        "TierWord": "members.serializers.TIERS",
        "TLPWord": "members.serializers.TLPS",
        "MemberKind": "members.models.choices.Kind",
        "CircleKind": "members.models.choices.CircleKind",
        "ProposalKind": "members.models.choices.ProposalKind",
        "RecallKind": "sharing.models.recalls.RecallKind",
        "RecallState": "sharing.models.recalls.RecallState",
        "IncidentState": "incidents.models.State",
        "ReuseState": "sharing.models.reuse.ReuseState",
        "ErasureState": "sharing.models.erasures.ErasureState",
        "ReceiptState": "sharing.receipt_serializers.RECEIPT_STATES",
        "GivenState": "sharing.receipt_serializers.GIVEN_STATES",
        "Reach": "sharing.serializers.REACHES",
        "GivenOutcome": "sharing.receipt_serializers.GIVEN",
    },
}

_MAIL = urlsplit(CONFIG["MAIL_URL"])
EMAIL_BACKEND = "django.core.mail.backends." + (
    "smtp.EmailBackend" if _MAIL.scheme else "console.EmailBackend"
)
EMAIL_HOST = _MAIL.hostname or "localhost"
EMAIL_PORT = _MAIL.port or 587
EMAIL_HOST_USER = unquote(_MAIL.username or "")
EMAIL_HOST_PASSWORD = unquote(_MAIL.password or "")
EMAIL_USE_TLS = bool(_MAIL.username)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = CONFIG["MAIL_FROM"] or f"cyberframe@{urlsplit(BASE_URL).hostname}"

METRICS_TOKEN = CONFIG["METRICS_TOKEN"]
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PRODUCTION else 0
CSRF_FAILURE_VIEW = "cyberframe.views.csrf_failure"

LOGGING_CONFIG = "cyberframe.logs.configure"
LOGGING = {"format": CONFIG["LOG_FORMAT"], "level": CONFIG["LOG_LEVEL"], "messages": DEBUG}
