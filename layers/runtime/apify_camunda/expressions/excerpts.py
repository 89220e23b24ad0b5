"""Cuts texts that are too long to be shown, always with the same mark, which masking recognizes."""

from __future__ import annotations

from typing import Final

CUT: Final = "..."


def excerpt(text: str, limit: int) -> str:
    """Return the text, or its first `limit` characters and the mark of a cut."""
    return text if len(text) <= limit else text[:limit] + CUT
