"""Undoing what people do to addresses so that nobody clicks them."""

from __future__ import annotations

import re
from typing import Final

# Zero-width and direction marks that come along when text is copied from a page.
_INVISIBLE: Final = dict.fromkeys(
    [0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)]
)
_SUBSTITUTIONS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"^(?:h[xt*]{2}p|meow|httx)(s?)(?=[:\[({])", r"http\1"),
        (r"^fxp(s?)(?=[:\[({])", r"ftp\1"),
        (r"\[://\]|\(://\)|\[:\]//|\[:/\]/", "://"),
        (r"[\[({](?:\.|dot|punkt|крапка|точка)[\])}]", "."),
        (r"\s(?:dot|крапка)\s", "."),
        (r"[\[({](?:@|at)[\])}]", "@"),
        (r"\s(?:at|@)\s", "@"),
        (r"[\[({]:[\])}]", ":"),
        (r"[\[({]/[\])}]", "/"),
        (r"\\\.", "."),
        # What is left of half-bracketed dots: example[.com, example.]com
        (r"\[\.|\.\]", "."),
    )
)
_QUOTES: Final = "\"'`<>“”„«»"


def refang(text: str) -> str:
    """Return one indicator as it really is: hxxp → http, [.] and (dot) → ., [at] → @."""
    text = text.translate(_INVISIBLE).strip().rstrip(",;").strip(_QUOTES).strip()
    for pattern, substitute in _SUBSTITUTIONS:
        text = pattern.sub(substitute, text)
    return text
