"""Cut @tabler/core's stylesheet down to the classes that cyberframe uses.

    python scripts/prune_tabler.py tabler.min.css > cyberframe/static/vendor/tabler/tabler.css

A rule stays if every class in one of its selectors is in `CLASSES`; a custom property stays if
something that stays refers to it. Dark rules go: `tokens.css` states both themes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLASSES = {
    *("btn", "active", "disabled", "show", "w-100", "text-center", "fw-normal", "fw-bold"),
    *("form-control", "form-select", "form-check", "form-check-input", "form-label", "form-hint"),
}
_UNUSED = re.compile(
    r"dark|:root:not|data-bs-|data-vc|blockquote|kbd|mark|iframe|^hr|figure|file-selector|picker"
    r"|type=color|btn-check|-placeholder-shown|:popover|input-group|validated|:valid|plaintext"
    r"|:autofill|\[rtl\]|dir=rtl|\.btn>|\.btn-group|:checked\+|:active\+|\[list\]|\[multiple\]"
    r"|\[size\]|switch|moz-focus|scrollbar|^abbr|^pre"
)
_VAR_USE = re.compile(r"var\((--[\w-]+)")
_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")


@dataclass(frozen=True, slots=True)
class Block:
    """One `prelude{body}`; `inner` holds the blocks of an at-rule."""

    prelude: str
    body: str
    inner: tuple[Block, ...] = ()


def blocks(css: str) -> Iterator[Block]:
    """Yield the blocks of minified CSS in order; at-statements without a block are left out."""
    at = 0
    while (start := css.find("{", at)) >= 0:
        prelude = css[at:start].rsplit(";", 1)[-1].strip()
        depth, end = 1, start + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        body = css[start + 1 : end - 1]
        nested = prelude.startswith(("@media", "@supports"))
        yield Block(prelude, "" if nested else body, tuple(blocks(body)) if nested else ())
        at = end


def split_selectors(prelude: str) -> list[str]:
    """Return the selectors of a list; commas inside parentheses do not separate."""
    return [part for part in re.split(r",(?![^(]*\))", prelude) if part]


def is_used(selector: str) -> bool:
    return not _UNUSED.search(selector) and set(_CLASS.findall(selector)) <= CLASSES


def pruned(block: Block) -> Block | None:
    """Return what stays of `block`."""
    if block.inner:
        inner = tuple(kept for part in block.inner if (kept := pruned(part)))
        return Block(block.prelude, "", inner) if inner else None
    if block.prelude.startswith("@") or "print" in block.prelude:
        return None
    selectors = [s for s in split_selectors(block.prelude) if is_used(s)]
    return Block(",".join(selectors), block.body) if selectors else None


def declarations(body: str) -> list[str]:
    """Return the declarations; semicolons inside `url(…)` do not separate."""
    return [d for d in re.split(r";(?![^(]*\))", body) if d.strip()]


def text(block: Block, properties: set[str]) -> str:
    """Return the block as CSS with only the custom properties named."""
    if block.inner:
        inner = "".join(text(part, properties) for part in block.inner)
        return f"{block.prelude}{{{inner}}}" if inner else ""
    kept = [
        d
        for d in declarations(block.body)
        if not d.startswith("--") or d.split(":", 1)[0] in properties
    ]
    return f"{block.prelude}{{{';'.join(kept)}}}\n" if kept else ""


def referenced(tree: list[Block]) -> set[str]:
    """Return the custom properties that plain declarations reach, through others too."""
    values: dict[str, set[str]] = {}
    wanted: set[str] = set()

    def walk(block: Block) -> None:
        for part in block.inner:
            walk(part)
        for declaration in declarations(block.body):
            name, _, value = declaration.partition(":")
            uses = set(_VAR_USE.findall(value))
            if name.startswith("--"):
                values.setdefault(name, set()).update(uses)
            else:
                wanted.update(uses)

    for block in tree:
        walk(block)
    todo = list(wanted)
    while todo:
        for name in values.get(todo.pop(), set()) - wanted:
            wanted.add(name)
            todo.append(name)
    return wanted


def main(path: str) -> None:
    css = Path(path).read_text(encoding="utf-8")
    notice = css[css.index("/*!") : css.index("*/") + 2]
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    tree = [kept for block in blocks(css) if (kept := pruned(block))]
    properties = referenced(tree)
    sys.stdout.write(notice + "\n/* Pruned by scripts/prune_tabler.py */\n")
    sys.stdout.write("".join(text(block, properties) for block in tree))


if __name__ == "__main__":
    main(sys.argv[1])
