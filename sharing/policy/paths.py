"""Places inside a STIX object, and cutting them (STIX 2.1 §7.2.3.1 selectors)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
            if not re.fullmatch(r"\[[0-9]{1,12}\]", word, re.ASCII):
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


Opened = Mapping[str, Any] | list[Any] | None
GONE: Final = object()  # what cutting leaves of a list or dictionary that it emptied


def plain(value: Any) -> Opened:
    """Return the members of a parsed JSON list or dictionary, None for any other value."""
    return value if isinstance(value, Mapping | list) else None


def cut(
    value: Any,
    paths: Iterable[Path],
    *,
    opened: Callable[[Any], Opened] = plain,
    removed: set[Path] | None = None,
    at: Path = (),
) -> Any:
    """Return `value` without what stands at `paths`; what is emptied so goes too (else GONE).

    Only what lies on a path is opened (by `opened`) and made anew. `removed` collects the
    paths of all that went.
    """
    inner: dict[str | int, list[Path]] = {}
    for path in paths:
        inner.setdefault(path[0], []).append(path[1:])
    members = opened(value)
    if members is None:
        return value
    pairs = enumerate(members) if isinstance(members, list) else members.items()
    kept: list[tuple[str | int, Any]] = []
    for step, member in pairs:
        tails = inner.get(step)
        here = (*at, step)
        left = member
        if tails is not None:
            whole = () in tails
            left = GONE if whole else cut(member, tails, opened=opened, removed=removed, at=here)
        if left is not GONE:
            kept.append((step, left))
        elif removed is not None:
            removed.add(here)
    if not kept and members:
        return GONE
    return [left for _, left in kept] if isinstance(members, list) else dict(kept)


def outermost(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the paths that do not lie inside another of them."""
    found = frozenset(paths)
    return frozenset(p for p in found if not any(p[:n] in found for n in range(1, len(p))))


def moved(path: Path, removed: set[Path]) -> Path | None:
    """Return where a path stands once `removed` is gone, None if it went too."""
    new: list[str | int] = []
    for length, step in enumerate(path):
        before = path[:length]
        if (*before, step) in removed:
            return None
        gone = 0
        if isinstance(step, int):
            gone = sum((*before, earlier) in removed for earlier in range(step))
        new.append(step - gone if isinstance(step, int) else step)
    return tuple(new)
