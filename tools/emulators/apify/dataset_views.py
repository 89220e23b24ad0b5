"""Picks, reshapes and writes dataset items as the parameters of Apify's items endpoint ask; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulators.apify.json_text import written

UNLIMITED = 999_999_999_999
"""What Apify answers as the limit when none was asked for."""


@dataclass(frozen=True, kw_only=True)
class ItemsQuery:
    offset: int = 0
    limit: int | None = None
    desc: bool = False
    fields: tuple[str, ...] = ()
    output_fields: tuple[str, ...] = ()
    """New names of `fields`, by position."""
    omit: tuple[str, ...] = ()
    unwind: tuple[str, ...] = ()
    skip_hidden: bool = False
    skip_empty: bool = False


def select(items: Sequence[Any], query: ItemsQuery) -> list[Any]:
    """Return the items that the query asks for.

    Offset and limit count stored items; what is skipped as empty afterwards makes a page shorter.
    """
    ordered = items[::-1] if query.desc else items
    end = None if query.limit is None else query.offset + query.limit
    chosen: list[Any] = list(ordered[query.offset : end])
    for field in query.unwind:
        chosen = [part for item in chosen for part in _unwound(item, field)]
    shaped = [_shaped(item, query) for item in chosen]
    return [item for item in shaped if item] if query.skip_empty else shaped


def as_json_lines(items: Sequence[Any]) -> bytes:
    return b"".join(written(item) + b"\n" for item in items)


def as_csv(items: Sequence[Any], delimiter: str = ",") -> bytes:
    """Return a table whose columns are all fields of all items, nested ones as `field/inner`."""
    rows = [_flat(item) for item in items]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode(errors="replace")


def _unwound(item: Any, field: str) -> list[Any]:
    value = item.get(field) if isinstance(item, dict) else None
    rest = {key: other for key, other in item.items() if key != field} if isinstance(item, dict) else {}
    match value:
        case dict():
            return [{**rest, **value}]
        case list():
            return [{**rest, **part} if isinstance(part, dict) else {**rest, field: part} for part in value]
        case _:
            return [item]


def _shaped(item: Any, query: ItemsQuery) -> Any:
    if not isinstance(item, dict):
        return item
    shaped = item
    if query.skip_hidden:
        shaped = {key: value for key, value in shaped.items() if not key.startswith("#")}
    if query.fields:
        names = query.output_fields or query.fields
        shaped = {name: shaped[key] for key, name in zip(query.fields, names, strict=True) if key in shaped}
    return {key: value for key, value in shaped.items() if key not in query.omit}


def _flat(item: Any, prefix: str = "") -> dict[str, Any]:
    match item:
        case dict():
            parts = list(item.items())
        case list():
            parts = [(str(index), part) for index, part in enumerate(item)]
        case _:
            return {prefix or "value": item}
    flat: dict[str, Any] = {}
    for key, value in parts:
        name = f"{prefix}/{key}" if prefix else key
        flat.update(_flat(value, name))
    return flat
