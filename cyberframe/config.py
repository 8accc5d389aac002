"""The one table of settings from the environment, read and checked at start.

Every variable is `CYBERFRAME_<NAME>`; `CYBERFRAME_<NAME>_FILE` names a file that holds the value
(for secrets). `docs/configuration.md` is printed from `VARIABLES`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "cyberframe-development-only-not-a-secret"  # noqa: S105 - refused in production


class ConfigError(Exception):
    """A setting is missing or wrong. The message is one line that names it and the mend."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: its name without the prefix, its default and what it does."""

    name: str
    default: str
    help: str


VARIABLES = (
    Variable("ENV", "development", "development, test or production"),
    Variable("VAR", str(ROOT / "var"), "data folder of the embedded servers and of demo.json"),
    Variable("HOST", "127.0.0.1", "address the web server listens on"),
    Variable("PORT", "8000", "port the web server listens on"),
    Variable("BASE_URL", "", "public address of the site; default http://HOST:PORT"),
    Variable("ALLOWED_HOSTS", "", "comma-separated host names; default: those of BASE_URL"),
    Variable("DATABASE_URL", "", "PostgreSQL 15 to 18, postgresql://…; empty: embedded"),
    Variable("REDIS_URL", "", "Redis or Valkey, redis://… or redis+socket://…; empty: embedded"),
    Variable("SECRET_KEY", DEVELOPMENT_SECRET, "signs sessions and cursors; 50 characters or more"),
    Variable("DEBUG", "0", "1 shows error details; refused in production"),
    Variable("DB_POOL", "0", "connections each web process may pool; 0: none (serve sets it to 4)"),
    Variable("WEB_WORKERS", "2", "web processes of one serve command"),
    Variable("WEB_THREADS", "4", "requests each web process answers at once"),
    Variable("WORKER_CONCURRENCY", "2", "tasks one worker command runs at once"),
    Variable("STATIC_ROOT", str(ROOT / "staticfiles"), "where production's static files lie"),
    Variable("MAIL_FROM", "", "sender of mail; default: cyberframe@ and the host of BASE_URL"),
    Variable("SERVERS", "", "make run takes servers from: wheels, system; empty: wheels first"),
    Variable("ALIVE_FILE", "", "file that a worker or beat touches while it is alive"),
    Variable("LOG_FORMAT", "text", "text or json"),
    Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable("MAIL_URL", "console", "console, or smtp://user:password@host:port"),
    Variable("METRICS_TOKEN", "", "Bearer token that /metrics asks for; empty: loopback only"),
)


@dataclass(frozen=True, slots=True)
class Config:
    """The checked settings."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def production(self) -> bool:
        return self["ENV"] == "production"

    @property
    def base_url(self) -> str:
        return (self["BASE_URL"] or f"http://{self['HOST']}:{self['PORT']}").rstrip("/")

    def flag(self, name: str) -> bool:
        return self[name].lower() in {"1", "true", "yes", "on"}

    def number(self, name: str) -> int:
        try:
            return int(self[name])
        except ValueError:
            raise ConfigError(f"CYBERFRAME_{name} must be a whole number") from None


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings of `environ`.

    Raises:
        ConfigError: a value is wrong, or production is started with a development default.
    """
    values = {v.name: _value(environ, v) for v in VARIABLES}
    config = Config(values)
    _check(config)
    return config


def _value(environ: Mapping[str, str], variable: Variable) -> str:
    name = f"CYBERFRAME_{variable.name}"
    path = environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE: cannot read {path}: {error.strerror}") from None
    return environ.get(name) or variable.default


_CHOICES = {
    "ENV": ("development", "test", "production"),
    "LOG_FORMAT": ("text", "json"),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "SERVERS": ("", "wheels", "system"),
}
_SCHEMES = {
    "DATABASE_URL": ("postgresql://", "postgres://"),
    "REDIS_URL": ("redis://", "rediss://", "redis+socket://"),
    "BASE_URL": ("http://", "https://"),
    "MAIL_URL": ("console", "smtp://"),
}
_COUNTS = {"WEB_WORKERS": 64, "WEB_THREADS": 256, "WORKER_CONCURRENCY": 64, "PORT": 65535}


def _check(config: Config) -> None:
    for name, choices in _CHOICES.items():
        if config[name] not in choices:
            words = ", ".join(choice or "empty" for choice in choices)
            raise ConfigError(f"CYBERFRAME_{name} must be one of: {words}")
    for name, schemes in _SCHEMES.items():
        if config[name] and not config[name].startswith(schemes):
            raise ConfigError(f"CYBERFRAME_{name} must begin with {' or '.join(schemes)}")
        try:
            _ = urlsplit(config[name]).port
        except ValueError:
            raise ConfigError(f"CYBERFRAME_{name} is not a URL: see its port") from None
    for name, most in _COUNTS.items():
        if not 1 <= config.number(name) <= most:
            raise ConfigError(f"CYBERFRAME_{name} must be between 1 and {most}")
    if not 0 <= config.number("DB_POOL") <= 100:
        raise ConfigError("CYBERFRAME_DB_POOL must be between 0 and 100")
    if config.production:
        _check_production(config)


def _check_production(config: Config) -> None:
    if config.flag("DEBUG"):
        raise ConfigError("CYBERFRAME_DEBUG must be off in production")
    if config["SECRET_KEY"] == DEVELOPMENT_SECRET or len(config["SECRET_KEY"]) < 50:
        raise ConfigError("CYBERFRAME_SECRET_KEY must be set to 50 or more random characters")
    if not config["BASE_URL"].startswith("https://"):
        raise ConfigError("CYBERFRAME_BASE_URL must be the public https:// address")
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not config[name]:
            raise ConfigError(f"CYBERFRAME_{name} must be set in production")
