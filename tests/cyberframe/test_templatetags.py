"""The components: chips say their word, forms keep what was typed, times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils.translation import override

from members.tlp import TLP

AT = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)


def draw(source: str, **context: Any) -> str:
    return Template("{% load cyberframe %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize("value", [TLP.AMBER_STRICT, 3, "3", "AMBER+STRICT", "TLP:AMBER+STRICT"])
def test_tlp_is_the_full_label(value: object) -> None:
    assert draw("{% tlp value %}", value=value) == (
        '<span class="tlp tlp-amber">TLP:AMBER+STRICT</span>'
    )


def test_no_tlp_is_said_in_words() -> None:
    assert "no TLP" in draw("{% tlp value %}", value=None)


@pytest.mark.parametrize(
    ("value", "word"),
    list(enumerate(("Baseline", "Low", "Medium", "High", "Severe", "Emergency"))),
)
def test_level_has_word_and_shape(value: int, word: str) -> None:
    drawn = draw("{% level value %}", value=value)
    assert word in drawn
    assert f'class="sev s{value}"' in drawn


def test_org_without_member_is_the_coalition() -> None:
    assert "Coalition" in draw("{% org member %}", member=None)


def test_org_escapes_the_name() -> None:
    assert "&lt;b&gt;" in draw("{% org member %}", member={"country": "UA", "name": "<b>"})


def test_moment_is_utc_with_kyiv_beside() -> None:
    drawn = draw("{% moment at %}", at=AT)
    assert 'datetime="2026-11-22T14:02:00Z"' in drawn
    assert "22 Nov 2026, 14:02 UTC" in drawn
    assert "16:02 in Kyiv" in drawn


def test_months_are_small_in_ukrainian() -> None:
    with override("uk"):
        assert ">22 лис, 14:02 UTC<" in draw('{% moment at "short" %}', at=AT)


def test_tier_words_are_translated() -> None:
    with override("uk"):
        assert draw("{{ 'core'|tier_word }}") == "Ядро"


class Form(forms.Form):
    title = forms.CharField(help_text="One line.")
    tlp = forms.ChoiceField(choices=[(t.word, t.label) for t in TLP])
    sure = forms.BooleanField(required=False)


def test_field_joins_label_hint_and_error() -> None:
    drawn = draw("{% field form.title %}", form=Form({"title": ""}))
    assert 'for="id_title"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_title_hint id_title_error"' in drawn
    assert 'id="id_title_error"' in drawn


def test_field_keeps_what_was_typed() -> None:
    drawn = draw("{% field form.title %}", form=Form({"title": '"kept"'}))
    assert "&quot;kept&quot;" in drawn


def test_field_draws_a_choice_as_chips() -> None:
    drawn = draw('{% field form.tlp kind="tlp" %}', form=Form({"tlp": "GREEN"}))
    assert drawn.count('type="radio"') == len(TLP)
    assert 'value="GREEN" id="id_tlp_1" checked' in drawn


def test_errors_link_to_their_fields() -> None:
    form = Form({"title": "", "tlp": "no"})
    drawn = draw("{% errors form %}", form=form)
    assert "There are 2 problems" in drawn
    assert 'href="#id_title"' in drawn
    assert not draw("{% errors form %}", form=Form())
