"""Makes what a run leaves behind from what its world says: `{{variables}}` in items, records and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulators.apify.json_text import written
from emulators.apify.world import Behaviour, ItemsTemplate, Record, RecordTemplate

_VARIABLE = re.compile(r"\{\{\s*([\w.\-]+)\s*\}\}")


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return the value with its variables filled in; a string that is only a variable takes its type too."""
    match value:
        case str():
            whole = _VARIABLE.fullmatch(value)
            if whole:
                return look_up(whole[1], variables)
            return _VARIABLE.sub(lambda match: _as_text(look_up(match[1], variables)), value)
        case list() | tuple():
            return [fill(element, variables) for element in value]
        case dict():
            return {key: fill(element, variables) for key, element in value.items()}
        case _:
            return value


def look_up(path: str, variables: Mapping[str, Any]) -> Any:
    """Return the value at a dotted path (`input.startUrls.0.url`), or None."""
    value: Any = variables
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def items_of(behaviour: Behaviour, variables: Mapping[str, Any]) -> list[Any]:
    """Return all the dataset items of a run that is not cut short."""
    items = behaviour.items
    if not isinstance(items, ItemsTemplate):
        return [fill(item, {**variables, "index": index}) for index, item in enumerate(items)]
    if items.for_each is not None:
        elements = look_up(items.for_each, variables)
        return [
            fill(items.template, {**variables, "index": index, "item": element})
            for index, element in enumerate(elements if isinstance(elements, list) else [])
        ]
    count = fill(items.count, variables)
    return [
        fill(items.template, {**variables, "index": index})
        for index in range(count if isinstance(count, int) else 0)
    ]


def record_of(template: RecordTemplate, variables: Mapping[str, Any]) -> Record:
    """Return the record that the template makes of the variables."""
    if template.body is not None:
        return Record(content_type=template.content_type, body=template.body)
    value = fill(template.value, variables)
    return Record(content_type=template.content_type, body=written(value))


def fits(wanted: Mapping[str, Any], given: Any) -> bool:
    """Return whether the input holds all that is wanted, however much more it holds."""
    return isinstance(given, dict) and all(
        fits(value, given.get(key)) if isinstance(value, Mapping) else key in given and given[key] == value
        for key, value in wanted.items()
    )


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
