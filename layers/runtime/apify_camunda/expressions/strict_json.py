"""Reads JSON and nothing else: Python's own reader also takes NaN, Infinity and numbers that become them."""

from __future__ import annotations

import json
import math
import re
from typing import cast

from apify_camunda.json_types import Json

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
    from apify_camunda.feel.json_faults import json_fault as in_words  # noqa: PLC0415 - only for a message

    return in_words(error)


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
