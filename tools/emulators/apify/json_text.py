"""JSON as Apify reads and writes it. Any request has an answer, and each value can be written again."""

from __future__ import annotations

import json
from typing import Any


def parsed(text: bytes | str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: It is not JSON, or nested deeper than can be read.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def written(value: Any) -> bytes:
    """Return the value as JSON in UTF-8; half a surrogate pair stays the escape that it came as.

    Source: ECMAScript's well-formed JSON.stringify.
    """
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
