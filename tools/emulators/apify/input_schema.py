"""Checks a run's input against an Actor's input schema: required fields and types, and no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulators.apify import rejections

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check_input(schema: Mapping[str, Any] | None, given: Any) -> None:
    """Refuse an input that lacks a required field or has a field of the wrong type.

    Raises:
        Rejection: `invalid-input`, as Apify says it.
    """
    if schema is None:
        return
    fields = given if isinstance(given, dict) else {}
    for name in schema.get("required", ()):
        if fields.get(name) is None:
            raise rejections.invalid_input(f"Input is not valid: Field input.{name} is required")
    for name, field in schema.get("properties", {}).items():
        if fields.get(name) is not None and not _has_type(fields[name], field.get("type")):
            raise rejections.invalid_input(f"Input is not valid: Field input.{name} must be {field['type']}")


def _has_type(value: Any, wanted: str | None) -> bool:
    if wanted not in _TYPES:
        return True
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, _TYPES[wanted])
