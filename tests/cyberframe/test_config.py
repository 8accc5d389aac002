"""Settings are read once and checked with one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cyberframe import config

PRODUCTION = {
    "CYBERFRAME_ENV": "production",
    "CYBERFRAME_BASE_URL": "https://share.example",
    "CYBERFRAME_SECRET_KEY": "k" * 50,
    "CYBERFRAME_DATABASE_URL": "postgresql://cyberframe@db/cyberframe",
    "CYBERFRAME_REDIS_URL": "redis://redis/0",
}


def test_read_defaults_are_for_development() -> None:
    read = config.read({})
    assert (read["ENV"], read.base_url) == ("development", "http://127.0.0.1:8000")


def test_read_production_with_all_it_needs() -> None:
    assert config.read(PRODUCTION).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENV", "staging"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DEBUG", "1"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", config.DEVELOPMENT_SECRET),
        ("SECRET_KEY", "short"),
        ("BASE_URL", "http://share.example"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("DATABASE_URL", "mysql://db/cyberframe"),
        ("REDIS_URL", ""),
        ("REDIS_URL", "memory://"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("MAIL_URL", "pigeon://coop"),
    ],
)
def test_read_refuses_with_the_name_in_one_line(name: str, value: str) -> None:
    with pytest.raises(config.ConfigError) as error:
        config.read({**PRODUCTION, f"CYBERFRAME_{name}": value})
    assert f"CYBERFRAME_{name}" in str(error.value)
    assert "\n" not in str(error.value)


def test_read_takes_secrets_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s" * 60 + "\n")
    environ = {**PRODUCTION, "CYBERFRAME_SECRET_KEY_FILE": str(secret)}
    assert config.read(environ)["SECRET_KEY"] == "s" * 60


def test_read_names_a_secret_file_that_is_missing() -> None:
    with pytest.raises(config.ConfigError, match="CYBERFRAME_SECRET_KEY_FILE: cannot read /none"):
        config.read({"CYBERFRAME_SECRET_KEY_FILE": "/none"})


def test_no_message_shows_a_password() -> None:
    url = "mysql://cyberframe:hunter2@db/cyberframe"
    with pytest.raises(config.ConfigError) as error:
        config.read({"CYBERFRAME_DATABASE_URL": url})
    assert "hunter2" not in str(error.value)
