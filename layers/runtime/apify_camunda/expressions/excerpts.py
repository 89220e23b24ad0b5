"""How a text that is too long to be shown is cut: always with the same mark, by which masking knows a cut."""

from __future__ import annotations

from typing import Final

CUT: Final = "..."


def excerpt(text: str, limit: int) -> str:
    """Return the text, or its first `limit` characters and the mark of a cut."""
    return text if len(text) <= limit else text[:limit] + CUT
