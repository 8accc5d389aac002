"""What differs between two versions of an incident: objects, properties, lines (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_OBJECTS: Final = 60
MOST_CHANGES: Final = 40
MOST_CHARACTERS: Final = 1_500
LONG: Final = 200  # characters; of longer texts only what differs is told, with some context
CONTEXT: Final = 60
_STAMP: Final = "modified"  # changes with everything, so it says nothing beside other changes


@dataclass(frozen=True, slots=True)
class Change:
    """One property that differs; `before` or `after` is None where it stands in one alone.

    `path` is written as a STIX selector. Values are text: a string as it is, else JSON.
    """

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """An object that is in both and differs; `more` counts the changes that are left out."""

    id: str
    after: Mapping[str, Any]
    changes: tuple[Change, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second version adds, leaves out and changes, each in its version's order.

    At most MOST_OBJECTS of each are kept; the totals count all.
    """

    added: tuple[Mapping[str, Any], ...]
    removed: tuple[Mapping[str, Any], ...]
    changed: tuple[Changed, ...]
    added_total: int
    removed_total: int
    changed_total: int

    def __bool__(self) -> bool:
        return bool(self.added_total or self.removed_total or self.changed_total)


def difference(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> Difference:
    """Return how two lists of objects, each with an `id`, differ; the order does not count."""
    old = {str(value.get("id")): value for value in before}
    new = {str(value.get("id")): value for value in after}
    added = [value for key, value in new.items() if key not in old]
    removed = [value for key, value in old.items() if key not in new]
    differing = [key for key, value in new.items() if key in old and not same(old[key], value)]
    return Difference(
        added=tuple(added[:MOST_OBJECTS]),
        removed=tuple(removed[:MOST_OBJECTS]),
        changed=tuple(_changed(key, old[key], new[key]) for key in differing[:MOST_OBJECTS]),
        added_total=len(added),
        removed_total=len(removed),
        changed_total=len(differing),
    )


def _changed(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    found = list(changes(before, after))
    told = [each for each in found if each.path != _STAMP] or found
    return Changed(key, after, tuple(told[:MOST_CHANGES]), max(0, len(told) - MOST_CHANGES))


def same(before: Any, after: Any) -> bool:
    """Say whether two JSON values are equal; unlike Python, JSON tells 1 from true."""
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same(before[k], after[k]) for k in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    return bool(before == after)


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Yield what differs between two JSON values, the innermost properties, in reading order.

    A list of plain values differs by what is new and what is gone; one of objects place by place.
    """
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _member(before, after, key, f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    else:
        yield Change(path, *_around(_text(before), _text(after)))


def _around(before: str, after: str) -> tuple[str, str]:
    """Return two long texts without most of what they begin and end with alike."""
    shorter = min(len(before), len(after))
    if max(len(before), len(after)) <= LONG:
        return before, after
    pairs = enumerate(zip(before, after, strict=False))
    start = next((place for place, (a, b) in pairs if a != b), shorter)
    pairs = enumerate(zip(reversed(before), reversed(after), strict=False))
    end = next((place for place, (a, b) in pairs if a != b), shorter)
    end = min(end, shorter - start)  # what repeats itself is not told away twice
    return _window(before, start, end), _window(after, start, end)


def _window(text: str, start: int, end: int) -> str:
    """Return the text between `start` and `end` characters from its ends, with context."""
    first, last = max(0, start - CONTEXT), len(text) - max(0, end - CONTEXT)
    inner = text[first:last]
    if len(inner) > MOST_CHARACTERS:
        inner, last = inner[:MOST_CHARACTERS], 0
    return f"{'…' if first else ''}{inner}{'…' if last < len(text) else ''}"


def _member(
    before: Mapping[str, Any], after: Mapping[str, Any], key: str, path: str
) -> Iterator[Change]:
    if key not in after:
        yield Change(path, _bounded(before[key]), None)
    elif key not in before:
        yield Change(path, None, _bounded(after[key]))
    else:
        yield from changes(before[key], after[key], path)


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Change]:
    if not any(isinstance(each, dict | list) for each in (*before, *after)):
        yield from _plain_lists(before, after, path)
        return
    for place in range(max(len(before), len(after))):
        here = f"{path}.[{place}]"
        if place >= len(after):
            yield Change(here, _bounded(before[place]), None)
        elif place >= len(before):
            yield Change(here, None, _bounded(after[place]))
        else:
            yield from changes(before[place], after[place], here)


def _plain_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Change]:
    old, new = [_text(each) for each in before], [_text(each) for each in after]
    gone, fresh = lines(old, new)
    if not gone and not fresh:  # only the order, or how often a value stands there
        yield Change(path, _bounded(", ".join(old)), _bounded(", ".join(new)))
    yield from (Change(path, _bounded(value), None) for value in gone)
    yield from (Change(path, None, _bounded(value)) for value in fresh)


def lines(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines that are gone and those that are new, each in its order."""
    old, new = frozenset(before), frozenset(after)
    gone = dict.fromkeys(line for line in before if line not in new)
    fresh = dict.fromkeys(line for line in after if line not in old)
    return tuple(gone), tuple(fresh)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bounded(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
