"""How a JSON value is shown to a person: in short lines, and cut where the beginning tells enough."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_LINE = 110
_DEEPEST = 2
_MOST_ITEMS = 5
_LONGEST_TEXT = 120
_OF_A_RUN = ("id", "status", "startedAt", "finishedAt", "defaultDatasetId", "defaultKeyValueStoreId")
_MARKS_OF_A_RUN = frozenset({"id", "actId", "status", "defaultDatasetId"})


class Cut:
    """What was left out, in words."""

    def __init__(self, words: str) -> None:
        self.words = words


def shortened(value: Any, depth: int = 0) -> Any:
    """Return the value with what is long or deep cut; a run at Apify keeps what it is known by."""
    match value:
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_LONGEST_TEXT]}... ({len(value)} characters)"
        case Mapping() if value.keys() >= _MARKS_OF_A_RUN:
            known = {name: value[name] for name in _OF_A_RUN if value.get(name) is not None}
            return {**known, "": Cut(f"... {len(value) - len(known)} more of the run")}
        case Mapping() if depth >= _DEEPEST and not _is_small(value):
            return Cut(f"{{... {len(value)}}}")
        case Mapping():
            return {name: shortened(part, depth + 1) for name, part in value.items()}
        case list():
            items = [shortened(part, depth + 1) for part in value[:_MOST_ITEMS]]
            left = len(value) - len(items)
            return [*items, Cut(f"... {left} more")] if left else items
        case _:
            return value


def _is_small(value: Mapping[str, Any]) -> bool:
    return len(value) <= _MOST_ITEMS and not any(isinstance(part, Mapping | list) for part in value.values())


def printable(text: str) -> str:
    """Return the text with what would move a terminal's cursor or change its colours escaped."""
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


def show(value: Any, indent: int = 0) -> str:
    """Return the value as text: on one line where it fits, else one line a part, indented so far."""
    flat = _flat(value)
    if indent + len(flat) <= _LINE or not isinstance(value, Mapping | list) or not value:
        return flat
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    pad = " " * (indent + 2)
    parts = (f"{pad}{name}{show(part, indent + 2)}" for name, part in _named(value))
    return "\n".join([opening, *parts, f"{' ' * indent}{closing}"])


def _flat(value: Any) -> str:
    match value:
        case Cut():
            return value.words
        case Mapping():
            return "{" + ", ".join(f"{name}{_flat(part)}" for name, part in _named(value)) + "}"
        case list():
            return "[" + ", ".join(_flat(part) for part in value) + "]"
        case _:
            return printable(json.dumps(value, ensure_ascii=False))


def _named(value: Mapping[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from (("", part) for part in value)
    else:
        yield from ((f"{_flat(name)}: " if name else "", part) for name, part in value.items())
