"""Reads the input of a run as a job has it: an object, or a text that holds one."""

from __future__ import annotations

import re
from json import JSONDecodeError
from typing import Any, Final

from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.strict_json import json_fault, read_json
from apify_camunda.json_types import Json, JsonObject

_RESOLVED: Final = {
    "\n": r"\n in a plain text into a line break",
    "\r": r"\r in a plain text into a carriage return",
    "\t": r"\t in a plain text into a tab",
    "\b": r"\b in a plain text into a backspace character",
    "\f": r"\f in a plain text into a form feed",
}
"""What Camunda makes of an escape, by the character that the job gets; see docs/engine-differences.md."""


def run_input(value: Any, *, label: str) -> JsonObject | None:
    """Return the input of a run: an object, or a text that holds one; None where none is given.

    Args:
        value: The input as the job's variables hold it.
        label: How the element template names the field.

    Raises:
        InvalidInput: It is something else; no run must be started with less than the modeller wrote.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError as error:
            raise InvalidInput(
                f"The input '{label}' is not valid JSON: {json_fault(error)}. {_hint(value, error)}"
                "No run was started. "
                "Begin the input with '=' and write a FEEL context: it can use process variables, and its "
                "backslashes mean what they mean in JSON."
            ) from None
    if isinstance(value, dict):
        return value
    raise InvalidInput(
        f"The input '{label}' must be a JSON object, but it is {_kind(value)}. No run was started."
    )


def _hint(text: str, error: ValueError) -> str:
    """Return a sentence on the likely mistake, or nothing."""
    if not isinstance(error, JSONDecodeError):
        return ""
    if _is_trailing_comma(text, error):
        return "Remove the comma before the closing bracket. "
    resolved = _RESOLVED.get(text[error.pos : error.pos + 1])
    if error.msg.startswith("Invalid control character") and resolved is not None:
        return f"Camunda turns {resolved} before the job gets it. "
    if error.msg.startswith("Invalid \\"):
        return r"Camunda turns \\ in a plain text into \ before the job gets it. "
    return ""


def _is_trailing_comma(text: str, error: JSONDecodeError) -> bool:
    """Say whether the error is a comma with nothing after it; Python's versions point to different places."""
    place = text[: error.pos].rstrip()[-1:] + text[error.pos :].lstrip()
    return re.match(r".?,\s*[}\]]", place) is not None


def _kind(value: Json) -> str:
    match value:
        case list():
            return "a list"
        case bool():
            return "a Boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case _:
            return "null"
