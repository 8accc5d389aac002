"""The production files keep what they promise, as far as can be seen without an engine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from cyberframe.celery import app
from cyberframe.config import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: s for name, s in SERVICES.items() if s["image"] == "cyberframe:latest"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].split(":")[0] not in {"0", "root"}
    assert "privileged" not in service
    assert "healthcheck" in service or service["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if any(word in key for word in ("PASSWORD", "SECRET", "TOKEN", "DATABASE", "REDIS")):
            assert key.endswith("_FILE"), key
            assert value.startswith("/run/secrets/")
            assert value.rpartition("/")[2] in SERVICES[name]["secrets"]


def test_every_secret_is_a_file_that_make_secrets_writes(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    run = [str(ROOT / "deploy" / "make-secrets"), str(folder)]
    subprocess.run(run, check=True, capture_output=True)
    first = {path.name: path.read_text() for path in folder.iterdir()}
    subprocess.run(run, check=True, capture_output=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    brought = {"tls_certificate", "tls_key"}
    assert {f"./secrets/{name}" for name in {*first, *brought}} == {
        secret["file"] for secret in COMPOSE["secrets"].values()
    }
    assert folder.stat().st_mode & 0o077 == 0
    assert len(first["secret_key"]) >= 50


def test_commands_exist_and_every_queue_has_a_worker() -> None:
    commands = {name: service["command"] for name, service in OURS.items()}
    assert {command[0] for command in commands.values()} <= set(get_commands())
    worked = {c[1] for c in commands.values() if c[0] == "worker"}
    assert worked == {queue.name for queue in app.conf.task_queues}
    assert [c[0] for c in commands.values()].count("beat") == 1


def test_database_and_broker_are_reached_from_inside_only() -> None:
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inner"]
        assert "ports" not in SERVICES[name]
    assert COMPOSE["networks"]["inner"]["internal"] is True
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_the_image_runs_as_nobody_and_holds_only_what_runs() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any("--require-hashes" in line for line in lines)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    rooms = {p.parent.name for p in ROOT.glob("*/apps.py")}
    assert {f"!{room}" for room in rooms} <= set(ignored)
    for never in ("tests", "secrets", "var", ".git", ".venv"):
        assert f"!{never}" not in ignored
