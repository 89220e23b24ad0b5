"""Says in plain words why a text is not JSON."""

from __future__ import annotations

import json
from typing import Final

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


def json_fault(error: Exception) -> str:
    """Return in plain words, with its place, why a text is not JSON.

    Args:
        error: What Python's reader raised.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text in UTF-8 (byte {error.start + 1})"
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    if not error.doc.strip():
        return "it is empty"
    words = next((words for said, words in _FAULTS.items() if error.msg.startswith(said)), error.msg)
    return f"{words} (line {error.lineno}, column {error.colno})"
