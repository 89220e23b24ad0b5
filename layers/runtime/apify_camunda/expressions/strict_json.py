"""Reads JSON and nothing else: Python's own reader also takes NaN, Infinity and numbers that become them."""

from __future__ import annotations

import json
import math
import re
from typing import Final, cast

from apify_camunda.json_types import Json

_FAULTS: Final = {
    "Expecting property name": "a name in double quotes is missing",
    "Illegal trailing comma": "a comma has nothing after it",
    "Expecting value": "a value is missing, or a text without double quotes is in its place",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing after a name",
    "Unterminated string": "a text has no closing quote",
    "Invalid control character": "a text holds a line break or another control character",
    "Invalid \\": "a backslash is not followed by what JSON allows",
    "Extra data": "something follows after the end of the value",
}
"""What Python's reader says, and what that means to a modeller."""
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(text: str | bytes) -> Json:
    """Return the value that the text is; half a character (a cut emoji) becomes U+FFFD.

    Raises:
        ValueError: It is not JSON, holds a number that JSON cannot express, or is nested too deeply.
    """
    try:
        read = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
        value = cast(Json, json.loads(read, parse_constant=_refuse, parse_float=_finite))
        return _of_whole_characters(value) if _ESCAPED_SURROGATE.search(read) else value
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def json_fault(error: ValueError) -> str:
    """Return in plain words, with its place, why a text is not JSON; for errors of `read_json`."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    words = next((words for said, words in _FAULTS.items() if error.msg.startswith(said)), error.msg)
    return f"{words} (line {error.lineno}, column {error.colno})"


def whole_characters(text: str) -> str:
    """Return the text with U+FFFD for each half of a character, which cannot be sent or stored."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_whole_characters(value: Json) -> Json:
    match value:
        case str():
            return whole_characters(value)
        case dict():
            return {whole_characters(name): _of_whole_characters(item) for name, item in value.items()}
        case list():
            return [_of_whole_characters(item) for item in value]
        case _:
            return value


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is too large")
    return number
