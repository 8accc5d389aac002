"""The check of the Ukrainian catalogue finds what it promises to find."""

from __future__ import annotations

import polib
import pytest

from scripts import translations


def catalogue(**entry: object) -> polib.POFile:
    made = polib.POFile()
    made.metadata = {"Plural-Forms": translations.PLURALS}
    made.append(polib.POEntry(**entry))
    return made


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"msgid": "Save", "msgstr": ""}, "not translated"),
        ({"msgid": "Save", "msgstr": "Зберегти", "flags": ["fuzzy"]}, "fuzzy"),
        ({"msgid": "by %(name)s", "msgstr": "від імені"}, "placeholders"),
        ({"msgid": "{a} and {b}", "msgstr": "{a} та {c}"}, "placeholders"),
        (
            {"msgid": "%(n)s", "msgid_plural": "%(n)ss", "msgstr_plural": {0: "%(n)s", 1: "%(n)s"}},
            "every form",
        ),
    ],
)
def test_problems_are_found(entry: dict[str, object], problem: str) -> None:
    (found,) = translations.problems(catalogue(**entry))
    assert problem in found


def test_a_whole_catalogue_has_no_problems() -> None:
    forms = dict.fromkeys(range(4), "%(n)s")
    good = catalogue(msgid="%(n)s", msgid_plural="%(n)ss", msgstr_plural=forms)
    assert translations.problems(good) == []


def test_compiled_file_is_the_catalogue() -> None:
    made = polib.pofile(str(translations.PO))
    assert translations.MO.read_bytes() == translations.compiled(made)
    assert translations.problems(made) == []
