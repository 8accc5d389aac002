"""Places inside a STIX object, and cutting them (STIX 2.1 §7.2.3.1 selectors)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Path = tuple[str | int, ...]

_STIX_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*--[0-9a-fA-F-]{36}", re.ASCII)


def text_of(path: Path) -> str:
    """Return the path as a STIX selector, for example `external_references.[0].url`."""
    return ".".join(f"[{step}]" if isinstance(step, int) else step for step in path)


def resolve(body: Any, selector: str) -> Path | None:
    """Return the path that a selector names in `body`, None if it names nothing there."""
    path: list[str | int] = []
    here = body
    for word in selector.split("."):
        step: str | int = word
        if isinstance(here, list):
            if not re.fullmatch(r"\[(0|[1-9]\d{0,8})\]", word, re.ASCII):
                return None
            step = int(word[1:-1])
            if step >= len(here):
                return None
        elif not isinstance(here, Mapping) or word not in here:
            return None
        here = here[step]
        path.append(step)
    return tuple(path)


def references(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every reference in a STIX object: the id in a *_ref or *_refs, at any depth."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from references(inner, (*path, index))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _reference(key, inner, (*path, key))


def _reference(key: str, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if key.endswith("_ref") and is_id(value):
        yield path, value
    elif key.endswith("_refs") and isinstance(value, list):
        yield from (((*path, i), target) for i, target in enumerate(value) if is_id(target))
    else:
        yield from references(value, path)


def is_id(value: object) -> bool:
    """Say whether a value has the form of a STIX identifier."""
    return isinstance(value, str) and _STIX_ID.fullmatch(value) is not None
