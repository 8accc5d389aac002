"""Extract the strings of the interface, compile them, and check that Ukrainian is whole.

    python scripts/translations.py extract   # needs gettext; writes locale/uk/…/django.po
    python scripts/translations.py compile   # writes django.mo (polib, no gettext needed)
    python scripts/translations.py           # check only; part of `make check`

The check refuses: a string that is new in the code and missing in the file, an empty, fuzzy or
left-over entry, fewer than four plural forms, placeholders that differ, a .mo that is not the .po.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale/uk/LC_MESSAGES/django.po"
MO = PO.with_suffix(".mo")
PLURALS = (
    "nplurals=4; plural=(n % 1 == 0 && n % 10 == 1 && n % 100 != 11 ? 0 : n % 1 == 0 && "
    "n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : n % 1 == 0 && "
    "(n % 10 ==0 || (n % 10 >=5 && n % 10 <=9) || (n % 100 >=11 && n % 100 <=14 )) ? 2: 3);"
)  # as Django's own catalogue has it, so that both merge
IGNORED = (".venv", "var", "staticfiles", "tests", "bench", "scripts", "node_modules")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def extract(target: Path) -> None:
    """Bring the catalogue at `target` (a locale folder) up to the strings in the code."""
    ignore = [f"--ignore={name}/*" for name in IGNORED]
    options = ["--locale=uk", "--no-wrap", "--no-obsolete", "--add-location=file", *ignore]
    manage = [sys.executable, str(ROOT / "manage.py"), "makemessages", *options]
    done = subprocess.run(manage, cwd=target, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"makemessages: {done.stderr.strip()}")


def compiled(catalogue: polib.POFile) -> bytes:
    return bytes(catalogue.to_binary())


def fresh_ids() -> set[str]:
    """Return every string that the code marks now."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for path in _sources():
            into = copy / path.relative_to(ROOT)
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, into)
        po = copy / "locale/uk/LC_MESSAGES/django.po"
        po.parent.mkdir(parents=True, exist_ok=True)
        extract(copy)
        return {_key(entry) for entry in polib.pofile(str(po))}


def _sources() -> Iterator[Path]:
    for path in (*ROOT.rglob("*.py"), *ROOT.rglob("*.html"), *ROOT.rglob("*.txt")):
        top = path.relative_to(ROOT).parts[0]
        if top not in IGNORED and not top.startswith("."):
            yield path


def _key(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt or ''}\x04{entry.msgid}"


def problems(catalogue: polib.POFile) -> list[str]:
    """Return what is wrong with the catalogue, one line each."""
    found = []
    if "nplurals=4" not in catalogue.metadata.get("Plural-Forms", ""):
        found.append("Plural-Forms must be Ukrainian's four")
    for entry in catalogue:
        found.extend(f"{text}: {entry.msgid!r}" for text in _entry_problems(entry))
    return found


def _entry_problems(entry: polib.POEntry) -> Iterator[str]:
    if entry.fuzzy:
        yield "fuzzy"
    if entry.obsolete:
        yield "no longer used"
        return
    if entry.msgid_plural:
        forms = [entry.msgstr_plural.get(n, "") for n in range(4)]
        wanted = set(_PLACEHOLDER.findall(entry.msgid_plural))
    else:
        forms = [entry.msgstr]
        wanted = set(_PLACEHOLDER.findall(entry.msgid))
    if not all(form.strip() for form in forms):
        yield "not translated in every form"
    elif any(set(_PLACEHOLDER.findall(form)) != wanted for form in forms):
        yield "placeholders differ"


def check() -> list[str]:
    """Return everything that is wrong; where gettext is absent new strings cannot be looked for."""
    catalogue = polib.pofile(str(PO))
    found = problems(catalogue)
    if not MO.exists() or MO.read_bytes() != compiled(catalogue):
        found.append(f"{MO.name} is not what {PO.name} compiles to")
    if shutil.which("xgettext"):
        known, fresh = {_key(entry) for entry in catalogue}, fresh_ids()
        found.extend(f"not in the catalogue: {key[1:]!r}" for key in sorted(fresh - known))
        found.extend(f"no longer in the code: {key[1:]!r}" for key in sorted(known - fresh))
    else:
        sys.stderr.write("translations: xgettext is missing, new strings were not looked for\n")
    return found


def main(task: str) -> int:
    if task == "extract":
        PO.parent.mkdir(parents=True, exist_ok=True)
        extract(ROOT)
        catalogue = polib.pofile(str(PO))
        catalogue.header = "cyberframe in Ukrainian. Apache-2.0, as the rest."
        catalogue.metadata = {
            "Project-Id-Version": "cyberframe",
            "Language": "uk",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": PLURALS,
        }
        for entry in catalogue:
            if entry.fuzzy:  # a guess is not a translation
                entry.flags.remove("fuzzy")
                entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
                entry.msgstr = ""
                entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
        catalogue.save(str(PO))
    if task in {"extract", "compile"}:
        MO.write_bytes(compiled(polib.pofile(str(PO))))
        return 0
    found = check()
    sys.stderr.writelines(f"translations: {line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
