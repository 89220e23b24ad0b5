"""Reads JSON and nothing else: Python's own reader also takes NaN, Infinity and numbers that become them."""

from __future__ import annotations

import json
import math
from typing import cast

from apify_camunda.contracts.json_types import Json


def read_json(text: str | bytes) -> Json:
    """Return the value that the text is.

    Raises:
        ValueError: It is no JSON, holds a number that nobody can write again, or is nested too deeply.
    """
    try:
        return cast(Json, json.loads(text, parse_constant=_refuse, parse_float=_finite))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is too large")
    return number
