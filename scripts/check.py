"""The checks of `make check` that are ours: each prints one line, all run, any failure fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from cyberframe.config import ROOT

ROOMS = sorted(path.parent for path in ROOT.glob("*/apps.py"))
PRODUCTION = {
    "CYBERFRAME_ENV": "production",
    "CYBERFRAME_BASE_URL": "https://share.example",
    "CYBERFRAME_SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQ",
    "CYBERFRAME_DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "CYBERFRAME_REDIS_URL": "redis://127.0.0.1:1/0",
    "PYTHONWARNINGS": "ignore",
}
_INLINE = re.compile(
    r"<style\b|<script\b(?![^>]*\bsrc=)|<[a-z][^>]*\s(?:style|on[a-z]+)\s*=|javascript:",
    re.IGNORECASE,
)
# What may be shipped with Apache-2.0 code: permissive licences, and libraries that are linked to
# unchanged (LGPL psycopg, MPL certifi).
_ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|0BSD|HPND|CC0|"
    r"LGPL|Lesser General Public|MPL|Mozilla Public|PostgreSQL|Zope",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\bA?GPL|Affero|(?<!Lesser )General Public License", re.IGNORECASE)


def _manage(*arguments: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def migrations() -> str:
    """Every change of a model has its migration."""
    env = {"PYTHONWARNINGS": "ignore", **PRODUCTION, "CYBERFRAME_ENV": "test"}
    return _manage("makemigrations", "--check", "--dry-run", env=env)


def deployment() -> str:
    """Django finds nothing wrong with the production settings."""
    return _manage("check", "--deploy", "--fail-level=WARNING", env=PRODUCTION)


def templates() -> str:
    """Every template compiles and has no inline style, script or handler."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cyberframe.settings")
    import django  # noqa: PLC0415 - the other checks need no set-up
    from django.template import TemplateSyntaxError, engines  # noqa: PLC0415

    django.setup()
    wrong = []
    for path in _templates():
        text = path.read_text()
        try:
            engines["django"].from_string(text)
        except TemplateSyntaxError as error:
            wrong.append(f"{path.relative_to(ROOT)}: {error}")
        for match in _INLINE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            wrong.append(f"{path.relative_to(ROOT)}:{line}: inline {match.group()[:40]!r}")
    return "\n".join(wrong)


def _templates() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((room / "templates").rglob("*.html"))
        yield from sorted((room / "templates").rglob("*.txt"))


def translations() -> str:
    """Ukrainian is whole and compiled."""
    return _script("scripts/translations.py")


def configuration() -> str:
    """docs/configuration.md is what the code says."""
    return _script("-m", "scripts.configuration", "--check")


def _script(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def licences() -> str:
    """Everything that is shipped may be, under Apache-2.0."""
    wrong = []
    for name in _locked(ROOT / "requirements" / "embedded.txt"):
        try:
            licence = _licence(metadata.metadata(name))
        except metadata.PackageNotFoundError:
            continue  # locked for another platform
        if not _ALLOWED.search(licence) or (_REFUSED.search(licence) and "LGPL" not in licence):
            wrong.append(f"{name}: {licence or 'no licence named'}")
    return "\n".join(wrong)


def _licence(package: metadata.PackageMetadata) -> str:
    classifiers = [c for c in package.get_all("Classifier") or [] if c.startswith("License ::")]
    if "License-Expression" in package:
        return package["License-Expression"]
    if classifiers:
        return "; ".join(c.rpartition(" :: ")[2] for c in classifiers)
    return package["License"].strip().partition("\n")[0] if "License" in package else ""


def _locked(path: Path) -> list[str]:
    return re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==", path.read_text(), re.MULTILINE)


def hashes() -> str:
    """Every locked package has its hashes."""
    wrong = []
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for block in re.split(r"\n(?=[A-Za-z0-9])", path.read_text()):
            name = re.match(r"[\w.\[\],-]+==\S+", block)
            if name and "--hash=sha256:" not in block:
                wrong.append(f"{path.name}: {name.group()} has no hash")
    return "\n".join(wrong)


CHECKS: tuple[Callable[[], str], ...] = (
    migrations,
    deployment,
    templates,
    translations,
    configuration,
    hashes,
    licences,
)


def main() -> int:
    """Run every check; return 1 if one found something."""
    failed = 0
    for check in CHECKS:
        found = check().strip()
        print(f"{'FAILED' if found else 'ok':<7} {check.__name__}: {check.__doc__}", flush=True)
        if found:
            failed = 1
            print(found, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
